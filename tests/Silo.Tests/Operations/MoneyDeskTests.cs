using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Rooms;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Operations;

public sealed class MoneyDeskTests
{
    private static readonly Caller Oda = new(Who("oda"), PlatformRole.Operator);
    private static readonly Caller Pim = new(Who("pim"), PlatformRole.Operator);

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task Correction_MovesOnceAndOnlyWhenASecondOperatorApproves(SqlDialect dialect)
    {
        await using var room = await RoomScenario.StartAsync(dialect);
        var id = room.NewKey().ToString("N");

        Assert.True((await Desk(room).Propose(Oda, id, Goodwill("ana", 50))).Ok);
        Assert.Equal(RefusalCode.SecondOperatorNeeded, (await Desk(room).Decide(Oda, id, approve: true)).Refusal!.Code);
        Assert.Equal(
            RefusalCode.OperatorWaits, (await Desk(room).Decide(Pim with { ApprovesFrom = DateTimeOffset.MaxValue }, id, approve: true)).Refusal!.Code);
        Assert.Equal(0, await room.CoinsOfAsync("ana"));

        Assert.Equal(AdjustmentState.Posted, (await Desk(room).Decide(Pim, id, approve: true)).Value!.State);
        Assert.Equal(AdjustmentState.Posted, (await Desk(room).Decide(Pim, id, approve: true)).Value!.State);
        await room.RestartAsync();
        Assert.Equal(AdjustmentState.Posted, (await Desk(room).Decide(Pim, id, approve: true)).Value!.State);
        Assert.Equal(RefusalCode.AdjustmentDecided, (await Desk(room).Decide(Pim, id, approve: false)).Refusal!.Code);
        Assert.Equal(50, await room.CoinsOfAsync("ana"));
        Assert.Empty(await new LedgerAudit(room.Database).VerifyAsync());
    }

    [Fact]
    public async Task CorrectionTheAccountCannotPay_IsRefusedByTheLedgerAndSaysSo()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = room.NewKey().ToString("N");
        var draft = new AdjustmentDraft(LedgerAccount.Coins(IdOf("ana")), LedgerAccount.Losses(LedgerUnit.Coins), 10, "Coins given twice");
        await Desk(room).Propose(Oda, id, draft);

        Assert.Equal(AdjustmentState.Refused, (await Desk(room).Decide(Pim, id, approve: true)).Value!.State);
    }

    [Fact]
    public async Task MoreForgivenThanIsOwedByThen_IsRefused_AndTheDeskGoesOn()
    {
        await using var room = await RoomScenario.StartAsync();
        var id = room.NewKey().ToString("N");
        await Desk(room).Propose(Oda, id, Goodwill("ana", 10) with { Credit = LedgerAccount.Receivable(IdOf("ana"), LedgerUnit.Coins) });

        Assert.Equal(AdjustmentState.Refused, (await Desk(room).Decide(Pim, id, approve: true)).Value!.State);
        await room.RestartAsync();
        Assert.Equal(AdjustmentState.Refused, Assert.Single((await Desk(room).List(Oda)).Value!).State);
    }

    [Fact]
    public async Task DraftThatIsNotAllowed_IsRefused()
    {
        await using var room = await RoomScenario.StartAsync();
        var good = Goodwill("ana", 50);
        AdjustmentDraft[] bad =
        [
            good with { Amount = 0 }, good with { Amount = -1 }, good with { Reason = "no" }, good with { Reason = new string('x', 201) },
            good with { Credit = LedgerAccount.Sales(IdOf("ana")) }, good with { Debit = good.Credit },
            good with { Debit = LedgerAccount.Clearing(LedgerUnit.Coins) }, good with { Debit = LedgerAccount.CoinFloat(LedgerUnit.Coins) },
            good with { Debit = LedgerAccount.Receivable(IdOf("ana"), LedgerUnit.Coins) },
            good with { Credit = LedgerAccount.Coins("ana") }, good with { Debit = LedgerAccount.Losses(LedgerUnit.Coins) with { Owner = IdOf("ana") } },
        ];

        foreach (var draft in bad)
        {
            Assert.Equal(RefusalCode.AdjustmentNotAllowed, (await Desk(room).Propose(Oda, room.NewKey().ToString("N"), draft)).Refusal!.Code);
        }

        Assert.Equal(RefusalCode.NotAllowed, (await Desk(room).Propose(As("eva@platform"), room.NewKey().ToString("N"), good)).Refusal!.Code);
        Assert.Empty((await Desk(room).List(Oda)).Value!);
    }

    [Fact]
    public async Task FrozenPerson_CannotGiveUntilThawed()
    {
        await using var room = await RoomScenario.StartAsync();
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 100);

        Assert.True((await Desk(room).SetFrozen(Oda, room.NewKey(), Who("ana"), true, "Stolen card suspected")).Value!.Frozen);
        Assert.Equal(RefusalCode.AccountFrozen, (await room.SendAsync("ana", "rose")).Refusal!.Code);
        Assert.Equal(RefusalCode.NotAllowed, (await Desk(room).SetFrozen(As("ana"), room.NewKey(), Who("ana"), false, "It is me")).Refusal!.Code);

        Assert.False((await Desk(room).SetFrozen(Oda, room.NewKey(), Who("ana"), false, "The bank says it is fine")).Value!.Frozen);
        Assert.True((await room.SendAsync("ana", "rose")).Ok);
    }

    [Fact]
    public async Task AgencysShare_IsAmongItsLeadersFundsAndIsFrozenWithThem()
    {
        await using var room = await RoomScenario.StartAsync();
        var share = LedgerAccount.Agency(IdOf("ana"), LedgerUnit.Coins);
        var funds = (await Desk(room).SetFrozen(Oda, room.NewKey(), Who("ana"), true, "Stolen cards suspected")).Value!;

        Assert.True(Assert.Single(funds.Balances, one => one.Account == share).Frozen);
    }

    private static IMoneyDeskGrain Desk(RoomScenario room) => room.Grains.GetGrain<IMoneyDeskGrain>(IMoneyDeskGrain.Key);

    private static AdjustmentDraft Goodwill(string name, long coins) =>
        new(LedgerAccount.Losses(LedgerUnit.Coins), LedgerAccount.Coins(IdOf(name)), coins, "Goodwill for a lost stream");
}
