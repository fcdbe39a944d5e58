using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Benchmarks.Fanout;

namespace LiveCommerce.Benchmarks.Player;

/// <summary>A broadcast that goes on: FFmpeg's test pattern in real time, sent as a browser sends its recording.</summary>
internal sealed class MovingPicture : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private const int SliceBytes = 16_000;

    private const string Pattern =
        "-v error -nostdin -re -f lavfi -i testsrc2=size=640x360:rate=30 -re -f lavfi -i sine=frequency=440:sample_rate=48000 " +
        "-c:v libx264 -preset ultrafast -tune zerolatency -g 30 -pix_fmt yuv420p -b:v 600k -c:a libopus -b:a 32k " +
        "-cluster_time_limit 200 -f matroska pipe:1";

    private readonly Process _ffmpeg;
    private readonly ClientWebSocket _camera;
    private readonly Task _sending;

    private MovingPicture(Process ffmpeg, ClientWebSocket camera)
    {
        (_ffmpeg, _camera) = (ffmpeg, camera);
        _sending = Task.Run(SendAsync);
    }

    public static async Task<MovingPicture> StartAsync(LiveRoom room)
    {
        var camera = await Camera.ConnectAsync(room.Server.Address, room.RoomId, room.StreamerCookie);
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in Pattern.Split(' ')) { start.ArgumentList.Add(argument); }
        return new MovingPicture(Process.Start(start)!, camera);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _ffmpeg.Kill();
        await _ffmpeg.WaitForExitAsync();
        await _sending.ContinueWith(_ => { }, TaskScheduler.Default);
        _ffmpeg.Dispose();
        _camera.Dispose();
    }

    private async Task SendAsync()
    {
        var hearing = HearAsync(_camera, "refused");
        var began = Stopwatch.GetTimestamp();
        var message = new byte[HeaderBytes + SliceBytes];
        for (var number = 0u; ; number++)
        {
            var count = await _ffmpeg.StandardOutput.BaseStream.ReadAsync(message.AsMemory(HeaderBytes));
            if (count == 0 || hearing.IsCompleted) { return; }
            BinaryPrimitives.WriteUInt32BigEndian(message, number);
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            await _camera.SendAsync(message.AsMemory(0, HeaderBytes + count), WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }
    }

    /// <summary>Until the server says this, or nothing more.</summary>
    private static async Task HearAsync(ClientWebSocket camera, string type)
    {
        var message = new byte[8_192];
        while (camera.State == WebSocketState.Open)
        {
            var received = await camera.ReceiveAsync(message, CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close) { return; }
            if (JsonSerializer.Deserialize<JsonElement>(message.AsSpan(0, received.Count)).GetProperty("type").GetString() == type) { return; }
        }
    }
}
