using System.Buffers.Binary;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A binary frame of the instant socket.</summary>
internal sealed record InstantHeard(byte Kind, bool Keyframe, uint Run, TimeSpan Time, DateTimeOffset At, byte[] Payload, byte[] Whole)
{
    public const byte Init = 1;
    public const byte Fragment = 2;
    public const byte Skip = 3;
    public const byte Pause = 4;

    /// <summary>ftyp and moov of a header.</summary>
    public byte[] InitSegment => Payload[(2 + BinaryPrimitives.ReadUInt16BigEndian(Payload))..];

    /// <summary>What a header says of its run.</summary>
    public JsonElement About => JsonSerializer.Deserialize<JsonElement>(Payload.AsSpan(2, BinaryPrimitives.ReadUInt16BigEndian(Payload)));
}

/// <summary>A viewer of the instant path, as the wire says.</summary>
internal sealed class InstantClient : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket = new();
    private readonly byte[] _buffer = new byte[4 * 1024 * 1024];

    /// <summary>The server's last text.</summary>
    public JsonElement Said { get; private set; }

    public static async Task<InstantClient> ConnectAsync(Uri address, string streamId, string rung = "source", string? watch = """{"type":"watch"}""")
    {
        var client = new InstantClient();
        var url = new UriBuilder(address) { Scheme = "ws", Path = $"/live/{streamId}/instant", Query = $"rung={rung}" }.Uri;
        await client._socket.ConnectAsync(url, default);
        if (watch is not null) { await client._socket.SendAsync(Encoding.UTF8.GetBytes(watch), WebSocketMessageType.Text, true, default); }
        return client;
    }

    /// <summary>Connects and hears the hello.</summary>
    public static async Task<InstantClient> WatchAsync(Uri address, string streamId, string rung = "source")
    {
        var client = await ConnectAsync(address, streamId, rung);
        Assert.Null(await client.ReadAsync());
        Assert.Equal("hello", client.Said.GetProperty("type").GetString());
        return client;
    }

    /// <summary>Says something and hears the server's text.</summary>
    public async Task<JsonElement> AskAsync(string type)
    {
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { type }), WebSocketMessageType.Text, true, default);
        Assert.Null(await ReadAsync());
        return Said;
    }

    /// <summary>Says something that is not answered.</summary>
    public Task SayAsync(object said) => _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(said), WebSocketMessageType.Text, true, default);

    /// <summary>Asks whether the line stands, and hears that it does; frames are passed over.</summary>
    public async Task PongAsync()
    {
        Said = default;
        await SayAsync(new { type = "ping" });
        while (Said.ValueKind == JsonValueKind.Undefined && _socket.State == WebSocketState.Open) { await ReadAsync(); }
        Assert.Equal("pong", Said.GetProperty("type").GetString());
    }

    /// <summary>The next binary frame.</summary>
    public async Task<InstantHeard> NextAsync() =>
        await ReadAsync() ?? throw new InvalidOperationException($"A text instead of a frame: {Said}. Closed with {_socket.CloseStatus}.");

    /// <summary>The next frame of a kind; others are passed over.</summary>
    public async Task<InstantHeard> NextAsync(byte kind)
    {
        while (true)
        {
            if (await NextAsync() is var frame && frame.Kind == kind) { return frame; }
        }
    }

    /// <summary>Reads on to the end and gives the close code.</summary>
    public async Task<int?> ClosedAsync()
    {
        while (_socket.State == WebSocketState.Open) { await ReadAsync(); }
        return (int?)_socket.CloseStatus;
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return default;
    }

    /// <summary>Null: a text, which is in <see cref="Said"/>, or the end.</summary>
    private async Task<InstantHeard?> ReadAsync()
    {
        using var patience = new CancellationTokenSource(Patience);
        var length = 0;
        ValueWebSocketReceiveResult piece;
        do
        {
            piece = await _socket.ReceiveAsync(_buffer.AsMemory(length), patience.Token);
            length += piece.Count;
        }
        while (!piece.EndOfMessage);

        var whole = _buffer[..length];
        switch (piece.MessageType)
        {
            case WebSocketMessageType.Close:
                try { await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token); }
                catch (WebSocketException)
                {
                    // On a clock of the test the server's patience for an answer may be over already.
                }

                return null;
            case WebSocketMessageType.Text:
                Said = JsonSerializer.Deserialize<JsonElement>(whole);
                return null;
            default:
                return new InstantHeard(
                    whole[0],
                    whole[1] == 1,
                    BinaryPrimitives.ReadUInt32BigEndian(whole.AsSpan(4)),
                    TimeSpan.FromMicroseconds(BinaryPrimitives.ReadUInt64BigEndian(whole.AsSpan(8))),
                    DateTimeOffset.FromUnixTimeMilliseconds((long)BinaryPrimitives.ReadUInt64BigEndian(whole.AsSpan(16))),
                    whole[24..],
                    whole);
        }
    }
}
