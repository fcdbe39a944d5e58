using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Tests.Shared;

namespace LiveCommerce.EndToEnd.Tests.Wire;

/// <summary>A publisher: FFmpeg's test pattern, sent as a browser sends its recording.</summary>
internal sealed class Camera : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private const int SliceBytes = 8_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<JsonElement> _heard = Channel.CreateUnbounded<JsonElement>();
    private readonly TaskCompletionSource<int?> _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _sequence;
    private long _ms;

    private Camera()
    {
    }

    public static async Task<Camera> ConnectAsync(Uri address, string roomId, string cookie = "", string? key = null, params (string Name, string Value)[] headers)
    {
        var camera = new Camera();
        if (cookie.Length > 0) { camera._socket.Options.SetRequestHeader("Cookie", cookie); }
        foreach (var (name, value) in headers) { camera._socket.Options.SetRequestHeader(name, value); }
        using var patience = new CancellationTokenSource(Patience);
        await camera._socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = $"/api/rooms/{roomId}/publish" }.Uri, patience.Token);
        _ = camera.ListenAsync();
        var hello = JsonSerializer.Serialize(new { type = "hello", mimeType = "video/x-matroska;codecs=avc1,opus", key, takeOver = false });
        await camera._socket.SendAsync(Encoding.UTF8.GetBytes(hello), WebSocketMessageType.Text, endOfMessage: true, patience.Token);
        return camera;
    }

    /// <summary>The server takes the broadcast; gives the stream id.</summary>
    public async Task<string> ReadyAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _heard.Reader.ReadAsync(patience.Token);
            var type = message.GetProperty("type").GetString();
            Assert.True(type != "refused", message.ToString());
            if (type == "ready") { return message.GetProperty("streamId").GetString()!; }
        }
    }

    /// <summary>The broadcast, once the server has taken it.</summary>
    public string StreamId { get; private set; } = "";

    /// <summary>Whether the server takes the broadcast, or refuses it.</summary>
    public async Task<bool> IsTakenAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _heard.Reader.ReadAsync(patience.Token);
            if (message.GetProperty("type").GetString() is "refused") { return false; }
            if (message.GetProperty("type").GetString() is not "ready") { continue; }

            StreamId = message.GetProperty("streamId").GetString()!;
            return true;
        }
    }

    /// <summary>What the server refuses with, and its close code.</summary>
    public async Task<(RefusalCode Code, string Message, int? CloseCode)> RefusalAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _heard.Reader.ReadAsync(patience.Token);
            if (message.GetProperty("type").GetString() != "refused") { continue; }
            return ((RefusalCode)message.GetProperty("code").GetInt32(), message.GetProperty("message").GetString()!, await _closed.Task.WaitAsync(Patience));
        }
    }

    /// <summary>Sends the whole test pattern as fast as it goes; again, as one recording that goes on.</summary>
    public async Task RecordAsync()
    {
        var recording = ShortRecording.Bytes;
        for (var at = 0; at < recording.Length; at += SliceBytes)
        {
            var count = Math.Min(SliceBytes, recording.Length - at);
            var message = new byte[HeaderBytes + count];
            BinaryPrimitives.WriteUInt32BigEndian(message, _sequence++);
            BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)(_ms + ((long)ShortRecording.LengthMs * at / recording.Length)));
            recording.AsSpan(at, count).CopyTo(message.AsSpan(HeaderBytes));
            await _socket.SendAsync(message, WebSocketMessageType.Binary, endOfMessage: true, CancellationToken.None);
        }

        _ms += ShortRecording.LengthMs;
    }

    /// <summary>Waits for a message of a type.</summary>
    public async Task HearAsync(string type)
    {
        using var patience = new CancellationTokenSource(Patience);
        while ((await _heard.Reader.ReadAsync(patience.Token)).GetProperty("type").GetString() != type) { }
    }

    /// <summary>Films the test pattern in real time, until the socket or the token ends it.</summary>
    public async Task FilmAsync(CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, UseShellExecute = false };
        const string Arguments =
            "-v error -nostdin -re -f lavfi -i testsrc2=size=480x270:rate=15 -re -f lavfi -i sine=frequency=440:sample_rate=48000 " +
            "-c:v libx264 -preset ultrafast -tune zerolatency -g 15 -pix_fmt yuv420p -b:v 300k -c:a libopus -b:a 32k " +
            "-cluster_time_limit 100 -flush_packets 1 -f matroska pipe:1";
        foreach (var argument in Arguments.Split(' ')) { start.ArgumentList.Add(argument); }
        using var ffmpeg = Process.Start(start)!;
        try
        {
            var clock = Stopwatch.StartNew();
            var message = new byte[HeaderBytes + SliceBytes];
            while (await ffmpeg.StandardOutput.BaseStream.ReadAsync(message.AsMemory(HeaderBytes), cancellationToken) is > 0 and var count)
            {
                BinaryPrimitives.WriteUInt32BigEndian(message, _sequence++);
                BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)clock.ElapsedMilliseconds);
                await _socket.SendAsync(message.AsMemory(0, HeaderBytes + count), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The camera is off.
        }
        finally
        {
            ffmpeg.Kill();
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var piece = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                if (piece.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);
                    break;
                }

                _heard.Writer.TryWrite(JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, piece.Count)));
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Told by the close code, which is missing then.
        }

        _heard.Writer.TryComplete();
        _closed.TrySetResult((int?)_socket.CloseStatus);
    }
}
