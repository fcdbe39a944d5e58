namespace LiveCommerce.Actors.Cluster;

/// <summary>What a silo asks of the database next.</summary>
internal abstract record ClusterStep
{
    /// <summary>Raise the own heartbeat and look.</summary>
    public sealed record Beat : ClusterStep;

    /// <summary>Declare another silo dead.</summary>
    public sealed record DeclareDead(long Victim, long HeartbeatSeen) : ClusterStep;

    /// <summary>Take free shards.</summary>
    public sealed record Claim(int Count) : ClusterStep;

    /// <summary>Let the turns of these shards end, then give the shards away, unless there was another beat meanwhile.</summary>
    public sealed record HandOver(IReadOnlyList<ShardRow> Shards, long? To, long Heartbeat) : ClusterStep;

    /// <summary>Say that this silo takes nothing any more.</summary>
    public sealed record Drain : ClusterStep;
}

/// <summary>Why a silo is no member any more.</summary>
internal enum AgentEnd
{
    /// <summary>The others declared it dead.</summary>
    DeclaredDead = 1,

    /// <summary>It was asked to drain, and has given everything away.</summary>
    Drained = 2,
}

/// <summary>
/// One silo's part in the cluster: when it beats, whom it declares dead, what it claims and gives away, and which shards it may
/// serve at this moment. Decides only; somebody else carries its steps to the database, one at a time, and tells the outcome.
/// </summary>
/// <remarks>
/// Pure: no clock but the one it is told (monotonic, of this process), no I/O. Not thread-safe, save for what says so.
/// </remarks>
internal sealed class SiloAgent(long siloId, ClusterRules rules)
{
    private readonly HeartbeatWatch _watch = new(rules);
    private readonly Queue<ClusterStep> _steps = new();

    // Published as a whole, so that the calls' threads read owner and time of one moment.
    private volatile Held _held = new(new Dictionary<int, long>(), null);
    private TimeSpan? _nextBeat;
    private TimeSpan _lastBeat;
    private bool _draining;

    /// <summary>Of this silo.</summary>
    public long SiloId => siloId;

    /// <summary>What the last good beat read, with what this silo has done since.</summary>
    public ClusterView View { get; private set; } = ClusterView.Empty;

    /// <summary>Null while it is a member.</summary>
    public AgentEnd? End { get; private set; }

    /// <summary>Shards that it may serve, fence or no fence. Any thread.</summary>
    public IReadOnlyDictionary<int, long> Owned => _held.Epochs;

    /// <summary>The epoch under which this silo serves a shard right now; null: it does not. Any thread.</summary>
    public long? EpochOf(int shard, TimeSpan now) =>
        _held is { } held && held.IsGood(now, rules) && held.Epochs.TryGetValue(shard, out var epoch) ? epoch : null;

    /// <summary>Whether it serves nothing because its last good beat is too long ago. Any thread.</summary>
    public bool IsFenced(TimeSpan now) => !_held.IsGood(now, rules);

    /// <summary>It gives everything away and ends.</summary>
    public void Drain() => _draining = true;

    /// <summary>
    /// Somebody knows more than this silo: the next beat comes sooner, but no more than five in the time of one, and none while the
    /// database does not answer.
    /// </summary>
    public void LookSoon()
    {
        if (_held.AsOf is { } good && _lastBeat - good > rules.BeatPeriod * 1.5) { return; }
        if (_nextBeat is { } due && _lastBeat + (rules.BeatPeriod / 5) is var soon && soon < due) { _nextBeat = soon; }
    }

    /// <summary>A silo is dead, by this one's word or by another's: what it has left is looked at, and taken, before the next beat is due.</summary>
    public void Buried() => _nextBeat = null;

    /// <summary>What to do now; null: nothing before <see cref="WaitUntil"/>. The step must be answered before the next is asked for.</summary>
    public ClusterStep? Next(TimeSpan now)
    {
        if (End is not null) { return null; }

        // What the last beat called for comes before the next one, however slow the database is, but not so long that it costs the
        // lease: a silo that only ever beats would neither bury nor claim anything.
        if (_steps.Count > 0 && _held.AsOf is { } asOf && now - asOf < rules.FenceAfter / 2) { return _steps.Dequeue(); }
        if (_nextBeat is { } due && now < due) { return null; }

        _steps.Clear();
        (_lastBeat, _nextBeat) = (now, now + rules.BeatPeriod);
        return new ClusterStep.Beat();
    }

    /// <summary>When <see cref="Next"/> has something again, if nothing else happens.</summary>
    public TimeSpan WaitUntil(TimeSpan now) =>
        _steps.Count > 0 && _held.AsOf is { } asOf && now - asOf < rules.FenceAfter / 2 ? now : _nextBeat ?? now;

    /// <summary>A beat was answered.</summary>
    /// <param name="view">Null: this silo is dead.</param>
    /// <param name="asked">When the beat was sent: what it says is not newer.</param>
    public void Beaten(ClusterView? view, TimeSpan asked, TimeSpan now)
    {
        if (view is null)
        {
            Finish(AgentEnd.DeclaredDead);
            return;
        }

        View = view;
        var owned = new Dictionary<int, long>();
        foreach (var shard in view.Shards)
        {
            if (shard.Owner == siloId) { owned[shard.Shard] = shard.Epoch; }
        }

        _held = new Held(owned, asked);
        foreach (var silent in _watch.Observe(view.Silos, siloId, asked, now))
        {
            _steps.Enqueue(new ClusterStep.DeclareDead(silent.SiloId, silent.Heartbeat));
        }

        // Whoever falls silent is found just when it has been silent for long enough, not with the beat after.
        if (_watch.FirstSilence is { } silence && silence < _nextBeat) { _nextBeat = silence; }
        Plan(owned);
    }

