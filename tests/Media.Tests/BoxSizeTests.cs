using System.Buffers.Binary;
using System.Text;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using LiveCommerce.Tests;

namespace LiveCommerce.Media.Tests;

/// <summary>Every length in a real file, made wrong in every way that lengths are made wrong.</summary>
public sealed class BoxSizeTests(Recording recording) : IClassFixture<Recording>
{
    private static readonly string[] Parents = ["moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf"];

    private static readonly uint[] Sizes = [0, 1, 2, 7, 8, 9, 16, 255, 65_536, 0x0100_0000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];

    [Fact]
    public void HostileLengthOfAnyBox_NeverThrows_AndMemoryStaysBounded()
    {
        var sample = recording.Bytes[..Math.Min(40_000, recording.Bytes.Length)];
        var places = new List<int>();
        Walk(sample, 0, sample.Length, places);
        Assert.InRange(places.Count, 60, 5000);

        // The header's boxes and those of the first fragments are all kinds that there are.
        foreach (var place in places.Take(120))
        {
            var real = BinaryPrimitives.ReadUInt32BigEndian(sample.AsSpan(place));
            foreach (var size in (uint[])[.. Sizes, real - 1, real + 1, real - 8, real + 8, real * 2])
            {
                var damaged = sample.ToArray();
                BinaryPrimitives.WriteUInt32BigEndian(damaged.AsSpan(place), size);
                if (size == 1) { BinaryPrimitives.WriteUInt64BigEndian(damaged.AsSpan(place + 8), ulong.MaxValue - (uint)place); }
                Feed(damaged);
            }
        }
    }

    [Fact]
    public void BoxesLeftOut_Doubled_OrExchanged_NeverThrow()
    {
        var random = new Random(5);
        var boxes = Top(recording.Bytes).ToList();
        for (var round = 0; round < 400; round++)
        {
            var shuffled = boxes.ToList();
            for (var change = random.Next(1, 6); change > 0; change--)
            {
                var (one, other) = (random.Next(shuffled.Count), random.Next(shuffled.Count));
                switch (random.Next(3))
                {
                    case 0: shuffled.RemoveAt(one); break;
                    case 1: shuffled.Insert(other, shuffled[one]); break;
                    default: (shuffled[one], shuffled[other]) = (shuffled[other], shuffled[one]); break;
                }
            }

            Feed([.. shuffled.SelectMany(box => box)]);
        }
    }

    private static void Feed(byte[] bytes)
    {
        var units = Recording.Read(bytes, 3000, out var reader);
        Assert.True(reader.BufferBytes <= FragmentReader.FragmentBytesMax + (2 * FragmentReader.PieceBytesMax));
        var timeline = new Timeline(new SegmentRules(), new TimelineLimits());
        foreach (var unit in units)
        {
            if (unit is InitSegment init) { timeline.BeginRun(init, TimelineTests.Began); }
            else { timeline.Add((Fragment)unit, out _); }
        }

        timeline.End();
        if (timeline.View.HasMedia) { Assert.Empty(PlaylistChecker.Check(PlaylistWriter.WriteMedia(timeline.View, [], delta: false))); }
    }

    private static void Walk(byte[] bytes, int from, int to, List<int> places)
    {
        for (var at = from; at + 16 <= to;)
        {
            var size = BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            if (size < 8 || at + size > to) { return; }

            places.Add(at);
            if (Parents.Contains(Encoding.ASCII.GetString(bytes, at + 4, 4))) { Walk(bytes, at + 8, at + (int)size, places); }
            at += (int)size;
        }
    }

    private static IEnumerable<byte[]> Top(byte[] bytes)
    {
        for (var at = 0; at + 8 <= bytes.Length;)
        {
            var size = (int)BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(at));
            yield return bytes[at..Math.Min(bytes.Length, at + size)];
            at += size;
        }
    }
}
