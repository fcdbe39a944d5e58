namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>What can be held.</summary>
internal interface IEdgeHeld
{
    /// <summary>Bytes that it takes in memory.</summary>
    long Bytes { get; }

    /// <summary>For how long it answers; zero: only those who wait for it.</summary>
    TimeSpan HoldFor { get; }
}

/// <summary>Bounds of what is held and fetched.</summary>
/// <param name="BytesMax">In all.</param>
/// <param name="StreamBytesMax">Of one stream.</param>
/// <param name="FetchesMax">At once.</param>
/// <param name="StreamFetchesMax">At once, of one stream.</param>
/// <param name="WaitingMax">Who may wait.</param>
internal sealed record EdgeLimits(long BytesMax, long StreamBytesMax, int FetchesMax, int StreamFetchesMax, int WaitingMax)
{
    /// <summary>Fetches at once that may take their time; those above answer soon, and these take no place from them.</summary>
    public int HangingMax { get; init; } = FetchesMax;

    /// <summary>The same of one stream.</summary>
    public int StreamHangingMax { get; init; } = StreamFetchesMax;

    /// <summary>One gateway may have one of so many parts of each bound that all share: one that hangs leaves the rest to others.</summary>
    public const int GatewayShare = 2;

    /// <summary>What one gateway may have of a bound.</summary>
    public static int ShareOf(int max) => Math.Max(1, max / GatewayShare);
}

/// <summary>What a thing is fetched from, and how.</summary>
/// <param name="Gateway">Null: no other gateway, and no share of the bounds.</param>
/// <param name="MayHang">Its answer may come later.</param>
internal readonly record struct EdgeRoute(string? Gateway, bool MayHang);

/// <summary>Where an answer comes from.</summary>
internal enum EdgeSource
{
    /// <summary>It was in memory.</summary>
    Held = 0,

    /// <summary>Somebody had asked for it already.</summary>
    Shared = 1,

    /// <summary>It was fetched for this request.</summary>
    Fetched = 2,

    /// <summary>More is fetched, or more wait, than may.</summary>
    TooMany = 3,
}

