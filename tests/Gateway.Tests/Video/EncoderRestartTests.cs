using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Encoders that die, hang or lose a piece of their recording, while the publisher just goes on recording.</summary>
public sealed class EncoderRestartTests
{
    /// <summary>Places in the sample: shortly before its third keyframe, and behind it.</summary>
    private const int BeforeThird = 60_000;

    private readonly string _room = VideoHost.NewId();

    [Fact]
    public async Task EncoderThatIsKilled_IsFollowedByAnother_AndThePublisherJustGoesOn()
    {
        await using var host = await VideoHost.StartAsync(("EncoderFinishSeconds", "20"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264[..BeforeThird]);
        await host.Desk.Told(_room, "Live");

        host.Get<EncoderProcesses>().KillAll();
        Assert.Contains("goes on", (await publisher.NextAsync("notice")).GetProperty("message").GetString());
        await publisher.RecordAsync(Samples.ChromiumH264[BeforeThird..]);
        await publisher.ByeAsync();
        Assert.Equal(1000, await publisher.Closed);

        var playlist = await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8");
        Assert.Contains("#EXT-X-DISCONTINUITY\n", playlist);
        Assert.EndsWith("#EXT-X-ENDLIST\n", playlist);

        // Behind a discontinuity timestamps may begin anew (RFC 8216, 4.3.2.3), also a little earlier; FFmpeg's writer of nothing grumbles then.
        var complaints = Samples.Decode(new Uri(host.Address, $"/live/{stream}/main.m3u8")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.DoesNotContain(
            complaints, line => !line.Contains("non monotonically increasing dts", StringComparison.Ordinal) && !line.Contains("Last message repeated", StringComparison.Ordinal));
        Assert.Equal(0, host.Get<EncoderProcesses>().Count);

        // The second encoder's pictures are dated from where in the recording it began.
        var source = host.Broadcasts.Find(stream)!.Source.View.Segments;
        var second = source.First(segment => segment.Discontinuity);
        Assert.InRange((second.At - source[0].At).TotalMilliseconds, 2080, 2120);
    }

    [Fact]
    public async Task SliceThatGotLost_CostsWhatLiesBetweenTwoKeyframes()
    {
        await using var host = await VideoHost.StartAsync(("EncoderFinishSeconds", "20"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264[..40_000]);
        publisher.Lose();
        await publisher.RecordAsync(Samples.ChromiumH264[48_000..BeforeThird]);
        await Eventually.True(() => host.Broadcasts.Find(stream)!.HasMedia);
        await Eventually.True(() => host.Get<EncoderProcesses>().Count == 0);
        await publisher.RecordAsync(Samples.ChromiumH264[BeforeThird..]);
        await host.Desk.Told(_room, "Live");

        var health = await publisher.NextAsync("health");
        while (health.GetProperty("bytesIn").GetInt64() < Samples.ChromiumH264.Length - 8000) { health = await publisher.NextAsync("health"); }
        Assert.Equal(1, health.GetProperty("lostSlices").GetInt64());

        await publisher.ByeAsync();
        await publisher.Closed;
        Assert.Contains("#EXT-X-DISCONTINUITY\n", await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8"));
        Assert.Empty(Samples.Decode(new Uri(host.Address, $"/live/{stream}/main.m3u8")));
    }

    [Fact]
    public async Task RecordingWithNoPlaceToGoOnFrom_MustBeginAnew_InTheSameBroadcast()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "12"));
        await using var first = await Publisher.GoLiveAsync(host, _room);
        var stream = await first.ReadyAsync();
        await first.RecordAsync(Samples.ChromiumH264[..BeforeThird]);
        await host.Desk.Told(_room, "Live");

        host.Get<EncoderProcesses>().KillAll();

        Assert.Equal(("encoder_failed", 4500), await first.RefusalAsync());
        await host.Desk.Told(_room, "Interrupted");
        await using var second = await Publisher.GoLiveAsync(host, _room);
        Assert.Equal(stream, await second.ReadyAsync());
        await second.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        Assert.Contains("#EXT-X-DISCONTINUITY\n", await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8"));
    }

    [Fact]
    public async Task EncodersThatDieAgainAndAgain_EndTheBroadcast()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "60"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        var processes = host.Get<EncoderProcesses>();
        await publisher.RecordAsync(Samples.ChromiumH264[..1000]);
        await publisher.RecordAsync(Samples.ChromiumH264[1000..20_000]);
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await Eventually.True(() => processes.Count == 1);
            processes.KillAll();
            await Eventually.True(() => processes.Count == 0);
            if (attempt < 3)
            {
                await publisher.NextAsync("notice");
                await publisher.RecordAsync(Samples.ChromiumH264[..30_000]);
            }
        }

        Assert.Equal(("encoder_failed", 4424), await publisher.RefusalAsync());
        await host.Desk.Told(_room, "Closed");
    }

    [Fact]
    public async Task EncoderRunsWithinLimits_BehindEverythingElse_AndWithoutOurEnvironment()
    {
        await using var host = await VideoHost.StartAsync(("EncoderMegabytesMax", "777"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264[..20_000]);
        await Eventually.True(() => host.Get<EncoderProcesses>().Ids.Count == 1);
        var id = host.Get<EncoderProcesses>().Ids[0];

        // Before it is FFmpeg it is the programs that set its limits, with FFmpeg's name among their arguments.
        await Eventually.True(() => new FileInfo($"/proc/{id}/exe").LinkTarget?.EndsWith("/ffmpeg", StringComparison.Ordinal) == true);

        var limits = Proc(id, "limits").Split('\n').Select(line => line.Split("  ", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            .Where(parts => parts.Length > 2).ToDictionary(parts => parts[0], parts => parts[1]);
        Assert.Equal($"{777 * 1024 * 1024}", limits["Max address space"]);
        Assert.Equal("0", limits["Max file size"]);
        Assert.Equal("0", limits["Max core file size"]);
        Assert.Equal("64", limits["Max open files"]);
        Assert.NotEqual("unlimited", limits["Max cpu time"]);
        Assert.True(int.Parse(Proc(id, "stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries)[16]) > 0);
        Assert.DoesNotContain(
            Proc(id, "environ").Split('\0', StringSplitOptions.RemoveEmptyEntries),
            pair => pair.Split('=')[0] is not ("PATH" or "LD_LIBRARY_PATH" or "LIVECOMMERCE_ENCODER_OF"));
    }

    private static string Proc(int id, string file)
    {
        try { return File.ReadAllText($"/proc/{id}/{file}"); }
        catch (IOException) { return ""; }
    }
}
