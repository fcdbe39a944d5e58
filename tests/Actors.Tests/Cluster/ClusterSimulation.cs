using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>
/// Some silos, one database and everything that can go wrong between them, from one seed, on a clock of its own: processes killed and
/// frozen, requests slow, lost on the way there or back, or late by seconds, the database away, silos joining and draining, and
/// every process's clock at a speed of its own. Checks at each step what must always hold, and at the end what must come about.
/// </summary>
internal sealed class ClusterSimulation
{
    private static readonly TimeSpan Faults = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Calm = TimeSpan.FromSeconds(32);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Random _random;
    private readonly SimulationOptions _options;
    private readonly ClusterRules _rules;
    private readonly SimulatedDatabase _database;
    private readonly PriorityQueue<Action, (TimeSpan At, long Order)> _events = new();
    private readonly List<SimulatedSilo> _silos = [];
    private readonly long[] _servedBy;
    private TimeSpan _now;
    private long _order;
    private TimeSpan _databaseBackAt;

    public ClusterSimulation(int seed, SimulationOptions options)
    {
        _options = options;
        _random = new Random(seed);
        _servedBy = new long[options.Shards];
        _rules = new ClusterRules { ShardCount = options.Shards, HandOverMax = 4, FenceAfter = options.FenceAfter };
        _database = new SimulatedDatabase(options.Shards, options.EpochCheck);
    }

    /// <summary>What did not hold; null when all is well.</summary>
    public string? Violation { get; private set; }

    /// <summary>Silos that were declared dead.</summary>
    public int Deaths => _database.Deaths;

    /// <summary>Writes that the epoch check refused.</summary>
    public int Fenced => _database.Fenced;

    public ClusterSimulation Run()
    {
        for (var i = 0; i < _options.Silos; i++) { At(Up(2), StartSilo); }
        for (var at = TimeSpan.FromSeconds(3); at < Faults; at += Up(4)) { At(at, Disturb); }
        for (var at = TimeSpan.Zero; at < Faults + Calm; at += Up(0.4)) { At(at, Serve); }

        while (Violation is null && _events.TryDequeue(out var happens, out var when) && when.At <= Faults + Calm)
        {
            _now = when.At;
            happens();
            Look();
        }

        Violation ??= AtTheEnd();
        return this;
    }

    private void At(TimeSpan at, Action happens) => _events.Enqueue(happens, (at, _order++));

    private void After(TimeSpan time, Action happens) => At(_now + time, happens);

    private TimeSpan Up(double seconds) => TimeSpan.FromSeconds(_random.NextDouble() * seconds);

    /// <summary>Once in so many times, while the network is bad.</summary>
    private bool IsUnlucky(int once) => !_options.OnlyOutages && _now < Faults && _random.Next(once) == 0;

    private SimulatedSilo? Any(Func<SimulatedSilo, bool> which)
    {
        var some = _silos.Where(which).ToList();
        return some.Count == 0 ? null : some[_random.Next(some.Count)];
    }

    private void StartSilo()
    {
        var silo = new SimulatedSilo(new SiloAgent(_database.Join(), _rules), Up(1000), 0.96 + (_random.NextDouble() * 0.08));
        _silos.Add(silo);
        Turn(silo);
    }

    private void Disturb()
    {
        if (_now >= Faults) { return; }
        switch (_options.OnlyOutages ? 9 : _random.Next(10))
        {
            case 0 or 1 when Any(silo => silo.IsRunning(_now)) is { } victim:
                victim.Killed = true;
                After(Up(8), StartSilo);
                break;
            case 2 or 3 or 4 when Any(silo => silo.IsRunning(_now)) is { } frozen:
                // Half, once and three times the time after which the others call it dead.
                frozen.FrozenUntil = _now + (_rules.DeadAfter * new[] { 0.5, 1, 3 }[_random.Next(3)]) + Up(0.5);
                break;
            case 5 when Any(silo => silo.IsRunning(_now)) is { } leaving:
                leaving.Agent.Drain();
                After(Up(8), StartSilo);
                break;
            case 6 when _silos.Count(silo => !silo.Killed) < 8:
                StartSilo();
                break;
            case 7 when Any(silo => silo.IsRunning(_now)) is { } cut:
                cut.CutOffUntil = _now + Up(12);
                break;
            default:
                _databaseBackAt = _now + Up(_options.OnlyOutages ? 30 : 9);
                break;
        }
    }

    /// <summary>Somebody calls a grain: a silo that serves its shard begins a write, which arrives some time later.</summary>
    private void Serve()
    {
        if (Any(silo => silo.IsRunning(_now)) is not { } silo) { return; }
        var shard = _random.Next(_options.Shards);
        if (silo.Agent.EpochOf(shard, silo.Clock(_now)) is not { } epoch) { return; }

        var late = _random.Next(20) == 0 ? Up(12) : Up(0.2);
        After(late, () =>
        {
            if (!_database.Write(shard, epoch)) { Violation = $"A write to shard {shard} at the old epoch {epoch} became durable after one at a newer epoch."; }
        });
    }

