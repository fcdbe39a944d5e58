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
internal sealed record EdgeLimits(long BytesMax, long StreamBytesMax, int FetchesMax, int StreamFetchesMax, int WaitingMax);

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
    private readonly LinkedList<Entry> _oldestFirst = new();
    private long _bytes;
    private int _waiting;

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

    /// <summary>The thing: from memory, or fetched, once for all who ask meanwhile.</summary>
    /// <param name="fetch">Ends when its token says so: then nobody waits any more. What it throws, all who wait get.</param>
    /// <returns>Null with <see cref="EdgeSource.TooMany"/> only.</returns>
    /// <exception cref="OperationCanceledException">Who asked is gone.</exception>
    public async ValueTask<(T? Thing, EdgeSource Source)> GetAsync(
        string stream, string name, Func<CancellationToken, Task<T>> fetch, CancellationToken cancellationToken)
    {
        Flight? flight;
        EdgeSource source;
        lock (_lock)
        {
            if (_held.TryGetValue((stream, name), out var entry))
            {
                if (!IsStale(entry))
                {
                    Touch(entry);
                    return (entry.Thing, EdgeSource.Held);
                }

                Drop(entry);
            }

            if (_waiting >= limits.WaitingMax) { return (null, EdgeSource.TooMany); }
            source = _flights.TryGetValue((stream, name), out flight) ? EdgeSource.Shared : EdgeSource.Fetched;
            if (flight is null && (flight = Begin(stream, name)) is null) { return (null, EdgeSource.TooMany); }
            flight.Waiting++;
            _waiting++;
        }

        if (source == EdgeSource.Fetched) { _ = RunAsync(flight, fetch); }
        try { return (await flight.Task.WaitAsync(cancellationToken), source); }
        finally { Leave(flight); }
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
            _waiting--;
            isLast = --flight.Waiting == 0 && End(flight);
        }

        // Outside of the lock: who is told may call us.
        if (isLast) { flight.Stop.Cancel(); }
    }

    private Flight? Begin(string stream, string name)
    {
        var tally = _streams.GetValueOrDefault(stream);
        if (_flights.Count >= limits.FetchesMax || tally?.Flights >= limits.StreamFetchesMax) { return null; }

        var flight = new Flight((stream, name));
        _flights[flight.Key] = flight;
        TallyOf(stream).Flights++;
        return flight;
    }

    /// <summary>Nobody joins it any more. False: it had ended.</summary>
    private bool End(Flight flight)
    {
        if (!_flights.TryGetValue(flight.Key, out var known) || known != flight) { return false; }

        _flights.Remove(flight.Key);
        var tally = _streams[flight.Key.Stream];
        tally.Flights--;
        RemoveIfEmpty(flight.Key.Stream, tally);
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
        if (tally is { Flights: 0, OldestFirst.Count: 0 }) { _streams.Remove(stream); }
    }

    private bool IsStale(Entry entry) => time.GetElapsedTime(entry.At) >= entry.Thing.HoldFor;

    private sealed class StreamTally
    {
        public LinkedList<Entry> OldestFirst { get; } = new();

        public long Bytes { get; set; }

        public int Flights { get; set; }
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
    private sealed class Flight((string Stream, string Name) key)
    {
        // Those who wait run on the thread pool, not one after the other behind the fetch.
        private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public (string Stream, string Name) Key => key;

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
