using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Leaderboards, goals and engagement of a room, against a real ledger.</summary>
public abstract class RoomGiversSuite(SqlDialect dialect) : IAsyncLifetime
{
    private RoomScenario _room = null!;
    private string _streamId = "";

    public async ValueTask InitializeAsync()
    {
        _room = await RoomScenario.StartAsync(dialect);
        foreach (var name in new[] { "ana", "ben", "eva", "kim" }) { await _room.GiveCoinsAsync(name, 10_000); }
        _streamId = await _room.GoLiveAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task BestGifters_AreToldWhenTheyChangeAndAreInTheSnapshot()
    {
        var gateway = await _room.JoinAsync();
        await GiveAsync("ana", "coffee");
        await GiveAsync("ben", "coffee");
        await GiveAsync("eva", "rose");
        await GiveAsync("kim", "heart");
        await GiveAsync("ben", "heart");

        (string, long)[] best = [("ben", 21), ("ana", 20), ("eva", 5)];
        await gateway.Until<TopGiftersChanged>(changed => changed.Top.Select(ranked => (ranked.Person.Name, ranked.Coins)).SequenceEqual(best));
        Assert.Equal(best, (await _room.SnapshotAsync()).TopGifters!.Select(ranked => (ranked.Person.Name, ranked.Coins)));
        foreach (var period in Enum.GetValues<LeaderboardPeriod>())
        {
            Assert.Equal([.. best, ("kim", 1)], await _room.RanksAsync(period));
        }
    }

    [Fact]
    public async Task Leaderboards_AreTheSameAfterARestart()
    {
        var gifts = new[] { ("ana", "coffee"), ("ben", "rose"), ("eva", "rose"), ("kim", "cake"), ("ben", "rose"), ("eva", "rose") };
        foreach (var (name, gift) in gifts) { await GiveAsync(name, gift); }
        var back = await GiveAsync("kim", "applause");
        await _room.ReverseAsync(back, 20);
        (string, long)[] ranks = [("kim", 129), ("ana", 20), ("ben", 10), ("eva", 10)];
        await UntilRanksAsync(ranks);

        await _room.RestartAsync();

        foreach (var period in Enum.GetValues<LeaderboardPeriod>()) { Assert.Equal(ranks, await _room.RanksAsync(period)); }
        Assert.Equal(4, (await _room.SnapshotAsync()).Engagement!.Gifters);
        await GoOnAsync();
        await GiveAsync("eva", "heart");
        Assert.Equal(("eva", 11), (await _room.RanksAsync(LeaderboardPeriod.Week))[2]);
    }

    [Fact]
    public async Task GiftThatIsGivenBack_IsTakenOffWithinSeconds_OnceAndAlsoWhenTheRoomSlept()
    {
        var gateway = await _room.JoinAsync();
        var anas = await GiveAsync("ana", "cake");
        await GiveAsync("ben", "coffee");
        await _room.ReverseAsync(anas, 90);
        await UntilRanksAsync([("ben", 20L), ("ana", 9L)], gateway);
        await gateway.Until<TopGiftersChanged>(changed => changed.Top[0].Person.Name == "ben");

        await _room.ReverseAsync(anas);
        await _room.RestartAsync();
        Assert.Equal([("ben", 20L)], await _room.RanksAsync(LeaderboardPeriod.Stream));
        await GoOnAsync();
        await PassLiveAsync(12);
        Assert.Equal([("ben", 20L)], await _room.RanksAsync(LeaderboardPeriod.Stream));
    }

    [Fact]
    public async Task NewStream_BeginsItsOwnBoardAndTheDayGoesOn()
    {
        await GiveAsync("ana", "coffee");
        await _room.SayAsync("ana", "hello");
        await _room.Room.Like(5);
        await _room.Room.CloseStream(_streamId);
        await _room.PassAsync(1);
        Assert.Equal([("ana", 20L)], await _room.RanksAsync(LeaderboardPeriod.Stream));

        _streamId = await _room.GoLiveAsync();
        await GiveAsync("ben", "rose");
        await PassLiveAsync(1);

        Assert.Equal([("ben", 5L)], await _room.RanksAsync(LeaderboardPeriod.Stream));
        Assert.Equal([("ana", 20L), ("ben", 5L)], await _room.RanksAsync(LeaderboardPeriod.Day));
        var snapshot = await _room.SnapshotAsync();
        Assert.Equal((0, new Engagement(0, 1, 0)), (snapshot.Likes, snapshot.Engagement));
    }

    [Fact]
    public async Task Goal_CountsFromItsBeginningAndIsReachedOnce()
    {
        var gateway = await _room.JoinAsync();
        await GiveAsync("ana", "cake");
        await PassLiveAsync(1, gateway);
        var set = await _room.Room.SetGoal(As(Owner), new GoalDetails("A new teapot", 30));
        Assert.Equal((0L, 30L, null), (set.Value!.Coins, set.Value.TargetCoins, set.Value.ReachedAt));

        await GiveAsync("ana", "coffee");
        await gateway.Until<GoalChanged>(changed => changed.Goal is { Coins: 20, ReachedAt: null });
        await GiveAsync("ben", "coffee");
        var reached = (await gateway.Until<GoalChanged>(changed => changed.Goal is { Coins: 40 })).Goal!;
        Assert.NotNull(reached.ReachedAt);

        await _room.RestartAsync();
        await GoOnAsync();
        Assert.Equal(reached, (await _room.SnapshotAsync()).Goal);
        await GiveAsync("ben", "heart");
        Assert.Equal(reached with { Coins = 41 }, (await _room.SnapshotAsync()).Goal);

        Assert.Equal(reached with { Coins = 41 }, (await _room.Room.SetGoal(As(Owner), new GoalDetails("A new teapot", 30))).Value);
        Assert.True((await _room.Room.ClearGoal(As(Owner))).Ok);
        Assert.Null((await _room.SnapshotAsync()).Goal);
        Assert.Equal(0, (await _room.Room.SetGoal(As(Owner), new GoalDetails("A new teapot", 30))).Value!.Coins);
    }

    [Fact]
    public async Task GoalAfterACrash_HasWhatTheLedgerHasAndNothingTwice()
    {
        await _room.Room.SetGoal(As(Owner), new GoalDetails("A new teapot", 1_000));
        await GiveAsync("ana", "coffee");
        await _room.RestartAsync();
        await GoOnAsync();
        var before = await GiveAsync("ana", "coffee");
        await _room.ReverseAsync(before, 15);
        await _room.CommitGiftBehindTheRoomsBackAsync("ben", "rose");
        await UntilAsync(async () =>
        {
            await PassLiveAsync(1);
            return (await _room.SnapshotAsync()).Goal!.Coins == 30;
        });
        await _room.RestartAsync();
        await GoOnAsync();
        await PassLiveAsync(12);
        Assert.Equal(30, (await _room.SnapshotAsync()).Goal!.Coins);
    }

    [Fact]
    public async Task Goal_IsReadFromItsMarkOn_AndLosesWhatIsGivenBackFromBeforeIt()
    {
        await _room.Room.SetGoal(As(Owner), new GoalDetails("A new teapot", 1_000));
        var before = await GiveAsync("ana", "coffee");
        await GiveAsync("ana", "rose");
        for (var restart = 0; restart < 2; restart++)
        {
            await _room.RestartAsync();
            await GoOnAsync();
            await PassLiveAsync(12);
            Assert.Equal(25, (await _room.SnapshotAsync()).Goal!.Coins);
        }

        await _room.ReverseAsync(before, 15);
        for (var restart = 0; restart < 2; restart++)
        {
            await _room.RestartAsync();
            await GoOnAsync();
            await PassLiveAsync(12);
            Assert.Equal(10, (await _room.SnapshotAsync()).Goal!.Coins);
        }
    }

    [Fact]
    public async Task GoalThatIsSetAgainWhileItsCoinsAreCounted_IsNotAnsweredWithTooFew()
    {
        var goal = new GoalDetails("A new teapot", 1_000);
        await _room.Room.SetGoal(As(Owner), goal);
        await GiveAsync("ana", "coffee");
        await _room.RestartAsync(withLedger: false);

        Assert.Equal(RefusalCode.Busy, (await _room.Room.SetGoal(As(Owner), goal)).Refusal!.Code);
        await _room.RestartAsync();
        await GoOnAsync();
        await UntilAsync(async () =>
        {
            await PassLiveAsync(1);
            return (await _room.Room.SetGoal(As(Owner), goal)).Ok;
        });
        Assert.Equal(20, (await _room.Room.SetGoal(As(Owner), goal)).Value!.Coins);
    }

    [Fact]
    public async Task SumsOfNeighbouringStretches_AddUpToTheWhole()
    {
        var room = _room;
        await room.GiveCoinsAsync("ana", 10_000);
        var start = room.Time.GetUtcNow();
        var keys = new List<Guid>();
        for (var i = 0; i < 8; i++)
        {
            var key = room.NewKey();
            Assert.True((await room.SendAsync("ana", "rose", quantity: i + 1, key: key)).Ok);
            keys.Add(key);
            if (i >= 2) { await room.ReverseAsync(keys[i - 2], i - 1); }
        }

        var given = room.Grains.GetGrain<IRoomGiftsGrain>(IGiftLedgerGrain.Key);
        var end = new GivenPlace(long.MaxValue, 0);
        var whole = await given.SumBetween(room.RoomId, start, GivenPlace.First, end);
        Assert.Equal((5 * 36) - (1 + 2 + 3 + 4 + 5 + 6), whole);
        Assert.Equal(await given.Sum(room.RoomId, start, start.AddDays(1)), whole);
        foreach (var gift in await room.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).GetLatestGifts(room.RoomId, 10))
        {
            var place = new GivenPlace(gift.Batch, gift.Order);
            Assert.Equal(
                whole,
                await given.SumBetween(room.RoomId, start, GivenPlace.First, place) + await given.SumBetween(room.RoomId, start, place, end));
        }
    }

