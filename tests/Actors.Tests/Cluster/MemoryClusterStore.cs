using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>One cluster's tables in memory, shared by the nodes of a test.</summary>
internal sealed class MemoryClusterStore : IClusterStore
{
    private readonly Lock _gate = new();
    private readonly SimulatedDatabase _tables = new(Shards.Count, epochCheck: true);
    private readonly Dictionary<long, string> _addresses = [];

    public ValueTask<long> JoinAsync(SiloEntry entry, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var silo = _tables.Join();
            _addresses[silo] = entry.LinkUrl;
            return ValueTask.FromResult(silo);
        }
    }

    /// <summary>What a beat waits for; it is given up by the token.</summary>
    public Func<CancellationToken, Task>? BeforeBeat { get; set; }

    public async ValueTask<ClusterView?> BeatAsync(long silo, CancellationToken cancellationToken)
    {
        if (BeforeBeat is { } before) { await before(cancellationToken); }
        lock (_gate) { return _tables.Do(silo, new ClusterStep.Beat(), out _) is { } view ? WithAddresses(view) : null; }
    }

    public ValueTask<bool> DeclareDeadAsync(long victim, long heartbeatSeen, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var before = _tables.Deaths;
            _tables.Do(victim, new ClusterStep.DeclareDead(victim, heartbeatSeen), out _);
            return ValueTask.FromResult(_tables.Deaths > before);
        }
    }

    public ValueTask<IReadOnlyList<ShardRow>> ClaimAsync(long silo, int count, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            _tables.Do(silo, new ClusterStep.Claim(count), out var claimed);
            return ValueTask.FromResult(claimed);
        }
    }

    public ValueTask HandOverAsync(long silo, long heartbeat, IReadOnlyList<ShardRow> shards, long? to, CancellationToken cancellationToken)
    {
        lock (_gate) { _tables.Do(silo, new ClusterStep.HandOver(shards, to, heartbeat), out _); }
        return ValueTask.CompletedTask;
    }

    public ValueTask DrainAsync(long silo, CancellationToken cancellationToken)
    {
        lock (_gate) { _tables.Do(silo, new ClusterStep.Drain(), out _); }
        return ValueTask.CompletedTask;
    }

    public ValueTask LeaveAsync(long silo, CancellationToken cancellationToken)
    {
        lock (_gate) { _tables.Leave(silo); }
        return ValueTask.CompletedTask;
    }

    public ValueTask<ClusterView> ReadAsync(CancellationToken cancellationToken)
    {
        lock (_gate) { return ValueTask.FromResult(WithAddresses(_tables.View)); }
    }

    private ClusterView WithAddresses(ClusterView view) =>
        view with { Silos = [.. view.Silos.Select(silo => silo with { LinkUrl = _addresses[silo.SiloId] })] };
}
