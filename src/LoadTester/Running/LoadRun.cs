using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Acts;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>How a run ended.</summary>
/// <param name="Load">All that was measured.</param>
/// <param name="Checks">All that was checked.</param>
/// <param name="LoadSeconds">How long the load lasted.</param>
/// <param name="StartedAt">Second of the run at which the clock of the scenario started; null: not known.</param>
internal sealed record LoadResult(Load Load, IReadOnlyList<Check> Checks, double LoadSeconds, double? StartedAt = null)
{
    /// <summary>Whether every promise was kept.</summary>
    public bool Kept => Checks.All(check => check.Kept);
}

/// <summary>Where a run is, for whoever watches it.</summary>
/// <param name="Phase">In a word.</param>
internal sealed record LoadProgress(string Phase, Load Load);

/// <summary>One run from the first account to the last check: prepare, join, load, wait for what is under way, check.</summary>
/// <param name="tell">Gets sentences for people.</param>
/// <param name="show">Gets the state of the run, several times a second.</param>
internal sealed class LoadRun(Scenario scenario, TimeProvider time, Action<string> tell, Action<LoadProgress> show)
{
    /// <summary>Open files beside those of viewers.</summary>
    private const int FilesBeside = 200;

    /// <summary>Tables of open files at most: one thread each.</summary>
    private const int TablesMax = 8;

    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(90);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan DeliveryPatience = TimeSpan.FromSeconds(30);

    private string _phase = "preparing";

    /// <summary>Does it all.</summary>
    /// <exception cref="StageException">The load can't begin.</exception>
    public async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        var tables = DemandFiles(Native.OpenFilesMax, () => Native.IsHere && scenario.Server.Scheme == Uri.UriSchemeHttp && Native.GivesThreadsFiles());
        using var dialer = new Dialer(scenario.Server, scenario.From, scenario.Gateways, tables);
        await using var stage = new Stage(scenario, dialer, time, tell);
        var rooms = await stage.OpenRoomsAsync(cancellationToken);
        var gallery = await stage.OpenGalleryAsync(rooms, cancellationToken);
        var purses = scenario.Rooms.SelectMany(plan =>
        {
            var own = rooms.Where(room => room.Plan == plan).ToArray();
            return Performance.CoinsOf(scenario, plan, gallery).Select((coins, index) => (own[index % own.Length].Index, coins));
        }).ToList();
        var guests = await stage.InviteAsync(purses, cancellationToken);
        var load = new Load(scenario, dialer, new RunClock(time), rooms) { Gallery = gallery };
        foreach (var loop in dialer.Loops) { loop.AfterRound = load.Feed.CountAll; }
        tell(rooms.Count == 1 ? $"Room {rooms[0].Title} ({rooms[0].RoomId}), {rooms[0].Phase.ToString().ToLowerInvariant()}." : $"{rooms.Count} rooms.");

        await using var playbill = new Playbill(load, stage.Card);
        await playbill.PrepareAsync(stage, cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var crowd = new Crowd(load, guests);
        var showing = ShowAsync(load, over.Token);
        var pulse = crowd.PulseAsync(over.Token);
        var life = Task.CompletedTask;
        try
        {
            _phase = "joining";
            await crowd.JoinAsync(JoinPatience, over.Token);
            load.Costs.CrowdIsIn(load.Meter.Connected);
            _phase = "under load";
            var began = load.Clock.Micros;
            life = Quietly(crowd.LiveAsync(began, over.Token), Timeout.InfiniteTimeSpan, over.Token);
            var performance = new Performance(load, crowd, stage.Card);
            var playing = playbill.PlayAsync(began, over.Token);
            await LoadAsync(load, crowd, performance, began, over.Token);
            await playing;
            var seconds = (load.Clock.Micros - began) / 1e6;
            var target = await DrainAsync(load, crowd, over.Token);
            _phase = "checking";
            var checks = await new RunChecks(load, crowd, time).AllAsync(target, stage.PublishingProblem, over.Token);
            var proofs = await playbill.ProveAsync([.. crowd.Senders.Select(sender => sender.Wallet)], over.Token);
            return new LoadResult(load, [.. checks, .. proofs], seconds, began / 1e6);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll(crowd.GoneAsync(), pulse, showing, life);
        }
    }

    /// <summary>Refuses what the system would refuse in the middle.</summary>
    /// <param name="allowed">Files one table of this process may have; null: not known.</param>
    /// <param name="spreads">Whether the hub's sockets can be spread over several tables; asked only when they must be.</param>
    /// <returns>How many tables of open files the hub's sockets need.</returns>
    internal int DemandFiles(long? allowed, Func<bool> spreads)
    {
        var players = scenario.Groups.Sum(group => (int)Math.Ceiling(group.Plays * group.Count));
        var sockets = scenario.Viewers + scenario.Senders + scenario.Actors;
        var needed = sockets + players + FilesBeside;
        if (allowed is not { } files || files >= needed) { return 1; }
        var ofTable = files - players - SocketLoop.FilesBeside;
        var tables = ofTable > 0 ? (sockets + ofTable - 1) / ofTable : long.MaxValue;
        if (tables > TablesMax || !spreads())
        {
            throw new StageException(
                $"This scenario needs {needed} open files and this process may have {allowed}. Raise the limit (ulimit -n {needed}, LimitNOFILE= in a systemd unit, "
                + "--ulimit nofile= of a container), here and for the server, or choose fewer viewers (--scale).");
        }

        tell($"This process may have {files} open files in one table; its {sockets} connections are in {tables}.");
        return (int)tables;
    }

    private async Task LoadAsync(Load load, Crowd crowd, Performance performance, long began, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wallets = ReadWalletsAsync(crowd, reading.Token);
        await performance.SendAllAsync(began, cancellationToken);
        await load.Clock.UntilAsync(began + (long)scenario.Duration.TotalMicroseconds, cancellationToken);
        _phase = "waiting for what is under way";
        await Quietly(performance.AnsweredAsync(), AnswerPatience, cancellationToken);
        await reading.CancelAsync();
        await wallets;
    }

    private async Task ReadWalletsAsync(Crowd crowd, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(ShowEvery, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var sender in crowd.Senders.Where(sender => sender.Wallet.WantsReading)) { await RunChecks.ReadWalletAsync(sender, cancellationToken); }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The load is over; the last reading is the check's.
        }
    }

    // Until everybody who should be there is, and has what some had by then.
    private async Task<IReadOnlyDictionary<int, RoomPosition>> DrainAsync(Load load, Crowd crowd, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < DeliveryPatience && !RunChecks.IsComplete(load, crowd)) { await Task.Delay(DrainEvery, time, cancellationToken); }
        var target = RunChecks.Newest(crowd.All);
        since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < DeliveryPatience && !RunChecks.HaveReached(crowd.All, target)) { await Task.Delay(DrainEvery, time, cancellationToken); }
        return target;
    }

    private async Task ShowAsync(Load load, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(ShowEvery, time);
            do
            {
                load.Series.Tick();
                show(new LoadProgress(_phase, load));
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            show(new LoadProgress(_phase, load));
        }
    }

    /// <summary>Waits no longer than that: what is not done by then is what the checks report.</summary>
    private async Task Quietly(Task task, TimeSpan patience, CancellationToken cancellationToken)
    {
        try { await task.WaitAsync(patience, time, cancellationToken); }
        catch (TimeoutException) { }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested) { }
    }
}
