using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>What every run checks at its end.</summary>
internal sealed class RunChecks(Load load, Crowd crowd, TimeProvider time)
{
    private static readonly TimeSpan OrderPatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>All of them.</summary>
    public async Task<IReadOnlyList<Check>> AllAsync(IReadOnlyDictionary<int, RoomPosition> target, string? publishingProblem, CancellationToken cancellationToken)
    {
        List<Check> checks = [EverybodyJoined(load, crowd.All), Sequence(crowd.All), UpToDate(crowd.All, target), Answers(load)];
        if (load.Chats.Planned > 0) { checks.Add(Seen(load.Chats, crowd.All, "message")); }
        if (load.Gifts.Planned > 0)
        {
            checks.Add(Seen(load.Gifts, crowd.All, "gift"));
            checks.Add(Wallets(crowd.Senders, await ProveWalletsAsync(cancellationToken)));
        }

        if (load.Orders.Planned > 0)
        {
            checks.Add(Seen(load.Orders, crowd.All, "order"));
            checks.Add(await StockAsync(cancellationToken));
        }

        if (load.Rooms.Any(room => room.Plan.Publish)) { checks.Add(new Check("the broadcast ran to the end", publishingProblem is null, publishingProblem ?? "it did")); }
        checks.AddRange(load.Scenario.Thresholds.Select(threshold => threshold.Against(load.Meter)));
        return checks;
    }

    /// <summary>Whether everybody who should be there is, and what was acknowledged is in the feeds.</summary>
    public static bool IsComplete(Load load, Crowd crowd) =>
        crowd.All.All(viewer => viewer.IsInside || viewer.HasLeft || viewer.Plan.Stay is not null || !viewer.IsPrompt)
        && new[] { load.Chats, load.Gifts, load.Orders }.All(book => book.In(SendState.Acknowledged).All(index => book.AnnouncedAt(index) is not null));

    /// <summary>The newest that anybody has of each room.</summary>
    public static IReadOnlyDictionary<int, RoomPosition> Newest(IReadOnlyList<Viewer> viewers) =>
        viewers.GroupBy(viewer => viewer.Room.Index).ToDictionary(room => room.Key, room => room.Max(viewer => viewer.Feed.Position ?? default));

    /// <summary>Whether everyone who is inside, and reads all that comes, has come so far.</summary>
    public static bool HaveReached(IReadOnlyList<Viewer> viewers, IReadOnlyDictionary<int, RoomPosition> target) =>
        viewers.All(viewer => !viewer.IsInside || !viewer.IsPrompt || viewer.Feed.Position >= target[viewer.Room.Index]);

    public static Check EverybodyJoined(Load load, IReadOnlyList<Viewer> viewers)
    {
        var stayers = viewers.Where(viewer => viewer.IsPrompt && viewer.Plan.Stay is null).ToList();
        var inside = stayers.Count(viewer => viewer.IsInside);
        return new Check(
            "everybody joined, and who was to stay is there", load.Meter.Joined == viewers.Count && inside == stayers.Count,
            $"{load.Meter.Joined} of {viewers.Count} joined, {inside} of {stayers.Count} who stay are in their room at the end, {load.Meter.Reconnects} reconnects");
    }

    public static Check Sequence(IReadOnlyList<Viewer> viewers)
    {
        var broken = viewers.FirstOrDefault(viewer => viewer.Feed.Violations > 0);
        var jumps = viewers.Sum(viewer => viewer.Feed.Jumps);
        return new Check(
            "every viewer saw the feed without a hole or a repeat", broken is null,
            broken is null
                ? $"{viewers.Count} feeds, {jumps} declared jumps to a snapshot"
                : $"{viewers.Count(viewer => viewer.Feed.Violations > 0)} feeds are broken; viewer {broken.Number}: {broken.Feed.FirstViolation}");
    }

    /// <summary>Nobody's feed stopped before the others'.</summary>
    /// <param name="target">What some had when the load was over.</param>
    public static Check UpToDate(IReadOnlyList<Viewer> viewers, IReadOnlyDictionary<int, RoomPosition> target)
    {
        var there = viewers.Where(viewer => viewer.IsInside && viewer.IsPrompt).ToList();
        var behind = there.Where(viewer => !HaveReached([viewer], target)).ToList();
        return new Check(
            "everyone in a room has what the others have", behind.Count == 0,
            behind.Count == 0
                ? $"{there.Count} viewers"
                : $"{behind.Count} of {there.Count} are behind; viewer {behind[0].Number} is at {behind[0].Feed.Position?.Sequence} of {target[behind[0].Room.Index].Sequence}");
    }

    public static Check Answers(Load load)
    {
        SendBook[] books = [load.Chats, load.Gifts, load.Orders];
        var (sent, taken, unknown) = (books.Sum(book => book.Sent), books.Sum(book => book.Acknowledged), books.Sum(book => book.Unknown));
        return new Check(
            "every message, gift and order got an answer, and not only refusals",
            books.All(book => book.Settled) && unknown == 0 && (taken > 0 || sent == 0),
            $"{sent} sent, {taken} acknowledged, {books.Sum(book => book.Refused)} refused or not shown, {unknown} without an answer");
    }

