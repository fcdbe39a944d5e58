using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>How a run ended.</summary>
/// <param name="Load">All that was measured.</param>
/// <param name="Checks">All that was checked.</param>
/// <param name="LoadSeconds">How long the load lasted.</param>
internal sealed record LoadResult(Load Load, IReadOnlyList<Check> Checks, double LoadSeconds)
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
internal sealed class LoadRun(LoadPlan plan, TimeProvider time, Action<string> tell, Action<LoadProgress> show)
{
    private static readonly TimeSpan ShowEvery = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan DrainEvery = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan JoinPatience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan AnswerPatience = TimeSpan.FromSeconds(35);
    private static readonly TimeSpan DeliveryPatience = TimeSpan.FromSeconds(10);

    private string _phase = "preparing";

    /// <summary>Does it all.</summary>
    /// <exception cref="StageException">The load can't begin.</exception>
    public async Task<LoadResult> RunAsync(CancellationToken cancellationToken)
    {
        using var dialer = new Dialer(plan.Server);
        await using var stage = new Stage(plan, dialer, time, tell);
        var room = await stage.OpenRoomAsync(cancellationToken);
        var gift = plan.Gifts > 0 ? await stage.ChooseGiftAsync(room, cancellationToken) : null;
        var guests = await stage.InviteAsync(gift, cancellationToken);
        var load = new Load(plan, dialer, new RunClock(time)) { RoomId = room.RoomId, Gift = gift };
        tell($"Room {room.Title} ({room.RoomId}), {room.Stream.Phase.ToString().ToLowerInvariant()}.");

        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = ShowAsync(load, over.Token);
        var senders = guests.Select((guest, index) => new Sender(
            load, index, guest.Account, new Viewer(load, index + 1, guest.Account.Cookie), new WalletProof(guest.Account.Person.Name, guest.Coins))).ToArray();
        var viewers = senders.Select(sender => sender.Viewer)
            .Concat(Enumerable.Range(0, plan.Viewers).Select(index => new Viewer(load, index, cookie: null))).ToArray();
        var visits = new List<Task>(viewers.Length);
        try
        {
            _phase = "joining";
            await JoinAsync(load, viewers, visits, over.Token);
            _phase = "under load";
            var began = load.Clock.Micros;
            await LoadAsync(load, senders, began, over.Token);
            var seconds = (load.Clock.Micros - began) / 1e6;
            _phase = "waiting for what is under way";
            await DrainAsync(load, viewers, over.Token);
            _phase = "checking";
            var checks = await CheckAsync(load, viewers, senders, stage, over.Token);
            return new LoadResult(load, checks, seconds);
        }
        finally
        {
            await over.CancelAsync();
            await Task.WhenAll([.. visits, showing]);
        }
    }

    private static async Task JoinAsync(Load load, Viewer[] viewers, List<Task> visits, CancellationToken cancellationToken)
    {
        var began = load.Clock.Micros;
        for (var index = 0; index < viewers.Length; index++)
        {
            var scheduled = began + (long)(index / load.Plan.JoinsPerSecond * 1e6);
            await load.Clock.UntilAsync(scheduled, cancellationToken);
            visits.Add(viewers[index].RunAsync(scheduled, cancellationToken));
        }

        // Who is not in by then is counted as missing by the check.
        await Quietly(Task.WhenAll(viewers.Select(viewer => viewer.Joined)), JoinPatience, load.Clock.Time, cancellationToken);
    }

    private async Task LoadAsync(Load load, Sender[] senders, long began, CancellationToken cancellationToken)
    {
        using var reading = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var wallets = ReadWalletsAsync(load, senders, reading.Token);
        var sends = new List<Task>();
        var chats = PaceAsync(load, load.Chats.Planned, load.Plan.ChatPerSecond, began, (index, at) => Keep(
            senders[index % senders.Length].SayAsync(index, at, cancellationToken)), cancellationToken);
        var gifts = PaceAsync(load, load.Gifts.Planned, load.Plan.GiftsPerSecond, began, (index, at) => Keep(
            senders[index % senders.Length].GiveAsync(index, at, cancellationToken)), cancellationToken);
        await Task.WhenAll(chats, gifts);
        await load.Clock.UntilAsync(began + (long)load.Plan.Duration.TotalMicroseconds, cancellationToken);
        _phase = "waiting for what is under way";
        await Quietly(Task.WhenAll(sends), AnswerPatience, time, cancellationToken);
        await reading.CancelAsync();
        await wallets;

        // Bounded by the calls that each connection lets wait: what is done is forgotten.
        void Keep(Task send)
        {
            lock (sends)
            {
                if (sends.Count >= HubConnection.CallsMax) { sends.RemoveAll(one => one.IsCompleted); }
                sends.Add(send);
            }
        }
    }

