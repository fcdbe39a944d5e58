using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Tests.Rooms;
using static LiveCommerce.Silo.Gifts.WalletGiftStage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Gifts;

public sealed class WalletGiftTests
{
    /// <summary>One row a stage: what follows from each event, in the order of the enum; a dot where nothing changes.</summary>
    private static readonly Dictionary<WalletGiftStage, string> Table = new()
    {
        // Refused, Posted, HeldLongEnough, Frozen, Thawed, GivenBack
        [Asked] = "Rejected Settled . . . .",
        [Rejected] = ". . . . . .",
        [Settled] = ". . Matured SettledHeld . Reversed",
        [Matured] = ". . . MaturedHeld . Reversed",
        [SettledHeld] = ". . . . Settled Reversed",
        [MaturedHeld] = ". . . . Matured Reversed",
        [Reversed] = ". . . . . .",
    };

    [Fact]
    public void EveryPairOfStageAndEvent_GoesWhereTheTableSays()
    {
        var arrows = 0;
        foreach (var stage in Enum.GetValues<WalletGiftStage>())
        {
            var row = Table[stage].Split(' ');
            Assert.Equal(Enum.GetValues<WalletGiftHappened>().Length, row.Length);
            foreach (var happened in Enum.GetValues<WalletGiftHappened>())
            {
                var moved = WalletGiftMachine.TryApply(stage, happened, out var next);
                Assert.Equal(row[(int)happened] == "." ? stage.ToString() : row[(int)happened], next.ToString());
                if (moved) { arrows++; }
            }
        }

        Assert.Equal(WalletGiftMachine.Arrows.Count, arrows);
    }

    [Fact]
    public async Task Gift_IsSettledThenMaturedHeldAndBackOrReversed_AsTheLedgerSays()
    {
        await using var room = await RoomScenario.StartAsync();
        await room.GoLiveAsync();
        await room.GiveCoinsAsync("ana", 200);
        var key = (await room.SendAsync("ana", "cake")).Value!.Key;
        var ledger = room.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);
        var earnings = LedgerAccount.Earnings(IdOf(Owner));
        async Task<GiftState> StateAsync(string who = "ana") => (await Status(room, As(who), key)).Value!.State;

        Assert.Equal(GiftState.Settled, await StateAsync());
        Assert.Equal(GiftState.Settled, await StateAsync(Owner));
        Assert.True((await Status(room, new Caller(Who("kim"), PlatformRole.Operator), key)).Ok);
        Assert.Equal(RefusalCode.GiftNotFound, (await Status(room, As("ben"), key)).Refusal!.Code);
        Assert.Equal(RefusalCode.GiftNotFound, (await Status(room, As("ana"), room.NewKey())).Refusal!.Code);

        var hold = room.NewKey();
        await ledger.Post(new LedgerEntry(
            hold, 1, LedgerEntryKind.Hold, earnings, [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), 49)], 0, Original: key,
            ExpiresAt: room.Time.GetUtcNow().AddDays(90)));
        Assert.Equal(GiftState.Held, await StateAsync());
        await ledger.Post(new LedgerEntry(
            room.NewKey(), 1, LedgerEntryKind.HoldVoided, earnings, [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.Coins), 49)], 0, Original: hold));
        Assert.Equal(GiftState.Settled, await StateAsync());

        room.Time.Advance(TimeSpan.FromDays(8));
        await ledger.Post(new LedgerEntry(
            room.NewKey(), 1, LedgerEntryKind.Maturity, earnings, [new LedgerLeg(LedgerAccount.Available(IdOf(Owner), LedgerUnit.Coins), 49)], 0));
        Assert.Equal(GiftState.Matured, await StateAsync());

        await ledger.Reverse(new LedgerReversal(room.NewKey(), 1, key, 40, "refund:1", []));
        Assert.Equal((GiftState.Matured, 40), ((await Status(room, As("ana"), key)).Value!.State, (await Status(room, As("ana"), key)).Value!.ReversedCoins));
        await ledger.Reverse(new LedgerReversal(room.NewKey(), 1, key, null, "refund:2", []));
        Assert.Equal(GiftState.Reversed, await StateAsync());
        Assert.Equal(200, await room.CoinsOfAsync("ana"));
    }

    private static ValueTask<Result<GiftStatus>> Status(RoomScenario room, Caller caller, Guid key) =>
        room.Grains.GetGrain<IGiftStatusGrain>(IGiftStatusGrain.Key).Get(caller, key);
}
