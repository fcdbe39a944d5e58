namespace LiveCommerce.Actors.Cluster;

/// <summary>The cluster as this process sees it.</summary>
public interface ICluster
{
    /// <summary>This process as a silo; null: it is a gateway, or has not joined yet.</summary>
    long? SiloId { get; }

    /// <summary>Silos and shards as they were read last; another object each time.</summary>
    ClusterView View { get; }

    /// <summary>Whether this process may serve a shard at this moment.</summary>
    bool Serves(int shard);

    /// <summary>
    /// Whether a shard is this process's to serve, also while it serves nothing because the database is silent. False too for what it is
    /// giving away.
    /// </summary>
    bool Holds(int shard) => Serves(shard);

    /// <summary>What is known here is not the newest: look at the database sooner than it is due. Any number of times a second.</summary>
    void LookSoon()
    {
        // Whoever does not look has nothing to hurry.
    }

    /// <summary>The epoch under which this process serves a grain's shard; null: it does not.</summary>
    long? EpochOf(GrainId grain);
}