    /// <summary>One silo's loop: asks its agent what to do, carries it to the database, and back.</summary>
    private void Turn(SimulatedSilo silo)
    {
        if (silo.Killed) { return; }
        if (silo.FrozenUntil > _now)
        {
            At(silo.FrozenUntil, () => Turn(silo));
            return;
        }

        var clock = silo.Clock(_now);
        if (silo.Agent.End is { } end)
        {
            silo.Killed = true;
            if (end == AgentEnd.Drained) { _database.Leave(silo.Agent.SiloId); }
            else { After(Up(3), StartSilo); }
            return;
        }

        if (silo.Agent.Next(clock) is { } step) { Carry(silo, step, clock); }
        else { After((silo.Agent.WaitUntil(clock) - clock) / silo.Speed, () => Turn(silo)); }
    }

    private void Carry(SimulatedSilo silo, ClusterStep step, TimeSpan asked)
    {
        if (step is ClusterStep.HandOver give) { silo.Agent.Release(give.Shards); }

        var answered = false;
        var there = IsUnlucky(30) ? Up(6) : Up(0.05);
        var back = IsUnlucky(30) ? Up(6) : Up(0.05);
        var lostThere = IsUnlucky(60);
        var lostBack = IsUnlucky(60);

        After(there, () => Arrive(there));
        After(Patience, () =>
        {
            // Thought lost, though it may still arrive.
            if (answered) { return; }
            answered = true;
            Turn(silo);
        });

        void Arrive(TimeSpan travelled)
        {
            // A frozen machine's packets are on their way already; one that is cut off sends none.
            if (lostThere || _now < silo.CutOffUntil) { return; }
            if (_now < _databaseBackAt)
            {
                // The connection is refused or the server starts again; some requests come through after that, late.
                if (_random.Next(2) == 0) { At(_databaseBackAt + Up(0.1), () => Arrive(travelled)); }
                return;
            }

            var view = _database.Do(silo.Agent.SiloId, step, out var claimed);
            if (!lostBack) { After(back, () => Hear(view, claimed)); }
        }

        void Hear(ClusterView? view, IReadOnlyList<ShardRow> claimed)
        {
            if (silo.Killed || answered) { return; }
            if (silo.FrozenUntil > _now)
            {
                At(silo.FrozenUntil, () => Hear(view, claimed));
                return;
            }

            answered = true;
            if (step is ClusterStep.Beat) { silo.Agent.Beaten(view, asked, silo.Clock(_now)); }
            else if (step is ClusterStep.Claim) { silo.Agent.Claimed(claimed); }
            else if (step is ClusterStep.DeclareDead) { silo.Agent.Buried(); }
            Turn(silo);
        }
    }

    /// <summary>What holds at every moment.</summary>
    private void Look()
    {
        Array.Clear(_servedBy);
        foreach (var silo in _silos)
        {
            if (!silo.IsRunning(_now) || silo.Agent.IsFenced(silo.Clock(_now))) { continue; }
            foreach (var shard in silo.Agent.Owned.Keys)
            {
                if (_servedBy[shard] != 0) { Violation = $"At {_now} both {_servedBy[shard]} and {silo.Agent.SiloId} serve shard {shard}."; }
                _servedBy[shard] = silo.Agent.SiloId;
            }
        }

        Violation ??= _database.Violation;
    }

    /// <summary>What has come about when nothing was disturbed for a while.</summary>
    private string? AtTheEnd()
    {
        var alive = _silos.Where(silo => !silo.Killed && silo.Agent.End is null).ToList();
        if (alive.Count == 0) { return null; }
        var fair = (_options.Shards + alive.Count - 1) / alive.Count;
        for (var shard = 0; shard < _options.Shards; shard++)
        {
            if (!alive.Any(silo => silo.Agent.Owned.ContainsKey(shard))) { return $"Nobody serves shard {shard} at the end."; }
        }

        return alive.Find(silo => silo.Agent.Owned.Count > fair) is { } rich
            ? $"Silo {rich.Agent.SiloId} has {rich.Agent.Owned.Count} shards at the end; {fair} would be fair."
            : null;
    }

    private sealed class SimulatedSilo(SiloAgent agent, TimeSpan offset, double speed)
    {
        public SiloAgent Agent { get; } = agent;

        public double Speed { get; } = speed;

        public bool Killed { get; set; }

        public TimeSpan FrozenUntil { get; set; }

        public TimeSpan CutOffUntil { get; set; }

        public bool IsRunning(TimeSpan now) => !Killed && FrozenUntil <= now;

        public TimeSpan Clock(TimeSpan now) => offset + (now * Speed);
    }
}

/// <summary>What a simulation is made of.</summary>
internal sealed record SimulationOptions
{
    public int Silos { get; init; } = 4;

    public int Shards { get; init; } = 12;

    /// <summary>Whether the database refuses writes of an epoch below one that it has seen.</summary>
    public bool EpochCheck { get; init; } = true;

    /// <summary>Nothing happens but that the database is away.</summary>
    public bool OnlyOutages { get; init; }

    public TimeSpan FenceAfter { get; init; } = new ClusterRules().FenceAfter;
}
