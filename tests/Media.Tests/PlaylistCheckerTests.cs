using LiveCommerce.Tests;

namespace LiveCommerce.Media.Tests;

/// <summary>A good playlist, and one change that breaks each rule.</summary>
public sealed class PlaylistCheckerTests
{
    private const string Good =
        """
        #EXTM3U
        #EXT-X-VERSION:9
        #EXT-X-TARGETDURATION:2
        #EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=1.05
        #EXT-X-PART-INF:PART-TARGET=0.35
        #EXT-X-MEDIA-SEQUENCE:10
        #EXT-X-DISCONTINUITY-SEQUENCE:3
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-MAP:URI="init-0.mp4"
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z
        #EXTINF:2.00000,
        10.m4s
        #EXT-X-DISCONTINUITY
        #EXT-X-MAP:URI="init-1.mp4"
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z
        #EXTINF:2.00000,
        11.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:04.000Z
        #EXTINF:2.00000,
        12.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:06.000Z
        #EXT-X-PART:DURATION=0.35000,URI="13.0.m4s",INDEPENDENT=YES
        #EXT-X-PART:DURATION=0.30000,URI="13.1.m4s"
        #EXT-X-PART:DURATION=0.20000,URI="13.2.m4s"
        #EXTINF:0.85000,
        13.m4s
        #EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:06.850Z
        #EXT-X-PART:DURATION=0.30000,URI="14.0.m4s",INDEPENDENT=YES
        #EXT-X-PRELOAD-HINT:TYPE=PART,URI="14.1.m4s"
        #EXT-X-RENDITION-REPORT:URI="../p480/list.m3u8",LAST-MSN=14,LAST-PART=0

        """;

    private const string Main =
        """
        #EXTM3U
        #EXT-X-VERSION:6
        #EXT-X-INDEPENDENT-SEGMENTS
        #EXT-X-STREAM-INF:BANDWIDTH=80000,AVERAGE-BANDWIDTH=70000,CODECS="avc1.42c01f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=30.000
        source/list.m3u8

        """;

    [Fact]
    public void GoodPlaylists_Pass()
    {
        Assert.Empty(PlaylistChecker.Check(Good));
        Assert.Empty(PlaylistChecker.CheckMain(Main));
        Assert.Empty(PlaylistChecker.CheckUpdate(Good, Good));
        Assert.Empty(PlaylistChecker.CheckVariants(Good, Good));
    }

