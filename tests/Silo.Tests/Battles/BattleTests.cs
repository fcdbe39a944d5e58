using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Battles;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Battles;

public sealed class BattleTests : IAsyncLifetime
{
    private RoomScenario _room = null!;
    private string _other = "";
    private string _stream = "";
    private string _otherStream = "";

    public async ValueTask InitializeAsync() => await StartAsync(SqlDialect.Sqlite);

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task Battle_IsWonByTheCoinsOfItsTime_AndBothRoomsSeeIt(SqlDialect dialect)
    {
        await _room.DisposeAsync();
        await StartAsync(dialect);
        var gateway = await _room.JoinAsync();
        await GiveAsync(_room.RoomId, "rose");
        var battle = await BeginAsync(seconds: 60);
        await GiveAsync(_room.RoomId, "rose");
        await GiveAsync(_other, "coffee");
        await GiveAsync(_other, "rose");

        await UntilAsync(async () =>
        {
            await PassAsync(1);
            return (await ViewAsync(battle)) is { Challenger.Coins: 5, Opponent.Coins: 25 };
        });
        await UntilAsync(async () => await ShownAsync(_other) == (5L, 25L));
        await gateway.SubscribeAsync(); // it may not have reported for long
        await gateway.Until<BattleChanged>(changed => changed.Battle is { Phase: BattlePhase.Running, Opponent.Coins: 25 });

        var over = await UntilOverAsync(battle);
        Assert.Equal((BattleEnding.TimeUp, _other, 5L, 25L), (over.Ending!.Value, over.WinnerRoomId!, over.Challenger.Coins, over.Opponent.Coins));
        await UntilAsync(async () => (await SnapshotAsync(_room.RoomId)).Battle?.Phase == BattlePhase.Over);

        // The rooms are free for another one.
        await BeginAsync(seconds: 60);
    }

    [Fact]
    public async Task GiftsCount_ByTheirCommit_ToTheMicrosecond()
    {
        var battle = await BeginAsync(seconds: 60);
        var begun = await ViewAsync(battle);
        SettledGift At(DateTimeOffset at, long coins, int order) => new(_room.NewKey(), "room", Who("ana"), "rose", 1, coins, 7, order, at);
        var score = BattleScore.None.Count(
            [
                At(begun.StartedAt!.Value.AddMicroseconds(-1), 1, 0), At(begun.StartedAt.Value, 20, 1),
                At(begun.EndsAt.AddMicroseconds(-1), 300, 2), At(begun.EndsAt, 4_000, 3),
            ], begun.StartedAt.Value, begun.EndsAt);

        Assert.Equal((320L, 7L, 3), (score.Coins, score.Batch, score.Order));
        Assert.Equal(score, score.Count([At(begun.StartedAt.Value, 20, 1), At(begun.StartedAt.Value, 20, 3)], begun.StartedAt.Value, begun.EndsAt));
    }

    [Fact]
    public async Task GiftThatNobodyWasToldOf_CountsOnce()
    {
        var battle = await BeginAsync(seconds: 60);
        await GiveAsync(_room.RoomId, "rose");
        await _room.CommitGiftBehindTheRoomsBackAsync("ana", "coffee");

        var over = await UntilOverAsync(battle);

        Assert.Equal((25L, 0L, _room.RoomId), (over.Challenger.Coins, over.Opponent.Coins, over.WinnerRoomId!));
    }

