using System.Buffers.Binary;
using System.Text;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Tests;

public sealed class FragmentReaderTests(Recording recording) : IClassFixture<Recording>
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    [InlineData(65536)]
    public void EncoderOutput_InPiecesOfAnySize_GivesTheSameUnits(int pieceBytes)
    {
        var units = Recording.Read(recording.Bytes, pieceBytes, out var reader);

        Assert.Null(reader.Problem);
        Assert.True(reader.IsAtBoundary);
        var init = Assert.IsType<InitSegment>(units[0]);
        Assert.Equal((320, 180), (init.Video!.Width, init.Video.Height));
        Assert.Matches("^avc1\\.42[0-9a-f]{4},mp4a\\.40\\.2$", init.Codecs);
        var fragments = units.Skip(1).Cast<Fragment>().ToList();
        Assert.Equal(180, fragments.Sum(fragment => fragment.Of(TrackKind.Video)?.Samples ?? 0));
        Assert.Equal(6, fragments.Count(fragment => fragment.Of(TrackKind.Video) is { StartsWithKeyframe: true }));
    }

    [Fact]
    public void Units_PutTogether_AreTheEncodersBytesUpToItsTrailer()
    {
        var units = Recording.Read(recording.Bytes, 4096, out _);

        var together = units.SelectMany(unit => unit switch
        {
            InitSegment init => init.Bytes.ToArray(),
            Fragment fragment => fragment.Bytes.ToArray(),
            _ => [],
        }).ToArray();
        Assert.Equal(recording.Bytes[..together.Length], together);
    }

    [Fact]
    public void DecodeTimes_FollowEachOtherWithoutAHole()
    {
        var runs = Recording.Read(recording.Bytes, 4096, out _).OfType<Fragment>()
            .Select(fragment => fragment.Of(TrackKind.Video)).OfType<TrackRun>().ToList();

        foreach (var (run, next) in runs.Zip(runs.Skip(1))) { Assert.Equal(run.End.TotalMilliseconds, next.Start.TotalMilliseconds, 1.0); }
        Assert.Equal(6, runs[^1].End.TotalSeconds, 0.05);
    }

    public static TheoryData<string, byte[], MediaFault> Hostile() => new()
    {
        { "box smaller than its header", Box("ftyp", [], size: 4), MediaFault.Malformed },
        { "box to the end of the file", Box("moov", [], size: 0), MediaFault.Malformed },
        { "huge moov", Box("moov", [], size: int.MaxValue), MediaFault.TooLarge },
        { "huge 64-bit ftyp", [.. Box("ftyp", [], size: 1), .. Enumerable.Repeat((byte)0xff, 8)], MediaFault.TooLarge },
        { "samples first", Box("mdat", [1, 2, 3]), MediaFault.Malformed },
        { "fragment first", Box("moof", [1, 2, 3]), MediaFault.Malformed },
        { "moov without tracks", Box("moov", Box("mvhd", new byte[100])), MediaFault.Malformed },
        { "track without headers", Box("moov", Box("trak", Box("mdia", []))), MediaFault.Malformed },
        { "child larger than its parent", Box("moov", Box("trak", [], size: 9000)), MediaFault.Malformed },
    };

    [Theory]
    [MemberData(nameof(Hostile))]
    public void HostileBoxes_AreRefusedByKind_WithoutBeingWaitedFor(string name, byte[] bytes, MediaFault expected)
    {
        Assert.Empty(Recording.Read(bytes, 4096, out var reader));

        Assert.True(reader.Problem?.Fault == expected, $"{name}: {reader.Problem}");
        Assert.True(reader.BufferBytes <= 256 * 1024, name);
    }

    [Fact]
    public void FragmentThatClaimsGigabytes_IsRefusedAtItsHeader()
    {
        var init = InitBytes();
        var reader = new FragmentReader();
        reader.Append(init);
        Assert.True(reader.TryRead(out _));

        reader.Append([.. Box("moof", []), .. Box("mdat", [], size: 0x7fff_ffff)]);

        Assert.False(reader.TryRead(out _));
        Assert.Equal(MediaFault.TooLarge, reader.Problem!.Fault);
    }

    [Fact]
    public void RunThatClaimsFourBillionSamplesInAFewBytes_IsRefused()
    {
        var trun = Box("trun", [0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
        var traf = Box("traf", [.. Box("tfhd", [0, 0, 0, 0, 0, 0, 0, 1]), .. Box("tfdt", [0, 0, 0, 0, 0, 0, 0, 0]), .. trun]);
        var reader = new FragmentReader();
        reader.Append([.. InitBytes(), .. Box("moof", traf), .. Box("mdat", [])]);
        Assert.True(reader.TryRead(out _));

        Assert.False(reader.TryRead(out _));
        Assert.Equal(MediaFault.TooLarge, reader.Problem!.Fault);
    }

    [Fact]
    public void FragmentFarInTheFuture_IsRefused()
    {
        byte[] tfdt = [1, 0, 0, 0, .. Enumerable.Repeat((byte)0xff, 8)];
        var traf = Box("traf", [.. Box("tfhd", [0, 0, 0, 0, 0, 0, 0, 1]), .. Box("tfdt", tfdt), .. Box("trun", [0, 0, 0, 0, 0, 0, 0, 1])]);
        var reader = new FragmentReader();
        reader.Append([.. InitBytes(), .. Box("moof", traf), .. Box("mdat", [])]);
        Assert.True(reader.TryRead(out _));

        Assert.False(reader.TryRead(out _));
        Assert.Equal(MediaFault.TooLarge, reader.Problem!.Fault);
    }

    [Fact]
    public void UnknownBoxOfManyGigabytes_PassesWithoutBeingKept()
    {
        var reader = new FragmentReader();
        reader.Append([.. Box("free", [], size: 1), 0, 0, 0, 4, 0, 0, 0, 0]);
        for (var i = 0; i < 100; i++)
        {
            Assert.False(reader.TryRead(out _));
            reader.Append(new byte[FragmentReader.PieceBytesMax]);
        }

        Assert.Null(reader.Problem);
        Assert.True(reader.BufferBytes <= 256 * 1024);
    }

    [Fact]
    public void CutOffAnywhere_GivesOnlyWholeUnits()
    {
        var whole = Recording.Read(recording.Bytes, 4096, out _).Count;
        for (var length = 0; length < recording.Bytes.Length; length += 997)
        {
            var units = Recording.Read(recording.Bytes[..length], 4096, out var reader);
            Assert.Null(reader.Problem);
            Assert.True(units.Count <= whole);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(20_260_101)]
    [InlineData(777)]
    public void RandomDamage_NeverThrowsAndNeverGrowsBeyondTheBound(int seed)
    {
        // The seed is the test's name: a failure is rerun by it.
        var random = new Random(seed);
        var sample = recording.Bytes[..Math.Min(60_000, recording.Bytes.Length)];
        for (var round = 0; round < 1500; round++)
        {
            var damaged = sample.ToArray();
            var hits = random.Next(1, 12);
            for (var hit = 0; hit < hits; hit++)
            {
                // Most of the structure is in the header and in the first bytes of fragments.
                var at = random.Next(2) == 0 ? random.Next(1500) : random.Next(damaged.Length);
                damaged[at] = random.Next(3) switch { 0 => 0xff, 1 => 0, _ => (byte)random.Next(256) };
            }

            if (random.Next(4) == 0) { damaged = damaged[..random.Next(damaged.Length)]; }
            var units = Recording.Read(damaged, random.Next(1, 5000), out var reader);
            Assert.True(reader.BufferBytes <= FragmentReader.FragmentBytesMax + (2 * FragmentReader.PieceBytesMax));
            SegmenterTests.Segment(units);
        }
    }

    private byte[] InitBytes() => ((InitSegment)Recording.Read(recording.Bytes, 4096, out _)[0]).Bytes.ToArray();

    private static byte[] Box(string type, byte[] body, long size = -1)
    {
        var box = new byte[8 + body.Length];
        BinaryPrimitives.WriteUInt32BigEndian(box, (uint)(size < 0 ? box.Length : size));
        Encoding.ASCII.GetBytes(type, box.AsSpan(4));
        body.CopyTo(box, 8);
        return box;
    }
}