/// <summary>
/// Things by stream and name: each is fetched once, however many ask, and then held within bounds, the one that was used longest ago leaving
/// first. A fetch ends when the last who waits for it leaves.
/// </summary>
internal sealed class EdgeCache<T>(EdgeLimits limits, TimeProvider time)
    where T : class, IEdgeHeld
{
    /// <summary>Bytes that an entry takes beside its thing: so a bound of bytes is one of entries too.</summary>
    public const int EntryBytes = 512;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Stream, string Name), Entry> _held = [];
    private readonly Dictionary<(string Stream, string Name), Flight> _flights = [];
    private readonly Dictionary<string, StreamTally> _streams = new(StringComparer.Ordinal);
    private readonly Dictionary<string, GatewayTally> _gateways = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _oldestFirst = new();
    private long _bytes;
    private int _waiting;
    private int _hanging;

    /// <summary>Bytes held.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Requests that wait now.</summary>
    public int Waiting => Volatile.Read(ref _waiting);

    /// <summary>Things held.</summary>
    public int Count
    {
        get
        {
            lock (_lock) { return _held.Count; }
        }
    }

    /// <summary>Streams of which something is held or fetched.</summary>
    public int Streams
    {
        get
        {
            lock (_lock) { return _streams.Count; }
        }
    }

    /// <summary>The thing, if it is in memory.</summary>
    public T? Find(string stream, string name)
    {
        lock (_lock) { return FindHeld(stream, name); }
    }

    /// <summary>Holds a thing that was not fetched.</summary>
    public void Put(string stream, string name, T thing)
    {
        lock (_lock) { Hold((stream, name), thing); }
    }

    /// <summary>The thing: from memory, or fetched, once for all who ask meanwhile.</summary>
    /// <param name="fetch">Ends when its token says so: then nobody waits any more. What it throws, all who wait get.</param>
    /// <returns>Null with <see cref="EdgeSource.TooMany"/> only.</returns>
    /// <exception cref="OperationCanceledException">Who asked is gone.</exception>
    public async ValueTask<(T? Thing, EdgeSource Source)> GetAsync(
        string stream, string name, Func<CancellationToken, Task<T>> fetch, CancellationToken cancellationToken, EdgeRoute route = default)
    {
        Flight? flight;
        EdgeSource source;
        lock (_lock)
        {
            if (FindHeld(stream, name) is { } held) { return (held, EdgeSource.Held); }

            source = _flights.TryGetValue((stream, name), out flight) ? EdgeSource.Shared : EdgeSource.Fetched;
            var gateway = flight is null ? route.Gateway : flight.Route.Gateway;
            if (_waiting >= limits.WaitingMax || (TallyAt(gateway)?.Waiting >= EdgeLimits.ShareOf(limits.WaitingMax))) { return (null, EdgeSource.TooMany); }
            if (flight is null && (flight = Begin(stream, name, route)) is null) { return (null, EdgeSource.TooMany); }
            Wait(flight, 1);
        }

        if (source == EdgeSource.Fetched) { _ = RunAsync(flight, fetch); }
        try { return (await flight.Task.WaitAsync(cancellationToken), source); }
        finally { Leave(flight); }
    }

    /// <summary>Waits for a fetch of this thing, if there is one that may hang.</summary>
    /// <returns>What it brought; null: there is none to wait for, or it failed.</returns>
    /// <exception cref="OperationCanceledException">Who asked is gone.</exception>
    public async ValueTask<T?> WhenFetchedAsync(string stream, string name, CancellationToken cancellationToken)
    {
        Flight? flight;
        lock (_lock)
        {
            // Who may not wait asks for itself, and is refused there.
            if (!_flights.TryGetValue((stream, name), out flight) || !flight.Route.MayHang || _waiting >= limits.WaitingMax
                || TallyAt(flight.Route.Gateway)?.Waiting >= EdgeLimits.ShareOf(limits.WaitingMax))
            {
                return null;
            }

            Wait(flight, 1);
        }

        try { await ((Task)flight.Task).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); }
        finally { Leave(flight); }
        cancellationToken.ThrowIfCancellationRequested();
        return flight.Task.IsCompletedSuccessfully ? await flight.Task : null;
    }

    /// <summary>Lets a thing go, if it is (still) this one.</summary>
    /// <returns>Whether it was.</returns>
    public bool Forget(string stream, string name, T thing)
    {
        lock (_lock)
        {
            if (!_held.TryGetValue((stream, name), out var entry) || !ReferenceEquals(entry.Thing, thing)) { return false; }

            Drop(entry);
            return true;
        }
    }

    /// <summary>Lets go of what answers nobody any more. Called now and then.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            for (var node = _oldestFirst.First; node is not null;)
            {
                var next = node.Next;
                if (IsStale(node.Value)) { Drop(node.Value); }
                node = next;
            }
        }
    }

    private async Task RunAsync(Flight flight, Func<CancellationToken, Task<T>> fetch)
    {
        try
        {
            var thing = await fetch(flight.Stop.Token);
            lock (_lock)
            {
                if (End(flight) && thing.HoldFor > TimeSpan.Zero) { Hold(flight.Key, thing); }
            }

            flight.Succeed(thing);
        }
        catch (Exception failure)
        {
            lock (_lock) { End(flight); }
            flight.Fail(failure);
        }
    }

    private void Leave(Flight flight)
    {
        bool isLast;
        lock (_lock)
        {
            Wait(flight, -1);
            isLast = flight.Waiting == 0 && End(flight);
        }

        // Outside of the lock: who is told may call us.
        if (isLast) { flight.Stop.Cancel(); }
    }

    private T? FindHeld(string stream, string name)
    {
        if (!_held.TryGetValue((stream, name), out var entry)) { return null; }
        if (IsStale(entry))
        {
            Drop(entry);
            return null;
        }

        Touch(entry);
        return entry.Thing;
    }

    private Flight? Begin(string stream, string name, EdgeRoute route)
    {
        var (ofStream, ofGateway) = (_streams.GetValueOrDefault(stream), TallyAt(route.Gateway));
        var isFull = route.MayHang
            ? _hanging >= limits.HangingMax || ofStream?.Hanging >= limits.StreamHangingMax || ofGateway?.Hanging >= EdgeLimits.ShareOf(limits.HangingMax)
            : _flights.Count - _hanging >= limits.FetchesMax || ofStream?.Quick >= limits.StreamFetchesMax || ofGateway?.Quick >= EdgeLimits.ShareOf(limits.FetchesMax);
        if (isFull) { return null; }

        var flight = new Flight((stream, name), route);
        _flights[flight.Key] = flight;
        Tally(flight, 1);
        return flight;
    }

    private void Tally(Flight flight, int by)
    {
        var tally = TallyOf(flight.Key.Stream);
        if (flight.Route.MayHang) { (_hanging, tally.Hanging) = (_hanging + by, tally.Hanging + by); }
        else { tally.Quick += by; }
        RemoveIfEmpty(flight.Key.Stream, tally);
        CountAt(flight.Route.Gateway, gateway =>
        {
            if (flight.Route.MayHang) { gateway.Hanging += by; }
            else { gateway.Quick += by; }
        });
    }

    private void Wait(Flight flight, int by)
    {
        _waiting += by;
        flight.Waiting += by;
        CountAt(flight.Route.Gateway, gateway => gateway.Waiting += by);
    }

    private GatewayTally? TallyAt(string? gateway) => gateway is null ? null : _gateways.GetValueOrDefault(gateway);

    private void CountAt(string? gateway, Action<GatewayTally> change)
    {
        if (gateway is null) { return; }
        if (!_gateways.TryGetValue(gateway, out var tally)) { _gateways[gateway] = tally = new GatewayTally(); }
        change(tally);
        if (tally is { Quick: 0, Hanging: 0, Waiting: 0 }) { _gateways.Remove(gateway); }
    }

    /// <summary>Nobody joins it any more. False: it had ended.</summary>
    private bool End(Flight flight)
    {
        if (!_flights.TryGetValue(flight.Key, out var known) || known != flight) { return false; }

        _flights.Remove(flight.Key);
        Tally(flight, -1);
        return true;
    }

    private void Hold((string Stream, string Name) key, T thing)
    {
        var entry = new Entry(key, thing, time.GetTimestamp(), thing.Bytes + EntryBytes);
        if (entry.Bytes > limits.StreamBytesMax || entry.Bytes > limits.BytesMax) { return; }
        if (_held.TryGetValue(key, out var before)) { Drop(before); }

        var tally = TallyOf(key.Stream);
        _held[key] = entry;
        _oldestFirst.AddLast(entry.InAll);
        tally.OldestFirst.AddLast(entry.InStream);
        tally.Bytes += entry.Bytes;
        _bytes += entry.Bytes;
        while (tally.Bytes > limits.StreamBytesMax) { Drop(tally.OldestFirst.First!.Value); }
        while (_bytes > limits.BytesMax) { Drop(_oldestFirst.First!.Value); }
    }

    private void Touch(Entry entry)
    {
        _oldestFirst.Remove(entry.InAll);
        _oldestFirst.AddLast(entry.InAll);
        entry.InStream.List!.Remove(entry.InStream);
        _streams[entry.Key.Stream].OldestFirst.AddLast(entry.InStream);
    }

    private void Drop(Entry entry)
    {
        var tally = _streams[entry.Key.Stream];
        _held.Remove(entry.Key);
        _oldestFirst.Remove(entry.InAll);
        tally.OldestFirst.Remove(entry.InStream);
        tally.Bytes -= entry.Bytes;
        _bytes -= entry.Bytes;
        RemoveIfEmpty(entry.Key.Stream, tally);
    }

    private StreamTally TallyOf(string stream)
    {
        if (!_streams.TryGetValue(stream, out var tally)) { _streams[stream] = tally = new StreamTally(); }
        return tally;
    }

    private void RemoveIfEmpty(string stream, StreamTally tally)
    {
        if (tally is { Quick: 0, Hanging: 0, OldestFirst.Count: 0 }) { _streams.Remove(stream); }
    }

    private bool IsStale(Entry entry) => time.GetElapsedTime(entry.At) >= entry.Thing.HoldFor;

    private sealed class StreamTally
    {
        public LinkedList<Entry> OldestFirst { get; } = new();

        public long Bytes { get; set; }

        public int Quick { get; set; }

        public int Hanging { get; set; }
    }

    /// <summary>What is asked of one gateway, and who waits for that.</summary>
    private sealed class GatewayTally
    {
        public int Quick { get; set; }

        public int Hanging { get; set; }

        public int Waiting { get; set; }
    }

    private sealed class Entry
    {
        public Entry((string Stream, string Name) key, T thing, long at, long bytes)
        {
            (Key, Thing, At, Bytes) = (key, thing, at, bytes);
            InAll = new LinkedListNode<Entry>(this);
            InStream = new LinkedListNode<Entry>(this);
        }

        public (string Stream, string Name) Key { get; }

        public T Thing { get; }

        public long At { get; }

        public long Bytes { get; }

        public LinkedListNode<Entry> InAll { get; }

        public LinkedListNode<Entry> InStream { get; }
    }

    /// <summary>One fetch and all who wait for it.</summary>
    private sealed class Flight((string Stream, string Name) key, EdgeRoute route)
    {
        // Those who wait run on the thread pool, not one after the other behind the fetch.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (string Stream, string Name) Key => key;

        public EdgeRoute Route => route;

        public CancellationTokenSource Stop { get; } = new();

        public Task<T> Task => _done.Task;

        public int Waiting { get; set; }

        public void Succeed(T thing) => _done.TrySetResult(thing);

        public void Fail(Exception failure)
        {
            _done.TrySetException(failure);

            // When nobody waits, nobody looks either.
            _ = _done.Task.Exception;
        }
    }
}
