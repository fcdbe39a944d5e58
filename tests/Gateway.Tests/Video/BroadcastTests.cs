using System.Net;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Streams;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>From a publisher's socket through real FFmpeg to what ffprobe and ffmpeg read over HTTP.</summary>
public sealed class BroadcastTests
{
    private readonly string _room = VideoHost.NewId();

    public static TheoryData<string> Recordings() => [nameof(Samples.ChromiumH264), nameof(Samples.ChromiumSilent), nameof(Samples.ChromiumVp8)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public async Task BrowserRecording_BecomesHlsThatPlaysWholeWithPictureAndSound(string sample)
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();

        await publisher.RecordAsync((byte[])typeof(Samples).GetProperty(sample)!.GetValue(null)!);
        await host.Desk.Told(_room, "Live");
        await publisher.ByeAsync();
        Assert.Equal(1000, await publisher.Closed);
        await host.Desk.Told(_room, "Closed");

        var address = new Uri(host.Address, $"/live/{stream}/main.m3u8");
        Assert.Equal(["h264", "640", "360", "aac"], Samples.Probe(address, "-show_entries", "stream=codec_name,width,height").Where(line => line != "N/A"));
        Assert.Empty(Samples.Decode(address));
        var frames = int.Parse(Samples.Probe(address, "-select_streams", "v", "-count_packets", "-show_entries", "stream=nb_read_packets")[0]);
        Assert.InRange(frames, 78, 81);
        Assert.Matches("CODECS=\"avc1\\.[0-9a-f]{6},mp4a\\.40\\.2\",RESOLUTION=640x360,FRAME-RATE=", await host.Http.GetStringAsync(address));
    }

    [Fact]
    public async Task SoundAlone_GetsABlackPicture()
    {
        var recording = Samples.Make("-f", "lavfi", "-i", "sine=440", "-t", "4", "-c:a", "libopus", "-f", "matroska");
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(recording);
        await host.Desk.Told(_room, "Live");
        await publisher.ByeAsync();
        await publisher.Closed;

        Assert.Equal(
            ["h264", "aac"], Samples.Probe(new Uri(host.Address, $"/live/{stream}/main.m3u8"), "-show_entries", "stream=codec_name"));
    }

    [Fact]
    public async Task LargePicture_IsScaledTo720Lines_AndUprightStaysUpright()
    {
        var recording = Samples.Make(
            "-f", "lavfi", "-i", "testsrc2=s=1082x1920:r=10", "-t", "3", "-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8", "-f", "webm");
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(recording);
        await host.Desk.Told(_room, "Live");
        await publisher.ByeAsync();
        await publisher.Closed;

        Assert.Equal(["720", "1278"], Samples.Probe(
            new Uri(host.Address, $"/live/{stream}/main.m3u8"), "-select_streams", "v", "-show_entries", "stream=width,height"));
    }

    [Fact]
    public async Task Answers_HaveTheTypesAndLifetimesThatPlayersAndCachesNeed()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        using (var early = await host.Http.GetAsync($"/live/{stream}/main.m3u8"))
        {
            Assert.Equal(HttpStatusCode.NotFound, early.StatusCode);
            Assert.Contains("\"name\":\"stream_not_live\"", await early.Content.ReadAsStringAsync());
        }

        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        foreach (var (file, type, immutable) in ((string, string, bool)[])
            [
                ("main.m3u8", "application/vnd.apple.mpegurl", false), ("source/list.m3u8", "application/vnd.apple.mpegurl", false),
                ("source/init-0.mp4", "video/mp4", true), ("source/0.m4s", "video/mp4", true),
            ])
        {
            using var answer = await host.Http.GetAsync($"/live/{stream}/{file}");
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
            Assert.Equal(immutable, answer.Headers.CacheControl!.ToString().Contains("immutable"));
            Assert.Equal(immutable ? 86400 : 1, answer.Headers.CacheControl.MaxAge!.Value.TotalSeconds);
        }

        foreach (var file in (string[])["source/99.m4s", "source/-1.m4s", "source/init-7.mp4", "source/init-.mp4", "source/.m4s", "x", "source/99999999999999999999.m4s", "p480/0.m4s", "..%2f..%2fetc%2fpasswd", "source/..%2f..%2fetc%2fpasswd"])
        {
            using var answer = await host.Http.GetAsync($"/live/{stream}/{file}");
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
        }

