using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>What a link to a silo needs of the process that has it.</summary>
internal sealed record LinkClient(
    string Process, LinkCodec Codec, LinkExceptions Exceptions, ObserverBook Observers, LinkOptions Options, ActorOptions Actors, TimeProvider Time, ILogger Logger);

/// <summary>
/// One silo as another process reaches it: a connection that is made when it is needed and made anew when it breaks, and the calls
/// that wait for their answers. Every call gets exactly one.
/// </summary>
internal sealed partial class SiloLink : IAsyncDisposable
{
    private readonly LinkClient _client;
    private readonly Uri _address;
    private readonly Action<GrainCall, long?> _moved;
    private readonly Action<GrainCall> _unreachable;
    private readonly ConcurrentDictionary<long, GrainCall> _awaited = new();
    private readonly Queue<GrainCall> _unsent = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _sweeper;
    private readonly Lock _gate = new();
    private LinkConnection? _connection;
    private bool _connecting;
    private bool _toldUnreachable;
    private Task _running = Task.CompletedTask;
    private long _lastCall;

    /// <summary>A link that connects when it is needed.</summary>
    /// <param name="client">This process.</param>
    /// <param name="url">The silo's LinkUrl.</param>
    /// <param name="moved">Takes calls that the silo does not serve; nothing was done.</param>
    /// <param name="unreachable">Takes calls that no connection could be made for; nothing was done.</param>
    public SiloLink(LinkClient client, string url, Action<GrainCall, long?> moved, Action<GrainCall> unreachable)
    {
        _client = client;
        _moved = moved;
        _unreachable = unreachable;
        var address = new UriBuilder(new Uri(new Uri(url), LinkServer.Path));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        _address = address.Uri;
        _sweeper = client.Time.CreateTimer(static state => ((SiloLink)state!).Sweep(), this, client.Actors.SweepPeriod, client.Actors.SweepPeriod);
    }

    /// <summary>Calls whose answer is awaited.</summary>
    public int AwaitedCount => _awaited.Count;

    /// <summary>Sends the call, once there is a connection, in the order in which calls came. Never waits and never throws.</summary>
    public void Send(GrainCall call)
    {
        LinkConnection? open;
        lock (_gate)
        {
            open = _unsent.Count == 0 && _connection is { IsClosed: false } ? _connection : null;
            if (open is null)
            {
                if (_unsent.Count >= _client.Options.AwaitedMax)
                {
                    call.Fail(new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter));
                    return;
                }

                _unsent.Enqueue(call);
                if (!_connecting) { _ = ConnectAsync(); }
                return;
            }
        }

