using System.Collections.Concurrent;
using System.Globalization;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.EndToEnd.Tests.Wire;

/// <summary>A viewer's hub connection, spoken by hand so that it can also speak wrongly.</summary>
internal sealed class HubClient : IAsyncDisposable
{
    private const char Separator = '\u001e';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket = new();
    private readonly Channel<(string Name, JsonElement Body)> _heard = Channel.CreateUnbounded<(string, JsonElement)>();
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new(StringComparer.Ordinal);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _last;

    private HubClient()
    {
    }

    /// <summary>Of the newest event or snapshot.</summary>
    public RoomPosition Position { get; private set; }

    /// <summary>Ends when the server has closed the connection.</summary>
    public Task Closed => _closed.Task.WaitAsync(Patience);

    public static async Task<HubClient> ConnectAsync(Uri address, string cookie = "", params (string Name, string Value)[] headers)
    {
        var hub = new HubClient();

        // Who says nothing for half a minute is not there, and most tests only listen.
        hub._socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(5);
        if (cookie.Length > 0) { hub._socket.Options.SetRequestHeader("Cookie", cookie); }
        foreach (var (name, value) in headers) { hub._socket.Options.SetRequestHeader(name, value); }
        using var patience = new CancellationTokenSource(Patience);
        await hub._socket.ConnectAsync(new UriBuilder(address) { Scheme = "ws", Path = "/hub/room" }.Uri, patience.Token);
        _ = hub.ListenAsync();
        await hub.SendAsync("""{"protocol":"json","version":1}""");
        return hub;
    }

    /// <summary>Calls and gives the result: <c>{"value":…}</c> or <c>{"refusal":…}</c>.</summary>
    public async Task<JsonElement> CallAsync(string method, params object[] arguments)
    {
        var id = Interlocked.Increment(ref _last).ToString(CultureInfo.InvariantCulture);
        var answer = _calls[id] = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync(JsonSerializer.Serialize(new { type = 1, invocationId = id, target = method, arguments }, ApiClient.Spoken));
        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>Calls what must be refused and gives the refusal.</summary>
    public async Task<Refusal> RefusedAsync(string method, params object[] arguments)
    {
        var answer = await CallAsync(method, arguments);
        Assert.True(answer.TryGetProperty("refusal", out var refusal), answer.ToString());
        return refusal.Deserialize<Refusal>(WireJson.Options)!;
    }

    /// <summary>Enters a room and gives what the room is at that moment.</summary>
    public async Task<RoomSnapshot> JoinAsync(string roomId, RoomPosition? since = null)
    {
        var answer = await CallAsync("Join", new { roomId, since });
        Assert.True(answer.TryGetProperty("value", out _), answer.ToString());
        return (await HearAsync("snapshot")).Deserialize<RoomSnapshot>(WireJson.Options)!;
    }

    /// <summary>The next of a kind (an event's kind, <c>snapshot</c> or <c>closed</c>) that fits; everything before it is passed over.</summary>
    public async Task<JsonElement> HearAsync(string name, Func<JsonElement, bool>? fits = null)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (true)
        {
            var (heard, body) = await _heard.Reader.ReadAsync(patience.Token);
            if (heard == name && (fits is null || fits(body))) { return body; }
        }
    }

    /// <summary>The next event or snapshot, of whatever kind, whose JSON says this.</summary>
    public async Task HearAboutAsync(string text)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!(await _heard.Reader.ReadAsync(patience.Token)).Body.ToString().Contains(text, StringComparison.OrdinalIgnoreCase)) { }
    }

    /// <summary>One message, whatever it says.</summary>
    public Task SendAsync(string message) =>
        _socket.SendAsync(Encoding.UTF8.GetBytes(message + Separator), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ListenAsync()
    {
        var buffer = new byte[64 * 1024];
        using var message = new MemoryStream();
        try
        {
            while (true)
            {
                var piece = await _socket.ReceiveAsync(buffer, CancellationToken.None);
                if (piece.MessageType == WebSocketMessageType.Close) { break; }
                message.Write(buffer, 0, piece.Count);
                if (!piece.EndOfMessage || buffer[piece.Count - 1] != Separator) { continue; }
                var text = Encoding.UTF8.GetString(message.ToArray());
                message.SetLength(0);
                foreach (var part in text.Split(Separator, StringSplitOptions.RemoveEmptyEntries)) { Take(JsonSerializer.Deserialize<JsonElement>(part)); }
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // Told by Closed.
        }

        foreach (var call in _calls.Values) { call.TrySetException(new IOException("The connection ended before the answer.")); }
        _heard.Writer.TryComplete();
        _closed.TrySetResult();
    }

    private void Take(JsonElement message)
    {
        if (!message.TryGetProperty("type", out var type)) { return; }
        switch (type.GetInt32())
        {
            case 1:
                Hear(message.GetProperty("target").GetString()!, message.GetProperty("arguments")[0]);
                break;
            case 3 when _calls.TryRemove(message.GetProperty("invocationId").GetString()!, out var call):
                if (message.TryGetProperty("result", out var result)) { call.TrySetResult(result); }
                else { call.TrySetException(new IOException(message.ToString())); }
                break;
            default:
                break;
        }
    }

    private void Hear(string target, JsonElement body)
    {
        if (target != "batch")
        {
            if (target == "snapshot") { Position = body.GetProperty("position").Deserialize<RoomPosition>(WireJson.Options); }
            _heard.Writer.TryWrite((target, body));
            return;
        }

        foreach (var happened in body.GetProperty("events").EnumerateArray())
        {
            Position = new RoomPosition(body.GetProperty("epoch").GetInt64(), happened.GetProperty("sequence").GetInt64());
            _heard.Writer.TryWrite((happened.GetProperty("kind").GetString()!, happened));
        }
    }
}
