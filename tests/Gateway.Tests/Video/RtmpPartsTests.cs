using System.Diagnostics;
using LiveCommerce.Gateway.Video.Rtmp;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>The parts of RTMP ingest that need no running server.</summary>
public sealed class RtmpPartsTests
{
    private const string Meta =
        "<meta><video><width>1280</width><height>720</height><frame_rate>30</frame_rate><codec>H264</codec><profile>High</profile><level>3.1</level></video>"
        + "<audio><codec>AAC</codec><profile>LC</profile><channels>2</channels><sample_rate>48000</sample_rate></audio></meta>";

    [Fact]
    public void StatisticsPage_TellsEncodersAndPlayersApart()
    {
        var stream = Assert.Single(RtmpStat.Parse(Page(
            "<name>abc</name><bytes_in>210575</bytes_in><client><id>1</id><timestamp>2334</timestamp><publishing/></client><client><id>2</id></client>" + Meta))!);

        Assert.Equal(("abc", true, 1, 210_575L, 2334L), (stream.Name, stream.IsPublished, stream.Players, stream.BytesIn, stream.TimestampMs));
        Assert.Equal(new RtmpPicture("H264", "High", 1280, 720, 30), stream.Picture);
        Assert.Equal(new RtmpSound("AAC", "LC", 48_000, 2), stream.Sound);

        var waiting = Assert.Single(RtmpStat.Parse(Page("<name>abc</name><client><id>2</id></client>"))!);
        Assert.Equal((false, 1, null, null), (waiting.IsPublished, waiting.Players, waiting.Picture, waiting.Sound));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<rtmp>")]
    [InlineData("<!DOCTYPE a [<!ENTITY b \"c\">]><rtmp>&b;</rtmp>")]
    public void PageThatIsNoStatistics_IsNone(string page) => Assert.Null(RtmpStat.Parse(page));

    [Fact]
    public void NumbersThatCannotBe_AreNought()
    {
        var stream = Assert.Single(RtmpStat.Parse(Page("<name>a</name><bytes_in>99999999999999999999999</bytes_in><meta><video><width>-1</width><codec>H264</codec></video></meta>"))!);
        Assert.Equal((0L, 0), (stream.BytesIn, stream.Picture!.Width));
    }

    [Theory]
    [InlineData("H264", "High", "AAC", "LC", true, true)]
    [InlineData("H264", "Baseline", "AAC", "HE", true, false)]
    [InlineData("H264", "", "AAC", "LC", false, true)] // 10 bits or 4:2:2: a profile that nginx has no name for
    [InlineData("Sorenson-H263", "", "MP3", "", false, false)]
    public void OnlyWhatEveryBrowserPlays_IsCopied(string picture, string pictureProfile, string sound, string soundProfile, bool copiesPicture, bool copiesSound)
    {
        var format = RtmpSource.FormatOf(new RtmpStream(
            "a", true, 0, 0, 0, new RtmpPicture(picture, pictureProfile, 1280, 720, 30), new RtmpSound(sound, soundProfile, 48_000, 2)));

        Assert.Equal((copiesPicture, copiesSound, 720), (format.CopiesPicture, format.CopiesSound, format.ShortSide));
    }

    [Fact]
    public void Configuration_GivesStreamsToThisMachineOnlyAndAsksOverASocket()
    {
        var text = NginxConfiguration.Of(new RtmpOptions { Port = 1935 }, "/usr/lib/nginx/modules/ngx_rtmp_module.so", "0123");

        Assert.Contains("listen 0.0.0.0:1935;", text);
        Assert.Contains("allow play 127.0.0.1;", text);
        Assert.Contains("deny play all;", text);
        Assert.Contains("on_publish http://unix:ask.sock:/0123/publish;", text);
        Assert.DoesNotContain("exec", text);
        Assert.Equal(1, text.Split("listen unix:").Length - 1);
    }

    [Fact]
    public async Task ProcessThatAKilledServerLeft_IsEnded_AndOneThatOnlyHasItsNumberIsNot()
    {
        var folder = Directory.CreateTempSubdirectory("running-").FullName;
        using var left = Process.Start("sleep", "600");
        try
        {
            var file = Path.Combine(folder, "running");
            var running = new RunningFile(file);
            Assert.Null(running.EndLeftover());
            running.Write(left.Id);
            Assert.False(running.BelongsToAnother);
            var written = await File.ReadAllTextAsync(file);

            // The same number, begun at another moment.
            await File.WriteAllTextAsync(file, written + "1");
            Assert.Null(running.EndLeftover());
            Assert.False(left.HasExited);

            await File.WriteAllTextAsync(file, "no numbers at all");
            Assert.Null(running.EndLeftover());

            await File.WriteAllTextAsync(file, written);
            Assert.Equal(left.Id, running.EndLeftover());
            await left.WaitForExitAsync();
            Assert.False(File.Exists(file));
        }
        finally
        {
            if (!left.HasExited) { left.Kill(); }
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string Page(string stream) =>
        $"<?xml version=\"1.0\" encoding=\"utf-8\" ?><rtmp><server><application><name>live</name><live><stream>{stream}</stream></live></application></server></rtmp>";
}
