using System.Text;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Media.Tests;

/// <summary>Whole playlists as golden text.</summary>
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
    public void LivePlaylist_IsToTheLetter()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 5);

        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-DISCONTINUITY-SEQUENCE:0
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-0.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z
            #EXTINF:2.00000,
            0.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z
            #EXTINF:2.00000,
            1.m4s

            """,
            Media(timeline));
    }

    [Fact]
    public void EncoderRestart_GetsADiscontinuityAndANewMap()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 3);
        timeline.EndRun();
        Run(timeline, Noon.AddSeconds(20), seconds: 3);
        timeline.End();

        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:0
            #EXT-X-DISCONTINUITY-SEQUENCE:0
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-0.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z
            #EXTINF:2.00000,
            0.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z
            #EXTINF:1.00000,
            1.m4s
            #EXT-X-DISCONTINUITY
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:20.000Z
            #EXTINF:2.00000,
            2.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:22.000Z
            #EXTINF:1.00000,
            3.m4s
            #EXT-X-ENDLIST

            """,
            Media(timeline));
    }

    [Fact]
    public void DiscontinuityThatLeftTheList_IsCounted_AndItsHeaderForgottenWithItsSegments()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits { ListedSegments = 2, KeptSegments = 3 });
        Run(timeline, Noon, seconds: 3);
        timeline.EndRun();
        Run(timeline, Noon.AddSeconds(20), seconds: 9);

        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:4
            #EXT-X-DISCONTINUITY-SEQUENCE:1
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-MAP:URI="init-1.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:24.000Z
            #EXTINF:2.00000,
            4.m4s
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:26.000Z
            #EXTINF:2.00000,
            5.m4s

            """,
            Media(timeline));
        Assert.Equal([1], timeline.View.Inits.Keys);
        Assert.Null(timeline.View.Find(2));
        Assert.Equal(3, timeline.View.Find(3)!.Number);
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
    public void MultivariantPlaylist_SaysWhatWasMeasured()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 5);

        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-STREAM-INF:BANDWIDTH=80000,AVERAGE-BANDWIDTH=80000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
            source/list.m3u8

            """,
            PlaylistWriter.WriteMultivariant([("source", timeline.View.Rendition!)]));
    }

    [Fact]
    public void KeptBytes_AreBounded_AndTheNewestStays()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits { KeptBytes = 45_000 });
        Run(timeline, Noon, seconds: 41);

        Assert.Equal([18, 19], timeline.View.Segments.Select(segment => segment.Number));
    }

    [Fact]
    public void BroadcastThatContinuesFromElsewhere_CountsOnAndSaysThatItBreaks()
    {
        var timeline = new Timeline(new SegmentRules { QuickSegments = 0 }, new TimelineLimits(), continuesAt: 5000);
        Run(timeline, Noon, seconds: 3);

        Assert.Equal(
            """
            #EXTM3U
            #EXT-X-VERSION:7
            #EXT-X-TARGETDURATION:2
            #EXT-X-MEDIA-SEQUENCE:5000
            #EXT-X-DISCONTINUITY-SEQUENCE:5000
            #EXT-X-INDEPENDENT-SEGMENTS
            #EXT-X-DISCONTINUITY
            #EXT-X-MAP:URI="init-0.mp4"
            #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z
            #EXTINF:2.00000,
            5000.m4s

            """,
            Media(timeline));
    }

    [Fact]
    public void Readers_SeeTheSameBytesUntilTheNextSegment()
    {
        var timeline = New();
        Run(timeline, Noon, seconds: 3);
        var before = timeline.View;

        timeline.Add(SegmenterTests.Pictures(3000, 500), out _);

        Assert.Same(before, timeline.View);
    }

    private static Timeline New() => new(new SegmentRules { QuickSegments = 0 }, new TimelineLimits());

    private static string Media(Timeline timeline) => Encoding.UTF8.GetString(timeline.View.Media.Span);

    /// <summary>A keyframe a second, 30 pictures and 10,000 bytes each.</summary>
    private static void Run(Timeline timeline, DateTimeOffset at, int seconds)
    {
        timeline.BeginRun(Init with { }, at);
        for (var second = 0; second < seconds; second++)
        {
            timeline.Add(SegmenterTests.Pictures(second * 1000, 1000, key: true, bytes: 10_000), out var problem);
            Assert.Null(problem);
        }
    }
}
