using LiveCommerce.Media.Hls;
using LiveCommerce.Tests;

namespace LiveCommerce.Media.Tests;

/// <summary>Whole playlists as files in Golden; all of them keep the draft's rules.</summary>
public sealed class GoldenTests
{
    private static readonly DateTimeOffset Noon = TimelineTests.Began;

    [Fact]
    public void LivePlaylist()
    {
        var timeline = TimelineTests.New();
        TimelineTests.Run(timeline, Noon, seconds: 5);

        Same("live", timeline.View, [new RenditionReport("p480", 2, 1), new RenditionReport("p240", 1, 6)]);
    }

    [Fact]
    public void EncoderRestart_GetsADiscontinuityAndANewMap()
    {
        var timeline = TimelineTests.New();
        TimelineTests.Run(timeline, Noon, seconds: 3);
        timeline.EndRun();
        Same("between-runs", timeline.View);

        timeline.BeginRun(TimelineTests.Header with { }, Noon.AddSeconds(20));
        Same("new-run", timeline.View);

        TimelineTests.Run(timeline, Noon.AddSeconds(20), seconds: 3);
        timeline.End();
        Same("ended", timeline.View);
    }

    [Fact]
    public void DiscontinuityThatLeftTheList_IsCounted_AndItsHeaderForgottenWithItsSegments()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits { ListedSegments = 4, KeptSegments = 5 });
        TimelineTests.Run(timeline, Noon, seconds: 3);
        timeline.EndRun();
        TimelineTests.Run(timeline, Noon.AddSeconds(20), seconds: 11);

        Same("left", timeline.View);
        Assert.Equal([1], timeline.View.Inits.Keys);
        Assert.Null(timeline.View.Find(1));
        Assert.Equal(2, timeline.View.Find(2)!.Number);
    }

    [Fact]
    public void BroadcastThatContinuesFromElsewhere_CountsOnAndSaysThatItBreaks()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits(), continuesAt: 5000);
        TimelineTests.Run(timeline, Noon, seconds: 3);

        Same("continued", timeline.View);
    }

    [Fact]
    public void DeltaUpdate_LeavesOutWhatIsBeyondTheSkipBoundary()
    {
        var timeline = TimelineTests.New();
        TimelineTests.Run(timeline, Noon, seconds: 29);

        var whole = PlaylistWriter.WriteMedia(timeline.View, [], delta: false);
        var delta = PlaylistWriter.WriteMedia(timeline.View, [], delta: true);

        Same("delta", delta);
        Assert.Empty(PlaylistChecker.CheckDelta(whole, delta));
    }

    [Fact]
    public void RungThatMissedASegment_SaysSoWithAGap()
    {
        var leader = TimelineTests.New();
        var rung = TimelineTests.New(leader);
        leader.BeginRun(TimelineTests.Header, Noon);
        rung.BeginRun(TimelineTests.Header with { }, Noon);
        for (var ms = 0; ms < 9000; ms += 100)
        {
            leader.Add(SegmenterTests.Pictures(ms, 100, key: ms % 1000 == 0), out _);
            rung.Follow();
            if (ms is < 3500 or >= 6000) { rung.Add(SegmenterTests.Pictures(ms, 100, key: ms % 1000 == 0), out _); }
        }

        Same("gap", rung.View);
        Assert.Empty(PlaylistChecker.CheckVariants(PlaylistWriter.WriteMedia(leader.View, [], false), PlaylistWriter.WriteMedia(rung.View, [], false)));
    }

    [Fact]
    public void MultivariantPlaylist_SaysWhatWasMeasured()
    {
        var timeline = TimelineTests.New();
        TimelineTests.Run(timeline, Noon, seconds: 5);
        var small = timeline.View.Rendition! with { Width = 854, Height = 480, PeakBitsPerSecond = 40_000, AverageBitsPerSecond = 39_999 };

        var text = PlaylistWriter.WriteMultivariant([("source", timeline.View.Rendition!), ("p480", small)]);

        Assert.Empty(PlaylistChecker.CheckMain(text));
        Assert.Equal(Golden("main", text), text);
    }

    private static void Same(string name, TimelineView view, params IReadOnlyList<RenditionReport> reports) =>
        Same(name, PlaylistWriter.WriteMedia(view, reports, delta: false));

    private static void Same(string name, string text)
    {
        Assert.Equal(Golden(name, text), text);
        Assert.Empty(PlaylistChecker.Check(text));
    }

    /// <summary>The file's text. With ACCEPT_GOLDEN set to the folder of the sources it is written anew, to be read in the diff.</summary>
    private static string Golden(string name, string text)
    {
        if (Environment.GetEnvironmentVariable("ACCEPT_GOLDEN") is { Length: > 0 } folder) { File.WriteAllText(Path.Combine(folder, $"{name}.m3u8"), text); return text; }
        return File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.m3u8"));
    }
}
