using System.Net;
using System.Net.WebSockets;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Everything a publisher can do wrong, by the name and close code it is told.</summary>
public sealed class RefusalTests
{
    private readonly string _room = VideoHost.NewId();

    [Fact]
    public async Task Guest_IsAskedToSignIn()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room, caller: null);

        Assert.Equal(("sign_in_required", 4401), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task SomebodyElse_IsNotTheOwner()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.GoLiveAsync(host, _room, caller: "bob");

        Assert.Equal(("not_room_owner", 4403), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task StreamKey_OpensTheRoom_AndAWrongOneDoesNot()
    {
        await using var host = await VideoHost.StartAsync();
        await using var wrong = await Publisher.GoLiveAsync(host, _room, caller: null, key: "wrong-key");
        Assert.Equal(("stream_key_wrong", 4403), await wrong.RefusalAsync());

        await using var right = await Publisher.GoLiveAsync(host, _room, caller: null, key: "right-key");
        Assert.NotEmpty(await right.ReadyAsync());
    }

    [Fact]
    public async Task NoHello_IsRefusedInTime()
    {
        await using var host = await VideoHost.StartAsync(("HelloSeconds", "0.2"));
        await using var publisher = await Publisher.ConnectAsync(host, _room);

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Theory]
    [InlineData("hello")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("""{"type":"bye"}""")]
    [InlineData("""{"type":"hello"}""")]
    [InlineData("""{"type":"hello","mimeType":7}""")]
    [InlineData("""{"type":"hello","mimeType":"x","key":{"a":{"b":{"c":{"d":{}}}}}}""")]
    public async Task WhatIsNoHello_IsRefused(string text)
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.ConnectAsync(host, _room);
        await publisher.TextAsync(text);

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task TextThatIsTooLong_IsRefused()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await Publisher.ConnectAsync(host, _room);
        await publisher.TextAsync(new string('x', 100_000));

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task SliceOutOfOrder_IsRefused()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        await publisher.SliceAsync(Samples.ChromiumH264.AsMemory(0, 2000), 100);
        await publisher.SliceAsync(new byte[100], 200, sequence: 0);

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task MoreSlicesMissingThanMay_AreRefused()
    {
        await using var host = await VideoHost.StartAsync(("LostSlicesMax", "3"));
        await using var publisher = await LiveAsync(host);
        await publisher.SliceAsync(Samples.ChromiumH264.AsMemory(0, 2000), 100);
        await publisher.SliceAsync(new byte[100], 200, sequence: 5);

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task TimeThatRunsBackwards_IsRefused()
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        await publisher.SliceAsync(Samples.ChromiumH264.AsMemory(0, 2000), 500);
        await publisher.SliceAsync(new byte[100], 400);

        Assert.Equal(("malformed", 4400), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task SliceThatIsTooLarge_IsRefused()
    {
        await using var host = await VideoHost.StartAsync(("SliceBytesMax", "10000"));
        await using var publisher = await LiveAsync(host);
        await publisher.SliceAsync(new byte[20_000], 100);

        Assert.Equal(("too_large", 4413), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task TooManyBytesASecond_AreRefused()
    {
        await using var host = await VideoHost.StartAsync(("PublishBytesPerSecond", "10000"), ("PublishBurstBytes", "50000"));
        await using var publisher = await LiveAsync(host);
        await publisher.RecordAsync(Samples.ChromiumH264);

        Assert.Equal(("media_too_fast", 4429), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task RecordingFarAheadOfRealTime_IsRefused()
    {
        await using var host = await VideoHost.StartAsync(("AheadSecondsMax", "1"));
        await using var publisher = await LiveAsync(host);
        await publisher.RecordAsync(Samples.ChromiumH264);

        Assert.Equal(("media_too_fast", 4429), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task SilentPublisher_IsToldToStartAnew_AndTheBroadcastWaits()
    {
        await using var host = await VideoHost.StartAsync(("PublisherIdleSeconds", "0.5"));
        await using var publisher = await LiveAsync(host);

        Assert.Equal(("stream_not_live", 4500), await publisher.RefusalAsync());
        await host.Desk.Told(_room, "Interrupted");
    }

    [Theory]
    [InlineData("#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n")]
    [InlineData("\0\0\0\u0018ftypisom and so on")]
    [InlineData("<html>")]
    public async Task WhatIsNoRecording_IsRefused_AndTheRoomIsFreeAgain(string text)
    {
        await using var host = await VideoHost.StartAsync();
        await using var publisher = await LiveAsync(host);
        await publisher.SliceAsync(System.Text.Encoding.Latin1.GetBytes(text), 100);

        Assert.Equal(("media_unsupported", 4415), await publisher.RefusalAsync());
        await host.Desk.Told(_room, "Closed");
        Assert.Equal(0, host.Broadcasts.LiveCount);
    }

    [Fact]
    public async Task HugePicture_IsRefusedBeforeAnEncoderSeesIt()
    {
        await using var host = await VideoHost.StartAsync(("RecordingPixelsMax", "100000"));
        await using var publisher = await LiveAsync(host);
        await publisher.RecordAsync(Samples.ChromiumVp8);

        Assert.Equal(("media_unsupported", 4415), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task RecordingThatTurnsToNoise_EndsWithinBounds()
    {
        await using var host = await VideoHost.StartAsync(("EncoderStartSeconds", "2"));
        var noise = new byte[200_000];
        new Random(11).NextBytes(noise);
        byte[] recording = [.. Samples.ChromiumH264.AsSpan(0, 300), .. noise];
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            await using var publisher = await LiveAsync(host);
            await publisher.RecordAsync(recording);
            var (name, code) = await publisher.RefusalAsync();
            Assert.Equal("encoder_failed", name);
            Assert.Equal(attempt < 3 ? 4500 : 4424, code);
            await host.Desk.Told(_room, attempt < 3 ? "Interrupted" : "Closed");
        }
    }

    [Fact]
    public async Task OneBroadcastMoreThanTheServerCarries_IsRefused_AndWelcomeWhenAPlaceIsFree()
    {
        await using var host = await VideoHost.StartAsync(("StreamsMax", "1"));
        await using var first = await LiveAsync(host);
        await using var second = await Publisher.GoLiveAsync(host, VideoHost.NewId());
        Assert.Equal(("too_many_streams", 4503), await second.RefusalAsync());

        await first.ByeAsync();
        await host.Desk.Told(_room, "Closed");
        await using var third = await Publisher.GoLiveAsync(host, VideoHost.NewId());
        Assert.NotEmpty(await third.ReadyAsync());
    }

    [Fact]
    public async Task MissingFfmpeg_IsToldWithTheInstallCommand()
    {
        await using var host = await VideoHost.StartAsync(("FfmpegPath", "/no/such/ffmpeg"));
        await using var publisher = await Publisher.GoLiveAsync(host, _room);

        Assert.Equal(("encoder_missing", 4424), await publisher.RefusalAsync());
        var told = await host.Get<LiveCommerce.Gateway.Video.Ffmpeg.IEncoderCheck>().CheckAsync(default);
        Assert.Contains("apt-get install ffmpeg", told!.Message);
    }

    [Fact]
    public async Task RoomsOutOfReach_IsTriedAgain()
    {
        await using var host = await VideoHost.StartAsync();
        host.Desk.OutOfReach = true;
        await using var publisher = await Publisher.GoLiveAsync(host, _room);

        Assert.Equal(("unavailable", 4503), await publisher.RefusalAsync());
    }

    [Fact]
    public async Task WithoutAWebSocket_OrWithoutARoom_TheAnswerIsAnHttpRefusal()
    {
        await using var host = await VideoHost.StartAsync();
        using var plain = await host.Http.GetAsync($"/api/rooms/{_room}/publish");
        Assert.Equal(HttpStatusCode.BadRequest, plain.StatusCode);
        Assert.Contains("\"name\":\"malformed\"", await plain.Content.ReadAsStringAsync());

        var refused = await Assert.ThrowsAsync<WebSocketException>(() => Publisher.ConnectAsync(host, "no-room"));
        Assert.Contains("404", refused.Message);
    }

    private async Task<Publisher> LiveAsync(VideoHost host)
    {
        var publisher = await Publisher.GoLiveAsync(host, _room);
        await publisher.ReadyAsync();
        return publisher;
    }
}