    [Theory]
    [InlineData("#EXTM3U\n", "", "4.4.1.1")]
    [InlineData("#EXTM3U\n", "#EXTM3U\r\n", "4.1:")]
    [InlineData("#EXT-X-VERSION:9", "#EXT-X-VERSION:5", "8:")]
    [InlineData("#EXT-X-TARGETDURATION:2\n", "", "4.4.3.1")]
    [InlineData("#EXT-X-TARGETDURATION:2\n", "#EXT-X-TARGETDURATION:2\n#EXT-X-TARGETDURATION:2\n", "4.4.3:")]
    [InlineData("#EXT-X-TARGETDURATION:2\n", "#EXT-X-TARGETDURATION:1\n", "4.4.3.1")]
    [InlineData("#EXT-X-TARGETDURATION:2\n", "#EXT-X-TARGETDURATION:2\n#EXT-X-STREAM-INF:BANDWIDTH=1\n", "4.4.6")]
    [InlineData("#EXT-X-TARGETDURATION:2\n", "#EXT-X-TARGETDURATION:2\n#EXT-X-PLAYLIST-TYPE:EVENT\n", "6.2.2")]
    [InlineData("#EXT-X-MEDIA-SEQUENCE:10\n", "", "6.2.2")]
    [InlineData("#EXT-X-MEDIA-SEQUENCE:10\n", "#EXT-X-MEDIA-SEQUENCE:x\n", "4.4.3:")]
    [InlineData("10.m4s\n", "10.m4s\n#EXT-X-MEDIA-SEQUENCE:10\n", "4.4.3:")]
    [InlineData("#EXT-X-DISCONTINUITY-SEQUENCE:3\n", "", "6.2.2")]
    [InlineData("#EXT-X-DISCONTINUITY-SEQUENCE:3\n", "#EXT-X-DISCONTINUITY\n#EXT-X-DISCONTINUITY-SEQUENCE:3\n", "4.4.3.3")]
    [InlineData("#EXTINF:2.00000,\n12.m4s", "12.m4s", "4.4.4.1")]
    [InlineData("#EXTINF:2.00000,\n12.m4s", "#EXTINF:2.50000,\n12.m4s", "4.4.3.1")]
    [InlineData("#EXT-X-MAP:URI=\"init-0.mp4\"\n", "", "3.1.2")]
    [InlineData("02.000Z", "02,000Q", "A date")]
    [InlineData("12:00:04.000Z", "12:00:02.500Z", "6.2.1")]
    [InlineData("12:00:04.000Z", "12:00:01.000Z", "6.2.1")]
    [InlineData("#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:02.000Z\n", "", "6.2.1")]
    [InlineData("CAN-SKIP-UNTIL=12.0", "CAN-SKIP-UNTIL=11.0", "4.4.3.8")]
    [InlineData("CAN-SKIP-UNTIL=12.0", "CAN-SKIP-DATERANGES=YES", "4.4.3.8")]
    [InlineData("CAN-BLOCK-RELOAD=YES", "CAN-BLOCK-RELOAD=NO", "4.4.3.8")]
    [InlineData(",HOLD-BACK=6.0", ",HOLD-BACK=5.9", "4.4.3.8")]
    [InlineData(",PART-HOLD-BACK=1.05", "", "4.4.3.8")]
    [InlineData("PART-HOLD-BACK=1.05", "PART-HOLD-BACK=1.0", "4.4.3.8")]
    [InlineData("#EXT-X-PART-INF:PART-TARGET=0.35\n", "", "4.4.3.7")]
    [InlineData("PART-TARGET=0.35", "PART-GOAL=0.35", "4.4.3.7")]
    [InlineData("DURATION=0.30000,URI=\"13.1.m4s\"", "DURATION=0.36000,URI=\"13.1.m4s\"", "4.4.4.9")]
    [InlineData("DURATION=0.30000,URI=\"13.1.m4s\"", "DURATION=0.29000,URI=\"13.1.m4s\"", "4.4.4.9")]
    [InlineData("DURATION=0.30000,URI=\"13.1.m4s\"", "URI=\"13.1.m4s\"", "4.4.4.9")]
    [InlineData(",URI=\"13.1.m4s\"", "", "4.4.4.9")]
    [InlineData("INDEPENDENT=YES", "INDEPENDENT=NO", "4.4.4.9")]
    [InlineData("URI=\"14.0.m4s\",INDEPENDENT=YES\n", "URI=\"14.0.m4s\",INDEPENDENT=YES\n#EXT-X-PART:DURATION=0.20000,URI=\"14.9.m4s\"\n", "4.4.4.9")]
    [InlineData("#EXT-X-PART:DURATION=0.20000,", "#EXT-X-MAP:URI=\"init-1.mp4\"\n#EXT-X-PART:DURATION=0.20000,", "4.4.4.9")]
    [InlineData("URI=\"14.1.m4s\"", "URI=\"14.0.m4s\"", "4.4.5.3")]
    [InlineData("TYPE=PART,URI=\"14.1.m4s\"", "URI=\"14.1.m4s\"", "4.4.5.3")]
    [InlineData("TYPE=PART,URI=\"14.1.m4s\"", "TYPE=PART", "4.4.5.3")]
    [InlineData("#EXT-X-PRELOAD-HINT:TYPE=PART", "#EXT-X-ENDLIST\n#EXT-X-PRELOAD-HINT:TYPE=PART", "4.4.5.3")]
    [InlineData("#EXT-X-PRELOAD-HINT:TYPE=PART", "#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"14.2.m4s\"\n#EXT-X-PRELOAD-HINT:TYPE=PART", "6.2.6")]
    [InlineData("URI=\"../p480/list.m3u8\",", "", "4.4.5.4")]
    [InlineData("../p480/list.m3u8", "https://example.org/list.m3u8", "4.4.5.4")]
    [InlineData(",LAST-MSN=14", "", "4.4.5.4")]
    [InlineData(",LAST-PART=0", "", "4.4.5.4")]
    [InlineData("#EXT-X-MAP:URI=\"init-0.mp4\"\n", "#EXT-X-MAP:URI=\"init-0.mp4\"\n#EXT-X-SKIP:SKIPPED-SEGMENTS=0\n", "4.4.5.2")]
    [InlineData("10.m4s\n", "10.m4s\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n", "4.4.5.2")]
    [InlineData("CAN-SKIP-UNTIL=12.0,HOLD-BACK=6.0,PART-HOLD-BACK=1.05\n", "PART-HOLD-BACK=1.05\n#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n", "6.2.5.1")]
    [InlineData("#EXT-X-INDEPENDENT-SEGMENTS\n", "#EXT-X-SKIP:SKIPPED-SEGMENTS=3\n#EXT-X-ENDLIST\n", "6.2.5.1")]
    [InlineData("PART-TARGET=0.35", "PART-TARGET=0.35,PART-TARGET=0.35", "twice")]
    [InlineData("URI=\"init-0.mp4\"", "URI=\"init-0.mp4", "quoted string")]
    [InlineData("URI=\"init-0.mp4\"", "URI=\"init-0.mp4\"x", "behind URI")]
    [InlineData("URI=\"init-0.mp4\"", "uri=\"init-0.mp4\"", "with the name")]
    [InlineData("URI=\"init-0.mp4\"", "init-0.mp4", "no attribute")]
    public void BrokenPlaylist_IsNamedByItsRule(string good, string bad, string rule)
    {
        Assert.Contains(good, Good);

        Assert.Contains(PlaylistChecker.Check(Good.Replace(good, bad)), wrong => wrong.Contains(rule));
    }

