using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Streams;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Lower rungs: which there are, that they fit the source, and that they go before real time is lost.</summary>
public sealed class EncoderLadderTests
{
    private readonly string _room = VideoHost.NewId();

    [Theory]
    [InlineData(1280, 720, 2, "p480 854x480, p240 426x240")]
    [InlineData(720, 1280, 2, "p480 480x854, p240 240x426")]
    [InlineData(1280, 720, 1, "p240 426x240")]
    [InlineData(640, 360, 2, "p240 426x240")]
    [InlineData(640, 480, 2, "p240 320x240")]
    [InlineData(426, 240, 2, "")]
    [InlineData(1280, 720, 0, "")]
    [InlineData(7680, 16, 2, "")]
    public void OnlyRungsSmallerThanTheSource_AreMade(int width, int height, int max, string expected) =>
        Assert.Equal(expected, string.Join(", ", RungSize.Below(width, height, max).Select(rung => $"{rung.Name} {rung.Width}x{rung.Height}")));

    [Fact]
    public async Task EveryRung_IsCutWhereTheSourceIsCut_AndPlaysWithItsSound()
    {
        await using var host = await VideoHost.StartAsync(("LowerRungsMax", "2"), ("EncodeCores", "8"), ("BehindMsMax", "10000"), ("EncoderFinishSeconds", "20"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Hd());
        await host.Desk.Told(_room, "Live");
        var broadcast = host.Broadcasts.Find(stream)!;
        await publisher.ByeAsync();
        Assert.Equal(1000, await publisher.Closed);

        Assert.Equal(["source", "p480", "p240"], broadcast.Rungs.Select(rung => rung.Name).Order().Reverse());
        var source = Cuts(broadcast.Source);
        Assert.True(source.Count > 3);
        foreach (var (rung, width, height) in ((string, string, string)[])[("p480", "854", "480"), ("p240", "426", "240")])
        {
            Assert.Equal(source, Cuts(broadcast.FindRung(rung)!));
            var address = new Uri(host.Address, $"/live/{stream}/{rung}/list.m3u8");
            Assert.Equal(["h264", width, height, "aac"], Samples.Probe(address, "-show_entries", "stream=codec_name,width,height").Where(line => line != "N/A"));
            Assert.Empty(Samples.Decode(address));
        }

        Assert.Equal(0, host.Get<EncoderProcesses>().Count);
        Assert.Equal(0, host.Get<EncodeBudget>().Used, 6);
    }

    [Fact]
    public async Task VaryingFrameRateOfARecorder_SurvivesInALowerRung()
    {
        await using var host = await VideoHost.StartAsync(("LowerRungsMax", "2"), ("EncodeCores", "8"), ("BehindMsMax", "10000"), ("EncoderFinishSeconds", "20"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        await publisher.ByeAsync();
        await publisher.Closed;

        var source = Times("source");
        Assert.InRange(source.Length, 78, 81);
        Assert.Equal(source, Times("p240"));

        string[] Times(string rung) => Samples.Probe(
            new Uri(host.Address, $"/live/{stream}/{rung}/list.m3u8"), "-select_streams", "v", "-show_entries", "packet=pts_time");
    }

    [Fact]
    public async Task ServerWithoutRoom_GivesTheSourceAlone_AndSaysSo()
    {
        await using var host = await VideoHost.StartAsync(("LowerRungsMax", "2"), ("EncodeCores", "0.05"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        Assert.Contains("no room", (await publisher.NextAsync("notice")).GetProperty("message").GetString());
        var rungs = (await publisher.NextAsync("health")).GetProperty("rungs");
        Assert.Equal(["source on", "p240 off"], rungs.EnumerateArray().Select(rung => $"{rung.GetProperty("name")} {rung.GetProperty("state")}"));
        Assert.Equal(["source"], host.Broadcasts.Find(stream)!.Rungs.Select(rung => rung.Name));
    }

    [Fact]
    public async Task RungThatHangs_IsDropped_TheSourceGoesOn_AndTheRungComesBack()
    {
        await using var host = await VideoHost.StartAsync(
            ("LowerRungsMax", "1"), ("EncodeCores", "8"), ("BehindMsMax", "1200"), ("RungReturnSeconds", "0.5"), ("AheadSecondsMax", "100"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        // So little that even a busy machine is never behind by it.
        await publisher.RecordAsync(Samples.ChromiumH264[..30_000]);
        var broadcast = await Eventually.Get(() => host.Broadcasts.Find(stream));
        await Eventually.True(() => broadcast.Rungs.Count == 2);
        var source = broadcast.Source.View.Segments.Count;

        // Stopped, not killed: it takes nothing and gives nothing, like one that gets no processor time.
        var hanging = host.Get<EncoderProcesses>().Ids.Max();
        using (var stop = System.Diagnostics.Process.Start("kill", ["-STOP", $"{hanging}"])) { await stop.WaitForExitAsync(); }
        await publisher.RecordAsync(Samples.ChromiumH264[30_000..100_000]);

        Assert.Contains("p240 is off", (await publisher.NextAsync("notice")).GetProperty("message").GetString());
        await Eventually.True(() => broadcast.Rungs.Count == 1);
        Assert.True(broadcast.Source.View.Segments.Count > source);
        await Eventually.True(() => !host.Get<EncoderProcesses>().Ids.Contains(hanging));

        Assert.Contains("on again", (await publisher.NextAsync("notice")).GetProperty("message").GetString());
        await publisher.RecordAsync(Samples.ChromiumH264[100_000..]);
        await Eventually.True(() => broadcast.Rungs.Count == 2);
    }

    /// <summary>Five seconds as a recorder makes them: 720 lines, a keyframe a second, with sound.</summary>
    private static byte[] Hd() => Samples.Make(
        "-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25", "-f", "lavfi", "-i", "sine=440:r=48000", "-t", "6", "-c:v", "libx264", "-profile:v", "baseline",
        "-preset", "ultrafast", "-b:v", "300k", "-maxrate", "300k", "-bufsize", "300k", "-g", "25", "-keyint_min", "25", "-sc_threshold", "0", "-c:a", "libopus", "-f", "matroska");

    private static List<TimeSpan> Cuts(Rung rung) => [.. rung.View.Segments.Select(segment => segment.Body.Start)];
}
