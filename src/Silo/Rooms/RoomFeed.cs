using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// The feed of one room: numbers events without a hole, collects those of a tick into one batch, hands each batch once to every
/// subscribed gateway, and keeps the last batches for replay. Knows no clock and never waits: the caller says what time it is
/// (counted from any fixed moment) and when a tick is over. How long a tick is depends on how busy the room is (<see cref="RoomHeat"/>).
/// </summary>
/// <param name="roomId">Whose feed it is.</param>
/// <param name="epoch">Of this activation of the room; the numbers start at 1 in each.</param>
/// <param name="deliver">Gives a batch to one observer. Must only queue it; false says that the observer is lost.</param>
internal sealed class RoomFeed(string roomId, long epoch, Func<IRoomObserver, RoomBatch, bool> deliver)
{
    /// <summary>Events that may wait for the end of a tick; one more ends it. Several thousand a second fit into the ticks of a hot room.</summary>
    public const int BatchEventsMax = 1024;

    /// <summary>Gateways that may subscribe to one room.</summary>
    public const int GatewaysMax = 256;

    /// <summary>How long anything may wait for its batch: the tick of a hot room.</summary>
    public static readonly TimeSpan TickMax = RoomHeat.Ticks[^1];

    /// <summary>How long gifts, orders, moderation and the like may wait, however hot the room is.</summary>
    public static readonly TimeSpan UrgentWithin = TimeSpan.FromMilliseconds(100);

    /// <summary>How long a batch is collected whose viewers take turns: one turn, so that each turn has something new to tell.</summary>
    public static readonly TimeSpan TurnTick = TimeSpan.FromMilliseconds((double)RoomLimits.CrowdRoundMs / RoomLimits.CrowdTurns);

    /// <summary>How long a subscription lives without a report.</summary>
    public static readonly TimeSpan SubscriptionLife = TimeSpan.FromSeconds(10);

    /// <summary>How long a gateway's count of viewers is believed.</summary>
    public static readonly TimeSpan CountLife = TimeSpan.FromSeconds(5);

    private readonly List<RoomBatch> _ring = [];
    private readonly List<RoomEvent> _pending = [];
    private readonly Dictionary<FeedSlot, int> _slots = [];
    private readonly RoomHeat _heat = new();
    private readonly Dictionary<string, Subscriber> _subscribers = new(StringComparer.Ordinal);
    private TimeSpan _lastBatchAt = TimeSpan.MinValue / 2;
    private TimeSpan? _urgentAt;
    private TimeSpan? _roundBegan; // null: the newest batch that is kept takes no more in
    private long _sequence;
    private int _connected;
    private bool _isCrowd;

    /// <summary>Of the newest event, collected or told.</summary>
    public RoomPosition Position => new(epoch, _sequence);

    /// <summary>How many gateways listen.</summary>
    public int Subscribers => _subscribers.Count;

    private bool TakesTurns => _isCrowd && _heat.IsBusy;

    /// <summary>Gives the event its number and puts it into the batch of this tick.</summary>
    public TEvent Append<TEvent>(TEvent happened, DateTimeOffset at, TimeSpan now)
        where TEvent : RoomEvent
    {
        _heat.Count(now);
        var numbered = happened with { Sequence = ++_sequence, At = at };
        _pending.Add(numbered);
        if (!MayWait(numbered)) { _urgentAt ??= now; }
        if (_pending.Count >= BatchEventsMax) { Publish(now); }
        return numbered;
    }

    /// <summary>
    /// Like <see cref="Append{TEvent}"/>, but an event of the same slot that waits for the end of this tick is replaced, in its place
    /// and under its number: so numbers stay without a hole, and viewers get one event a tick.
    /// </summary>
    /// <param name="merge">Makes one event of the waiting one and the new one; null says that they must stay two.</param>
    public TEvent AppendOrMerge<TEvent>(FeedSlot slot, TEvent happened, DateTimeOffset at, TimeSpan now, Func<TEvent, TEvent, TEvent?> merge)
        where TEvent : RoomEvent
    {
        if (_slots.TryGetValue(slot, out var place) && _pending[place] is TEvent waiting && merge(waiting, happened) is { } merged)
        {
            _heat.Count(now);
            merged = merged with { Sequence = waiting.Sequence, At = at };
            _pending[place] = merged;
            return merged;
        }

        var numbered = Append(happened, at, now);
        if (_pending.Count > 0) { _slots[slot] = _pending.Count - 1; } // else the batch was full and is told
        return numbered;
    }

    /// <summary>How long to wait until the collected events are due; zero: publish now; null: nothing waits.</summary>
    public TimeSpan? DueIn(TimeSpan now)
    {
        if (_pending.Count == 0) { return null; }

        var dueAt = _lastBatchAt + (TakesTurns ? TurnTick : _heat.Tick(_connected));
        if (_urgentAt is { } urgentAt && urgentAt + UrgentWithin < dueAt) { dueAt = urgentAt + UrgentWithin; }
        return dueAt > now ? dueAt - now : TimeSpan.Zero;
    }

    /// <summary>Ends the tick: what was collected goes to every gateway as one batch.</summary>
    public void Publish(TimeSpan now)
    {
        if (_pending.Count == 0) { return; }

        var batch = new RoomBatch(roomId, epoch, _pending.ToArray());
        if (TakesTurns && !batch.ChangesAudience) { batch = batch with { HoldMs = RoomLimits.CrowdRoundMs }; }
        _pending.Clear();
        _slots.Clear();
        _urgentAt = null;
        _lastBatchAt = now;
        Keep(batch, now);

        foreach (var (gatewayId, subscriber) in _subscribers)
        {
            // A gateway that a batch could not be queued for would have a hole: it is dropped, learns it from its next
            // report, and comes back with the position it has.
            if (!deliver(subscriber.Observer, batch)) { _subscribers.Remove(gatewayId); }
        }
    }

