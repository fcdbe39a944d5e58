using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Media.Tests;

public sealed class SegmenterTests(Recording recording) : IClassFixture<Recording>
{
    private static readonly MediaTrack Video = new(1, TrackKind.Video, 90_000, "avc1.42c01f", 1280, 720);
    private static readonly MediaTrack Audio = new(2, TrackKind.Audio, 48_000, "mp4a.40.2", 0, 0);
    private static readonly InitSegment Both = new(new byte[] { 1 }, [Video, Audio]);

    [Fact]
    public void EncoderOutput_IsCutAtKeyframes_QuicklyAtFirst()
    {
        var segments = Segment(Recording.Read(recording.Bytes, 4096, out _));

        // The first is a little longer: FFmpeg moves the picture back by the sound's priming.
        Assert.Equal([1.0, 1.0, 2.0, 2.0], segments.Select(segment => Math.Round(segment.Duration.TotalSeconds, 1)));
        Assert.All(segments, segment => Assert.True(segment.Fragments[0].Of(TrackKind.Video)!.StartsWithKeyframe));
        Assert.Equal(180, segments.Sum(segment => segment.Frames));
    }

    [Fact]
    public void SoundAlone_IsCutWhereTheTargetIsReached()
    {
        var segments = Segment(Recording.Read(recording.Sound, 4096, out _));

        Assert.True(segments.Count >= 3);
        Assert.All(segments.SkipLast(1), segment => Assert.InRange(segment.Duration.TotalSeconds, 0.85, 2.2));
        Assert.Equal(5, segments.Sum(segment => segment.Duration.TotalSeconds), 0.15);
    }

    [Fact]
    public void Durations_ComeFromTheNextKeyframe_NotFromWhatSamplesClaim()
    {
        var segmenter = new Segmenter(Both, new SegmentRules { QuickSegments = 0 });

        // The last sample before the cut claims 33 ms, but the next picture comes 400 ms later.
        Assert.Null(segmenter.Add(Pictures(0, 2000, key: true)).Finished);
        Assert.Null(segmenter.Add(Pictures(2000, 33)).Finished);
        var first = segmenter.Add(Pictures(2433, 33, key: true)).Finished;

        Assert.Equal(TimeSpan.FromMilliseconds(2433), first!.Duration);
    }

    [Fact]
    public void SlowKeyframes_AreTakenEarlyRatherThanTooLate()
    {
        // Keyframes every 1.3 s: two distances make 2.6 s, which would round up to 3 and break a target duration of 2.
        var segmenter = new Segmenter(Both, new SegmentRules { QuickSegments = 0 });
        var lengths = Enumerable.Range(0, 9).Select(i => segmenter.Add(Pictures(i * 1300, 1300, key: true)).Finished)
            .OfType<SegmentBody>().Select(body => body.Duration.TotalSeconds);

        Assert.All(lengths, seconds => Assert.Equal(1.3, seconds, 0.001));
    }

    [Fact]
    public void NothingBeforeTheFirstKeyframe_IsKept()
    {
        var segmenter = new Segmenter(Both, new SegmentRules { QuickSegments = 0 });
        segmenter.Add(Sound(0, 500));
        segmenter.Add(Pictures(0, 500));
        segmenter.Add(Pictures(500, 500, key: true));

        var last = segmenter.Flush();

        Assert.Equal(TimeSpan.FromMilliseconds(500), last!.Start);
        Assert.Single(last.Fragments);
    }

    [Fact]
    public void NoKeyframeForTooLong_StopsTheRunByName()
    {
        var segmenter = new Segmenter(Both, new SegmentRules());
        for (var at = 0; at <= 10_000; at += 500) { segmenter.Add(Pictures(at, 500, key: at == 0)); }

        Assert.Equal(MediaFault.KeyframesTooFar, segmenter.Problem!.Fault);
        var shown = segmenter.Flush()!;
        Assert.Equal(shown.Parts.SelectMany(part => part.Fragments), shown.Fragments);
        Assert.Equal(2.499, shown.Duration.TotalSeconds, 0.0001);
    }

    [Fact]
    public void TimeThatRunsBackwards_StopsTheRunByName()
    {
        var segmenter = new Segmenter(Both, new SegmentRules());
        segmenter.Add(Pictures(1000, 500, key: true));
        segmenter.Add(Pictures(500, 500));

        Assert.Equal(MediaFault.OutOfOrder, segmenter.Problem!.Fault);
    }

    [Fact]
    public void SegmentThatGrowsTooLarge_StopsTheRunByName()
    {
        var segmenter = new Segmenter(Both, new SegmentRules { BytesMax = 100 });
        segmenter.Add(Pictures(0, 100, key: true, bytes: 60));
        segmenter.Add(Pictures(100, 100, bytes: 60));

        Assert.Equal(MediaFault.TooLarge, segmenter.Problem!.Fault);
    }

    [Fact]
    public void RecorderThatStandsStill_MakesALongSegment_AndThePromisedTargetIsKept()
    {
        var segmenter = new Segmenter(Both, new SegmentRules { QuickSegments = 0 });
        segmenter.Add(Pictures(0, 1500, key: true));
        var first = segmenter.Add(Pictures(6000, 33, key: true)).Finished;

        Assert.Equal(2.499, first!.Duration.TotalSeconds, 0.0001);
        Assert.Null(segmenter.Problem);
    }

    [Fact]
    public void SegmentBeforeAProblem_StaysWhole_AndOfTheNextOnlyWhatWasShown()
    {
        var segmenter = new Segmenter(Both, new SegmentRules { QuickSegments = 0, BytesMax = 100 });
        for (var at = 0; at < 2000; at += 100) { segmenter.Add(Pictures(at, 100, key: at == 0, bytes: 2)); }

        var step = segmenter.Add(Pictures(2000, 100, key: true, bytes: 101));

        Assert.Equal(20, step.Finished!.Fragments.Count);
        Assert.Equal(MediaFault.TooLarge, segmenter.Problem!.Fault);
        Assert.Null(segmenter.Flush());
    }

    internal static List<SegmentBody> Segment(List<MediaUnit> units)
    {
        if (units is not [InitSegment init, ..]) { return []; }

        var segmenter = new Segmenter(init, new SegmentRules());
        var segments = units.OfType<Fragment>().Select(fragment => segmenter.Add(fragment).Finished).OfType<SegmentBody>().ToList();
        if (segmenter.Flush() is { } last) { segments.Add(last); }
        return segments;
    }

    internal static Fragment Pictures(int atMs, int lengthMs, bool key = false, int bytes = 10) => new(
        new byte[bytes],
        [new TrackRun(Video, TimeSpan.FromMilliseconds(atMs), TimeSpan.FromMilliseconds(lengthMs), Math.Max(1, lengthMs / 33), key)]);

    internal static Fragment Sound(int atMs, int lengthMs) =>
        new(new byte[10], [new TrackRun(Audio, TimeSpan.FromMilliseconds(atMs), TimeSpan.FromMilliseconds(lengthMs), 20, true)]);
}