    [Fact]
    public async Task GiftAfterTheEnd_DoesNotCount_AndNobodyAheadIsADraw()
    {
        var battle = await BeginAsync(seconds: 60);
        await AliveAsync(60);
        await GiveAsync(_room.RoomId, "rose");

        var over = await UntilOverAsync(battle);

        Assert.Equal((BattleEnding.TimeUp, null, 0L), (over.Ending!.Value, over.WinnerRoomId, over.Challenger.Coins));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(300)]
    public async Task BattleSurvivesARestart_AndCountsWhatItMissed(int later)
    {
        var battle = await BeginAsync(seconds: 60);
        await GiveAsync(_room.RoomId, "rose");
        await AliveAsync(12);
        await GiveAsync(_other, "coffee");

        await _room.RestartAsync(later: TimeSpan.FromSeconds(later));
        if (later > 0) { await _room.Grains.GetGrain<IBattleGrain>(battle).OnDue(); }
        else { Assert.Equal(battle, (await SnapshotAsync(_other)).Battle!.BattleId); }

        var over = await UntilOverAsync(battle);
        Assert.Equal((BattleEnding.TimeUp, _other, 5L, 20L), (over.Ending!.Value, over.WinnerRoomId!, over.Challenger.Coins, over.Opponent.Coins));
    }

    [Fact]
    public async Task OwnerWhoGivesUp_HasLost_HoweverManyCoins()
    {
        var battle = await BeginAsync(seconds: 60);
        await GiveAsync(_room.RoomId, "coffee");
        Assert.Equal(RefusalCode.NotRoomOwner, (await Battle(battle).End(As("ana"))).Refusal!.Code);

        var over = (await Battle(battle).End(As(Owner))).Value!;

        Assert.Equal((BattlePhase.Over, BattleEnding.Conceded, _other, 20L), (over.Phase, over.Ending!.Value, over.WinnerRoomId!, over.Challenger.Coins));
        Assert.Equal(over, (await Battle(battle).End(As("zoe"))).Value);
    }

    [Fact]
    public async Task RoomThatIsOfflineForTooLong_HasLost()
    {
        var battle = await BeginAsync(seconds: 600);
        await _room.ModerateAsync("eva@platform", new StopStream(null));

        await UntilAsync(async () =>
        {
            await PassAsync(1, mine: false);
            return (await ViewAsync(battle)).Phase == BattlePhase.Over;
        });

        var over = await ViewAsync(battle);
        Assert.Equal((BattleEnding.WentOffline, _other), (over.Ending!.Value, over.WinnerRoomId!));
    }

    [Fact]
    public async Task Offer_IsForTheOtherOwner_WhoMayDecline_OrLetItPass()
    {
        var declined = await OfferAsync();
        Assert.Equal(RefusalCode.NotRoomOwner, (await Battle(declined).Answer(As(Owner), true)).Refusal!.Code);
        Assert.Equal(BattleEnding.Declined, (await Battle(declined).Answer(As("zoe"), false)).Value!.Ending);
        Assert.Equal(BattleEnding.Declined, (await Battle(declined).Answer(As("zoe"), false)).Value!.Ending);
        Assert.Equal(RefusalCode.BattleOver, (await Battle(declined).Answer(As("zoe"), true)).Refusal!.Code);

        var withdrawn = await OfferAsync();
        Assert.Equal(BattleEnding.Withdrawn, (await Battle(withdrawn).End(As(Owner))).Value!.Ending);

        var late = await OfferAsync();
        Assert.Equal(BattleEnding.Unanswered, (await UntilOverAsync(late)).Ending);
        Assert.Equal(RefusalCode.BattleOver, (await Battle(late).Answer(As("zoe"), true)).Refusal!.Code);
    }