    /// <summary>
    /// Subscribes a gateway and gives it what it missed. Every batch that is published from now on follows on the observer, and
    /// its first event is the one after the answer's last.
    /// </summary>
    /// <param name="since">What it has.</param>
    /// <param name="replay">Set when the answer is true: what it missed, perhaps nothing.</param>
    /// <returns>False when <paramref name="since"/> can't be continued: it needs a snapshot.</returns>
    public bool Subscribe(string gatewayId, IRoomObserver observer, RoomPosition? since, TimeSpan now, [NotNullWhen(true)] out IReadOnlyList<RoomBatch>? replay)
    {
        // First gone, then told: what is collected reaches a gateway that renews in the answer only, and not twice.
        var counted = _subscribers.Remove(gatewayId, out var before) ? before : null;
        Publish(now);
        _subscribers[gatewayId] = new Subscriber
        {
            Observer = observer,
            RenewedAt = now,
            CountedAt = counted?.CountedAt ?? TimeSpan.MinValue / 2,
            Watching = counted?.Watching ?? 0,
            Connected = counted?.Connected ?? 0,
        };

        replay = since is { } position ? ReplayAfter(position) : null;
        return replay is not null;
    }

    /// <summary>Whether a new gateway may subscribe.</summary>
    public bool MaySubscribe(string gatewayId) => _subscribers.Count < GatewaysMax || _subscribers.ContainsKey(gatewayId);

    /// <summary>The gateway's counts; renews its subscription.</summary>
    /// <returns>False when it is not subscribed.</returns>
    public bool Report(string gatewayId, int watching, int connected, TimeSpan now)
    {
        if (!_subscribers.TryGetValue(gatewayId, out var subscriber)) { return false; }

        subscriber.RenewedAt = now;
        subscriber.CountedAt = now;
        subscriber.Watching = Math.Max(0, watching);
        subscriber.Connected = Math.Max(0, connected);
        _connected = Count(now).Connected;
        _isCrowd = _subscribers.Values.Any(static gateway => gateway.Connected >= RoomLimits.CrowdMin);
        return true;
    }

    /// <summary>The gateway wants no more.</summary>
    public void Unsubscribe(string gatewayId) => _subscribers.Remove(gatewayId);

    /// <summary>Forgets the gateways that have not reported for too long.</summary>
    /// <returns>How many.</returns>
    public int Expire(TimeSpan now)
    {
        var lost = 0;
        foreach (var (gatewayId, subscriber) in _subscribers)
        {
            if (now - subscriber.RenewedAt >= SubscriptionLife && _subscribers.Remove(gatewayId)) { lost++; }
        }

        return lost;
    }

    /// <summary>The sums of what the gateways reported lately.</summary>
    public (int Watching, int Connected) Count(TimeSpan now)
    {
        long watching = 0;
        long connected = 0;
        foreach (var subscriber in _subscribers.Values)
        {
            if (now - subscriber.CountedAt >= CountLife) { continue; }

            watching += subscriber.Watching;
            connected += subscriber.Connected;
        }

        return ((int)Math.Min(watching, int.MaxValue), (int)Math.Min(connected, int.MaxValue));
    }

    // Everything else is about money, order or the stream.
    private static bool MayWait(RoomEvent happened) =>
        happened is ChatSaid or ChatSampled or ViewersCounted or LikesCounted or EngagementCounted or TopGiftersChanged or GoalChanged;

    // The small batches of a round are kept as one: by themselves they would push out in seconds what is kept for a minute.
    private void Keep(RoomBatch batch, TimeSpan now)
    {
        if (batch.HoldMs is null)
        {
            _roundBegan = null;
        }
        else if (_roundBegan is { } began && (now - began).TotalMilliseconds < batch.HoldMs && _ring[^1].Events.Count + batch.Events.Count <= BatchEventsMax)
        {
            _ring[^1] = _ring[^1] with { Events = [.. _ring[^1].Events, .. batch.Events] };
            return;
        }
        else
        {
            (_roundBegan, batch) = (now, batch with { HoldMs = null });
        }

        _ring.Add(batch);
        if (_ring.Count > RoomLimits.ReplayBatchesMax) { _ring.RemoveAt(0); }
    }

    private List<RoomBatch>? ReplayAfter(RoomPosition since)
    {
        if (since.Epoch != epoch || since.Sequence < 0 || since.Sequence > _sequence) { return null; }
        if (since.Sequence == _sequence) { return []; }
        if (_ring.Count == 0 || _ring[0].Events[0].Sequence > since.Sequence + 1) { return null; }

        var missed = new List<RoomBatch>();
        foreach (var batch in _ring)
        {
            if (batch.Events[^1].Sequence <= since.Sequence) { continue; }

            // A position in the middle of a batch is answered from the middle of the batch.
            missed.Add(batch.Events[0].Sequence > since.Sequence
                ? batch
                : batch with { Events = [.. batch.Events.Where(happened => happened.Sequence > since.Sequence)] });
        }

        return missed;
    }

    private sealed class Subscriber
    {
        public required IRoomObserver Observer { get; init; }

        public TimeSpan RenewedAt { get; set; }

        public TimeSpan CountedAt { get; set; }

        public int Watching { get; set; }

        public int Connected { get; set; }
    }
}

/// <summary>Names what an event is about, so that within a tick the next one about the same takes its place.</summary>
/// <param name="Kind">Of the event.</param>
/// <param name="Who">Whose it is, where that matters.</param>
/// <param name="What">What it is about, where that matters.</param>
internal readonly record struct FeedSlot(string Kind, string Who = "", string What = "");
