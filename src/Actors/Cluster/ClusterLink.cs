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
internal sealed partial class ClusterLink : IGrainLink, IAsyncDisposable
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
    private readonly Dictionary<int, Queue<GrainCall>> _parked = [];
    private readonly Lock _gate = new();
    private readonly ITimer _looker;
    private volatile ClusterMap _map = new(ClusterView.Empty);
    private ClusterView _mapped = ClusterView.Empty;
    private int _parkedCount;
    private int _looking;

    public ClusterLink(ActivationDirectory here, ICluster cluster, LinkClient client, ClusterOptions options, ILogger logger)
    {
        (_here, _cluster, _client, _options, _logger) = (here, cluster, client, options, logger);
        (_actors, _time) = (client.Actors, client.Time);
        _looker = _time.CreateTimer(static state => ((ClusterLink)state!).Look(), this, LookAgain, LookAgain);
    }

    /// <summary>Calls that wait for an owner.</summary>
    public int ParkedCount => Volatile.Read(ref _parkedCount);

    public void Send(GrainCall call)
    {
        var now = _time.GetTimestamp();
        call.Deadline = now + Timestamps(_actors.CallTimeout);
        call.OwnerBy = now + Timestamps(_options.OwnerPatience);
        var shard = Shards.Of(call.Grain.Key);

        // Behind those that wait already: calls of one caller arrive in order.
        if ((ParkedCount > 0 && IsParked(shard)) || !TryRoute(call, shard)) { Park(call, shard); }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _looker.DisposeAsync();
        foreach (var (_, link) in _links) { await link.DisposeAsync(); }
        lock (_gate)
        {
            foreach (var parked in _parked.Values.SelectMany(queue => queue)) { parked.Fail(new GrainUnavailableException(parked.Grain, begun: false)); }
            _parked.Clear();
            _parkedCount = 0;
        }
    }

    /// <summary>A silo does not serve the call's grain and says who does. Nothing was done.</summary>
    private void Moved(GrainCall call, long? owner)
    {
        var shard = Shards.Of(call.Grain.Key);
        lock (_gate) { _map = _map.With(shard, owner); }
        Park(call, shard);
    }

    /// <summary>There is no way to the call's silo: it is dead, and the others will notice.</summary>
    private void Unreachable(GrainCall call) => Park(call, Shards.Of(call.Grain.Key));

    private bool TryRoute(GrainCall call, int shard)
    {
        if (_cluster.Serves(shard))
        {
            _here.Send(call);
            return true;
        }

        // The own shards of a silo that is fenced wait: it may get its breath back, or another may get them.
        if (_map.OwnerOf(shard) is not { } owner || owner == _cluster.SiloId || _map.AddressOf(owner) is not { } url) { return false; }

        _links.GetOrAdd(owner, static (_, arg) => new SiloLink(arg.Item1._client, arg.url, arg.Item1.Moved, arg.Item1.Unreachable), (this, url)).Send(call);
        return true;
    }

    private bool IsParked(int shard)
    {
        lock (_gate) { return _parked.ContainsKey(shard); }
    }

    private void Park(GrainCall call, int shard)
    {
        lock (_gate)
        {
            if (_parkedCount < _options.ParkedMax)
            {
                if (!_parked.TryGetValue(shard, out var queue)) { _parked[shard] = queue = new Queue<GrainCall>(); }
                queue.Enqueue(call);
                _parkedCount++;
                return;
            }
        }

        call.Fail(new GrainBusyException(call.Grain, _actors.BusyRetryAfter));
    }

    /// <summary>Takes in what is new of the cluster, and tries again what waits.</summary>
    private void Look()
    {
        if (Interlocked.Exchange(ref _looking, 1) == 1) { return; }
        try
        {
            RefreshMap();
            if (ParkedCount > 0) { Unpark(); }
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
        lock (_gate) { _map = map; }
        var alive = map.Silos.ToHashSet();
        foreach (var (silo, link) in _links)
        {
            if (!alive.Contains(silo) && _links.TryRemove(silo, out _)) { _ = link.DisposeAsync().AsTask(); }
        }
    }

    private void Unpark()
    {
        int[] shards;
        lock (_gate) { shards = [.. _parked.Keys]; }
        foreach (var shard in shards)
        {
            // Only this loop takes calls out, so the first stays the first between looking at it and taking it.
            while (FirstOf(shard) is { } first)
            {
                var isLate = _time.GetTimestamp() > first.OwnerBy;
                if (!isLate && !CanRoute(shard)) { break; }

                Take(shard);
                if (isLate)
                {
                    first.Fail(new GrainUnavailableException(first.Grain, begun: false));
                }
                else if (!TryRouteOrFail(first, shard))
                {
                    Park(first, shard);
                    break;
                }
            }
        }
    }

    private bool TryRouteOrFail(GrainCall call, int shard)
    {
        try
        {
            return TryRoute(call, shard);
        }
        catch (Exception failure)
        {
            // An address that is none, for instance: this call has its answer, and the others go on.
            Log.LookFailed(_logger, failure);
            call.Fail(failure);
            return true;
        }
    }

    private bool CanRoute(int shard) => _cluster.Serves(shard) || (_map.OwnerOf(shard) is { } owner && owner != _cluster.SiloId);

    private GrainCall? FirstOf(int shard)
    {
        lock (_gate) { return _parked.TryGetValue(shard, out var queue) && queue.TryPeek(out var first) ? first : null; }
    }

    private long Timestamps(TimeSpan time) => (long)(time.TotalSeconds * _time.TimestampFrequency);

    private void Take(int shard)
    {
        lock (_gate)
        {
            var queue = _parked[shard];
            queue.Dequeue();
            _parkedCount--;
            if (queue.Count == 0) { _parked.Remove(shard); }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1231, Level = LogLevel.Error, Message = "Looking for owners of shards failed")]
        public static partial void LookFailed(ILogger logger, Exception failure);
    }
}
