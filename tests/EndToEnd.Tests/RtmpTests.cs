using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LiveCommerce.Contracts.Video;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>OBS's way in, through the product as it is run.</summary>
public sealed class RtmpTests
{
    [Fact]
    public async Task KeyFromTheStudio_PublishesFromAnEncoderUntilAnotherIsMade_AndAKilledServerLeavesNoNginx()
    {
        var port = FreePort.Next();
        await using var stage = await Stage.StartAsync(
            "Sqlite", ("Video__Rtmp__Port", port.ToString(CultureInfo.InvariantCulture)), ("Video__Rtmp__Address", "127.0.0.1"),
            ("Video__Rtmp__StartSeconds", "60"), ("Video__Rtmp__IdleSeconds", "60"));
        await DeskAsync(stage, desk => desk.GetProperty("server").GetProperty("state").GetString() == "ready");
        var key = (await stage.Streamer.PostAsync<StreamKey>($"/api/rooms/{stage.RoomId}/stream-key")).Secret;

        using var encoder = Publish(port, key);
        try
        {
            var room = (await DeskAsync(stage, desk => desk.GetProperty("room") is var here
                && here.GetProperty("stream").GetProperty("phase").GetString() == "live" && here.TryGetProperty("health", out _))).GetProperty("room");
            Assert.True(room.GetProperty("publishesByKey").GetBoolean());
            Assert.True(room.GetProperty("health").GetProperty("copies").GetBoolean());
            var stream = room.GetProperty("stream").GetProperty("streamId").GetString();
            await Eventually.HoldsAsync(
                async () => (await stage.Streamer.TextAsync($"/live/{stream}/source/list.m3u8")).Contains("#EXTINF", StringComparison.Ordinal), "there is something to watch");

            await stage.Streamer.PostAsync<StreamKey>($"/api/rooms/{stage.RoomId}/stream-key");

            await encoder.WaitForExitAsync();
            Assert.NotEqual(0, encoder.ExitCode);
            await DeskAsync(stage, desk => desk.GetProperty("room").GetProperty("stream").GetProperty("phase").GetString() == "offline");
        }
        finally
        {
            if (!encoder.HasExited) { encoder.Kill(); }
        }

        Assert.DoesNotContain(stage.Product.Output, line => line.Contains(key[^48..], StringComparison.Ordinal));
        await stage.Product.KillAloneAsync();
        await Eventually.HoldsAsync(() => !Listens(port), "nginx has followed the killed product");

        await stage.Product.StartAgainAsync();
        await DeskAsync(stage, desk => desk.GetProperty("server").GetProperty("state").GetString() == "ready");
        Assert.Equal(0, await stage.Product.StopAsync());
        Assert.False(Listens(port), "nginx has outlived the orderly end.");
    }

    /// <summary>Waits until the owner's view of encoders is so.</summary>
    private static async Task<JsonElement> DeskAsync(Stage stage, Func<JsonElement, bool> isSo)
    {
        JsonElement desk = default;
        await Eventually.HoldsAsync(
            async () => isSo(desk = await stage.Streamer.GetAsync<JsonElement>($"/api/rooms/{stage.RoomId}/encoder")), "the studio tells how the encoder is");
        return desk;
    }

    private static Process Publish(int port, string key)
    {
        var start = new ProcessStartInfo("ffmpeg") { UseShellExecute = false };
        foreach (var argument in (string[])
        [
            "-loglevel", "quiet", "-nostdin", "-re", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25", "-f", "lavfi", "-i", "sine=440:r=48000",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-g", "25", "-c:a", "aac", "-ac", "2", "-t", "400",
            "-f", "flv", $"rtmp://127.0.0.1:{port}/live/{key}",
        ])
        {
            start.ArgumentList.Add(argument);
        }

        return Process.Start(start)!;
    }

    private static bool Listens(int port)
    {
        using var probe = new TcpClient();
        try
        {
            probe.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
