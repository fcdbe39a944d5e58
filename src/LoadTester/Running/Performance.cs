using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Measuring;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>What senders do, when the schedule says so. Nothing waits for an answer before it sends the next.</summary>
internal sealed class Performance
{
    private readonly Load _load;
    private readonly Crowd _crowd;
    private readonly string _card;
    private readonly Dictionary<string, Sender[]> _senders;
    private readonly Dictionary<string, Viewer[]> _viewers;
    private readonly HashSet<Task> _underWay = [];
    private readonly Lock _gate = new();

    /// <summary>A performance that has not begun.</summary>
    /// <param name="card">With which orders are paid.</param>
    public Performance(Load load, Crowd crowd, string card)
    {
        _load = load;
        _crowd = crowd;
        _card = card;
        _senders = _crowd.Senders.GroupBy(sender => sender.Viewer.Room.Plan.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
        _viewers = _crowd.Groups.SelectMany(group => group.Viewers).GroupBy(viewer => viewer.Room.Plan.Name, StringComparer.Ordinal)
            .ToDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }

    /// <summary>Coins that each sender of a plan gives, in the order of the senders.</summary>
    public static long[] CoinsOf(Scenario scenario, RoomPlan plan, IReadOnlyList<GiftItem> gallery)
    {
        var coins = new long[scenario.SendersIn(plan)];
        foreach (var sending in Timeline.Of(scenario, ActionKind.Gift).Where(sending => sending.Action.Room == plan.Name))
        {
            coins[sending.Sender] += ItemOf(sending.Action, gallery).Price * sending.Quantity;
        }

        return coins;
    }

    /// <summary>Sends everything, each at its time.</summary>
    public Task SendAllAsync(long began, CancellationToken cancellationToken) => Task.WhenAll(
        Enum.GetValues<ActionKind>().Select(kind => PaceAsync(kind, began, cancellationToken)));

    /// <summary>When every answer is there, or will not come.</summary>
    public Task AnsweredAsync()
    {
        lock (_gate) { return Task.WhenAll(_underWay); }
    }

    private static GiftItem ItemOf(ActionPlan action, IReadOnlyList<GiftItem> gallery) =>
        action.Gift is { } wanted ? gallery.First(item => item.GiftId == wanted) : gallery[0];

    private async Task PaceAsync(ActionKind kind, long began, CancellationToken cancellationToken)
    {
        foreach (var (index, sending) in Timeline.Of(_load.Scenario, kind).Index())
        {
            var scheduled = began + sending.At;
            await _load.Clock.UntilAsync(scheduled, cancellationToken);
            Keep(Send(kind, index, sending, scheduled, cancellationToken));
        }
    }

    private Task Send(ActionKind kind, int index, Sending sending, long scheduled, CancellationToken cancellationToken)
    {
        if (kind == ActionKind.Like) { return LikeAsync(sending, cancellationToken); }
        var sender = _senders[sending.Action.Room][sending.Sender];
        return kind switch
        {
            ActionKind.Chat => sender.SayAsync(index, scheduled, cancellationToken),
            ActionKind.Gift => sender.GiveAsync(index, scheduled, ItemOf(sending.Action, _load.Gallery), sending.Quantity, cancellationToken),
            _ => sender.BuyAsync(index, scheduled, _card, sending.Quantity, cancellationToken),
        };
    }

    // Anybody in the room likes; nobody answers.
    private async Task LikeAsync(Sending sending, CancellationToken cancellationToken)
    {
        var viewers = _viewers[sending.Action.Room];
        if (viewers[sending.Sender % viewers.Length] is not { Connection: { } connection }) { return; }
        try
        {
            await connection.TellAsync("Like", new LikeCall(sending.Quantity), cancellationToken);
            _load.Meter.Liked(sending.Quantity);
        }
        catch (IOException)
        {
            _load.Meter.Errors.Add(ErrorTally.NotConnected);
        }
    }

    // Bounded by the calls that each connection lets wait and by the patience of each.
    private void Keep(Task send)
    {
        if (send.IsCompleted) { return; }
        lock (_gate) { _underWay.Add(send); }
        _ = send.ContinueWith(done =>
        {
            lock (_gate) { _underWay.Remove(done); }
        }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }
}
