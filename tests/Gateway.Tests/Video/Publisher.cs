using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A browser that publishes, as the wire says.</summary>
internal sealed class Publisher : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<JsonElement> _heard = Channel.CreateUnbounded<JsonElement>();
    private readonly TaskCompletionSource<int?> _closed = new();
    private uint _sequence;
    private long _ms;

    /// <summary>The server's close code; null: the connection broke.</summary>
    public Task<int?> Closed => _closed.Task.WaitAsync(Patience);

    public static Task<Publisher> ConnectAsync(VideoHost host, string roomId, string? caller = "ana") =>
        ConnectAsync(host.Address, roomId, caller is null ? null : ("X-Test-Caller", caller));

    /// <summary>Connects to any server, with a header that says who is asking.</summary>
    public static async Task<Publisher> ConnectAsync(Uri address, string roomId, (string Name, string Value)? header)
    {
        var publisher = new Publisher();
        if (header is var (name, value)) { publisher._socket.Options.SetRequestHeader(name, value); }
        await publisher._socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = $"/api/rooms/{roomId}/publish" }.Uri, default);
        _ = publisher.ListenAsync();
        return publisher;
    }

    /// <summary>Connects and says hello; the answer is in <see cref="NextAsync"/>.</summary>
    public static async Task<Publisher> GoLiveAsync(VideoHost host, string roomId, string? caller = "ana", string? key = null, bool takeOver = false, string? continues = null)
    {
        var publisher = await ConnectAsync(host, roomId, caller);
        await publisher.HelloAsync(key, takeOver, continues);
        return publisher;
    }

    public Task HelloAsync(string? key = null, bool takeOver = false, string? continues = null) =>
        TextAsync(JsonSerializer.Serialize(new { type = "hello", mimeType = "video/x-matroska;codecs=avc1,opus", key, takeOver, continues }));

    /// <summary>The stream id of the server's ready.</summary>
    public async Task<string> ReadyAsync() => (await NextAsync("ready")).GetProperty("streamId").GetString()!;

    /// <summary>The next message of a type; others are passed over.</summary>
    public async Task<JsonElement> NextAsync(string type)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _heard.Reader.ReadAsync(patience.Token);
            if (message.GetProperty("type").GetString() == type) { return message; }
            Assert.True(message.GetProperty("type").GetString() != "refused", $"Refused instead of {type}: {message}");
        }
    }

    /// <summary>The name in the server's refusal and its close code.</summary>
    public async Task<(string Name, int? CloseCode)> RefusalAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var message = await _heard.Reader.ReadAsync(patience.Token);
            if (message.GetProperty("type").GetString() != "refused") { continue; }

            Assert.Equal(JsonValueKind.Number, message.GetProperty("code").ValueKind);
            Assert.NotEmpty(message.GetProperty("message").GetString()!);
            return (message.GetProperty("name").GetString()!, await Closed);
        }
    }

    public Task TextAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);

    public Task ByeAsync() => TextAsync("""{"type":"bye"}""");

    public async Task SliceAsync(ReadOnlyMemory<byte> bytes, long ms, uint? sequence = null)
    {
        var message = new byte[12 + bytes.Length];
        BinaryPrimitives.WriteUInt32BigEndian(message, sequence ?? _sequence++);
        BinaryPrimitives.WriteUInt64BigEndian(message.AsSpan(4), (ulong)ms);
        bytes.CopyTo(message.AsMemory(12));
        await _socket.SendAsync(message, WebSocketMessageType.Binary, true, default);
    }

    /// <summary>Sends one message that goes on and on, until it is whole or the server has had enough.</summary>
    public async Task EndlessAsync(long bytes)
    {
        var piece = new byte[1_000_000];
        try
        {
            for (var left = bytes; left > 0; left -= piece.Length) { await _socket.SendAsync(piece, WebSocketMessageType.Binary, left <= piece.Length, default); }
        }
        catch (Exception gone) when (gone is WebSocketException or IOException)
        {
            // It was closed.
        }
    }

    /// <summary>A slice gets lost on its way.</summary>
    public void Lose() => _sequence++;

    /// <summary>Sends a recording, or the next piece of it, in slices, as fast as it goes. A closed connection ends it.</summary>
    public async Task RecordAsync(byte[] recording, int sliceBytes = 8000)
    {
        var from = _ms;
        for (var at = 0; at < recording.Length && _socket.State == WebSocketState.Open; at += sliceBytes)
        {
            _ms = from + 100 + (at / 50);
            try { await SliceAsync(recording.AsMemory(at, Math.Min(sliceBytes, recording.Length - at)), _ms); }
            catch (WebSocketException) { return; }
        }
    }

    /// <summary>The connection breaks without a word.</summary>
    public void Break() => _socket.Abort();

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var piece = await _socket.ReceiveAsync(buffer, default);
                if (piece.MessageType == WebSocketMessageType.Close)
                {
                    await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
                    _closed.TrySetResult((int?)piece.CloseStatus);
                    return;
                }

                Assert.True(piece.EndOfMessage);
                _heard.Writer.TryWrite(JsonSerializer.Deserialize<JsonElement>(buffer.AsSpan(0, piece.Count)));
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            _closed.TrySetResult((int?)_socket.CloseStatus);
        }
    }
}
