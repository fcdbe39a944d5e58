using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>A hub connection spoken by hand: SignalR's JSON protocol over a WebSocket, so that a test can also speak it badly.</summary>
internal sealed class HubSocket : IAsyncDisposable
{
    private const char End = '\u001e';

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly ClientWebSocket _socket;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _calls = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, Channel<JsonElement>> _told = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastCall;

    private HubSocket(ClientWebSocket socket) => _socket = socket;

    /// <summary>Completes when the server has ended the connection.</summary>
    public Task Closed => _closed.Task.WaitAsync(Patience);

    /// <summary>Connects.</summary>
    /// <param name="reads">False: never reads, as a phone in a tunnel.</param>
    public static async Task<HubSocket> ConnectAsync(
        Uri address, string? cookie = null, string? token = null, string? origin = null, bool reads = true)
    {
        var socket = new ClientWebSocket();

        // Who says nothing for half a minute is not there, and some only listen.
        socket.Options.KeepAliveInterval = TimeSpan.FromSeconds(5);
        if (cookie is not null) { socket.Options.SetRequestHeader("Cookie", cookie); }
        if (origin is not null) { socket.Options.SetRequestHeader("Origin", origin); }
        var query = token is null ? "" : $"?access_token={Uri.EscapeDataString(token)}";
        var hub = new HubSocket(socket);
        await socket.ConnectAsync(new Uri($"ws://{address.Authority}/hub/room{query}"), CancellationToken.None).WaitAsync(Patience);
        await hub.SendRawAsync($$"""{"protocol":"json","version":1}{{End}}""");
        if (reads) { _ = hub.ReadAsync(); }
        return hub;
    }

    /// <summary>Calls and waits for the answer.</summary>
    public async Task<Result<T>> CallAsync<T>(string method, params object?[] arguments)
        where T : class
        => (await CallRawAsync(method, JsonSerializer.Serialize(arguments, WireJson.Options))).Deserialize<Result<T>>(WireJson.Options)!;

    /// <summary>Calls with arguments written by hand.</summary>
    public async Task<JsonElement> CallRawAsync(string method, string argumentsJson)
    {
        var id = Interlocked.Increment(ref _lastCall).ToString();
        var answer = _calls[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendRawAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{argumentsJson}}}{{End}}""");
        return await answer.Task.WaitAsync(Patience);
    }

    /// <summary>Joins, and fails the test when it is refused.</summary>
    public async Task<RoomStanding> JoinAsync(string roomId, RoomPosition? since = null)
    {
        var joined = await CallAsync<RoomStanding>("Join", new { roomId, since });
        Assert.True(joined.Ok, joined.Refusal?.Message);
        return joined.Value;
    }

    /// <summary>The next thing the server says by this name.</summary>
    public async Task<T> NextAsync<T>(string target) =>
        (await Told(target).Reader.ReadAsync().AsTask().WaitAsync(Patience)).Deserialize<T>(WireJson.Options)!;

    /// <summary>The next event of a kind; others are passed over.</summary>
    public async Task<T> NextEventAsync<T>()
        where T : RoomEvent
    {
        while (true)
        {
            var batch = await NextAsync<RoomBatch>("batch");
            if (batch.Events.OfType<T>().FirstOrDefault() is { } found) { return found; }
        }
    }

    /// <summary>Whether the server has said something by this name that was not taken yet.</summary>
    public bool HasTold(string target) => Told(target).Reader.Count > 0;

    public async Task SendRawAsync(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
        }
        finally
        {
            _sending.Release();
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Abort();
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        var text = new StringBuilder();
        var decoder = Encoding.UTF8.GetDecoder();
        var characters = new char[buffer.Length];
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (read.MessageType == WebSocketMessageType.Close) { break; }
                text.Append(characters, 0, decoder.GetChars(buffer.AsSpan(0, read.Count), characters, flush: false));
                var all = text.ToString();
                var end = all.LastIndexOf(End);
                if (end < 0) { continue; }
                foreach (var message in all[..end].Split(End)) { Take(JsonDocument.Parse(message).RootElement); }
                text.Clear().Append(all, end + 1, all.Length - end - 1);
            }
        }
        catch (WebSocketException)
        {
            // The server has cut the connection.
        }
        catch (ObjectDisposedException)
        {
            // The test has.
        }

        _closed.TrySetResult();
        foreach (var call in _calls.Values) { call.TrySetException(new IOException("The connection has ended.")); }
    }

    private void Take(JsonElement message)
    {
        if (!message.TryGetProperty("type", out var type)) { return; }
        switch (type.GetInt32())
        {
            case 1:
                Told(message.GetProperty("target").GetString()!).Writer.TryWrite(message.GetProperty("arguments")[0]);
                break;
            case 3:
                var call = _calls[message.GetProperty("invocationId").GetString()!];
                if (message.TryGetProperty("result", out var result)) { call.TrySetResult(result); }
                else { call.TrySetException(new IOException(message.GetRawText())); }
                break;
            case 7:
                _closed.TrySetResult();
                break;
        }
    }

    private Channel<JsonElement> Told(string target) => _told.GetOrAdd(target, _ => Channel.CreateUnbounded<JsonElement>());
}
