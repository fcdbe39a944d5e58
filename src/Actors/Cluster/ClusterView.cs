namespace LiveCommerce.Actors.Cluster;

/// <summary>Whether a silo may own shards. The numbers are stored.</summary>
public enum SiloStatus
{
    /// <summary>Owns shards and claims free ones.</summary>
    Active = 1,

    /// <summary>Gives its shards away and claims none: it is about to stop.</summary>
    Draining = 2,

    /// <summary>Final. The process behind it stops; its next start is another silo.</summary>
    Dead = 3,
}

/// <summary>One silo as the database knows it.</summary>
/// <param name="SiloId">Given at joining, never given twice.</param>
/// <param name="Name">For people.</param>
/// <param name="LinkUrl">Where other processes reach it.</param>
/// <param name="Version">See <see cref="SiloVersion"/>.</param>
/// <param name="Heartbeat">Rises with each beat; only whether it has changed means anything.</param>
public sealed record SiloRow(long SiloId, string Name, string LinkUrl, string Version, SiloStatus Status, long Heartbeat);

/// <summary>One shard as the database knows it.</summary>
/// <param name="Owner">Null: free.</param>
/// <param name="Epoch">Rises with every change of the owner.</param>
public readonly record struct ShardRow(int Shard, long? Owner, long Epoch);

/// <summary>Both tables at one moment, read in one transaction.</summary>
public sealed record ClusterView(IReadOnlyList<SiloRow> Silos, IReadOnlyList<ShardRow> Shards)
{
    /// <summary>Nothing is known yet.</summary>
    public static ClusterView Empty { get; } = new([], []);
}
