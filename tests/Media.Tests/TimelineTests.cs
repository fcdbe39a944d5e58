using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Media.Tests;

/// <summary>What a rung keeps and counts; its playlists are in <see cref="GoldenTests"/>.</summary>
public sealed class TimelineTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly InitSegment Init = new(
        new byte[] { 1 },
        [new(1, TrackKind.Video, 90_000, "avc1.42c01f", 1280, 720), new(2, TrackKind.Audio, 48_000, "mp4a.40.2", 0, 0)]);

    [Fact]
    public void BeforeTheFirstSegment_ThereIsNothingToPlay()
    {
        var timeline = New();
        timeline.BeginRun(Init, Noon);
        timeline.Add(SegmenterTests.Pictures(0, 500, key: true), out _);

        Assert.False(timeline.View.HasMedia);
        Assert.Null(timeline.View.Find(0));
    }

    [Fact]
    public void RunWithoutASegment_LeavesNoTrace()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 3);
        timeline.EndRun();
        timeline.BeginRun(Init, Noon.AddSeconds(10));
        Run(timeline, Noon.AddSeconds(20), seconds: 3);

        Assert.Equal([false, false, true], timeline.View.Segments.Select(segment => segment.Discontinuity));
        Assert.Equal([0, 0, 2], timeline.View.Segments.Select(segment => segment.InitNumber));
    }

    [Fact]
    public void KeptBytes_AreBounded_AndTheNewestStays()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits { KeptBytes = 45_000 });
        Run(timeline, Noon, seconds: 41);

        Assert.Equal([18, 19], timeline.View.Segments.Select(segment => segment.Number));
    }

    [Fact]
    public void Readers_SeeTheSameUntilTheNextPart()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 3);
        var before = timeline.View;

        timeline.Add(SegmenterTests.Pictures(3000, 100, key: true), out _);
        Assert.Same(before, timeline.View);

        timeline.Add(SegmenterTests.Pictures(3100, 200), out _);
        Assert.NotSame(before, timeline.View);
    }

    [Fact]
    public void RunThatBreaksBeforeItsFirstPart_LeavesItsNumberToTheNext()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 3);
        timeline.BeginRun(Init with { }, Noon.AddSeconds(10));
        timeline.Add(SegmenterTests.Pictures(0, 100, key: true), out _);
        timeline.Add(SegmenterTests.Pictures(50_000, 100), out var problem);
        Assert.Equal(MediaFault.KeyframesTooFar, problem!.Fault);
        Run(timeline, Noon.AddSeconds(20), seconds: 3);

        Assert.Equal([0, 1, 2], timeline.View.Segments.Select(segment => segment.Number));
        Assert.Equal([0L, 0, 1], timeline.View.Segments.Select(segment => segment.Discontinuities));
        Assert.Equal(3, timeline.View.NextNumber);
    }

    [Fact]
    public void HeadersOfRunsThatGaveNothing_AreNotKept()
    {
        var timeline = New();
        for (var i = 0; i < 1000; i++) { timeline.BeginRun(Init with { }, Noon); }

        Assert.Single(timeline.View.Inits);
        Assert.Equal(999, timeline.InitNumber);
    }

    [Theory]
    [InlineData(0L, null, true)]
    [InlineData(1L, 6, true)]
    [InlineData(1L, 7, true)] // beyond the last part of a whole segment: the first of the next
    [InlineData(2L, 2, true)]
    [InlineData(2L, 3, false)]
    [InlineData(2L, null, false)]
    [InlineData(3L, 0, false)]
    public void View_KnowsWhatItHas(long number, int? part, bool has)
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 5);

        Assert.Equal(has, timeline.View.Has(number, part));
    }

    [Theory]
    [InlineData(3L, null, false)]
    [InlineData(4L, null, true)]
    [InlineData(2L, 11, false)]
    [InlineData(2L, 12, true)]
    [InlineData(3L, 8, false)]
    [InlineData(3L, 9, true)]
    [InlineData(long.MaxValue - 1, 0, true)]
    public void View_KnowsWhatIsTooFarAhead(long number, int? part, bool tooFar)
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 5);

        Assert.Equal(tooFar, timeline.View.IsTooFar(number, part));
    }

    internal static Timeline New(Timeline? leader = null) => new(new SegmentRules { QuickSegments = 0 }, new TimelineLimits(), leader: leader);

    internal static readonly InitSegment Header = Init;

    internal static readonly DateTimeOffset Began = Noon;

    /// <summary>A keyframe a second; ten fragments a second with three pictures and 1,000 bytes each.</summary>
    internal static void Run(Timeline timeline, DateTimeOffset at, int seconds)
    {
        timeline.BeginRun(Init with { }, at);
        for (var ms = 0; ms < seconds * 1000; ms += 100)
        {
            timeline.Add(SegmenterTests.Pictures(ms, 100, key: ms % 1000 == 0, bytes: 1000), out var problem);
            Assert.Null(problem);
        }
    }
}