    [Fact]
    public async Task WhatIsNoBattle_IsRefused()
    {
        var mine = await _room.CreateRoomAsync(Owner, "Another of mine");
        Assert.Equal(RefusalCode.NotRoomOwner, (await TryOfferAsync("ana", _other)).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleNotAllowed, (await TryOfferAsync(Owner, mine)).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleNotAllowed, (await TryOfferAsync(Owner, _room.RoomId)).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleNotAllowed, (await TryOfferAsync(Owner, _other, 59)).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleNotAllowed, (await TryOfferAsync(Owner, _other, 601)).Refusal!.Code);
        Assert.Equal(RefusalCode.RoomNotFound, (await TryOfferAsync(Owner, _room.NewKey().ToString("N"))).Refusal!.Code);
        Assert.Equal(RefusalCode.StreamNotLive, (await TryOfferAsync(Owner, await _room.CreateRoomAsync("yan"))).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleNotFound, (await Battle(_room.NewKey().ToString("N")).Get()).Refusal!.Code);

        var third = await _room.CreateRoomAsync("yan");
        await _room.GoLiveAsync("g3", third, "yan");
        var key = _room.NewKey().ToString("N");
        var first = (await TryOfferAsync(Owner, _other, id: key)).Value!;
        Assert.Equal(first, (await TryOfferAsync(Owner, _other, id: key)).Value);
        Assert.Equal(RefusalCode.KeyReused, (await TryOfferAsync(Owner, _other, 61, key)).Refusal!.Code);
        Assert.Equal(RefusalCode.BattleRunning, (await TryOfferAsync(Owner, third)).Refusal!.Code);
    }

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task GiftThatIsGivenBackWhileTheBattleRuns_CountsNoMore(SqlDialect dialect)
    {
        await _room.DisposeAsync();
        await StartAsync(dialect);
        var early = await GiveAsync(_room.RoomId, "coffee");
        await PassAsync(1);
        var battle = await BeginAsync(seconds: 60);
        await GiveAsync(_room.RoomId, "rose");
        var back = await GiveAsync(_room.RoomId, "coffee");
        await GiveAsync(_other, "rose");
        await GiveAsync(_other, "rose");

        await _room.ReverseAsync(back);
        await _room.ReverseAsync(early); // was never in the score
        await UntilAsync(async () =>
        {
            await PassAsync(1);

            // The clock must not run away from the database.
            await _room.Grains.GetGrain<IRoomGiftsGrain>(IGiftLedgerGrain.Key).GetReversed(_room.RoomId, 0);
            return await ViewAsync(battle) is { Challenger.Coins: 5, Opponent.Coins: 10 };
        });
        await _room.RestartAsync();

        var over = await UntilOverAsync(battle);
        Assert.Equal((_other, 5L, 10L), (over.WinnerRoomId!, over.Challenger.Coins, over.Opponent.Coins));
    }

    [Fact]
    public async Task OfferThatNobodyAnswers_HoldsNobodyBack()
    {
        var third = await _room.CreateRoomAsync("yan");
        await _room.GoLiveAsync("g3", third, "yan");
        var waiting = await OfferAsync();

        // The one who was asked may ask somebody else, be asked by somebody else, and accept that.
        var theirs = (await TryOfferAsync("zoe", third, from: _other)).Value!;
        var from = (await TryOfferAsync("yan", _other, from: third)).Value!;
        Assert.Equal(BattlePhase.Offered, from.Phase);
        var begun = await Battle(from.BattleId).Answer(As("zoe"), true);
        Assert.True(begun.Ok, begun.Refusal?.Message);
        Assert.Equal(BattlePhase.Running, begun.Value.Phase);

        // What they had offered is taken back by that, and who waited for them is told to wait for nothing.
        Assert.Equal(RefusalCode.BattleRunning, (await Battle(waiting).Answer(As("zoe"), true)).Refusal!.Code);
        await UntilAsync(async () =>
        {
            await PassAsync(1);
            return await ViewAsync(theirs.BattleId) is { Phase: BattlePhase.Over };
        });
        Assert.Equal(BattleEnding.Withdrawn, (await ViewAsync(theirs.BattleId)).Ending);
        Assert.Equal(BattlePhase.Running, (await ViewAsync(from.BattleId)).Phase);
        Assert.Equal(RefusalCode.BattleRunning, (await TryOfferAsync("zoe", third, from: _other)).Refusal!.Code);
    }