        using var nowhere = await host.Http.GetAsync($"/live/{VideoHost.NewId()}/main.m3u8");
        Assert.Equal(HttpStatusCode.NotFound, nowhere.StatusCode);
    }

    [Fact]
    public async Task Thumbnail_AppearsSoonAfterThePicture()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        Assert.Equal(HttpStatusCode.NotFound, (await host.Http.GetAsync($"/live/{VideoHost.NewId()}/thumbnail.jpg")).StatusCode);

        var jpeg = await Eventually.Get(() => host.Broadcasts.Find(stream)!.Thumbnail);

        Assert.Equal([0xff, 0xd8], jpeg[..2]);
        using var answer = await host.Http.GetAsync($"/live/{stream}/thumbnail.jpg");
        Assert.Equal("image/jpeg", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(jpeg.Length, (await answer.Content.ReadAsByteArrayAsync()).Length);
    }

    [Fact]
    public async Task PublisherThatComesBack_ContinuesTheSameStreamAfterADiscontinuity()
    {
        await using var host = await VideoHost.StartAsync();
        var first = await Publisher.GoLiveAsync(host, _room);
        var stream = await first.ReadyAsync();
        await first.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        first.Break();
        await host.Desk.Told(_room, "Interrupted");

        await using var second = await Publisher.GoLiveAsync(host, _room);
        var ready = await second.NextAsync("ready");
        Assert.Equal(stream, ready.GetProperty("streamId").GetString());
        Assert.True(ready.GetProperty("resumed").GetBoolean());
        await second.RecordAsync(Samples.ChromiumSilent);
        await host.Desk.Told(_room, "Live");
        await second.ByeAsync();
        await second.Closed;

        var playlist = await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8");
        Assert.Equal(2, playlist.Split("#EXT-X-DISCONTINUITY\n#EXT-X-MAP:URI=\"init-1.mp4\"").Length);
        Assert.EndsWith("#EXT-X-ENDLIST\n", playlist);
        Assert.Equal(HttpStatusCode.OK, (await host.Http.GetAsync($"/live/{stream}/source/init-1.mp4")).StatusCode);
    }

    [Fact]
    public async Task PublisherThatStaysAway_EndsTheBroadcastAfterTheGraceTime()
    {
        await using var host = await VideoHost.StartAsync(("GraceSeconds", "0.5"), ("ReportSeconds", "0.1"), ("EndedKeepSeconds", "0.5"));
        var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        publisher.Break();

        await host.Desk.Told(_room, "Closed");

        Assert.EndsWith("#EXT-X-ENDLIST\n", await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8"));
        await Eventually.True(() => host.Broadcasts.Find(stream) is null);
    }

    [Fact]
    public async Task PublisherThatIsBackInTime_IsNotTakenForGone_HoweverLateItsPictureComes()
    {
        const int reportsOfMoreThanTheGraceTime = 30;
        await using var host = await VideoHost.StartAsync(("GraceSeconds", "2"), ("ReportSeconds", "0.1"));
        var first = await Publisher.GoLiveAsync(host, _room);
        var stream = await first.ReadyAsync();
        await first.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        first.Break();
        await host.Desk.Told(_room, "Interrupted");
        await using var second = await Publisher.GoLiveAsync(host, _room);
        Assert.Equal(stream, await second.ReadyAsync());

        for (var report = 0; report < reportsOfMoreThanTheGraceTime; report++) { await host.Desk.Told(_room, "Interrupted"); }
        await second.RecordAsync(Samples.ChromiumH264);

        await host.Desk.Told(_room, "Live");
        Assert.Null(host.Broadcasts.Find(stream)!.EndedBecause);
    }

    [Fact]
    public async Task BroadcastThatARoomTakesAway_EndsWithinASecond()
    {
        await using var host = await VideoHost.StartAsync(("ReportSeconds", "0.1"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        host.Desk.Revoke(_room);

        Assert.Equal(("stream_not_live", 4410), await publisher.RefusalAsync());
        Assert.Equal(BroadcastEnd.Revoked, host.Broadcasts.Find(stream)!.EndedBecause);
        Assert.EndsWith("#EXT-X-ENDLIST\n", await host.Http.GetStringAsync($"/live/{stream}/source/list.m3u8"));
    }

    [Fact]
    public async Task RoomOutOfReachForTheLease_EndsTheBroadcast()
    {
        await using var host = await VideoHost.StartAsync(("ReportSeconds", "0.1"), ("LeaseSeconds", "1"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        host.Desk.OutOfReach = true;

        Assert.Equal(("stream_not_live", 4410), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task TakeOver_EndsTheOtherBroadcast()
    {
        await using var host = await VideoHost.StartAsync(("ReportSeconds", "0.1"));
        await using var lost = await Publisher.GoLiveAsync(host, _room);
        var before = await lost.ReadyAsync();
        await using var refused = await Publisher.GoLiveAsync(host, _room);
        Assert.Equal(("already_publishing", 4409), await refused.RefusalAsync());

        await using var now = await Publisher.GoLiveAsync(host, _room, takeOver: true);

        Assert.NotEqual(before, await now.ReadyAsync());
        Assert.Equal(("stream_not_live", 4410), await lost.RefusalAsync());
    }

    [Fact]
    public async Task PublisherThatComesBackBeforeAnybodyNoticed_GoesOnInTheSameBroadcast()
    {
        await using var host = await VideoHost.StartAsync(("ReportSeconds", "0.1"));
        await using var before = await Publisher.GoLiveAsync(host, _room);
        var stream = await before.ReadyAsync();
        await before.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");

        await using var back = await Publisher.GoLiveAsync(host, _room, continues: stream);

        Assert.Equal(stream, await back.ReadyAsync());
        Assert.Equal(("stream_not_live", 4410), await before.RefusalAsync());
        await back.RecordAsync(Samples.ChromiumH264);
        var broadcast = host.Broadcasts.Find(stream)!;
        await Eventually.True(() => broadcast.Source.View.Inits.Count == 2);
        Assert.Null(broadcast.EndedBecause);
    }

    [Fact]
    public async Task ServerThatStops_TellsThePublisherToReturn_AndLeavesNoProcess()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        var processes = host.Get<EncoderProcesses>();
        Assert.Equal(1, processes.Count);

        var stopping = host.StopAsync();

        Assert.Equal(("unavailable", 4500), await publisher.RefusalAsync());
        await stopping;
        Assert.Equal(0, processes.Count);
    }

    [Fact]
    public async Task Health_CountsWhatCameIn()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        var recording = Samples.ChromiumH264;
        await publisher.RecordAsync(recording);

        var health = await publisher.NextAsync("health");
        while (health.GetProperty("phase").GetString() != "live") { health = await publisher.NextAsync("health"); }

        Assert.Equal(recording.Length, health.GetProperty("bytesIn").GetInt64());
        Assert.True(health.GetProperty("mediaMs").GetInt64() > 0);
        Assert.Equal(0, health.GetProperty("backlogMs").GetInt64());
    }
}