    [Fact]
    public void PartsThatAreTooOld_AreNamed()
    {
        var many = string.Concat(Enumerable.Range(14, 4).Select(i => $"#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:{(i * 2) - 21}.000Z\n#EXTINF:2.0,\n{i}.m4s\n"));
        var old = Good[..Good.IndexOf("#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:06.850Z", StringComparison.Ordinal)] + many;

        Assert.Contains(PlaylistChecker.Check(old), wrong => wrong.Contains("should have gone"));
    }

    [Theory]
    [InlineData("#EXTM3U\n", "", "4.4.1.1")]
    [InlineData("BANDWIDTH=80000,AVERAGE-", "AVERAGE-", "BANDWIDTH")]
    [InlineData("=70000", "=90000", "average")]
    [InlineData(",CODECS=\"avc1.42c01f,mp4a.40.2\"", "", "CODECS")]
    [InlineData("1280x720", "1280", "RESOLUTION")]
    [InlineData("source/list.m3u8\n", "", "next line")]
    [InlineData("#EXT-X-INDEPENDENT-SEGMENTS\n", "#EXT-X-TARGETDURATION:2\n", "4.4.3")]
    [InlineData("#EXT-X-INDEPENDENT-SEGMENTS\n", "p480/list.m3u8\n", "without EXT-X-STREAM-INF")]
    public void BrokenMultivariantPlaylist_IsNamedByItsRule(string good, string bad, string rule)
    {
        Assert.Contains(good, Main);

        Assert.Contains(PlaylistChecker.CheckMain(Main.Replace(good, bad)), wrong => wrong.Contains(rule));
    }

