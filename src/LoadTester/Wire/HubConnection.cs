using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>What the hub says of itself.</summary>
internal interface IFeedListener
{
    /// <summary>So many bytes came.</summary>
    void OnBytes(int count);

    /// <summary>The hub calls a method of the client.</summary>
    /// <param name="target">Its name.</param>
    /// <param name="argument">JSON; valid during the call.</param>
    void OnCall(string target, ReadOnlySpan<byte> argument);
}

/// <summary>One connection to the hub: the SignalR JSON protocol on a bare WebSocket, with as little memory as that needs.</summary>
internal sealed class HubConnection : IAsyncDisposable
{
    /// <summary>Calls that may wait for their answer.</summary>
    public const int CallsMax = 256;

    private const string HubPath = "/hub/room";
    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ClosePatience = TimeSpan.FromSeconds(2);
    private static readonly byte[] Handshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly byte[] Ping = "{\"type\":6}\u001e"u8.ToArray();

    private readonly ClientWebSocket _socket;
    private readonly TimeProvider _time;
    private readonly FrameBuffer _received = new();
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Dictionary<int, TaskCompletionSource<byte[]>> _calls = [];
    private int _lastCall;
    private bool _over;

    private HubConnection(ClientWebSocket socket, TimeProvider time)
    {
        _socket = socket;
        _time = time;
    }

