using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>The tables of the cluster in memory, each request one atomic step; it checks that what it was made to store is sound.</summary>
internal sealed class SimulatedDatabase(int shards, bool epochCheck)
{
    private readonly SortedDictionary<long, SiloRow> _silos = [];
    private readonly ShardRow[] _shards = [.. Enumerable.Range(0, shards).Select(shard => new ShardRow(shard, null, 0))];
    private readonly long[] _written = new long[shards];
    private long _lastSilo;
    private long _lastEpoch;

    public string? Violation { get; private set; }

    public int Deaths { get; private set; }

    public int Fenced { get; private set; }

    public ClusterView View => new([.. _silos.Values], [.. _shards]);

    public long Join()
    {
        var silo = ++_lastSilo;
        _silos[silo] = new SiloRow(silo, $"silo-{silo}", "", "1", SiloStatus.Active, 1);
        return silo;
    }

    /// <summary>A grain of the shard writes. False: an old epoch was written after a newer one.</summary>
    public bool Write(int shard, long epoch)
    {
        if (epoch < _written[shard])
        {
            Fenced++;
            return epochCheck;
        }

        _written[shard] = epoch;
        return true;
    }

    public void Leave(long silo)
    {
        _silos[silo] = _silos[silo] with { Status = SiloStatus.Dead };
        Free(silo);
    }

    /// <summary>Does what a silo asks for, as one step.</summary>
    /// <returns>What a beat reads; null for other steps, and for a dead silo.</returns>
    public ClusterView? Do(long silo, ClusterStep step, out IReadOnlyList<ShardRow> claimed)
    {
        claimed = [];
        var row = _silos[silo];
        switch (step)
        {
            case ClusterStep.Beat:
                if (row.Status == SiloStatus.Dead) { return null; }
                _silos[silo] = row with { Heartbeat = row.Heartbeat + 1 };
                return View;
            case ClusterStep.Drain when row.Status == SiloStatus.Active:
                _silos[silo] = row with { Status = SiloStatus.Draining };
                break;
            case ClusterStep.DeclareDead(var victim, var seen):
                if (_silos[victim] is { } other && other.Heartbeat == seen && other.Status != SiloStatus.Dead)
                {
                    _silos[victim] = other with { Status = SiloStatus.Dead };
                    Deaths++;
                    Free(victim);
                }

                break;
            case ClusterStep.Claim(var count) when row.Status == SiloStatus.Active:
                claimed = [.. _shards.Where(shard => shard.Owner is null).Take(count).Select(shard => Give(shard.Shard, silo))];
                break;
            case ClusterStep.HandOver(var given, var to, var heartbeat) when row.Heartbeat == heartbeat && row.Status != SiloStatus.Dead:
                var receiver = to is { } id && _silos[id].Status == SiloStatus.Active ? to : null;
                foreach (var shard in given.Where(shard => _shards[shard.Shard] is { } now && now.Owner == silo && now.Epoch == shard.Epoch))
                {
                    Give(shard.Shard, receiver);
                }

                break;
            default:
                break;
        }

        return null;
    }

    private void Free(long owner)
    {
        foreach (var shard in _shards.Where(shard => shard.Owner == owner).ToList()) { Give(shard.Shard, null); }
    }

    private ShardRow Give(int shard, long? to)
    {
        var epoch = ++_lastEpoch;
        if (epoch <= _shards[shard].Epoch) { Violation = $"The epoch of shard {shard} fell."; }
        return _shards[shard] = new ShardRow(shard, to, epoch);
    }
}
