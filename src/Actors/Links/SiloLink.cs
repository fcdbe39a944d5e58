using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Links;

/// <summary>What a link to a silo needs of the process that has it.</summary>
internal sealed record LinkClient(
    string Process, LinkContracts Contracts, LinkCodec Codec, LinkExceptions Exceptions, ObserverBook Observers, LinkOptions Options,
    LinkCertificates Certificates, ActorOptions Actors, TimeProvider Time, ILogger Logger);

/// <summary>
/// One silo as another process reaches it: a connection that is made when it is needed and made anew when it breaks, the calls that wait
/// for credit, and those that wait for their answers. Every call gets exactly one.
/// </summary>
internal sealed partial class SiloLink : IAsyncDisposable
{
    private readonly LinkClient _client;
    private readonly Uri _address;
    private readonly Action<GrainCall, long?> _moved;
    private readonly Action<GrainCall> _unreachable;
    private readonly Dictionary<long, (GrainCall Call, int Bytes)> _awaited = [];
    private readonly Queue<(GrainCall Call, long Since)> _waiting = new();
    private readonly int[] _underWay = new int[Shards.Count];
    private readonly CancellationTokenSource _stop = new();
    private readonly ITimer _sweeper;
    private readonly Lock _gate = new();
    private LinkConnection? _connection;
    private TaskCompletionSource<LinkWelcome>? _welcome;
    private LinkCredit _credit;
    private int _shareMax;
    private bool _connecting;
    private bool _pumping;
    private bool _farewell;
    private bool _retired;
    private string? _told;
    private Task _running = Task.CompletedTask;
    private long _lastCall;

    /// <summary>A link that connects when it is needed.</summary>
    /// <param name="client">This process.</param>
    /// <param name="silo">The silo's LinkUrl.</param>
    /// <param name="moved">Takes calls that the silo does not serve; nothing was done.</param>
    /// <param name="unreachable">Takes calls that no connection could be made for; nothing was done.</param>
    public SiloLink(LinkClient client, Uri silo, Action<GrainCall, long?> moved, Action<GrainCall> unreachable)
    {
        _client = client;
        _moved = moved;
        _unreachable = unreachable;
        _address = AddressOf(silo);
        _sweeper = client.Time.CreateTimer(static state => ((SiloLink)state!).Sweep(), this, client.Actors.SweepPeriod, client.Actors.SweepPeriod);
    }

    /// <summary>What became of a call that was to be sent.</summary>
    private enum Carried
    {
        /// <summary>It is on its way, or has its answer.</summary>
        Done = 0,

        /// <summary>The silo has enough for now.</summary>
        NoCredit = 1,

        /// <summary>There is no connection.</summary>
        NoConnection = 2,
    }

    /// <summary>Calls whose answer is awaited.</summary>
    public int AwaitedCount
    {
        get
        {
            lock (_gate) { return _awaited.Count; }
        }
    }

    /// <summary>Calls that wait for a connection or for credit.</summary>
    public int WaitingCount
    {
        get
        {
            lock (_gate) { return _waiting.Count; }
        }
    }

    private bool IsOver => _retired || _stop.IsCancellationRequested;

    /// <summary>Where a silo with this LinkUrl takes links.</summary>
    public static Uri AddressOf(Uri silo)
    {
        var address = new UriBuilder(new Uri(silo, LinkServer.Path));
        address.Scheme = address.Scheme == Uri.UriSchemeHttps ? Uri.UriSchemeWss : Uri.UriSchemeWs;
        return address.Uri;
    }