    [Theory]
    [InlineData("ana", "Tea", 10, RefusalCode.NotRoomOwner)]
    [InlineData(Owner, "", 10, RefusalCode.TitleNotAllowed)]
    [InlineData(Owner, "Tea", 0, RefusalCode.AmountNotAllowed)]
    [InlineData(Owner, "Tea", RoomLimits.GoalCoinsMax + 1, RefusalCode.AmountNotAllowed)]
    public async Task GoalThatCannotBe_IsRefused(string who, string title, long target, RefusalCode code)
    {
        Assert.Equal(code, (await _room.Room.SetGoal(As(who), new GoalDetails(title, target))).Refusal!.Code);
        Assert.Null((await _room.SnapshotAsync()).Goal);
    }

    [Fact]
    public async Task Engagement_CountsPeopleOnceAndSurvivesARestart()
    {
        var gateway = await _room.JoinAsync();
        var card = await _room.PutProductAsync("tea", Owner);
        foreach (var text in new[] { "one", "two", "three" }) { await _room.SayAsync("ana", text); }
        await _room.SayAsync("ben", "hello");
        await _room.SayAsync(Owner, "welcome"); // is no crowd
        await GiveAsync("eva", "heart");
        await _room.Room.OrderSettled(new SettledOrder("order1", card, null, 1, IdOf("kim")));
        await _room.Room.OrderSettled(new SettledOrder("order2", card, null, 1, IdOf("kim")));
        await PassLiveAsync(1, gateway);

        await gateway.Until<EngagementCounted>(counted => counted is { Chatters: 2, Gifters: 1, Buyers: 1 });
        await _room.RestartAsync();
        Assert.Equal(new Engagement(2, 1, 1), (await _room.SnapshotAsync()).Engagement);
    }

