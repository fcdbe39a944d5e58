using System.Buffers;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>What the hub says of itself.</summary>
internal interface IFeedListener
{
    /// <summary>So many bytes came.</summary>
    void OnBytes(int count);

    /// <summary>The hub calls a method of the client. Whoever completes a task here does it through <see cref="Courier.Tell"/>.</summary>
    /// <param name="target">Its name.</param>
    /// <param name="argument">As the connection's protocol writes it (<see cref="HubConnection.ToJson"/>); valid during the call.</param>
    void OnCall(string target, ReadOnlySpan<byte> argument);
}

/// <summary>How the hub's messages are written.</summary>
internal enum WireProtocol
{
    Json = 0,
    MessagePack = 1,
}

/// <summary>One connection to the hub: SignalR's protocol, JSON or MessagePack, with as little memory as that needs.</summary>
internal sealed class HubConnection : ILinkSink, IAsyncDisposable
{
    /// <summary>Calls that may wait for their answer.</summary>
    public const int CallsMax = 256;

    /// <summary>Where the hub is.</summary>
    public const string HubPath = "/hub/room";

    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(30);
    private static readonly byte[] JsonHandshake = "{\"protocol\":\"json\",\"version\":1}\u001e"u8.ToArray();
    private static readonly byte[] MessagePackHandshake = "{\"protocol\":\"messagepack\",\"version\":1}\u001e"u8.ToArray();
    private static readonly byte[] JsonPing = "{\"type\":6}\u001e"u8.ToArray();

    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource? _handshake = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dictionary<int, TaskCompletionSource<byte[]>>? _calls;
    private IFeedListener? _listener;
    private ILink? _link;
    private int _lastCall;
    private bool _over;

    private HubConnection(WireProtocol protocol, TimeProvider time)
    {
        Protocol = protocol;
        _time = time;
    }

    /// <summary>How its messages are written.</summary>
    public WireProtocol Protocol { get; }

    /// <summary>The code with which the server closed it; null: it did not.</summary>
    public int? CloseCode { get; private set; }

    /// <summary>Connects through the framework and shakes hands. Transport errors come as they are.</summary>
    /// <param name="server">The product's address.</param>
    /// <param name="invoker">Opens the connection.</param>
    /// <param name="cookie">Whose connection it is; null for a guest.</param>
    public static Task<HubConnection> OpenAsync(
        Uri server, HttpMessageInvoker invoker, string? cookie, TimeProvider time, CancellationToken cancellationToken, WireProtocol protocol = WireProtocol.Json) =>
        OpenAsync(new HubConnection(protocol, time), async (sink, patience) =>
        {
            var address = new UriBuilder(server) { Scheme = server.Scheme == Uri.UriSchemeHttps ? "wss" : "ws", Path = HubPath }.Uri;
            return await WebSocketLink.OpenAsync(address, invoker, cookie, sink, time, patience);
        }, cancellationToken);

    /// <summary>Connects the cheapest way there is and shakes hands. Transport errors come as they are.</summary>
    /// <param name="dialer">Knows the server.</param>
    /// <param name="number">Of the viewer: decides where it comes from.</param>
    /// <param name="cookie">Whose connection it is; null for a guest.</param>
    /// <param name="small">Whether the system keeps little for it: for slow readers.</param>
    /// <param name="path">Another address on the same server, with a hub of its own.</param>
    public static Task<HubConnection> OpenAsync(
        Dialer dialer, int number, string? cookie, WireProtocol protocol, TimeProvider time, CancellationToken cancellationToken, bool small = false, string path = HubPath) =>
        dialer.IsLean
            ? OpenAsync(new HubConnection(protocol, time), async (sink, patience) => await SocketLink.OpenAsync(
                dialer.LoopFor(number), sink, dialer.AddressFor(number), dialer.TargetFor(number), Upgrade.Request(dialer.Server, path, cookie), small, patience), cancellationToken)
            : OpenAsync(dialer.Server, dialer.For(number), cookie, time, cancellationToken, protocol);

