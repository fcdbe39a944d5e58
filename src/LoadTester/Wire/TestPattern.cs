using System.Buffers.Binary;
using System.ComponentModel;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Publishes FFmpeg's test pattern with a tone into a room, as a browser publishes its camera.</summary>
internal sealed class TestPattern : IAsyncDisposable
{
    private const int HeaderBytes = 12;
    private const int SliceBytes = 32 * 1024;
    private const int TextBytesMax = 8 * 1024;
    private static readonly TimeSpan ReadyPatience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(3);
    private static readonly byte[] Hello =
        """{"type":"hello","mimeType":"video/x-matroska;codecs=avc1,opus","key":null,"takeOver":true}"""u8.ToArray();

    private static readonly byte[] Bye = """{"type":"bye"}"""u8.ToArray();

    private static readonly string[] Arguments =
    [
        "-hide_banner", "-loglevel", "error", "-nostdin",
        "-re", "-f", "lavfi", "-i", "testsrc2=size=426x240:rate=15",
        "-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-b:v", "300k",
        "-c:a", "libopus", "-b:a", "32k", "-cluster_time_limit", "200", "-flush_packets", "1", "-f", "matroska", "pipe:1",
    ];

    private readonly ClientWebSocket _socket;
    private readonly Process _encoder;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Task _sending;
    private readonly Task _reading;

    private TestPattern(ClientWebSocket socket, Process encoder, TimeProvider time)
    {
        _socket = socket;
        _encoder = encoder;
        _time = time;
        _sending = SendSlicesAsync(_stop.Token);
        _reading = ReadAsync(_stop.Token);
    }

    /// <summary>Why publishing ended by itself; null while it runs.</summary>
    public string? Problem { get; private set; }

    /// <summary>Starts it; when this returns, the server has accepted the publisher.</summary>
    /// <exception cref="StageException">No FFmpeg, or the server refuses.</exception>
    public static async Task<TestPattern> StartAsync(
        Uri server, HttpMessageInvoker invoker, string roomId, string cookie, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Cookie", cookie);
            using var patience = new CancellationTokenSource(ReadyPatience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var address = new UriBuilder(server)
            {
                Scheme = server.Scheme == Uri.UriSchemeHttps ? "wss" : "ws",
                Path = $"/api/rooms/{roomId}/publish",
            }.Uri;
            await socket.ConnectAsync(address, invoker, either.Token);
            await socket.SendAsync(Hello, WebSocketMessageType.Text, endOfMessage: true, either.Token);
            if (await ReadTextAsync(socket, either.Token) is not { } first || TypeOf(first) != "ready")
            {
                throw new StageException("The server does not take the test pattern. Is somebody publishing in this room already?");
            }

            return new TestPattern(socket, StartEncoder(), time);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_encoder.HasExited) { _encoder.Kill(entireProcessTree: true); }
            using var patience = new CancellationTokenSource(EndPatience, _time);
            await _sending.WaitAsync(patience.Token);
            if (_socket.State == WebSocketState.Open)
            {
                await _socket.SendAsync(Bye, WebSocketMessageType.Text, endOfMessage: true, patience.Token);
                await _reading.WaitAsync(patience.Token);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or InvalidOperationException)
        {
            // The broadcast is over in any case: the server notices.
        }

        await _stop.CancelAsync();
        _socket.Dispose();
        _encoder.Dispose();
        _stop.Dispose();
    }

    private static Process StartEncoder()
    {
        var start = new ProcessStartInfo("ffmpeg") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in Arguments) { start.ArgumentList.Add(argument); }
        try
        {
            var process = Process.Start(start)!;
            process.ErrorDataReceived += (_, _) => { };
            process.BeginErrorReadLine();
            return process;
        }
        catch (Win32Exception)
        {
            throw new StageException("FFmpeg is not installed, and --publish needs it (Debian: apt-get install ffmpeg).");
        }
    }

    private async Task SendSlicesAsync(CancellationToken cancellationToken)
    {
        var message = new byte[HeaderBytes + SliceBytes];
        var started = _time.GetTimestamp();
        try
        {
            for (uint sequence = 0; ; sequence++)
            {
                var count = await _encoder.StandardOutput.BaseStream.ReadAsync(message.AsMemory(HeaderBytes), cancellationToken);
                if (count == 0) { return; }
                BinaryPrimitives.WriteUInt32BigEndian(message, sequence);
                BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)_time.GetElapsedTime(started).TotalMilliseconds);
                await _socket.SendAsync(message.AsMemory(0, HeaderBytes + count), WebSocketMessageType.Binary, endOfMessage: true, cancellationToken);
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            Problem ??= "the publishing connection was lost";
        }
    }

    private async Task ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (await ReadTextAsync(_socket, cancellationToken) is { } text)
            {
                if (TypeOf(text) == "refused") { Problem = $"the server ended the broadcast: {text}"; }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            Problem ??= "the publishing connection was lost";
        }
    }

    /// <summary>Null: closed.</summary>
    private static async Task<string?> ReadTextAsync(WebSocket socket, CancellationToken cancellationToken)
    {
        var buffer = new byte[TextBytesMax];
        var length = 0;
        while (length < buffer.Length)
        {
            var piece = await socket.ReceiveAsync(buffer.AsMemory(length), cancellationToken);
            if (piece.MessageType == WebSocketMessageType.Close) { return null; }
            length += piece.Count;
            if (piece.EndOfMessage) { return Encoding.UTF8.GetString(buffer, 0, length); }
        }

        throw new IOException($"A message to a publisher has more than {TextBytesMax} bytes.");
    }

    private static string? TypeOf(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return document.RootElement.GetProperty("type").GetString();
        }
        catch (Exception broken) when (broken is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}

/// <summary>The load can't begin; the message says what to do.</summary>
internal sealed class StageException(string message) : Exception(message);