    [Fact]
    public async Task Sums_AreThoseOfTheTimeAskedFor()
    {
        var start = _room.Time.GetUtcNow();
        await GiveAsync("ana", "coffee");
        _room.Time.Advance(TimeSpan.FromSeconds(2));
        var middle = _room.Time.GetUtcNow();
        var back = await GiveAsync("ben", "rose");
        await GiveAsync("ben", "rose");
        await _room.ReverseAsync(back, 2);
        _room.Time.Advance(TimeSpan.FromSeconds(2));
        var end = _room.Time.GetUtcNow();

        var given = _room.Grains.GetGrain<IRoomGiftsGrain>(IGiftLedgerGrain.Key);
        Assert.Equal(20, await given.Sum(_room.RoomId, start, middle));
        Assert.Equal(8, await given.Sum(_room.RoomId, middle, end));
        Assert.Equal(28, await given.Sum(_room.RoomId, start, end));
        Assert.Equal(0, await given.Sum(_room.RoomId, end, end.AddDays(1)));
        Assert.Equal(0, await given.Sum("another room", start, end));
        var reversed = await given.GetReversed(_room.RoomId, 0);
        Assert.Equal((IdOf("ben"), 2L), Assert.Single(reversed.Gifts.Select(gift => (gift.SenderId, gift.Coins))));
        Assert.Empty((await given.GetReversed(_room.RoomId, reversed.UpTo)).Gifts);
    }

    [Fact]
    public async Task RoomWithoutItsLedger_OpensAndSaysThatItIsStillCounting()
    {
        await _room.RestartAsync(withLedger: false);

        Assert.True((await _room.Room.Get()).Ok);
        Assert.Equal(RefusalCode.Busy, (await _room.Room.GetLeaderboard(LeaderboardPeriod.Day)).Refusal!.Code);
        Assert.Null((await _room.SnapshotAsync()).TopGifters);
    }

    private async Task<Guid> GiveAsync(string name, string giftId)
    {
        var sent = await _room.SendAsync(name, giftId);
        Assert.True(sent.Ok, sent.Refusal?.Message);

        // The ledger's word to the room is one-way; the snapshot shows when it has come.
        await UntilAsync(async () => (await _room.SnapshotAsync()).Gifts.Any(shown => shown.Keys.Contains(sent.Value.Key)));
        return sent.Value.Key;
    }

    /// <summary>After a restart the publisher's gateway is there again.</summary>
    private async Task GoOnAsync() => Assert.True(await _room.Room.ReportStream(_streamId, StreamPhase.Live));

    private async Task PassLiveAsync(int seconds, TestGateway? gateway = null)
    {
        for (var second = 0; second < seconds; second++)
        {
            await _room.PassAsync(1);
            await GoOnAsync();
            if (gateway is not null) { await gateway.ReportAsync(); }
        }
    }

    /// <summary>The room reads the ledger from time to time, and takes the answer when it is there.</summary>
    private Task UntilRanksAsync((string, long)[] ranks, TestGateway? gateway = null) => UntilAsync(async () =>
    {
        await PassLiveAsync(1, gateway);
        return (await _room.RanksAsync(LeaderboardPeriod.Stream)).SequenceEqual(ranks);
    });
}

public sealed class SqliteRoomGiversTests() : RoomGiversSuite(SqlDialect.Sqlite);

public sealed class PostgresRoomGiversTests() : RoomGiversSuite(SqlDialect.PostgreSql);
