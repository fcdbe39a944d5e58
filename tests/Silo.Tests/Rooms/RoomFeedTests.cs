using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Rooms;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed partial class RoomFeedTests
{
    private const long Epoch = 7;
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly RoomFeed _feed = new("room", Epoch, (observer, batch) => ((Gateway)observer).Take(batch));
    private TimeSpan _now;

    [Fact]
    public void QuietRoom_TellsEveryEventAtOnce()
    {
        for (var i = 0; i < 20; i++)
        {
            _now += TimeSpan.FromMilliseconds(50);
            Append();
            Assert.Equal(TimeSpan.Zero, _feed.DueIn(_now));
            _feed.Publish(_now);
            Assert.Null(_feed.DueIn(_now));
        }
    }

    [Theory]
    [InlineData(60, 10_000, 50)]
    [InlineData(120, 4_000, 100)]
    [InlineData(600, 4_000, 180)]
    [InlineData(2_000, 4_000, 180)]
    [InlineData(120, RoomLimits.CrowdMin, 12)] // whose viewers take turns
    [InlineData(2_000, 10_000, 12)]
    [InlineData(2_000, RoomHeat.SmallRoomConnected, 50)] // a crowd of events, but not of viewers
    public void BusyRoom_CollectsForAsLongAsItsHeatSays(int perSecond, int connected, int tickMs)
    {
        Subscribed("one");
        _feed.Report("one", connected, connected, _now);
        HeatUp(perSecond);
        _feed.Publish(_now);
        Append();

        Assert.Equal(TimeSpan.FromMilliseconds(tickMs), _feed.DueIn(_now));
        _now += TimeSpan.FromMilliseconds(tickMs);
        Assert.Equal(TimeSpan.Zero, _feed.DueIn(_now));
    }

    [Fact]
    public void GiftInAHotRoom_WaitsNoLongerThanUrgentThingsMay()
    {
        Subscribed("one");
        _feed.Report("one", 4_000, 4_000, _now);
        HeatUp(600);
        _feed.Publish(_now);
        _now += TimeSpan.FromMilliseconds(20);
        Gift("ana", "rose", 1);

        Assert.Equal(RoomFeed.UrgentWithin, _feed.DueIn(_now));
        _feed.Publish(_now);
        Append();
        Assert.Equal(RoomFeed.TickMax, _feed.DueIn(_now));
    }

    [Fact]
    public void RoomThatCoolsDown_TellsAtOnceAgainAndDoesNotFlutterOnTheWay()
    {
        HeatUp(60);
        HeatUp(35); // between the two thresholds: stays as it was
        _feed.Publish(_now);
        Append();
        Assert.Equal(RoomHeat.SmallRoomTick, _feed.DueIn(_now));

        HeatUp(15);
        _feed.Publish(_now);
        Append();
        Assert.Equal(TimeSpan.Zero, _feed.DueIn(_now));
    }

    [Fact]
    public void SendingsOfACombo_BecomeOneEventOfTheTick()
    {
        var gateway = Subscribed("one");
        var first = Gift("ana", "rose", 1);
        Append();
        var second = Gift("ana", "rose", 4, combo: 5);
        Gift("ana", "cake", 1);
        Gift("ben", "rose", 1);
        _feed.Publish(_now);
        Gift("ana", "rose", 1);
        _feed.Publish(_now);

        var gifts = gateway.Batches[0].Events.OfType<GiftSent>().ToList();
        Assert.Equal([1, 2, 3, 4], gateway.Batches[0].Events.Select(happened => happened.Sequence));
        Assert.Equal((5, 50, 5, first.Key, 1L), (gifts[0].Quantity, gifts[0].Coins, gifts[0].Combo, gifts[0].Key, gifts[0].Sequence));
        Assert.Equal([second.Merged![^1]], gifts[0].Merged!);
        Assert.All(gifts.Skip(1), gift => Assert.Null(gift.Merged));
        Assert.Null(Assert.IsType<GiftSent>(Assert.Single(gateway.Batches[1].Events)).Merged);
    }

    /// <summary>
    /// Whatever is sent, in whatever order and at whatever heat: every sending is in one event, the sums are what was settled, no
    /// number is missing or comes twice, and no gift waits longer than urgent things may. A failure prints its seed.
    /// </summary>
    [Fact]
    public void RandomCombos_AreAllToldOnceInTimeAndWithTheirSums()
    {
        for (var seed = 1; seed <= 100; seed++)
        {
            var random = new Random(seed);
            var batches = new List<RoomBatch>();
            var feed = new RoomFeed("room", Epoch, (_, batch) =>
            {
                batches.Add(batch);
                return true;
            });
            feed.Subscribe("one", new Gateway(), null, TimeSpan.Zero, out _);
            feed.Report("one", 10_000, 10_000, TimeSpan.Zero);
            var sent = new Dictionary<Guid, (string Sender, string GiftId, long Coins)>();
            var now = TimeSpan.Zero;
            TimeSpan? oldest = null;
            for (var step = 0; step < 600; step++)
            {
                // Time goes on to the next event, or to the end of the tick if that comes first.
                var next = now + TimeSpan.FromMilliseconds(random.NextDouble() * random.Next(1, 30));
                if (feed.DueIn(now) is { } due && now + due <= next)
                {
                    now += due;
                    feed.Publish(now);
                    Assert.True(oldest is null || now - oldest <= RoomFeed.UrgentWithin, $"seed {seed}: a gift waited for {now - oldest}");
                    oldest = null;
                }

                now = next;
                if (random.Next(3) == 0)
                {
                    feed.Append(new ViewersCounted(step, step), At, now);
                    continue;
                }

                var (sender, giftId, coins) = ($"sender {random.Next(3)}", $"gift {random.Next(2)}", (long)random.Next(1, 100));
                var gift = new GiftSent(Guid.NewGuid(), new Person(sender, sender), giftId, 1, coins, step, 1);
                feed.AppendOrMerge(new FeedSlot("gift", sender, giftId), gift, At, now, GiftMerging.TryMerge);
                sent[gift.Key] = (sender, giftId, coins);
                oldest ??= now;
            }

            feed.Publish(now + RoomFeed.TickMax);

            var events = batches.SelectMany(batch => batch.Events).ToList();
            Assert.True(events.Select(happened => happened.Sequence).SequenceEqual(Enumerable.Range(1, events.Count).Select(number => (long)number)), $"seed {seed}: numbers");
            var told = events.OfType<GiftSent>().ToList();
            Assert.True(told.SelectMany(gift => gift.Keys).Order().SequenceEqual(sent.Keys.Order()), $"seed {seed}: keys");
            Assert.All(told, gift => Assert.Equal(
                (gift.Keys.Count(), gift.Keys.Sum(key => sent[key].Coins), true),
                (gift.Quantity, gift.Coins, gift.Keys.All(key => sent[key].Sender == gift.Sender.Id && sent[key].GiftId == gift.GiftId))));
        }
    }

    [Fact]
    public void ComboOfMoreSendingsThanAnEventMayHold_GoesOnInAnother()
    {
        var gateway = Subscribed("one");
        for (var i = 0; i < RoomLimits.MergedGiftsMax + 1; i++) { Gift("ana", "rose", 1); }
        _feed.Publish(_now);

        Assert.Equal([RoomLimits.MergedGiftsMax, 1], Assert.Single(gateway.Batches).Events.Cast<GiftSent>().Select(gift => gift.Quantity));
    }

    [Fact]
    public void EventsOfATick_AreOneBatchForEveryGateway()
    {
        var (one, two) = (Subscribed("one"), Subscribed("two"));

        Append();
        Append();
        _feed.Publish(_now);

        Assert.Equal([1, 2], Assert.Single(one.Batches).Events.Select(happened => happened.Sequence));
        Assert.Same(one.Batches[0], Assert.Single(two.Batches));
    }

    [Fact]
    public void FullBatch_IsToldWithoutWaitingForTheTick()
    {
        var gateway = Subscribed("one");
        for (var i = 0; i < RoomFeed.BatchEventsMax; i++) { Append(); }

        Assert.Equal(RoomFeed.BatchEventsMax, Assert.Single(gateway.Batches).Events.Count);
    }

    [Fact]
    public void NewGateway_NeedsASnapshotAndThenGetsTheTail()
    {
        Append();
        _feed.Publish(_now);
        Append(); // collected when it subscribes: part of the snapshot, not of its tail

        var gateway = new Gateway();
        Assert.False(_feed.Subscribe("one", gateway, null, _now, out _));
        Assert.Equal(new RoomPosition(Epoch, 2), _feed.Position);

        Append();
        _feed.Publish(_now);
        Assert.Equal([3], gateway.Sequences);
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(2, 3)]
    [InlineData(3, 4)] // in the middle of the second batch
    [InlineData(6, 7)]
    public void ReturningGateway_GetsExactlyWhatItMissed(long since, long first)
    {
        for (var batch = 0; batch < 3; batch++)
        {
            Append();
            Append();
            _feed.Publish(_now);
        }

        var gateway = new Gateway();
        Assert.True(_feed.Subscribe("one", gateway, new RoomPosition(Epoch, since), _now, out var replay));

        var missed = replay.SelectMany(batch => batch.Events).Select(happened => happened.Sequence).ToList();
        Assert.Equal(Enumerable.Range((int)first, 7 - (int)first).Select(number => (long)number), missed);
        Assert.All(replay, batch => Assert.NotEmpty(batch.Events));
    }

    [Theory]
    [InlineData(Epoch - 1, 1)]
    [InlineData(Epoch + 1, 1)]
    [InlineData(Epoch, 99)]
    [InlineData(Epoch, -1)]
    public void PositionOfAnotherFeed_NeedsASnapshot(long epoch, long sequence)
    {
        Append();
        _feed.Publish(_now);

        Assert.False(_feed.Subscribe("one", new Gateway(), new RoomPosition(epoch, sequence), _now, out _));
    }

    [Fact]
    public void PositionThatHasLeftTheRing_NeedsASnapshot()
    {
        for (var i = 0; i < RoomLimits.ReplayBatchesMax + 1; i++)
        {
            Append();
            _feed.Publish(_now);
        }

        Assert.False(_feed.Subscribe("one", new Gateway(), new RoomPosition(Epoch, 0), _now, out _));
        Assert.True(_feed.Subscribe("one", new Gateway(), new RoomPosition(Epoch, 1), _now, out var replay));
        Assert.Equal(RoomLimits.ReplayBatchesMax, replay.Count);
    }

    [Fact]
    public void GatewayThatDoesNotReport_IsForgottenAfterTenSeconds()
    {
        Subscribed("silent");
        Subscribed("alive");
        _now += RoomFeed.SubscriptionLife - TimeSpan.FromMilliseconds(1);
        Assert.True(_feed.Report("alive", 1, 1, _now));
        Assert.Equal(0, _feed.Expire(_now));

        _now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(1, _feed.Expire(_now));
        Assert.False(_feed.Report("silent", 1, 1, _now));
        Assert.True(_feed.Report("alive", 1, 1, _now));
    }

    [Fact]
    public void GatewayThatABatchCannotBeQueuedFor_MustSubscribeAgainAndLosesNothing()
    {
        var gateway = Subscribed("one");
        Append();
        _feed.Publish(_now);
        gateway.Broken = true;
        Append();
        _feed.Publish(_now);
        gateway.Broken = false;

        Assert.False(_feed.Report("one", 1, 1, _now));
        Assert.True(_feed.Subscribe("one", gateway, gateway.Position, _now, out var replay));
        Assert.Equal([2], replay.SelectMany(batch => batch.Events).Select(happened => happened.Sequence));
    }

    [Fact]
    public void Counts_AreSumsOfWhatWasReportedLately()
    {
        Subscribed("one");
        Subscribed("two");
        _feed.Report("one", 10, 12, _now);
        _now += TimeSpan.FromSeconds(2);
        _feed.Report("two", 5, 6, _now);
        Assert.Equal((15, 18), _feed.Count(_now));

        _now += TimeSpan.FromSeconds(3);
        Assert.Equal((5, 6), _feed.Count(_now));
        _feed.Unsubscribe("two");
        Assert.Equal((0, 0), _feed.Count(_now));
    }

    [Fact]
    public void Gateways_AreBounded()
    {
        for (var i = 0; i < RoomFeed.GatewaysMax; i++) { Subscribed($"gateway {i}"); }

        Assert.False(_feed.MaySubscribe("one more"));
        Assert.True(_feed.MaySubscribe("gateway 0"));
    }

    /// <summary>
    /// Whatever gateways do, each sees every number once and in order between its snapshots, and a snapshot never goes back.
    /// A failure prints its seed.
    /// </summary>
    [Fact]
    public void RandomComingsAndGoings_LeaveNoHoleAndNoDouble()
    {
        for (var seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var gateways = new Dictionary<string, Gateway>(StringComparer.Ordinal);
            var feed = new RoomFeed("room", seed, (observer, batch) => ((Gateway)observer).Take(batch));
            var now = TimeSpan.Zero;
            for (var step = 0; step < 400; step++)
            {
                now += TimeSpan.FromMilliseconds(random.Next(0, 200));
                var id = $"gateway {random.Next(4)}";
                var gateway = gateways.TryGetValue(id, out var known) ? known : gateways[id] = new Gateway();
                switch (random.Next(10))
                {
                    case 0:
                        gateway.Broken = random.Next(3) == 0;
                        break;
                    case 1:
                        feed.Unsubscribe(id);
                        break;
                    case 2:
                        // A gateway sometimes starts anew, and sometimes returns with a position in the middle of a batch.
                        if (random.Next(8) == 0) { gateways[id] = gateway = new Gateway(); }
                        gateway.Broken = false;
                        if (feed.Subscribe(id, gateway, gateway.Position, now, out var replay))
                        {
                            foreach (var batch in replay) { gateway.Take(batch); }
                        }
                        else
                        {
                            gateway.TakeSnapshot(feed.Position);
                        }

                        Assert.True(gateway.Position == feed.Position, $"seed {seed}: a subscribed gateway is at {gateway.Position} of {feed.Position}");
                        break;
                    case 3:
                        feed.Publish(now);
                        break;
                    case 4:
                        feed.Report(id, 1, 1, now);
                        feed.Expire(now);
                        break;
                    case 5:
                        feed.AppendOrMerge(new FeedSlot("likes"), new LikesCounted(step), At, now, (_, newest) => newest);
                        break;
                    default:
                        feed.Append(new ViewersCounted(step, step), At, now);
                        if (feed.DueIn(now) == TimeSpan.Zero) { feed.Publish(now); }
                        break;
                }
            }

            Assert.All(gateways.Values, gateway => Assert.True(gateway.Fault is null, $"seed {seed}: {gateway.Fault}"));
        }
    }

    private void Append() => Append(new ViewersCounted(0, 0));

    private void Append(RoomEvent happened) => _feed.Append(happened, At, _now);

    private Gateway Subscribed(string id)
    {
        var gateway = new Gateway();
        _feed.Subscribe(id, gateway, null, _now, out _);
        return gateway;
    }

    private GiftSent Gift(string sender, string giftId, int quantity, int combo = 1)
    {
        var person = new Person(sender, sender);
        var settled = new SettledGift(Guid.NewGuid(), "room", person, giftId, quantity, quantity * 10, 1, 0, At);
        return _feed.AppendOrMerge(
            GiftMerging.SlotOf(settled), new GiftSent(settled.Key, person, giftId, quantity, settled.Coins, combo, 1), At, _now, GiftMerging.TryMerge);
    }

    /// <summary>Two seconds of events at a steady rate, told as they become due.</summary>
    private void HeatUp(int perSecond)
    {
        for (var i = 0; i < 2 * perSecond; i++)
        {
            _now += TimeSpan.FromSeconds(1.0 / perSecond);
            Append();
            if (_feed.DueIn(_now) == TimeSpan.Zero) { _feed.Publish(_now); }
        }
    }

    /// <summary>A gateway as strict as possible: it knows which number must come next.</summary>
    private sealed class Gateway : IRoomObserver
    {
        public List<RoomBatch> Batches { get; } = [];

        public IEnumerable<long> Sequences => Batches.SelectMany(batch => batch.Events).Select(happened => happened.Sequence);

        public RoomPosition? Position { get; private set; }

        public bool Broken { get; set; }

        public string? Fault { get; private set; }

        public bool Take(RoomBatch batch)
        {
            if (Broken) { return false; }

            Batches.Add(batch);
            foreach (var happened in batch.Events)
            {
                if (Position is { } before && happened.Sequence != before.Sequence + 1)
                {
                    Fault ??= $"{happened.Sequence} came after {before.Sequence}";
                }

                Position = new RoomPosition(batch.Epoch, happened.Sequence);
            }

            return true;
        }

        public void TakeSnapshot(RoomPosition position)
        {
            if (Position is { } before && position < before) { Fault ??= $"the snapshot {position} is older than {before}"; }
            Position = position;
        }

        public ValueTask OnBatch(RoomBatch batch) => throw new NotSupportedException("The feed delivers by its delegate.");
    }
}
