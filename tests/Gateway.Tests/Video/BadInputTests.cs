using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Recordings that no recorder makes: each is refused in words or recovered from, and no other room notices.</summary>
public sealed class BadInputTests
{
    private readonly string _room = VideoHost.NewId();

    [Fact]
    public async Task RecordingThatIsCutOffAnywhere_EndsAsFarAsItWent()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264[..99_999]);
        await host.Desk.Told(_room, "Live");
        await publisher.ByeAsync();

        Assert.Equal(1000, await publisher.Closed);
        Assert.Empty(Samples.Decode(new Uri(host.Address, $"/live/{stream}/main.m3u8")));
        Assert.Equal(0, host.Get<EncoderProcesses>().Count);
    }

    [Fact]
    public async Task HeaderWithoutEnd_IsRefusedAtItsBound()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);

        // The EBML header and a segment of a real recording, then a void element that never ends.
        byte[] endless = [.. Samples.ChromiumH264.AsSpan(0, 52), 0xEC, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, .. new byte[200_000]];
        await publisher.RecordAsync(endless);

        Assert.Equal(("media_unsupported", 4415), await publisher.RefusalAsync());
        Assert.Equal(0, host.Get<EncoderProcesses>().Count);
    }

    [Fact]
    public async Task PictureOf8K_IsRefusedBeforeAnEncoderSeesIt()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        await publisher.RecordAsync(Sized(7680, 4320));

        Assert.Equal(("media_unsupported", 4415), await publisher.RefusalAsync());
        Assert.Equal(0, host.Get<EncoderProcesses>().Count);
    }

    [Fact]
    public async Task PictureThatIsLargerThanItsHeaderSays_IsRefusedByTheEncoder()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "2"), ("RecordingPixelsMax", "100000"));
        await using var publisher = await LiveAsync(host);
        var recording = Samples.ChromiumVp8;
        Resize(recording, 320, 180);
        await publisher.RecordAsync(recording);

        Assert.Equal("encoder_failed", (await publisher.RefusalAsync()).Name);
    }

    [Fact]
    public async Task CodecThatCannotBeDecoded_IsRefusedInTime_AndNobodyElseNotices()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "8"));
        var elsewhere = VideoHost.NewId();
        await using var other = await Publisher.GoLiveAsync(host, elsewhere);
        await other.ReadyAsync();
        await other.RecordAsync(Samples.ChromiumH264[..100_000]);
        await host.Desk.Told(elsewhere, "Live");

        await using var publisher = await LiveAsync(host);
        var recording = Samples.ChromiumVp8;
        var codec = recording.AsSpan().IndexOf("V_VP8"u8);
        recording[codec + 4] = (byte)'7';
        await publisher.RecordAsync(recording);

        Assert.Equal("encoder_failed", (await publisher.RefusalAsync()).Name);
        await other.RecordAsync(Samples.ChromiumH264[100_000..]);
        await other.ByeAsync();
        Assert.Equal(1000, await other.Closed);
    }

    [Fact]
    public async Task TimesThatLeapAhead_AreRefused_AndOnesThatFallBack_DoNotStopTheServer()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "10"));
        await using (var publisher = await LiveAsync(host))
        {
            // The second half of the recording says that it is hours later.
            var recording = Samples.ChromiumH264;
            foreach (var at in ClustersOf(recording).Where(at => at > 60_000)) { recording[at + 14] = 0x7f; }
            await publisher.RecordAsync(recording);
            Assert.Contains((await publisher.RefusalAsync()).Name, (string[])["media_too_fast", "encoder_failed"]);
        }

        await using var second = await LiveAsync(host);
        await second.RecordAsync(Samples.ChromiumH264[..60_000]);
        await second.RecordAsync(Samples.ChromiumH264);
        await second.ByeAsync();
        Assert.Equal(1000, await second.Closed);
        Assert.Equal(0, host.Get<EncoderProcesses>().Count);
    }

    [Fact]
    public async Task PictureThatEndsWhileTheSoundGoesOn_IsRefusedWithinBounds_AndTheNextRecordingGoesOn()
    {
        await using var host = await VideoHost.StartAsync(Hasty);
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Uneven(picture: 3, sound: 60));

        Assert.Equal(("encoder_failed", 4500), await publisher.RefusalAsync());
        var broadcast = host.Broadcasts.Find(stream)!;
        Assert.All(broadcast.Source.View.Segments, segment => Assert.InRange(segment.Duration.TotalSeconds, 0, 2.5));
        Assert.Null(broadcast.EndedBecause);

        await using var again = await Publisher.GoLiveAsync(host, _room);
        Assert.Equal(stream, await again.ReadyAsync());
        await again.RecordAsync(Samples.ChromiumH264);
        await again.ByeAsync();
        Assert.Equal(1000, await again.Closed);
        Assert.True(broadcast.Source.View.Segments[^1].Body.Frames > 0);
    }

    [Fact]
    public async Task SoundThatEndsWhileThePictureGoesOn_IsNoFailure()
    {
        await using var host = await VideoHost.StartAsync(Hasty);
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Uneven(picture: 60, sound: 3));
        await publisher.ByeAsync();

        Assert.Equal(1000, await publisher.Closed);
        Assert.Equal(60, host.Broadcasts.Find(stream)!.Source.View.Segments[^1] is var last ? Math.Round((last.Body.Start + last.Duration).TotalSeconds) : 0);
    }

    [Fact]
    public async Task PublisherThatStaysAndSendsNothingForAMinute_IsSentAway_AndItsBroadcastEnds()
    {
        var time = new ManualTimeProvider();
        await using var host = await VideoHost.StartAsync(time);
        await using var publisher = await Publisher.GoLiveAsync(host, _room);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        await host.Desk.Told(_room, "Live");
        var broadcast = host.Broadcasts.Find(stream)!;
        var refused = publisher.RefusalAsync();

        time.Advance(TimeSpan.FromSeconds(9));
        Assert.False(refused.IsCompleted);

        // Far enough for a slice that came only now, and not so far that the grace of a publisher that is gone could be over too.
        time.Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(("stream_not_live", 4500), await refused);
        await host.Desk.Told(_room, "Interrupted");
        await time.AdvanceUntil(() => broadcast.EndedBecause is not null, TimeSpan.FromSeconds(1));

        Assert.Equal(BroadcastEnd.PublisherGone, broadcast.EndedBecause);
        await Eventually.True(() => host.Get<EncoderProcesses>().Count == 0);
    }

    [Fact]
    public async Task PictureThatStandsStill_IsNoFailure()
    {
        // One picture, and then sound alone: a shared window in which nothing moves.
        var recording = Samples.Make(
            "-f", "lavfi", "-i", "color=c=red:s=640x360:r=1:d=1", "-f", "lavfi", "-i", "sine=440", "-t", "5", "-c:v", "libvpx", "-c:a", "libopus", "-f", "webm");
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        await publisher.RecordAsync(recording);
        await publisher.ByeAsync();

        Assert.Equal(1000, await publisher.Closed);
    }

    [Fact]
    public async Task MessageOfAHundredMegabytes_IsCutOff_BeforeItIsHeld()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await publisher.EndlessAsync(100_000_000);

        Assert.Equal(("too_large", 4413), await publisher.RefusalAsync());
        Assert.InRange(GC.GetTotalMemory(forceFullCollection: true) - before, long.MinValue, 20_000_000);
    }

    private static byte[] Sized(int width, int height)
    {
        var recording = Samples.ChromiumVp8;
        Resize(recording, width, height);
        return recording;
    }

    /// <summary>Writes another size into the header: width and height have two bytes each.</summary>
    private static void Resize(byte[] recording, int width, int height)
    {
        ReadOnlySpan<byte> picture = [0xB0, 0x82, 0x02, 0x80, 0xBA, 0x82, 0x01, 0x68];
        var at = recording.AsSpan().IndexOf(picture);
        (recording[at + 2], recording[at + 3]) = ((byte)(width >> 8), (byte)(width & 0xff));
        (recording[at + 6], recording[at + 7]) = ((byte)(height >> 8), (byte)(height & 0xff));
    }

    private static List<int> ClustersOf(byte[] recording)
    {
        ReadOnlySpan<byte> cluster = [0x1F, 0x43, 0xB6, 0x75, 0x01, 0xFF];
        var places = new List<int>();
        for (var at = 0; recording.AsSpan(at).IndexOf(cluster) is >= 0 and var next; at++)
        {
            at += next;
            places.Add(at);
        }

        return places;
    }

    private async Task<Publisher> LiveAsync(VideoHost host)
    {
        var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        return publisher;
    }

    /// <summary>A minute comes at once.</summary>
    private static (string Key, string Value)[] Hasty => [("AheadSecondsMax", "3600"), ("BacklogMsMax", "120000"), ("EncoderStartSeconds", "10")];

    private static byte[] Uneven(int picture, int sound) => Samples.Make(
        "-f", "lavfi", "-i", $"testsrc2=s=320x180:r=15:d={picture}", "-f", "lavfi", "-i", $"sine=f=440:r=48000:d={sound}",
        "-c:v", "libx264", "-preset", "ultrafast", "-profile:v", "baseline", "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-b:v", "200k",
        "-c:a", "libopus", "-b:a", "32k", "-cluster_time_limit", "200", "-f", "matroska");
}