    /// <summary>Connects and shakes hands. Transport errors come as they are.</summary>
    /// <param name="server">The product's address.</param>
    /// <param name="invoker">Opens the connection.</param>
    /// <param name="cookie">Whose connection it is; null for a guest.</param>
    public static async Task<HubConnection> OpenAsync(
        Uri server, HttpMessageInvoker invoker, string? cookie, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            // The protocol has pings of its own.
            socket.Options.KeepAliveInterval = TimeSpan.Zero;
            if (cookie is not null) { socket.Options.SetRequestHeader("Cookie", cookie); }
            using var patience = new CancellationTokenSource(HandshakePatience, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
            var address = new UriBuilder(server) { Scheme = server.Scheme == Uri.UriSchemeHttps ? "wss" : "ws", Path = HubPath }.Uri;
            await socket.ConnectAsync(address, invoker, either.Token);
            var connection = new HubConnection(socket, time);
            await socket.SendAsync(Handshake, WebSocketMessageType.Text, endOfMessage: true, either.Token);
            await connection.ReadHandshakeAsync(either.Token);
            return connection;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the connection ends; then every call that waits is answered with the end. Call once.</summary>
    public async Task ListenAsync(IFeedListener listener, CancellationToken cancellationToken)
    {
        try
        {
            while (Take(listener) && await ReceiveAsync(listener, cancellationToken)) { }
        }
        finally
        {
            End();
        }
    }

    /// <summary>Calls a method and waits for its result's JSON.</summary>
    /// <exception cref="TooManyCallsException">Too many calls wait already.</exception>
    /// <exception cref="IOException">The connection ended first: whether it happened is not known.</exception>
    /// <exception cref="TimeoutException">No answer in time: likewise.</exception>
    public async Task<byte[]> CallAsync<T>(string target, T argument, TimeSpan patience, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        int id;
        lock (_calls)
        {
            if (_over) { throw new IOException("The connection has ended."); }
            if (_calls.Count >= CallsMax) { throw new TooManyCallsException(); }
            id = ++_lastCall;
            _calls.Add(id, answer);
        }

        try
        {
            await SendAsync(id, target, argument, cancellationToken);
            return await answer.Task.WaitAsync(patience, _time, cancellationToken);
        }
        finally
        {
            lock (_calls) { _calls.Remove(id); }
        }
    }

    /// <summary>Calls a method without wanting an answer.</summary>
    public Task TellAsync<T>(string target, T argument, CancellationToken cancellationToken) => SendAsync(null, target, argument, cancellationToken);

    /// <summary>A sign of life.</summary>
    public Task PingAsync(CancellationToken cancellationToken) => SendAsync(Ping, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        try
        {
            using var patience = new CancellationTokenSource(ClosePatience, _time);
            if (_socket.State == WebSocketState.Open) { await _socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token); }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            // It is gone already, which is what was wanted.
        }

        End();
        _socket.Dispose();
    }

    private async Task ReadHandshakeAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            if (_received.TryTake(out var frame))
            {
                if (HubMessage.Read(frame).Error is { } error) { throw new IOException($"The hub refused the handshake: {error}"); }
                return;
            }

            if (!await ReceiveAsync(listener: null, cancellationToken)) { throw new IOException("The hub closed the connection during the handshake."); }
        }
    }

    private async ValueTask<bool> ReceiveAsync(IFeedListener? listener, CancellationToken cancellationToken)
    {
        // A viewer waits with no buffer at all: only when bytes are there is one rented.
        if (_received.IsEmpty)
        {
            _received.Rest();
            await _socket.ReceiveAsync(Memory<byte>.Empty, cancellationToken);
        }

        var piece = await _socket.ReceiveAsync(_received.Free(), cancellationToken);
        if (piece.MessageType == WebSocketMessageType.Close) { return false; }
        _received.Added(piece.Count);
        listener?.OnBytes(piece.Count);
        return true;
    }

    /// <summary>False: the hub has said that it closes.</summary>
    private bool Take(IFeedListener listener)
    {
        while (_received.TryTake(out var frame))
        {
            var message = HubMessage.Read(frame);
            switch (message.Type)
            {
                case HubMessageType.Invocation when message.Target is { } target:
                    listener.OnCall(target, message.Payload);
                    break;
                case HubMessageType.Completion:
                    Answer(message);
                    break;
                case HubMessageType.Close:
                    return false;
                default:
                    break;
            }
        }

        return true;
    }

    private void Answer(in HubMessage message)
    {
        TaskCompletionSource<byte[]>? call;
        lock (_calls)
        {
            // Also the answer to a call that was given up meanwhile.
            if (!_calls.TryGetValue(message.Id, out call)) { return; }
        }

        if (message.Error is { } error) { call.TrySetException(new IOException($"The hub answered with an error: {error}")); }
        else { call.TrySetResult(message.Payload.ToArray()); }
    }

    private void End()
    {
        lock (_calls)
        {
            _over = true;
            foreach (var call in _calls.Values) { call.TrySetException(new IOException("The connection ended before the answer.")); }
        }

        _socket.Abort();
    }

    private async Task SendAsync<T>(int? id, string target, T argument, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        HubMessage.WriteCall(bytes, id, target, argument);
        await SendAsync(bytes.WrittenMemory, cancellationToken);
    }

    private async Task SendAsync(ReadOnlyMemory<byte> message, CancellationToken cancellationToken)
    {
        await _sending.WaitAsync(cancellationToken);
        try { await _socket.SendAsync(message, WebSocketMessageType.Text, endOfMessage: true, cancellationToken); }
        finally { _sending.Release(); }
    }
}

/// <summary>So many calls of one connection wait for their answers that no more is sent.</summary>
internal sealed class TooManyCallsException() : Exception($"{HubConnection.CallsMax} calls wait for their answers already.");

/// <summary>The argument of <c>Join</c>.</summary>
internal sealed record JoinCall(string RoomId, RoomPosition? Since);

/// <summary>The argument of <c>Say</c>.</summary>
internal sealed record SayCall(Guid Key, string Text);

/// <summary>The argument of <c>Watching</c>.</summary>
internal sealed record WatchingCall(string StreamId, long PositionMs);

/// <summary>What the hub answers.</summary>
internal static class HubAnswers
{
    /// <summary>Reads a call's result.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static Result<T> Read<T>(byte[] json)
        where T : class => JsonSerializer.Deserialize<Result<T>>(json, WireJson.Options) ?? throw new JsonException("A result is an object.");
}
