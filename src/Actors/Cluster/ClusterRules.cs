namespace LiveCommerce.Actors.Cluster;

/// <summary>
/// The times of the protocol. A silo fences itself sooner than anybody can declare it dead, with room for clocks that run at
/// different speeds: that is the whole safety of serving without asking the database at each call.
/// </summary>
public sealed record ClusterRules
{
    /// <summary>From one beat to the next.</summary>
    public TimeSpan BeatPeriod { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A silo serves nothing any more this long after the start of its last good beat.</summary>
    public TimeSpan FenceAfter { get; init; } = TimeSpan.FromSeconds(3.5);

    /// <summary>A silo whose heartbeat has not changed for this long, as another one saw it, is declared dead.</summary>
    public TimeSpan DeadAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A watcher whose own last good beat is older than this has not seen enough of the others: it begins to watch anew.</summary>
    public TimeSpan BlindAfter { get; init; } = TimeSpan.FromSeconds(2.5);

    /// <summary>Shards that one silo gives away at once when another one has too few: a bound on what is interrupted together.</summary>
    public int HandOverMax { get; init; } = 64;

    /// <summary>Shards of the cluster.</summary>
    internal int ShardCount { get; init; } = Shards.Count;

    /// <summary>How long the database may take over what a silo asks of it.</summary>
    public TimeSpan AnswerWithin => BeatPeriod * 1.5;

    /// <summary>How long a hand-over waits for turns under way; it is begun before half of the time to the fence is over, and a beat must still come after it.</summary>
    public TimeSpan TurnsEndWithin => TimeSpan.FromTicks(Math.Max(AnswerWithin.Ticks, (FenceAfter * 0.4).Ticks));

    /// <summary>Null when the rules are safe, else what is wrong with them.</summary>
    public string? Problem =>
        FenceAfter * 1.1 >= DeadAfter * 0.9 ? "Cluster:FenceAfter must be well below Cluster:DeadAfter: a silo must stop by itself before others take its shards."
        : BeatPeriod * 2 > FenceAfter ? "Cluster:FenceAfter must be at least twice Cluster:BeatPeriod, or one late beat stops a healthy silo."
        : BlindAfter > DeadAfter ? "Cluster:BlindAfter must not be above Cluster:DeadAfter, or a watcher that was away itself declares others dead."
        : null;
}
