using LiveCommerce.LoadTester.Scenarios;

namespace LiveCommerce.LoadTester.Running;

/// <summary>Everybody of a run: who comes when, who shows signs of life, whose network breaks.</summary>
internal sealed class Crowd
{
    private const int PulseParts = 100;
    private const int PingEvery = 3;
    private static readonly TimeSpan WatchEvery = TimeSpan.FromSeconds(5);
    private static readonly GroupPlan SenderPlan = new() { Name = "senders", Room = "" };

    private readonly Load _load;
    private readonly List<Task> _visits = [];
    private readonly Lock _gate = new();

    /// <summary>A crowd that has not come yet.</summary>
    /// <param name="guests">The accounts.</param>
    public Crowd(Load load, IReadOnlyList<Guest> guests)
    {
        _load = load;
        var number = 0;
        Senders = [.. guests.Select((guest, index) =>
        {
            var plan = SenderPlan with { Room = load.Rooms[guest.Room].Plan.Name, ArrivePerSecond = SenderRate(load.Scenario) };
            var viewer = new Viewer(load, number++, load.Rooms[guest.Room], plan, guest.Account.Cookie);
            return new Sender(load, index, guest.Account, viewer, new Checks.WalletProof(guest.Account.Person.Name, guest.Coins));
        })];
        var groups = new List<(GroupPlan, Viewer[])>();
        foreach (var plan in load.Scenario.Groups)
        {
            var rooms = load.Rooms.Where(room => room.Plan.Name == plan.Room).ToArray();
            groups.Add((plan, [.. Enumerable.Range(0, plan.Count).Select(index => new Viewer(load, number++, rooms[index % rooms.Length], plan, cookie: null))]));
        }

        Groups = groups;
        All = [.. Senders.Select(sender => sender.Viewer), .. groups.SelectMany(group => group.Item2)];
    }

    /// <summary>Who writes, gives and buys.</summary>
    public Sender[] Senders { get; }

    /// <summary>Who watches.</summary>
    public IReadOnlyList<(GroupPlan Plan, Viewer[] Viewers)> Groups { get; }

    /// <summary>Everybody.</summary>
    public Viewer[] All { get; }

    /// <summary>Lets those in who come before the clock starts. Who is not in by then is counted as missing by the checks.</summary>
    public async Task JoinAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        var first = Groups.Where(group => group.Plan.ArriveAt <= 0).Select(group => (group.Viewers, group.Plan.ArrivePerSecond))
            .Append(([.. Senders.Select(sender => sender.Viewer)], SenderRate(_load.Scenario))).ToList();
        var began = _load.Clock.Micros;
        await Task.WhenAll(first.Select(group => ArriveAsync(group.Item1, group.Item2, began, cancellationToken)));
        try { await Task.WhenAll(first.SelectMany(group => group.Item1).Select(viewer => viewer.Joined)).WaitAsync(patience, _load.Clock.Time, cancellationToken); }
        catch (TimeoutException) { }
    }

    /// <summary>Lets the others in when their time has come, and breaks what is to break.</summary>
    /// <param name="began">When the clock of the scenario started.</param>
    public async Task LiveAsync(long began, CancellationToken cancellationToken)
    {
        var arrivals = Groups.Where(group => group.Plan.ArriveAt > 0)
            .Select(group => ArriveAsync(group.Viewers, group.Plan.ArrivePerSecond, began + (long)(group.Plan.ArriveAt * 1e6), cancellationToken));
        var storms = _load.Scenario.Storms.Select((storm, index) => StormAsync(storm, index, began, cancellationToken));
        var shelf = new PlaylistShelf();
        var players = Groups.SelectMany(group => group.Viewers.Take((int)Math.Ceiling(group.Plan.Plays * group.Viewers.Length)))
            .Select(viewer => viewer.Plan.LowLatency
                ? new PartPlayback(_load, viewer, shelf).RunAsync(cancellationToken)
                : new Playback(_load, viewer).RunAsync(cancellationToken));
        await Task.WhenAll([.. arrivals, .. storms, .. players]);
    }

    /// <summary>Signs of life, evenly spread: one loop for all of them, for a timer each would cost more than the viewer.</summary>
    public async Task PulseAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(WatchEvery / PulseParts, _load.Clock.Time);
            for (long turn = 0; await timer.WaitForNextTickAsync(cancellationToken); turn++)
            {
                var (part, round) = ((int)(turn % PulseParts), turn / PulseParts);
                for (var index = part; index < All.Length; index += PulseParts)
                {
                    var viewer = All[index];
                    var watches = ShareOf(viewer.Number) < viewer.Plan.Watches;
                    if (watches || round % PingEvery == 0) { await viewer.PulseAsync(watches, cancellationToken); }
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The run is over.
        }
    }

    /// <summary>When everybody has gone, after the token said so.</summary>
    public Task GoneAsync()
    {
        lock (_gate) { return Task.WhenAll(_visits); }
    }

    // Who connects signs nothing: as fast as the largest group, that the clock need not wait for them.
    private static double SenderRate(Scenario scenario) => Math.Max(50, scenario.Groups.Select(group => group.ArrivePerSecond).DefaultIfEmpty(0).Max());

    // Between 0 and 1, spread evenly over any number of viewers.
    private static double ShareOf(int number) => unchecked((uint)number * 2_654_435_769u) / (double)uint.MaxValue;

    private async Task ArriveAsync(Viewer[] viewers, double perSecond, long began, CancellationToken cancellationToken)
    {
        for (var index = 0; index < viewers.Length; index++)
        {
            var scheduled = began + (long)(index / perSecond * 1e6);
            await _load.Clock.UntilAsync(scheduled, cancellationToken);
            var visit = viewers[index].RunAsync(scheduled, cancellationToken);
            lock (_gate) { _visits.Add(visit); }
        }
    }

    private async Task StormAsync(StormPlan storm, int number, long began, CancellationToken cancellationToken)
    {
        var random = new Random(unchecked((_load.Scenario.Seed * 31) + number));
        var struck = Groups.Where(group => storm.Group is null || group.Plan.Name == storm.Group).SelectMany(group => group.Viewers)
            .Where(_ => random.NextDouble() < storm.Share).ToList();
        for (var index = 0; index < struck.Count; index++)
        {
            await _load.Clock.UntilAsync(began + (long)((storm.At + (storm.Within * index / struck.Count)) * 1e6), cancellationToken);
            struck[index].Break();
        }
    }
}
