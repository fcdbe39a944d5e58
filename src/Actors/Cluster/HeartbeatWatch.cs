namespace LiveCommerce.Actors.Cluster;

/// <summary>What one silo has seen of the others' heartbeats, on its own monotonic clock. Knows no wall clock and no database.</summary>
internal sealed class HeartbeatWatch(ClusterRules rules)
{
    /// <summary>By how much a silence must be longer than allowed, at least.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromMilliseconds(1);

    private readonly Dictionary<long, (long Heartbeat, TimeSpan Since)> _seen = [];
    private TimeSpan? _lastGoodBeat;

    /// <summary>When the first of those that may still beat will have been silent for too long; null: nobody is watched.</summary>
    public TimeSpan? FirstSilence { get; private set; }

    /// <summary>Takes in what a good beat read.</summary>
    /// <param name="asked">When the beat was sent.</param>
    /// <param name="answered">When its answer came.</param>
    /// <returns>The silos whose heartbeat has stood still for too long, with the heartbeat that stood still.</returns>
    public IReadOnlyList<SiloRow> Observe(IReadOnlyList<SiloRow> silos, long self, TimeSpan asked, TimeSpan answered)
    {
        // Whoever was away itself (a frozen process, a database out of reach) would take its own absence for that of the others.
        if (_lastGoodBeat is { } last && asked - last > rules.BlindAfter) { _seen.Clear(); }
        _lastGoodBeat = asked;

        List<SiloRow>? silent = null;
        FirstSilence = null;
        foreach (var silo in silos)
        {
            if (silo.SiloId == self || silo.Status == SiloStatus.Dead)
            {
                _seen.Remove(silo.SiloId);
            }
            else if (!_seen.TryGetValue(silo.SiloId, out var seen) || seen.Heartbeat != silo.Heartbeat)
            {
                // Counted from the answer, and compared with the time of asking: never longer than it really stood still.
                _seen[silo.SiloId] = (silo.Heartbeat, answered);
            }
            else if (asked - seen.Since > rules.DeadAfter)
            {
                (silent ??= []).Add(silo);
                continue;
            }

            if (_seen.TryGetValue(silo.SiloId, out var watched) && watched.Since + rules.DeadAfter + Margin is var silence && !(FirstSilence <= silence))
            {
                FirstSilence = silence;
            }
        }

        foreach (var gone in _seen.Keys.Except(silos.Select(silo => silo.SiloId)).ToList()) { _seen.Remove(gone); }
        return silent ?? [];
    }
}