    [Fact]
    public async Task OffersThatCross_AreOneBattle()
    {
        var mine = await OfferAsync();
        var theirs = (await TryOfferAsync("zoe", _room.RoomId, from: _other)).Value!.BattleId;

        Assert.True((await Battle(mine).Answer(As("zoe"), true)).Ok);
        Assert.Equal(RefusalCode.BattleRunning, (await Battle(theirs).Answer(As(Owner), true)).Refusal!.Code);
        await UntilAsync(async () =>
        {
            await PassAsync(1);
            return (await ViewAsync(theirs)).Phase == BattlePhase.Over;
        });

        Assert.Equal(BattlePhase.Running, (await ViewAsync(mine)).Phase);
    }

    [Fact]
    public async Task RoomIsOfferedAFewBattlesAtATime_AndOneThatIsInOneNone()
    {
        for (var i = 0; i < BattleLimits.OffersMax; i++)
        {
            var (name, roomId) = await LiveAsync(i);
            Assert.True((await TryOfferAsync(name, _other, from: roomId)).Ok);
        }

        var (last, lastRoom) = await LiveAsync(BattleLimits.OffersMax);
        Assert.Equal(RefusalCode.BattleRunning, (await TryOfferAsync(last, _other, from: lastRoom)).Refusal!.Code);
        Assert.True((await TryOfferAsync(last, _room.RoomId, from: lastRoom)).Ok);

        async Task<(string Name, string RoomId)> LiveAsync(int i)
        {
            var roomId = await _room.CreateRoomAsync($"guest{i}");
            await _room.GoLiveAsync($"h{i}", roomId, $"guest{i}");
            return ($"guest{i}", roomId);
        }
    }

    [Theory]
    [InlineData(Owner)]
    [InlineData("zoe")]
    public async Task RoomThatIsClosedWhileItsBattleBegins_IsInNone_AndNorIsTheOther(string closes)
    {
        Func<Task>? meanwhile = null;
        await _room.DisposeAsync();
        await StartAsync(SqlDialect.Sqlite, services => services.AddSingleton<IGrainStateStore>(provider =>
            new WatchedStore(ActivatorUtilities.CreateInstance<SqlGrainStateStore>(provider), () => Interlocked.Exchange(ref meanwhile, null)?.Invoke() ?? Task.CompletedTask)));
        var battle = await OfferAsync();
        var room = _room.Grains.GetGrain<IRoomGrain>(closes == Owner ? _room.RoomId : _other);
        meanwhile = async () => Assert.True((await room.SetAudience(As(closes), RoomAudience.Private)).Ok);

        Assert.Equal(RefusalCode.BattleNotAllowed, (await Battle(battle).Answer(As("zoe"), true)).Refusal!.Code);
        var over = await ViewAsync(battle);
        Assert.Equal((BattlePhase.Over, null, null), (over.Phase, over.StartedAt, over.WinnerRoomId));
        Assert.NotEqual(BattlePhase.Running, (await SnapshotAsync(_room.RoomId)).Battle?.Phase);
        Assert.NotEqual(BattlePhase.Running, (await SnapshotAsync(_other)).Battle?.Phase);

        Assert.True((await room.SetAudience(As(closes), RoomAudience.Public)).Ok);
        await BeginAsync(seconds: 60);
    }

    [Fact]
    public async Task RoomThatDidNotKnowOfItsBattleAndIsClosed_HasLeftIt()
    {
        var battle = await BeginAsync(seconds: 60);
        var other = _room.Grains.GetGrain<IRoomGrain>(_other);
        await other.Announce(new BattleChanged(await ViewAsync(battle) with { Phase = BattlePhase.Over, Ending = BattleEnding.Conceded }));
        Assert.True((await other.SetAudience(As("zoe"), RoomAudience.Private)).Ok);

        await UntilAsync(async () =>
        {
            await PassAsync(1);
            return (await ViewAsync(battle)).Phase == BattlePhase.Over;
        });
        var over = await ViewAsync(battle);
        Assert.Equal((BattleEnding.Conceded, _room.RoomId), (over.Ending!.Value, over.WinnerRoomId!));
    }