    /// <summary>Shards were claimed.</summary>
    public void Claimed(IReadOnlyList<ShardRow> shards)
    {
        var held = _held;
        var owned = new Dictionary<int, long>(held.Epochs);
        foreach (var shard in shards) { owned[shard.Shard] = shard.Epoch; }
        _held = held with { Epochs = owned };
    }

    /// <summary>These are about to be given away: from now on they are not served.</summary>
    public void Release(IReadOnlyList<ShardRow> shards)
    {
        var held = _held;
        var owned = new Dictionary<int, long>(held.Epochs);
        foreach (var shard in shards) { owned.Remove(shard.Shard); }
        _held = held with { Epochs = owned };
    }

    /// <summary>These were given away: whoever asks for them is told where they went before the next beat tells more.</summary>
    public void HandedOver(IReadOnlyList<ShardRow> shards, long? to)
    {
        var rows = View.Shards.ToArray();
        foreach (var shard in shards)
        {
            var place = Array.FindIndex(rows, row => row.Shard == shard.Shard);
            if (place >= 0) { rows[place] = rows[place] with { Owner = to }; }
        }

        View = View with { Shards = rows };
    }

    /// <summary>What the shards' last state calls for. One beat's plan is dropped when the next beat comes.</summary>
    private void Plan(Dictionary<int, long> owned)
    {
        var load = new SortedDictionary<long, int>();
        foreach (var silo in View.Silos)
        {
            if (silo.Status == SiloStatus.Active && !(_draining && silo.SiloId == siloId)) { load[silo.SiloId] = 0; }
        }

        var free = 0;
        foreach (var shard in View.Shards)
        {
            if (shard.Owner is not { } owner) { free++; }
            else if (load.TryGetValue(owner, out var count)) { load[owner] = count + 1; }
        }

        if (View.Silos.FirstOrDefault(silo => silo.SiloId == siloId) is not { } self) { return; }
        if (_draining)
        {
            PlanDrain(self, owned, load);
            return;
        }

        if (load.Count == 0) { return; }
        var fair = (rules.ShardCount + load.Count - 1) / load.Count;
        if (free > 0 && owned.Count < fair)
        {
            _steps.Enqueue(new ClusterStep.Claim(Math.Min(free, fair - owned.Count)));
        }
        else if (free == 0 && owned.Count > fair)
        {
            GiveSurplus(self, owned, load, fair);
        }

        // Somebody gives shards away, and some may come here: they are served as soon as this silo knows of them.
        if (owned.Count < fair && load.Values.Any(count => count > fair)) { LookSoon(); }
        if (View.Silos.Any(silo => silo.Status == SiloStatus.Draining)) { LookSoon(); }
    }

    private void GiveSurplus(SiloRow self, Dictionary<int, long> owned, SortedDictionary<long, int> load, int fair)
    {
        // The poorest gets it; of several the lowest id, so that nobody depends on the order of a dictionary.
        var (poorest, has) = load.MinBy(pair => pair.Value);
        var count = Math.Min(Math.Min(owned.Count - fair, fair - has), rules.HandOverMax);
        if (poorest != siloId && count > 0) { _steps.Enqueue(new ClusterStep.HandOver(Some(owned, count), poorest, self.Heartbeat)); }
    }

    private void PlanDrain(SiloRow self, Dictionary<int, long> owned, SortedDictionary<long, int> load)
    {
        // First the word, then the deeds: whoever hands shards over asks the database whether the receiver still takes any.
        if (self.Status == SiloStatus.Active)
        {
            _steps.Enqueue(new ClusterStep.Drain());
            return;
        }

        if (owned.Count == 0)
        {
            Finish(AgentEnd.Drained);
            return;
        }

        foreach (var piece in Some(owned, owned.Count).Chunk(rules.HandOverMax))
        {
            long? to = null;
            if (load.Count > 0)
            {
                to = load.MinBy(pair => pair.Value).Key;
                load[to.Value] += piece.Length;
            }

            _steps.Enqueue(new ClusterStep.HandOver(piece, to, self.Heartbeat));
        }
    }

    private static ShardRow[] Some(Dictionary<int, long> owned, int count) =>
        [.. owned.OrderBy(pair => pair.Key).Take(count).Select(pair => new ShardRow(pair.Key, null, pair.Value))];

    private void Finish(AgentEnd end)
    {
        End = end;
        _steps.Clear();
        _held = new Held(new Dictionary<int, long>(), null);
    }

    /// <summary>What may be served, and since when that is known.</summary>
    private sealed record Held(Dictionary<int, long> Epochs, TimeSpan? AsOf)
    {
        public bool IsGood(TimeSpan now, ClusterRules rules) => AsOf is { } asOf && now - asOf < rules.FenceAfter;
    }
}
