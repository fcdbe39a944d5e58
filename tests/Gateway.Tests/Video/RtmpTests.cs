using System.Diagnostics;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Rtmp;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>From a real encoder through real nginx and FFmpeg to what is played over HTTP.</summary>
public sealed class RtmpTests
{
    private readonly string _room = VideoHost.NewId();

    [Fact]
    public async Task EncoderWithTheKey_GoesLive_ASecondIsRefused_AndTheKeyIsNoNameAndInNoLog()
    {
        await using var host = await RtmpHost.StartAsync(("GraceSeconds", "0.5"), ("LowerRungsMax", "1"), ("EncodeCores", "0.01"));
        await using var encoder = host.Publish(_room, size: "426x260");
        await host.Video.Desk.Told(_room, "Live");

        // As it came: with its profile and its reordered pictures.
        var stream = host.Video.Broadcasts.Find(host.Video.Desk.StreamIdIn(_room)!)!;
        var address = new Uri(host.Video.Address, $"/live/{stream.StreamId}/main.m3u8");
        Assert.Contains("CODECS=\"avc1.6400", await host.Video.Http.GetStringAsync(address));
        await Eventually.True(() => host.Video.Desk.Health.TryGetValue(_room, out var told) && told is { Copies: true, BitsPerSecond: > 100_000, FramesPerSecond: 25 });

        // The streamer is told which quality is missing, and why.
        await Eventually.True(() => host.Video.Desk.Health[_room].Rungs is [{ Name: "source", State: "on" }, { Name: "p240", State: "off", Reason: "The server has no room for it now." }]);

        await using var second = host.Publish(_room);
        Assert.NotEqual(0, await second.Ended);
        Assert.NotEmpty(Samples.DecodeRtmp(host.Port, StreamDesk.KeyOf(_room)));

        Assert.Null(stream.EndedBecause);
        Assert.Contains(host.Video.Log.Lines, line => line.Contains("already_publishing", StringComparison.Ordinal));
        Assert.DoesNotContain(host.Video.Log.Lines, line => line.Contains(new string('5', 48), StringComparison.Ordinal));

        // What came out plays to its end.
        await encoder.DisposeAsync();
        await host.Video.Desk.Told(_room, "Closed");
        Assert.Empty(Samples.Decode(address));
        Assert.Equal(["h264", "426", "260", "aac"], Samples.Probe(address, "-show_entries", "stream=codec_name,width,height").Where(line => line != "N/A"));
    }

    [Theory]
    [InlineData("stream")]
    [InlineData("live_{0}_wrong")]
    [InlineData("{1}?name=another")]
    [InlineData("{1}?clientid=1")]
    public async Task WhateverIsNotTheKey_IsRefused(string form)
    {
        await using var host = await RtmpHost.StartAsync();
        await using var encoder = RtmpEncoder.Start(host.Port, string.Format(null, form, _room, StreamDesk.KeyOf(_room)));

        Assert.NotEqual(0, await encoder.Ended);
        Assert.Equal(0, host.Video.Broadcasts.LiveCount);
        Assert.DoesNotContain(host.Video.Log.Lines, line => line.Contains(new string('5', 48), StringComparison.Ordinal));
    }

    [Fact]
    public async Task RoomThatEndsItsBroadcast_SendsTheEncoderAwayAndTellsWhy()
    {
        await using var host = await RtmpHost.StartAsync();
        await using var encoder = host.Publish(_room, sound: false);
        await host.Video.Desk.Told(_room, "Live");

        host.Video.Desk.Revoke(_room);

        Assert.NotEqual(0, await encoder.Ended);
        await Eventually.True(() => host.Video.Desk.Health[_room].Trouble is not null);
        await Eventually.True(() => host.Video.Get<EncoderProcesses>().Count == 0);
    }

    [Fact]
    public async Task EncoderThatComesBackWithinTheGrace_GoesOnWithTheSameBroadcast()
    {
        await using var host = await RtmpHost.StartAsync();
        await using (host.Publish(_room)) { await host.Video.Desk.Told(_room, "Live"); }
        await host.Video.Desk.Told(_room, "Interrupted");
        var stream = host.Video.Broadcasts.Find(host.Video.Desk.StreamIdIn(_room)!)!;

        await using var again = host.Publish(_room);
        await host.Video.Desk.Told(_room, "Live");

        Assert.Same(stream, host.Video.Broadcasts.Find(host.Video.Desk.StreamIdIn(_room)!));
        Assert.Contains("#EXT-X-DISCONTINUITY\n", await host.Video.Http.GetStringAsync($"/live/{stream.StreamId}/source/list.m3u8"));
    }

    [Fact]
    public async Task StreamOverRtmp_HasLowerRungsToo()
    {
        await using var host = await RtmpHost.StartAsync(("LowerRungsMax", "1"), ("EncodeCores", "8"), ("BehindMsMax", "10000"));
        await using var encoder = host.Publish(_room, size: "426x260");
        await host.Video.Desk.Told(_room, "Live");

        var stream = host.Video.Broadcasts.Find(host.Video.Desk.StreamIdIn(_room)!)!;
        await Eventually.True(() => stream.FindRung("p240") is { View.HasMedia: true });
    }

    [Fact]
    public async Task NginxThatDies_IsStartedAgain_AndTheHostsEndLeavesNothing()
    {
        await using var host = await RtmpHost.StartAsync();
        await using (var first = host.Publish(_room))
        {
            await host.Video.Desk.Told(_room, "Live");
            var before = host.Server.ProcessId!.Value;
            using (var nginx = Process.GetProcessById(before)) { nginx.Kill(); }

            await host.Video.Desk.Told(_room, "Interrupted");
            await Eventually.True(() => host.Server.State == RtmpState.Ready && host.Server.ProcessId != before);
        }

        await using var again = host.Publish(_room);
        await host.Video.Desk.Told(_room, "Live");
        var (last, encoders) = (host.Server.ProcessId!.Value, host.Video.Get<EncoderProcesses>());

        await host.Video.StopAsync();

        Assert.Equal(0, encoders.Count);
        Assert.False(Directory.Exists($"/proc/{last}"));
        Assert.NotEqual(0, await again.Ended);
    }

    [Fact]
    public async Task EncoderThatSendsTooMuch_IsSentAway()
    {
        await using var host = await RtmpHost.StartAsync(("PublishBytesPerSecond", "20000"), ("PublishBurstBytes", "100000"));
        await using var encoder = host.Publish(_room, kilobits: 1500);

        Assert.NotEqual(0, await encoder.Ended);
        await Eventually.True(() => host.Video.Desk.Health.TryGetValue(_room, out var told) && told.Trouble is not null);
        Assert.Contains("160 kbit/s", host.Video.Desk.Health[_room].Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RareKeyframes_AreEncodedAnewSoThatViewersCanBegin()
    {
        await using var host = await RtmpHost.StartAsync();
        await using var encoder = host.Publish(_room, keyframes: 150);

        await Eventually.True(() => host.Video.Log.Lines.Any(line => line.Contains("Keyframes are too far apart", StringComparison.Ordinal)));
        await host.Video.Desk.Told(_room, "Live");
        await Eventually.True(() => host.Video.Desk.Health.TryGetValue(_room, out var told) && !told.Copies);
    }
}
