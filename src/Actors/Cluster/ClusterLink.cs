using System.Collections.Concurrent;
using LiveCommerce.Actors.Hosting;
using LiveCommerce.Actors.Links;
using LiveCommerce.Actors.Runtime;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Actors.Cluster;

/// <summary>
/// Brings each call to the silo that owns its grain: to this process, or over a link. A call whose shard has no owner right now (a silo
/// died, shards are on their way) waits for one, in order, for a bounded time; nothing has been decided about it meanwhile.
/// </summary>
internal sealed partial class ClusterLink : IGrainLink, IThreadPoolWorkItem, IAsyncDisposable
{
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    private readonly ActivationDirectory _here;
    private readonly ICluster _cluster;
    private readonly LinkClient _client;
    private readonly ClusterOptions _options;
    private readonly ActorOptions _actors;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<long, SiloLink> _links = new();
    private readonly ShardLane[] _lanes;
    private readonly Func<int, object?> _placeOf;
    private readonly Lock _gate = new();
    private readonly ITimer _looker;
    private volatile ClusterMap _map = new(ClusterView.Empty);
    private ClusterView _mapped = ClusterView.Empty;
    private int _parkedCount;
    private int _looking;
    private int _nudged;
    private volatile bool _disposed;

    public ClusterLink(ActivationDirectory here, ICluster cluster, LinkClient client, ClusterOptions options, ILogger logger)
    {
        (_here, _cluster, _client, _options, _logger) = (here, cluster, client, options, logger);
        (_actors, _time) = (client.Actors, client.Time);
        Action nudge = Nudge;
        _lanes = [.. Enumerable.Range(0, Shards.Count).Select(shard => new ShardLane(shard, nudge))];
        _placeOf = PlaceOf;
        _looker = _time.CreateTimer(static state => ((ClusterLink)state!).Look(), this, LookAgain, LookAgain);
    }

    /// <summary>Calls that wait for an owner.</summary>
    public int ParkedCount => Volatile.Read(ref _parkedCount);

    /// <summary>Silos that this process has a link to, or wants one.</summary>
    public int LinkCount => _links.Count;