    /// <summary>Hears until the connection ends; then every call that waits is answered with the end. Call once.</summary>
    /// <exception cref="IOException">It ended without a goodbye.</exception>
    public async Task ListenAsync(IFeedListener listener, CancellationToken cancellationToken)
    {
        Volatile.Write(ref _listener, listener);
        try
        {
            await _ended.Task.WaitAsync(cancellationToken);
        }
        finally
        {
            Volatile.Write(ref _listener, null);
            _link!.Close(politely: false);
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
        lock (_gate)
        {
            if (_over) { throw new IOException("The connection has ended."); }
            _calls ??= new(capacity: 1);
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
            lock (_gate)
            {
                _calls?.Remove(id);
                if (_calls is { Count: 0 }) { _calls = null; }
            }
        }
    }

    /// <summary>Calls a method without wanting an answer.</summary>
    public Task TellAsync<T>(string target, T argument, CancellationToken cancellationToken) => SendAsync(null, target, argument, cancellationToken);

    /// <summary>A sign of life.</summary>
    public Task PingAsync(CancellationToken cancellationToken) =>
        _link!.SendAsync(Protocol == WireProtocol.Json ? JsonPing : HubMessagePack.Ping, Protocol == WireProtocol.MessagePack, cancellationToken).AsTask();

    /// <summary>Reads so many bytes a second from now on; 0: none at all; null: all that come.</summary>
    public void Pace(int? bytesPerSecond) => _link!.Pace(bytesPerSecond);

    /// <summary>What a listener was given, as JSON: itself, or the same in the other protocol.</summary>
    public static byte[] ToJson(WireProtocol protocol, ReadOnlySpan<byte> argument) =>
        protocol == WireProtocol.Json ? argument.ToArray() : MessagePackJson.ToJson(argument);

    /// <summary>Ends it without a goodbye, as a network does that breaks.</summary>
    public void Drop() => _link!.Close(politely: false);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _link?.Close(politely: true);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    void ILinkSink.OnMessage(ReadOnlySpan<byte> message)
    {
        try
        {
            var listener = Volatile.Read(ref _listener);
            listener?.OnBytes(message.Length);
            if (_handshake is { } handshake) { FinishHandshake(handshake, ref message); }
            while (message.Length > 0) { Take(listener, Next(ref message)); }
        }
        catch (JsonException broken)
        {
            throw new InvalidDataException(broken.Message, broken);
        }
    }

    /// <inheritdoc/>
    void ILinkSink.OnEnd(int? code, string? why)
    {
        TaskCompletionSource<byte[]>[] waiting;
        lock (_gate)
        {
            _over = true;
            waiting = _calls is null ? [] : [.. _calls.Values];
        }

        CloseCode = code;
        Courier.Tell((Handshake: _handshake, Waiting: waiting, Ended: _ended, Why: why), static end =>
        {
            end.Handshake?.TrySetException(new IOException(end.Why ?? "The hub closed the connection during the handshake."));
            foreach (var call in end.Waiting) { call.TrySetException(new IOException("The connection ended before the answer.")); }
            if (end.Why is null) { end.Ended.TrySetResult(); }
            else
            {
                end.Ended.TrySetException(new IOException(end.Why));
                _ = end.Ended.Task.Exception;
            }
        });
    }

    private static async Task<HubConnection> OpenAsync(
        HubConnection connection, Func<ILinkSink, CancellationToken, Task<ILink>> open, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(HandshakePatience, connection._time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var handshake = connection._handshake!.Task;
        try
        {
            connection._link = await open(connection, either.Token);
            await connection._link.SendAsync(
                connection.Protocol == WireProtocol.Json ? JsonHandshake : MessagePackHandshake, connection.Protocol == WireProtocol.MessagePack, either.Token);
            await handshake.WaitAsync(either.Token);
            return connection;
        }
        catch
        {
            connection._link?.Close(politely: false);
            _ = handshake.Exception;
            throw;
        }
    }

    // The handshake is JSON in either protocol; its answer has no type.
    private void FinishHandshake(TaskCompletionSource handshake, ref ReadOnlySpan<byte> message)
    {
        _handshake = null;
        var error = HubMessage.Read(TakeText(ref message)).Error;
        Courier.Tell((Handshake: handshake, Error: error), static one =>
        {
            if (one.Error is null) { one.Handshake.TrySetResult(); }
            else { one.Handshake.TrySetException(new IOException($"The hub refused the handshake: {one.Error}")); }
        });
    }

    private HubMessage Next(ref ReadOnlySpan<byte> message) => Protocol == WireProtocol.Json
        ? HubMessage.Read(TakeText(ref message))
        : HubMessagePack.Read(HubMessagePack.Take(ref message));

    private static ReadOnlySpan<byte> TakeText(ref ReadOnlySpan<byte> message)
    {
        var length = message.IndexOf(HubMessage.Separator);
        if (length < 0) { throw new JsonException("A message is not whole."); }
        var taken = message[..length];
        message = message[(length + 1)..];
        return taken;
    }

    private void Take(IFeedListener? listener, in HubMessage message)
    {
        switch (message.Type)
        {
            case HubMessageType.Invocation when message.Target is { } target:
                listener?.OnCall(target, message.Payload);
                break;
            case HubMessageType.Completion:
                Answer(message);
                break;
            case HubMessageType.Close:
                _link?.Close(politely: true);
                break;
            default:
                break;
        }
    }

    private void Answer(in HubMessage message)
    {
        TaskCompletionSource<byte[]>? call = null;
        lock (_gate)
        {
            // Also the answer to a call that was given up meanwhile.
            if (_calls?.TryGetValue(message.Id, out call) is not true) { return; }
        }

        var answer = message.Error is not null || message.Payload.IsEmpty ? [] : ToJson(Protocol, message.Payload);
        Courier.Tell((Call: call!, message.Error, Answer: answer), static one =>
        {
            if (one.Error is { } error) { one.Call.TrySetException(new IOException($"The hub answered with an error: {error}")); }
            else { one.Call.TrySetResult(one.Answer); }
        });
    }

    private Task SendAsync<T>(int? id, string target, T argument, CancellationToken cancellationToken)
    {
        var bytes = new ArrayBufferWriter<byte>();
        if (Protocol == WireProtocol.Json) { HubMessage.WriteCall(bytes, id, target, argument); }
        else { HubMessagePack.WriteCall(bytes, id, target, argument); }
        return _link!.SendAsync(bytes.WrittenMemory, Protocol == WireProtocol.MessagePack, cancellationToken).AsTask();
    }
}

/// <summary>So many calls of one connection wait for their answers that no more is sent.</summary>
internal sealed class TooManyCallsException() : Exception($"{HubConnection.CallsMax} calls wait for their answers already.");

/// <summary>The argument of <c>Join</c>.</summary>
internal sealed record JoinCall(string RoomId, RoomPosition? Since);

/// <summary>The argument of <c>Say</c>.</summary>
internal sealed record SayCall(Guid Key, string Text);

/// <summary>The argument of <c>GrabPacket</c>.</summary>
internal sealed record GrabCall(string PacketId);

/// <summary>The argument of <c>Like</c>.</summary>
internal sealed record LikeCall(int Count);

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