        Send(open, call);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await _stop.CancelAsync();
        Task running;
        lock (_gate) { running = _running; }
        await running;
        FailAwaited();
    }

    private void Send(LinkConnection connection, GrainCall call)
    {
        try
        {
            if (call.Method.IsOneWay) { Tell(connection, call); }
            else { Ask(connection, call); }
        }
        catch (Exception unwritable)
        {
            var failure = new InvalidOperationException($"{call} cannot cross to another process: {unwritable.Message}", unwritable);
            Log.Unwritable(_client.Logger, failure);
            call.Fail(failure);
        }
    }

    private void Tell(LinkConnection connection, GrainCall call)
    {
        if (!connection.TrySend(FrameKind.OneWayCall, 0, _client.Codec.WriteCall(call))) { Log.OneWayLost(_client.Logger, call.Method, call.Grain); }
    }

    private void Ask(LinkConnection connection, GrainCall call)
    {
        if (_awaited.Count >= _client.Options.AwaitedMax)
        {
            call.Fail(new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter));
            return;
        }

        var json = _client.Codec.WriteCall(call);
        var number = Interlocked.Increment(ref _lastCall);
        _awaited[number] = call;
        if (connection.TrySend(FrameKind.Call, number, json))
        {
            // The connection may have ended, and answered everybody, before this call was among those who wait.
            if (connection.IsClosed && _awaited.TryRemove(number, out var late)) { late.Fail(new GrainUnavailableException(late.Grain, begun: true)); }
            return;
        }

        if (!_awaited.TryRemove(number, out _)) { return; }
        if (connection.IsClosed) { _unreachable(call); }
        else { call.Fail(new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter)); }
    }

    /// <summary>Makes the connection and sends what waited for it; without one, gives all of that back: none of it has begun.</summary>
    private async Task ConnectAsync()
    {
        // Under the lock until here.
        _connecting = true;
        LinkConnection? connection = null;
        try
        {
            await Task.Yield();
            connection = new LinkConnection(await OpenAsync(), _client.Options, Receive, _client.Logger) { Peer = _address.Authority };
            connection.TrySend(FrameKind.Hello, 0, JsonSerializer.SerializeToUtf8Bytes(_client.Process));
            lock (_gate)
            {
                _connection = connection;
                _toldUnreachable = false;
                _running = RunAsync(connection);
            }
        }
        catch (Exception failure)
        {
            // Once until it works again: whoever waits makes us try many times a second.
            if (!_toldUnreachable) { Log.NotConnected(_client.Logger, _address, failure.Message); }
            _toldUnreachable = true;
        }

        while (true)
        {
            GrainCall call;
            lock (_gate)
            {
                // From the moment the queue is empty others send for themselves.
                if (!_unsent.TryPeek(out call!))
                {
                    _connecting = false;
                    return;
                }
            }

            if (connection is null) { _unreachable(call); } else { Send(connection, call); }
            lock (_gate) { _unsent.Dequeue(); }
        }
    }

    private async Task<WebSocket> OpenAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_client.Options.ConnectWithin);
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", LinkServer.Credential(_client.Options));
            socket.Options.KeepAliveInterval = _client.Options.PingEvery;
            socket.Options.KeepAliveTimeout = _client.Options.DeadAfter;
            await socket.ConnectAsync(_address, limit.Token);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private async Task RunAsync(LinkConnection connection)
    {
        await connection.RunAsync(_stop.Token);

        // What was sent and not answered may have been done or not: the caller asks again with the same key.
        FailAwaited();
        if (!_stop.IsCancellationRequested) { Log.Broke(_client.Logger, _address); }
    }

    private void FailAwaited()
    {
        foreach (var (number, _) in _awaited)
        {
            if (_awaited.TryRemove(number, out var call)) { call.Fail(new GrainUnavailableException(call.Grain, begun: true)); }
        }
    }

    private bool Receive(LinkConnection from, LinkFrame frame)
    {
        if (frame.Kind == FrameKind.Notice) { return TakeNotice(frame); }

        // An answer that nobody awaits any more: its time was over.
        if (!_awaited.TryRemove(frame.Call, out var call)) { return true; }
        try
        {
            return TakeAnswer(call, frame);
        }
        catch (Exception unreadable)
        {
            call.Fail(new InvalidOperationException($"The answer to {call} cannot be read: {unreadable.Message}", unreadable));
            return true;
        }
    }

    private bool TakeAnswer(GrainCall call, LinkFrame frame)
    {
        switch (frame.Kind)
        {
            case FrameKind.Answer:
                call.Method.TakeAnswer(call, frame.Json, _client.Codec);
                return true;
            case FrameKind.Failure:
                call.Fail(_client.Exceptions.Read(call.Grain, frame.Json));
                return true;
            case FrameKind.Moved:
                _moved(call, LinkCodec.ReadOwner(frame.Json));
                return true;
            default:
                call.Fail(new GrainUnavailableException(call.Grain, begun: true));
                return false;
        }
    }

    private bool TakeNotice(LinkFrame frame)
    {
        var json = new Utf8JsonReader(frame.Json);
        string[] head = new string[2];
        if (!LinkCodec.TryReadHead(ref json, head)) { return false; }
        if (_client.Observers.Find(head[0]) is not ObserverReference observer) { return true; }
        if (observer.Interface.Find(head[1]) is not { } method) { return true; }

        try
        {
            observer.Post(method, _client.Codec.ReadArguments(ref json, method));
        }
        catch (Exception unreadable) when (unreadable is JsonException or NotSupportedException or InvalidOperationException)
        {
            // Of a newer process, perhaps. The others that wait on this link have nothing to do with it.
            Log.NoticeUnreadable(_client.Logger, unreadable, method);
        }

        return true;
    }

    private void Sweep()
    {
        var now = _client.Time.GetTimestamp();
        foreach (var (number, call) in _awaited)
        {
            if (call.Deadline > now || !_awaited.TryRemove(number, out _)) { continue; }
            call.Fail(new TimeoutException($"{call.Grain} did not answer {call.Method} in time; whether it took effect is unknown."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1221, Level = LogLevel.Warning, Message = "{Method} of {Grain} was lost: too much waits for its process")]
        public static partial void OneWayLost(ILogger logger, GrainMethod method, GrainId grain);

        [LoggerMessage(EventId = 1222, Level = LogLevel.Warning, Message = "No link with {Address}: {Reason}")]
        public static partial void NotConnected(ILogger logger, Uri address, string reason);

        [LoggerMessage(EventId = 1225, Level = LogLevel.Error, Message = "A call of the observer's {Method} cannot be read")]
        public static partial void NoticeUnreadable(ILogger logger, Exception failure, GrainMethod method);

        [LoggerMessage(EventId = 1224, Level = LogLevel.Error, Message = "A call is no contract")]
        public static partial void Unwritable(ILogger logger, Exception failure);

        [LoggerMessage(EventId = 1223, Level = LogLevel.Warning, Message = "The link with {Address} broke")]
        public static partial void Broke(ILogger logger, Uri address);
    }
}
