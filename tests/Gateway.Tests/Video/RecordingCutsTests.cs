using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Where another encoder can go on in a recording.</summary>
public sealed class RecordingCutsTests
{
    /// <summary>Where the clusters with a keyframe begin in the recording with sound; it has 36 clusters.</summary>
    private static readonly (int At, long Ms)[] Places = [(195, 0), (26255, 1020), (64491, 2096), (103055, 3145)];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(333)]
    [InlineData(8000)]
    [InlineData(20000)]
    public void EveryClusterWithAKeyframeIsFound_HoweverTheRecordingIsSliced(int sliceBytes)
    {
        var recording = Samples.ChromiumH264;
        var cuts = new RecordingCuts();

        var found = new List<(int At, long Ms)>();
        for (var at = 0; at < recording.Length; at += sliceBytes)
        {
            var slice = recording.AsMemory(at, Math.Min(sliceBytes, recording.Length - at));
            if (cuts.Take(slice) is not { } cut) { continue; }

            found.Add((at + slice.Length - cut.Bytes.Length, cut.Ms));
            Assert.True(recording.AsSpan(found[^1].At, cut.Bytes.Length).SequenceEqual(cut.Bytes.Span));
        }

        Assert.Equal(Places, found);
        Assert.Equal(recording[..Places[0].At], cuts.Header!.Value.ToArray());
    }

    [Fact]
    public void RecordingOfAnotherMaker_IsCutAtItsKeyframesToo()
    {
        var recording = Samples.Make(
            "-f", "lavfi", "-i", "testsrc2=s=320x240:r=10", "-f", "lavfi", "-i", "sine=440", "-t", "4", "-c:v", "libx264", "-g", "10", "-c:a", "libopus",
            "-f", "matroska");
        var cuts = new RecordingCuts();
        var times = new List<long>();
        for (var at = 0; at < recording.Length; at += 500)
        {
            if (cuts.Take(recording.AsMemory(at, Math.Min(500, recording.Length - at))) is { } cut) { times.Add(cut.Ms); }
        }

        Assert.Equal(0, times[0]);
        Assert.True(times.Count > 1, $"Cut at {string.Join(' ', times)}.");
    }

    [Fact]
    public void AfterAHole_TheNextClusterIsFound()
    {
        var recording = Samples.ChromiumH264;
        var cuts = new RecordingCuts();
        cuts.Take(recording.AsMemory(0, Places[1].At + 5000));

        cuts.Search();
        Assert.Null(cuts.Take(recording.AsMemory(Places[1].At + 9000, 3000)));
        var cut = cuts.Take(recording.AsMemory(Places[2].At - 100, 2000));

        Assert.Equal(recording[Places[2].At..(Places[2].At + 100)], cut!.Value.Bytes[..100].ToArray());
        Assert.Equal(Places[2].Ms, cut.Value.Ms);
        Assert.Equal(recording[..Places[0].At], cuts.Header!.Value.ToArray());
    }

    [Fact]
    public void Noise_NeverGivesAPlace_AndIsNotKept()
    {
        var noise = new byte[200_000];
        new Random(4).NextBytes(noise);
        var cuts = new RecordingCuts();

        for (var at = 0; at < noise.Length; at += 100) { Assert.Null(cuts.Take(noise.AsMemory(at, 100))); }

        Assert.Null(cuts.Header);
    }

    [Fact]
    public void ElementOfHugeSize_IsPassedOver_WithoutBeingKept()
    {
        // A void element of 2^55 bytes: as endless as a recording can say.
        byte[] endless = [.. Samples.ChromiumH264.AsSpan(0, Places[0].At), 0xEC, 0x01, 0x80, 0, 0, 0, 0, 0, 0];
        var cuts = new RecordingCuts();
        cuts.Take(endless);

        var more = Samples.ChromiumH264.AsMemory(1000, 50_000);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var piece = 0; piece < 1000; piece++) { Assert.Null(cuts.Take(more)); }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * RecordingCuts.HeaderBytesMax * 4);
    }
}