    /// <summary>
    /// What was acknowledged stands in the room's feed. That each viewer saw the feed whole is another check, so one place is enough;
    /// what nobody could see because of a declared jump is told; when that is all of it, nothing was proven. The protocol announces at least once, and players drop repeats.
    /// </summary>
    public static Check Seen(SendBook book, IReadOnlyList<Viewer> viewers, string what)
    {
        var witnesses = viewers.Where(viewer => viewer.IsInside && viewer.Feed is { Jumps: 0, Violations: 0 })
            .GroupBy(viewer => viewer.Room.Index).ToDictionary(room => room.Key, room => room.Min(viewer => viewer.FirstInAt));
        var (missed, passed) = (0, 0);
        string? first = null;
        foreach (var index in book.In(SendState.Acknowledged).Where(index => book.AnnouncedAt(index) is null))
        {
            if (!witnesses.TryGetValue(book.RoomOf(index), out var since) || since > book.ScheduledAt(index)) { passed++; }
            else
            {
                missed++;
                first ??= $"{what} {index} of sender {book.SenderOf(index)}";
            }
        }

        return new Check(
            $"every acknowledged {what} is in its room's feed", missed == 0 && (book.Acknowledged > passed || book.Sent == 0),
            missed == 0
                ? $"{book.Acknowledged - passed} are, {book.Repeats} announced again, {passed} passed over in declared jumps"
                : $"{missed} are missing, first {first}");
    }

    public static Check Wallets(IReadOnlyList<Sender> senders, IReadOnlyList<string> problems) => new(
        "every acknowledged gift is in its sender's wallet exactly once", problems.Count == 0,
        problems.Count == 0
            ? $"{senders.Sum(sender => sender.Wallet.Count)} gifts in {senders.Count} wallets, and the balances agree"
            : $"{problems.Count} wallets are wrong; first: {problems[0]}");

    /// <summary>Reads the newest lines of a wallet.</summary>
    /// <returns>Why that was not possible; null: it was.</returns>
    public static async Task<string?> ReadWalletAsync(Sender sender, CancellationToken cancellationToken)
    {
        try
        {
            var lines = await sender.Api.GetWalletLinesAsync(WalletProof.LinesPerReading, cancellationToken);
            if (!lines.Ok) { return lines.Refusal.Message; }
            sender.Wallet.Read(lines.Value.Lines);
            return null;
        }
        catch (HttpRequestException unreachable)
        {
            return unreachable.Message;
        }
    }

    private async Task<List<string>> ProveWalletsAsync(CancellationToken cancellationToken)
    {
        var problems = new List<string>();
        foreach (var sender in crowd.Senders.Where(sender => sender.Wallet.HasSent))
        {
            try
            {
                var unread = await ReadWalletAsync(sender, cancellationToken);
                var wallet = await sender.Api.GetWalletAsync(cancellationToken);
                if ((unread ?? (wallet.Ok ? sender.Wallet.Problem(wallet.Value.Coins) : wallet.Refusal.Message)) is { } problem) { problems.Add(problem); }
            }
            catch (HttpRequestException unreachable)
            {
                problems.Add(unreachable.Message);
            }
        }

        return problems;
    }

    private async Task<Check> StockAsync(CancellationToken cancellationToken)
    {
        const string Name = "what was sold is what was paid for, and the stock fell by that";
        var problems = new List<string>();
        long sold = 0;
        try
        {
            await AskForOrdersAsync(cancellationToken);
            foreach (var room in load.Rooms.Where(room => room.Stock is not null))
            {
                var card = await new Api(load.Scenario.Server, load.Dialer.For(0), time).GetProductAsync(room.Stock!.ProductId, cancellationToken);
                if ((card.Ok ? room.Stock.Problem(card.Value) : card.Refusal.Message) is { } problem) { problems.Add(problem); }
                sold += card.Value?.Sold ?? 0;
            }
        }
        catch (HttpRequestException unreachable)
        {
            problems.Add(unreachable.Message);
        }

        return new Check(Name, problems.Count == 0, problems.Count == 0
            ? $"{sold} items in {load.Orders.Acknowledged} orders of {load.Rooms.Count(room => room.Stock is not null)} products"
            : $"{problems.Count} products are wrong; first: {problems[0]}");
    }

    // Orders without an answer may exist, and those that are being paid end soon.
    private async Task AskForOrdersAsync(CancellationToken cancellationToken)
    {
        var since = time.GetTimestamp();
        foreach (var index in load.Orders.In(SendState.Unknown)) { await AskAsync(crowd.Senders[load.Orders.SenderOf(index)], index); }
        while (time.GetElapsedTime(since) < OrderPatience && load.Rooms.Any(room => room.Stock?.Open.Any() is true))
        {
            foreach (var index in load.Orders.In(SendState.Refused)) { await AskAsync(crowd.Senders[load.Orders.SenderOf(index)], index); }
            await Task.Delay(LookEvery, time, cancellationToken);
        }

        async Task AskAsync(Sender sender, int index)
        {
            if (sender.OrderIdOf(index) is { } id && (await sender.Api.GetOrderAsync(id, cancellationToken)).Value is { } order) { sender.Viewer.Room.Stock!.Told(order); }
        }
    }
}