    private static async Task PaceAsync(Load load, int count, double perSecond, long began, Action<int, long> send, CancellationToken cancellationToken)
    {
        for (var index = 0; index < count; index++)
        {
            var scheduled = began + (long)(index / perSecond * 1e6);
            await load.Clock.UntilAsync(scheduled, cancellationToken);
            send(index, scheduled);
        }
    }

    private async Task ReadWalletsAsync(Load load, Sender[] senders, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(ShowEvery, time);
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                foreach (var sender in senders.Where(sender => sender.Wallet.WantsReading)) { await ReadWalletAsync(load, sender, cancellationToken); }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The load is over; the last reading is the check's.
        }
    }

    private async Task<string?> ReadWalletAsync(Load load, Sender sender, CancellationToken cancellationToken)
    {
        var api = new Api(plan.Server, load.Dialer.For(sender.Viewer.Number), time, sender.Account.Cookie);
        try
        {
            var lines = await api.GetWalletLinesAsync(WalletProof.LinesPerReading, cancellationToken);
            if (!lines.Ok) { return lines.Refusal.Message; }
            sender.Wallet.Read(lines.Value.Lines);
            return null;
        }
        catch (HttpRequestException unreachable)
        {
            return unreachable.Message;
        }
    }

    private async Task DrainAsync(Load load, Viewer[] viewers, CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        while (time.GetElapsedTime(since) < DeliveryPatience && !Delivered()) { await Task.Delay(DrainEvery, time, cancellationToken); }

        bool Delivered()
        {
            var inside = viewers.Where(viewer => viewer.IsInside).ToList();
            if (inside.Count == 0) { return true; }
            var newest = inside.Max(viewer => viewer.Feed.Position ?? default);
            return inside.TrueForAll(viewer => viewer.Feed.Position == newest)
                && load.Gifts.In(SendState.Acknowledged).TakeLast(HubConnection.CallsMax).All(index => inside.TrueForAll(viewer => viewer.HasSeenGift(index)));
        }
    }

    private async Task<IReadOnlyList<Check>> CheckAsync(
        Load load, Viewer[] viewers, Sender[] senders, Stage stage, CancellationToken cancellationToken)
    {
        List<Check> checks = [RunChecks.EverybodyJoined(load, viewers), RunChecks.Sequence(viewers), RunChecks.Answers(load)];
        if (load.Gifts.Planned > 0)
        {
            checks.Add(RunChecks.GiftsSeen(load, viewers));
            checks.Add(RunChecks.Wallets(senders, [.. await ProveAsync(load, senders, cancellationToken)]));
        }

        if (plan.Publish) { checks.Add(new Check("the broadcast ran to the end", stage.PublishingProblem is null, stage.PublishingProblem ?? "it did")); }
        checks.AddRange(plan.Thresholds.Select(threshold => threshold.Against(load.Meter)));
        return checks;
    }

    private async Task<List<string>> ProveAsync(Load load, Sender[] senders, CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var sender in senders)
        {
            var api = new Api(plan.Server, load.Dialer.For(sender.Viewer.Number), time, sender.Account.Cookie);
            try
            {
                var unread = await ReadWalletAsync(load, sender, cancellationToken);
                var wallet = await api.GetWalletAsync(cancellationToken);
                if ((unread ?? (wallet.Ok ? sender.Wallet.Problem(wallet.Value.Coins) : wallet.Refusal.Message)) is { } problem) { problems.Add(problem); }
            }
            catch (HttpRequestException unreachable)
            {
                problems.Add(unreachable.Message);
            }
        }

        return problems;
    }

    private async Task ShowAsync(Load load, CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(ShowEvery, time);
            do { show(new LoadProgress(_phase, load)); }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            show(new LoadProgress(_phase, load));
        }
    }

    /// <summary>Waits no longer than that: what is not done by then is what the checks report.</summary>
    private static async Task Quietly(Task task, TimeSpan patience, TimeProvider time, CancellationToken cancellationToken)
    {
        try { await task.WaitAsync(patience, time, cancellationToken); }
        catch (TimeoutException) { }
    }
}