    [Theory]
    [InlineData("TARGETDURATION:2", "TARGETDURATION:3", "TARGETDURATION has changed")]
    [InlineData("PART-TARGET=0.35", "PART-TARGET=0.36", "PART-INF has changed")]
    [InlineData("MEDIA-SEQUENCE:10", "MEDIA-SEQUENCE:9", "has fallen")]
    [InlineData("DISCONTINUITY-SEQUENCE:3", "DISCONTINUITY-SEQUENCE:2", "has fallen")]
    [InlineData("DISCONTINUITY-SEQUENCE:3", "DISCONTINUITY-SEQUENCE:4", "discontinuity sequence number")]
    [InlineData("12.m4s", "12b.m4s", "segment 12 has changed")]
    [InlineData("#EXTINF:2.00000,\n12.m4s", "#EXTINF:1.90000,\n12.m4s", "segment 12 has changed")]
    [InlineData("DURATION=0.30000,URI=\"13.1.m4s\"", "DURATION=0.31000,URI=\"13.1.m4s\"", "parts of segment 13")]
    [InlineData("DURATION=0.30000,URI=\"14.0.m4s\"", "DURATION=0.31000,URI=\"14.0.m4s\"", "parts of segment 14")]
    [InlineData("12:00:06.850Z", "12:00:06.860Z", "in front of segment 14")]
    [InlineData("#EXT-X-PART:DURATION=0.30000,URI=\"14.0.m4s\",INDEPENDENT=YES\n", "", "parts of segment 14 have gone")]
    public void UpdateThatMayNotBe_IsNamed(string good, string bad, string rule)
    {
        Assert.Contains(good, Good);

        Assert.Contains(PlaylistChecker.CheckUpdate(Good, Good.Replace(good, bad)), wrong => wrong.Contains(rule));
    }

    [Fact]
    public void RemovedTooMuch_OrGoneOnAfterTheEnd_IsNamed()
    {
        var shorter = Good.Replace("MEDIA-SEQUENCE:10", "MEDIA-SEQUENCE:11").Replace("#EXT-X-PROGRAM-DATE-TIME:2026-03-01T12:00:00.000Z\n#EXTINF:2.00000,\n10.m4s\n", "");

        Assert.Contains(PlaylistChecker.CheckUpdate(Good, shorter), wrong => wrong.Contains("three target durations"));
        Assert.Contains(PlaylistChecker.CheckUpdate(Good + "#EXT-X-ENDLIST\n", Good), wrong => wrong.Contains("after the end"));
    }

    [Theory]
    [InlineData("TARGETDURATION:2", "TARGETDURATION:3", "target durations differ")]
    [InlineData("CAN-SKIP-UNTIL=12.0", "CAN-SKIP-UNTIL=13.0", "SERVER-CONTROL differs")]
    [InlineData("DISCONTINUITY-SEQUENCE:3", "DISCONTINUITY-SEQUENCE:4", "discontinuity sequence numbers")]
    [InlineData("12:00:04.000Z", "12:00:04.100Z", "dates of segment 12")]
    [InlineData("#EXTINF:2.00000,\n12.m4s", "#EXTINF:1.80000,\n12.m4s", "other times")]
    public void VariantsThatDoNotMatch_AreNamed(string good, string bad, string rule) =>
        Assert.Contains(PlaylistChecker.CheckVariants(Good, Good.Replace(good, bad)), wrong => wrong.Contains(rule));

    [Fact]
    public void DeltaThatLeavesOutTheWrongThings_IsNamed()
    {
        var head = Good[..Good.IndexOf("#EXT-X-MAP", StringComparison.Ordinal)];
        var many = head + "#EXT-X-MAP:URI=\"i.mp4\"\n" + string.Concat(Enumerable.Range(10, 10).Select(i => $"#EXTINF:2.00000,\n{i}.m4s\n"));
        string Delta(int skipped) => head + $"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n" + string.Concat(Enumerable.Range(10 + skipped, 10 - skipped).Select(i => $"#EXTINF:2.00000,\n{i}.m4s\n"));

        Assert.Empty(PlaylistChecker.CheckDelta(many, Delta(4)));
        Assert.Contains(PlaylistChecker.CheckDelta(many, Delta(5)), wrong => wrong.Contains("within the skip boundary"));
        Assert.Contains(PlaylistChecker.CheckDelta(many, many), wrong => wrong.Contains("leaves out"));
        Assert.Contains(PlaylistChecker.CheckDelta(many, Delta(4).Replace("2.00000,\n17", "1.00000,\n17")), wrong => wrong.Contains("stays as it is"));
        Assert.Contains(PlaylistChecker.CheckDelta(many, Delta(4).Replace("SEQUENCE:10", "SEQUENCE:14")), wrong => wrong.Contains("another"));
        Assert.Contains(PlaylistChecker.CheckDelta(many + "#EXT-X-ENDLIST\n", Delta(4) + "#EXT-X-ENDLIST\n"), wrong => wrong.Contains("sent whole"));
    }
}