    public void Send(GrainCall call)
    {
        if (call.Lane is not null)
        {
            // A grain of this process left before it came to this call, and is another process's now.
            ComeBack(call);
            return;
        }

        var shard = Shards.Of(call.Grain.Key);
        if (TaskScheduler.Current is Activation caller && !call.Method.IsOneWay) { call.CallerShard = (short)caller.Shard; }
        if (LeavesWithItsCaller(call, shard))
        {
            call.Fail(new GrainUnavailableException(call.Grain, begun: false));
            return;
        }

        var now = _time.GetTimestamp();
        call.Deadline = now + Timestamps(_actors.CallTimeout);
        call.OwnerBy = now + Timestamps(_options.OwnerPatience);
        var lane = _lanes[shard];
        if (!lane.TryEnter(call, _placeOf, ParkedCount < _options.ParkedMax, out var place))
        {
            call.Fail(new GrainBusyException(call.Grain, _actors.BusyRetryAfter));
        }
        else if (place is not null)
        {
            Carry(call, place);
        }
        else
        {
            Parked(lane);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _disposed = true;
        await _looker.DisposeAsync();
        SiloLink[] links;
        lock (_gate) { links = [.. _links.Values]; }
        foreach (var link in links) { await link.DisposeAsync(); }
        foreach (var lane in _lanes) { FailParked(lane); }
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute()
    {
        Volatile.Write(ref _nudged, 0);
        Look();
    }

    /// <summary>A silo does not serve the call's grain and says who does. Nothing was done.</summary>
    private void Moved(GrainCall call, long? owner)
    {
        lock (_gate) { _map = _map.With(call.Lane!.Shard, owner); }
        ComeBack(call);

        // At once, but once: two silos that each take the other for the owner would keep a call flying between them.
        if (call.Lane.MayHurry()) { Nudge(); }
        _cluster.LookSoon();
    }

    private void ComeBack(GrainCall call)
    {
        var lane = call.Lane!;
        var leaves = LeavesWithItsCaller(call, lane.Shard);
        if (lane.TryComeBack(call, !leaves && ParkedCount < _options.ParkedMax, _time.GetTimestamp())) { Parked(lane); }
        else { call.Fail(leaves ? new GrainUnavailableException(call.Grain, begun: false) : new GrainBusyException(call.Grain, _actors.BusyRetryAfter)); }
    }

    private void Parked(ShardLane lane)
    {
        // Whoever waits wants to know of a new owner as soon as there is one.
        if (Interlocked.Increment(ref _parkedCount) == 1) { _cluster.LookSoon(); }

        // Nobody looks any more: whoever parks after the end is told by itself.
        if (_disposed) { FailParked(lane); }
    }

    private void FailParked(ShardLane lane)
    {
        foreach (var call in lane.TakeAll())
        {
            Interlocked.Decrement(ref _parkedCount);
            call.Fail(new GrainUnavailableException(call.Grain, begun: false));
        }
    }

    /// <summary>
    /// Whether both leave this silo, the grain and the one whose turn waits for it: their shards are given away when the turn has ended, and
    /// the turn would wait for the next owner.
    /// </summary>
    private bool LeavesWithItsCaller(GrainCall call, int shard) => call.CallerShard >= 0 && IsOnItsWay(shard) && IsOnItsWay(call.CallerShard);

    /// <summary>Whether a shard is this silo's still, and is being given away. One that only waits for the database stays.</summary>
    private bool IsOnItsWay(int shard) => _cluster.SiloId is { } here && _map.OwnerOf(shard) == here && !_cluster.Holds(shard);

    /// <summary>Where a shard is served: this process, or a link; null: nowhere that is known.</summary>
    private object? PlaceOf(int shard)
    {
        if (_disposed) { return null; }
        if (_cluster.Serves(shard)) { return _here; }

        // The own shards of a silo that is fenced wait: it may get its breath back, or another may get them.
        var map = _map;
        if (map.OwnerOf(shard) is not { } owner || owner == _cluster.SiloId || map.AddressOf(owner) is not { } url) { return null; }
        return _links.TryGetValue(owner, out var link) ? link : Link(owner, url);
    }

    private SiloLink? Link(long owner, string url)
    {
        lock (_gate)
        {
            if (_disposed) { return null; }
            if (_links.TryGetValue(owner, out var link)) { return link; }
            if (!Uri.TryCreate(url, UriKind.Absolute, out var address)) { return null; }
            return _links[owner] = new SiloLink(_client, address, Moved, ComeBack);
        }
    }

    private void Carry(GrainCall call, object place)
    {
        if (place is SiloLink link) { link.Send(call); } else { _here.Send(call); }
    }

    /// <summary>Something may go out before the next look is due.</summary>
    private void Nudge()
    {
        if (Interlocked.Exchange(ref _nudged, 1) == 0) { ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false); }
    }

    /// <summary>Takes in what is new of the cluster, and tries again what waits.</summary>
    private void Look()
    {
        if (_disposed || Interlocked.Exchange(ref _looking, 1) == 1) { return; }
        try
        {
            RefreshMap();
            if (ParkedCount == 0) { return; }
            foreach (var lane in _lanes)
            {
                if (lane.ParkedCount > 0) { Release(lane); }
            }

            if (ParkedCount > 0) { _cluster.LookSoon(); }
        }
        catch (Exception failure)
        {
            Log.LookFailed(_logger, failure);
        }
        finally
        {
            Volatile.Write(ref _looking, 0);
        }
    }

    private void RefreshMap()
    {
        var view = _cluster.View;
        if (ReferenceEquals(view, _mapped)) { return; }

        _mapped = view;
        var map = new ClusterMap(view);
        var alive = map.Silos.ToHashSet();
        List<SiloLink> gone = [];
        lock (_gate)
        {
            _map = map;
            foreach (var (silo, _) in _links)
            {
                if (!alive.Contains(silo) && _links.TryRemove(silo, out var link)) { gone.Add(link); }
            }
        }

        foreach (var link in gone) { _ = link.RetireAsync(); }
    }

    private void Release(ShardLane lane)
    {
        var patience = Timestamps(_options.OrderPatience);
        while (lane.TakeNext(_placeOf, _time.GetTimestamp(), patience, out var place) is { } next)
        {
            Interlocked.Decrement(ref _parkedCount);
            if (place is null) { next.Fail(new GrainUnavailableException(next.Grain, begun: false)); }
            else { Carry(next, place); }
        }
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1231, Level = LogLevel.Error, Message = "Looking for owners of shards failed")]
        public static partial void LookFailed(ILogger logger, Exception failure);
    }
}