    private async Task StartAsync(SqlDialect dialect, Action<IServiceCollection>? configure = null)
    {
        _room = await RoomScenario.StartAsync(dialect, configure: configure);
        _other = await _room.CreateRoomAsync("zoe", "The other room");
        _stream = await _room.GoLiveAsync();
        _otherStream = await _room.GoLiveAsync("g2", _other, "zoe");
        await _room.GiveCoinsAsync("ana", 10_000);
    }

    private IBattleGrain Battle(string id) => _room.Grains.GetGrain<IBattleGrain>(id);

    private async Task<BattleView> ViewAsync(string id) => (await Battle(id).Get()).Value!;

    private async Task<Result<BattleView>> TryOfferAsync(string name, string to, int seconds = 60, string? id = null, string? from = null) =>
        await Battle(id ?? _room.NewKey().ToString("N")).Offer(As(name), from ?? _room.RoomId, new OfferBattle(to, seconds));

    private async Task<string> OfferAsync(int seconds = 60)
    {
        var offered = await TryOfferAsync(Owner, _other, seconds);
        Assert.True(offered.Ok, offered.Refusal?.Message);
        Assert.Equal(BattlePhase.Offered, offered.Value.Phase);
        return offered.Value.BattleId;
    }

    private async Task<string> BeginAsync(int seconds)
    {
        var battle = await OfferAsync(seconds);
        var begun = await Battle(battle).Answer(As("zoe"), true);
        Assert.True(begun.Ok, begun.Refusal?.Message);
        Assert.Equal((BattlePhase.Running, TimeSpan.FromSeconds(seconds)), (begun.Value.Phase, begun.Value.EndsAt - begun.Value.StartedAt!.Value));
        return battle;
    }

    private async Task<Guid> GiveAsync(string roomId, string gift)
    {
        var key = _room.NewKey();
        var sent = await _room.Grains.GetGrain<IGiftDesk>(roomId).Send(As("ana"), new SendGift(key, gift, 1, GiftCatalog.Find(gift)!.Price));
        Assert.True(sent.Ok, sent.Refusal?.Message);
        return key;
    }

    private async Task<RoomSnapshot> SnapshotAsync(string roomId) => (await _room.Grains.GetGrain<IRoomGrain>(roomId).GetSnapshot()).Value!;

    private async Task<(long, long)> ShownAsync(string roomId) =>
        (await SnapshotAsync(roomId)).Battle is { } battle ? (battle.Challenger.Coins, battle.Opponent.Coins) : (-1, -1);

    /// <summary>Time goes on, and both streams with it.</summary>
    private async Task PassAsync(double seconds, bool mine = true)
    {
        if (mine) { await _room.Room.ReportStream(_stream, StreamPhase.Live); }
        await _room.Grains.GetGrain<IRoomGrain>(_other).ReportStream(_otherStream, StreamPhase.Live);
        await _room.PassAsync(seconds);
    }

    private async Task AliveAsync(int seconds)
    {
        for (var second = 0; second < seconds; second++) { await PassAsync(1); }
    }

    private async Task<BattleView> UntilOverAsync(string battle)
    {
        await UntilAsync(async () =>
        {
            await PassAsync(1);
            return (await ViewAsync(battle)).Phase == BattlePhase.Over;
        });
        return await ViewAsync(battle);
    }

    /// <summary>The silo's store; something happens before a battle is written.</summary>
    private sealed class WatchedStore(IGrainStateStore store, Func<Task> before) : IGrainStateStore
    {
        public ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken) => store.ClaimAsync(grain, name, cancellationToken);

        public ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken) => store.ReadAsync(grain, name, cancellationToken);

        public async ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
        {
            if (grain.Type == "Battle") { await before(); }
            return await store.WriteAsync(grain, name, epoch, etag, payload);
        }

        public ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) => store.ClearAsync(grain, name, epoch, etag);
    }
}
