using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Running;

namespace LiveCommerce.LoadTester.Tests;

/// <summary>What a low-latency player reads, where it begins, and when its picture stands still.</summary>
public sealed class PartPlaybackTests
{
    private const string Whole = """
        #EXTM3U
        #EXT-X-VERSION:9
        #EXT-X-TARGETDURATION:2
        #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,PART-HOLD-BACK=1.05,CAN-SKIP-UNTIL=12.0
        #EXT-X-PART-INF:PART-TARGET=0.35
        #EXT-X-MEDIA-SEQUENCE:7
        #EXT-X-MAP:URI="init-0.mp4"
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z
        #EXTINF:2.00000,
        7.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z
        #EXT-X-PART:DURATION=0.30000,URI="8.0.m4s",INDEPENDENT=YES
        #EXT-X-PART:DURATION=0.30000,URI="8.1.m4s"
        #EXTINF:0.60000,
        8.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.600Z
        #EXT-X-PART:DURATION=0.30000,URI="9.0.m4s",INDEPENDENT=YES
        #EXT-X-PART:DURATION=0.30000,URI="9.1.m4s"
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI="9.2.m4s"
        """;

    [Fact]
    public void PlaylistWithParts_TellsWhatThereIs_WhatFollows_AndWhenItWasRecorded()
    {
        var playlist = PartPlaylist.Read(Whole);

        Assert.Equal((2, 0.35, 1.05, true, "init-0.mp4"), (playlist.TargetSeconds, playlist.PartSeconds, playlist.HoldBackSeconds, playlist.CanSkip, playlist.Init));
        Assert.Equal([(8L, 0), (8L, 1), (9L, 0), (9L, 1)], playlist.Parts.Select(part => (part.Number, part.Index)));
        Assert.Equal((9L, 2), playlist.Next);
        Assert.Equal("9.1.m4s", playlist.Parts[^1].Uri);
        Assert.Equal(new DateTimeOffset(2026, 3, 1, 12, 0, 3, 200, TimeSpan.Zero), playlist.Parts[^1].EndsAt, TimeSpan.FromMilliseconds(1));
    }

    [Fact]
    public void DeltaUpdate_CountsWhatItSkips_AndAnEndedPlaylistHasNoNextPart()
    {
        var delta = PartPlaylist.Read(Whole.Replace("#EXT-X-MAP", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-MAP", StringComparison.Ordinal));
        Assert.Equal((11L, 0), (delta.Parts[0].Number, delta.Parts[0].Index));
        Assert.Equal((12L, 2), delta.Next);
        Assert.Null(PartPlaylist.Read(Whole + "\n#EXT-X-ENDLIST\n").Next);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"code\":2103}")]
    [InlineData("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n1.m4s\n")]
    [InlineData("#EXTM3U\n#EXT-X-PART-INF:PART-TARGET=x\n")]
    public void WhatIsNoPlaylistWithParts_IsSaidToBeNone(string text) => Assert.Throws<InvalidDataException>(() => PartPlaylist.Read(text));

    [Fact]
    public void Player_BeginsWithAKeyframeThatIsFarEnoughFromTheEnd()
    {
        Assert.Equal("8.0.m4s", PartPlaylist.Read(Whole).Start()!.Value.Uri);
        Assert.Equal("9.0.m4s", PartPlaylist.Read(Whole.Replace("PART-HOLD-BACK=1.05", "PART-HOLD-BACK=0.5", StringComparison.Ordinal).Replace("PART-TARGET=0.35", "PART-TARGET=0.1", StringComparison.Ordinal)).Start()!.Value.Uri);
        Assert.Null(PartPlaylist.Read(Whole.Replace(",INDEPENDENT=YES", "", StringComparison.Ordinal)).Start());
    }

    [Fact]
    public void PlaylistsOfTheSameBytes_AreReadOnce()
    {
        var shelf = new PlaylistShelf();
        var first = shelf.Read(System.Text.Encoding.UTF8.GetBytes(Whole));
        Assert.Same(first, shelf.Read(System.Text.Encoding.UTF8.GetBytes(Whole)));
        Assert.NotSame(first, shelf.Read(System.Text.Encoding.UTF8.GetBytes(Whole + "\n")));
    }

    [Fact]
    public void PictureStandsStill_FromTheEndOfWhatThereIsToTheNextPart()
    {
        var screen = new PartScreen(holdBackMicros: 900);
        Assert.Equal((0, 0, 0), (screen.Take(300, 0), screen.Take(300, 10), screen.End(5_000)));
        Assert.False(screen.HasBegun);
        Assert.Equal(0, screen.Take(300, 1_000));
        Assert.True(screen.HasBegun);

        // There is something to show until 1,900, with the next part until 2,200.
        Assert.Equal(0, screen.Take(300, 1_900));
        Assert.Equal(100, screen.Take(300, 2_300));

        // Shown from 2,300 to 2,600.
        Assert.Equal(0, screen.Take(300, 2_600));
        Assert.Equal((0, 50), (screen.End(2_900), screen.End(2_950)));
    }

    [Fact]
    public void PictureThatHadToLeap_StoodStillFromTheEndOfWhatItHadToItsNewBeginning()
    {
        var screen = new PartScreen(holdBackMicros: 600);
        screen.Take(600, 0);
        screen.Leap();

        // There was something to show until 600. The new beginning is there at 2,000.
        Assert.Equal((0, 0), (screen.End(500), screen.Take(300, 1_000)));
        Assert.Equal(700, screen.End(1_300));
        Assert.Equal(1_400, screen.Take(300, 2_000));
        Assert.Equal(0, screen.Take(300, 2_100));

        // Leaping twice does not make it shorter, and leaping before there is anything to show is none.
        screen.Leap();
        screen.Leap();
        Assert.Equal(100, screen.End(3_000));
        var dark = new PartScreen(holdBackMicros: 600);
        dark.Take(300, 0);
        dark.Leap();
        Assert.Equal((0, 0), (dark.Take(300, 900), dark.End(10_000)));
    }

    [Fact]
    public void PlayersWithoutAPicture_DoNotMakeTheAverageBetter_AndAreCountedThemselves()
    {
        var meter = new LoadMeter();
        for (var player = 0; player < 10; player++) { meter.Plays(); }
        Assert.Equal("nothing was measured", Threshold.Parse("video.stalls<=1")!.Against(meter).Detail);
        Assert.Equal((false, "10"), (Threshold.Parse("video.dark<=0")!.Against(meter).Kept, Threshold.Parse("video.dark<=0")!.Against(meter).Detail));

        meter.Shows();
        meter.StoodStill(2);
        Assert.Equal((false, "2"), (Threshold.Parse("video.stalls<=1")!.Against(meter).Kept, Threshold.Parse("video.stalls<=1")!.Against(meter).Detail));
        Assert.Equal("9", Threshold.Parse("video.dark<=0")!.Against(meter).Detail);
    }

    [Fact]
    public void VideoStalls_AreInPartsAndOnAveragePerPlayer()
    {
        var meter = new LoadMeter();
        var check = Threshold.Parse("video.stalls<=1")!;
        Assert.Equal("nothing was measured", check.Against(meter).Detail);

        meter.Plays();
        meter.Plays();
        meter.Shows();
        meter.Shows();
        meter.GotPart();
        meter.StoodStill(1.5);
        Assert.True(check.Against(meter).Kept);
        meter.StoodStill(0.75);
        Assert.False(check.Against(meter).Kept);
        Assert.NotNull(Threshold.Parse("delay.p99<=2000"));
        Assert.NotNull(Threshold.Parse("part.p50<=50"));
    }
}