    /// <summary>Sends the call, once there is a connection and credit, in the order in which calls came. Never waits and never throws.</summary>
    public void Send(GrainCall call)
    {
        bool atOnce;
        lock (_gate) { atOnce = _waiting.Count == 0 && !_connecting && _connection is not null && _credit.Fits(1); }
        if (atOnce && TryCarry(call, fromQueue: false) == Carried.Done) { return; }

        lock (_gate)
        {
            if (_waiting.Count < _client.Options.WaitingCallsMax && !IsOver)
            {
                _waiting.Enqueue((call, _client.Time.GetTimestamp()));
                if (_connection is null && !_connecting)
                {
                    _connecting = true;
                    _running = ConnectAsync(_running);
                }

                call = null!;
            }
        }

        // Credit may have come back between the two.
        if (call is null) { Pump(); }
        else if (IsOver) { _unreachable(call); }
        else { call.Fail(new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter)); }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _sweeper.DisposeAsync();
        await _stop.CancelAsync();
        Task running;
        lock (_gate) { running = _running; }
        await running;
        GiveBackWaiting();
    }

    /// <summary>Ends the link of a silo that has left: what is on its way may still be answered, for as long as a dead peer is waited for.</summary>
    public async Task RetireAsync()
    {
        LinkConnection? open;
        lock (_gate)
        {
            open = _connection;
            _retired = true;
            if (_awaited.Count == 0) { open?.Close(); }
        }

        Task running;
        lock (_gate) { running = _running; }
        try { await running.WaitAsync(_client.Options.DeadAfter, _client.Time); }
        catch (TimeoutException)
        {
            // Its callers hear that the outcome is unknown.
        }

        await DisposeAsync();
    }

    private Carried TryCarry(GrainCall call, bool fromQueue)
    {
        LinkCodec.LinkText text;
        try
        {
            text = _client.Codec.WriteCall(call);
        }
        catch (Exception unwritable)
        {
            var failure = new InvalidOperationException($"{call} cannot cross to another process: {unwritable.Message}", unwritable);
            Log.Unwritable(_client.Logger, failure);
            Dequeue(fromQueue);
            call.Fail(failure);
            return Carried.Done;
        }

        using var written = text;
        LinkConnection carrier;
        bool carried;
        var shard = call.Lane?.Shard ?? Shards.Of(call.Grain.Key);
        var size = text.Json.Length;
        lock (_gate)
        {
            if (_connection is not { IsClosed: false } open) { return Stay(fromQueue, Carried.NoConnection); }
            if (!fromQueue && _waiting.Count > 0) { return Carried.NoCredit; }

            // One shard, with one slow grain perhaps, may not use up what the others need.
            var isBusy = _underWay[shard] >= _shareMax || size > open.FrameBytesMax;
            if (!isBusy && !_credit.Fits(size)) { return Stay(fromQueue, Carried.NoCredit); }

            var number = ++_lastCall;
            carried = !isBusy && open.TryQueue(FrameKind.Call, number, text.Json);
            if (carried)
            {
                _credit.Take(size);
                _underWay[shard]++;
                _awaited[number] = (call, size);
            }

            if (fromQueue) { _waiting.Dequeue(); }
            carrier = open;
        }

        if (carried)
        {
            carrier.Flush();
            return Carried.Done;
        }

        call.Fail(size > _client.Options.MessageBytesMax - LinkFrame.HeadLength
            ? new InvalidOperationException($"{call} takes {size} bytes, too much for the link.")
            : new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter));
        return Carried.Done;
    }

    // Under the lock: whoever brings credit back next must not think that somebody is at it.
    private Carried Stay(bool fromQueue, Carried why)
    {
        if (fromQueue) { _pumping = false; }
        return why;
    }

    private void Dequeue(bool fromQueue)
    {
        if (!fromQueue) { return; }
        lock (_gate) { _waiting.Dequeue(); }
    }

    /// <summary>Sends what waits, as far as the credit goes. One at a time does it.</summary>
    private void Pump()
    {
        lock (_gate)
        {
            if (_pumping || _connecting || _connection is null) { return; }
            _pumping = true;
        }

        while (true)
        {
            GrainCall next;
            lock (_gate)
            {
                if (!_waiting.TryPeek(out var first) || !_credit.Fits(1))
                {
                    _pumping = false;
                    break;
                }

                next = first.Call;
            }

            if (TryCarry(next, fromQueue: true) != Carried.Done) { break; }
        }

        // The connection may have ended while a call was being written, and whoever gave the others back left them to us.
        GiveBackWaiting();
    }

    /// <summary>Makes the connection and sends what waited for it; without one, gives all of that back: none of it has begun.</summary>
    private async Task ConnectAsync(Task before)
    {
        await Task.Yield();
        await before;
        LinkConnection? connection = null;
        Task running = Task.CompletedTask;
        try
        {
            var socket = await OpenAsync();
            var welcome = new TaskCompletionSource<LinkWelcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            _welcome = welcome;
            connection = new LinkConnection(socket, _client.Options, Receive, _client.Time, _client.Logger) { Peer = _address.Authority };
            var hello = new LinkHello(_client.Process, LinkHello.Current, _client.Contracts.Version, _client.Contracts.Hash);
            connection.TrySend(FrameKind.Hello, 0, JsonSerializer.SerializeToUtf8Bytes(hello));
            running = connection.RunAsync(_stop.Token);
            var granted = await welcome.Task.WaitAsync(_client.Options.ConnectWithin, _client.Time, _stop.Token);
            lock (_gate)
            {
                _credit = new LinkCredit(granted.Calls, granted.Bytes);
                _shareMax = Math.Max(1, granted.Calls / 2);
                _connection = connection;
                _connecting = false;
                _farewell = false;
                _told = null;
            }
        }
        catch (Exception failure)
        {
            // Once until it works again, or fails otherwise: whoever waits makes us try many times a second.
            var reason = failure is TimeoutException or OperationCanceledException ? "it did not answer in time" : failure.Message;
            if (_told != reason && !_stop.IsCancellationRequested) { Log.NotConnected(_client.Logger, _address, reason); }
            _told = reason;
            connection?.Close();
            await running;
            lock (_gate) { _connecting = false; }
            GiveBackWaiting();
            return;
        }

        Pump();
        await running;
        Broken();
    }

    private async Task<WebSocket> OpenAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        limit.CancelAfter(_client.Options.ConnectWithin);
        return await LinkSocket.ConnectAsync(_address, _client.Options, _client.Certificates, _client.Time, limit.Token);
    }

    /// <summary>The connection is over: what was sent and not answered may have been done or not, and the caller asks again with the same key.</summary>
    private void Broken()
    {
        List<GrainCall> unknown;
        bool inOrder;
        lock (_gate)
        {
            _connection = null;
            inOrder = _farewell;
            unknown = [.. _awaited.Values.Select(out_ => out_.Call)];
            _awaited.Clear();
            Array.Clear(_underWay);
            if (_waiting.Count > 0 && !IsOver)
            {
                _connecting = true;
                _running = ConnectAsync(Task.CompletedTask);
            }
        }

        if (inOrder)
        {
            // The silo has answered everything that it had taken, so it never had these.
            foreach (var call in unknown) { _unreachable(call); }
            return;
        }

        foreach (var call in unknown)
        {
            if (call.Method.IsOneWay) { Log.OneWayLost(_client.Logger, call.Method, call.Grain); }
            call.Fail(new GrainUnavailableException(call.Grain, begun: true));
        }

        if (!_stop.IsCancellationRequested && !_retired) { Log.Broke(_client.Logger, _address); }
    }

    /// <summary>Without a connection, and with nobody who makes one, nothing that waits would ever go out: none of it has begun.</summary>
    private void GiveBackWaiting()
    {
        while (true)
        {
            GrainCall call;
            lock (_gate)
            {
                if (_pumping || _connecting || _connection is not null || !_waiting.TryDequeue(out var first)) { return; }
                call = first.Call;
            }

            _unreachable(call);
        }
    }

    /// <summary>Tells callers whose time is over, or who have waited for credit for too long.</summary>
    private void Sweep()
    {
        var now = _client.Time.GetTimestamp();
        List<GrainCall> late = [], busy = [];
        lock (_gate)
        {
            // They stay among the awaited: the silo still works on them, and their credit is its to give back.
            foreach (var (_, (call, _)) in _awaited)
            {
                if (call.Deadline <= now && !call.IsAnswered) { late.Add(call); }
            }

            // Those that wait for a connection are told by whoever tries to make it.
            while (!_pumping && _connection is not null && _waiting.TryPeek(out var first) && _client.Time.GetElapsedTime(first.Since, now) > _client.Options.CreditPatience)
            {
                _waiting.Dequeue();
                busy.Add(first.Call);
            }
        }

        foreach (var call in busy) { call.Fail(new GrainBusyException(call.Grain, _client.Actors.BusyRetryAfter)); }
        foreach (var call in late)
        {
            call.Fail(new TimeoutException($"{call.Grain} did not answer {call.Method} in time; whether it took effect is unknown."));
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1221, Level = LogLevel.Warning, Message = "{Method} of {Grain} may be lost: the link broke before its silo had it")]
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
