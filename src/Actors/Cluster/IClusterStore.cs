namespace LiveCommerce.Actors.Cluster;

/// <summary>
/// What decides about silos and shards: a database. Every method is one transaction, and after a failure its outcome is unknown:
/// the next <see cref="BeatAsync"/> tells.
/// </summary>
/// <remarks>Every implementation passes the same test suite. No method asks what time it is.</remarks>
public interface IClusterStore
{
    /// <summary>Enters a new silo, active and without shards.</summary>
    /// <returns>Its id, never given before.</returns>
    /// <exception cref="ClusterMismatchException">The database belongs to another cluster, or silos with other contracts are alive in it.</exception>
    ValueTask<long> JoinAsync(SiloEntry entry, CancellationToken cancellationToken);

    /// <summary>Raises the silo's heartbeat and reads both tables.</summary>
    /// <returns>Null: the silo was declared dead, and its shards may have other owners already.</returns>
    ValueTask<ClusterView?> BeatAsync(long silo, CancellationToken cancellationToken);

    /// <summary>Declares a silo dead if its heartbeat is still the one that was seen, frees its shards under new epochs, and cuts its sessions.</summary>
    /// <returns>False: it has beaten since, or was dead already.</returns>
    ValueTask<bool> DeclareDeadAsync(long victim, long heartbeatSeen, CancellationToken cancellationToken);

    /// <summary>Takes up to <paramref name="count"/> free shards for an active silo, each under a new epoch.</summary>
    /// <returns>What it got; nothing when the silo is not active.</returns>
    ValueTask<IReadOnlyList<ShardRow>> ClaimAsync(long silo, int count, CancellationToken cancellationToken);

    /// <summary>Gives shards away, each under a new epoch. Those that are not the silo's at that epoch any more stay as they are.</summary>
    /// <param name="heartbeat">
    /// The silo's own at the time of deciding. When it has beaten since, nothing happens: a request that was thought lost, and comes
    /// through late, must not take shards that the silo serves again.
    /// </param>
    /// <param name="to">An active silo; null, or one that is not active any more: they become free.</param>
    ValueTask HandOverAsync(long silo, long heartbeat, IReadOnlyList<ShardRow> shards, long? to, CancellationToken cancellationToken);

    /// <summary>The silo will claim nothing any more.</summary>
    ValueTask DrainAsync(long silo, CancellationToken cancellationToken);

    /// <summary>The silo ends in order: it is dead, and what it still owned is free.</summary>
    ValueTask LeaveAsync(long silo, CancellationToken cancellationToken);

    /// <summary>Reads both tables without being a silo.</summary>
    ValueTask<ClusterView> ReadAsync(CancellationToken cancellationToken);
}

/// <summary>What a silo says of itself when it joins.</summary>
/// <param name="Name">For people: usually the machine's name.</param>
/// <param name="LinkUrl">Where other processes reach it.</param>
/// <param name="Version">See <see cref="SiloVersion"/>: whom it may be alive beside.</param>
public sealed record SiloEntry(string Name, string LinkUrl, string Version);

/// <summary>This process may not join: the message says why and what to do.</summary>
public sealed class ClusterMismatchException(string message) : Exception(message);
