using Dapper;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Ledger.Books;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>Coins of red packets in the ledger: who may move them, whose lots they belong to, and what the audit finds.</summary>
public sealed class PacketLedgerTests
{
    private static readonly LedgerAccount Packet = LedgerAccount.Packet("packet1");

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task CoinsOfAPacket_AreSpentByTheirSender_AndALotOfTheirOwnForWhoGrabbedThem(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        var first = await world.PostAsync(TopUp(Ana, 60));
        var second = await world.PostAsync(TopUp(Ana, 100));
        var benTopUp = await world.PostAsync(TopUp(Ben, 10));
        var funded = await world.PostAsync(Fund(100));
        var grabbed = await world.PostAsync(Grab(funded, Ben, 30));
        await world.PostAsync(Return(funded, 70));

        // What came back is of the lots that had paid, the last of them first: only what was grabbed is spent.
        Assert.Equal([(first.Key, 30L), (second.Key, 100L)], await LotsAsync("ana"));
        Assert.Equal([(LedgerEntryKind.PacketFunded, 30L)], await UsesAsync("ana", first.Key));
        Assert.Empty(await UsesAsync("ana", second.Key));

        // Ben's own coins are spent first, and his share is nobody's top-up: no refund finds money behind it.
        var lots = await world.Lots.GetLotsAsync(BooksWorld.Shard, "ben");
        Assert.Equal([("pi_1", 10L), ("packet:packet1", 30L)], lots.Select(lot => (lot.Reference!, lot.Left)));
        var gift = await world.PostAsync(Gift(Ben, 25));
        Assert.Equal([(benTopUp.Key, 0L), (grabbed.Key, 15L)], await LotsAsync("ben"));
        await world.ReverseAsync(gift.Key, 25);
        Assert.Equal([(benTopUp.Key, 10L), (grabbed.Key, 30L)], await LotsAsync("ben"));

        async Task<IEnumerable<(Guid, long)>> LotsAsync(string owner) =>
            (await world.Lots.GetLotsAsync(BooksWorld.Shard, owner)).Select(lot => (lot.TopUp, lot.Left));

        async Task<IEnumerable<(LedgerEntryKind, long)>> UsesAsync(string owner, Guid lot) =>
            (await world.Lots.TraceAsync(BooksWorld.Shard, owner, lot))!.Uses.Select(use => (use.Kind, use.Amount));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PacketIsNeverOverdrawn_AndNothingElseMovesItsCoins(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 100));
        var funded = await world.PostAsync(Fund(100));

        Assert.Equal(LedgerOutcome.Insufficient, await PostAsync(Grab(funded, Ben, 101)));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Grab(funded, Ben, 10) with { Original = null }));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Grab(funded, Star, 10)));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Fund(10) with { Original = funded.Key }));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Fund(10) with { Debit = Clearing }));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Gift(Ana, 10, streamer: Packet)));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(TopUp(Packet, 10)));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Hold(Packet, 10)));
        Assert.Equal(LedgerOutcome.Malformed, await PostAsync(Grab(funded, Ben, 10) with { Kind = LedgerEntryKind.Adjustment }));
        Assert.Equal(
            LedgerOutcome.OriginalUnknown,
            (await world.Owner.ReverseAsync(new LedgerReversal(LedgerSamples.Key(world.Clock.Now), 1, funded.Key, 10, "refund:1", []))).Outcome);

        Assert.Equal(100, await world.Owner.GetBalanceAsync(Packet));
        await world.PostAsync(Return(funded, 100));

        async Task<LedgerOutcome> PostAsync(LedgerEntry entry) => (await world.Owner.PostAsync(entry)).Outcome;
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Audit_FindsPacketsThatAreNotAsTheyShould(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect);
        await using var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        var funded = Fund(100);
        await PostAsync(TopUp(Ana, 300));
        await PostAsync(funded);
        Assert.Contains("packet_without_end", await RulesAsync());
        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "insert into due_time(grain_type, grain_key, due_at, first_due_at) values ('RedPacket', 'packet1', 0, 0)", transaction: transaction));
        await PostAsync(Grab(funded, Ben, 1));
        Assert.Empty(await RulesAsync());

        // The ledger itself knows neither who has sent a packet nor who has a share: the packet does, and the audit looks.
        await PostAsync(Grab(funded, Ben, 1));
        Assert.Equal(["packet_once"], await RulesAsync());
        await PostAsync(Grab(funded, Ana, 1));
        Assert.Equal(["packet_entries", "packet_once"], await RulesAsync());
        await PostAsync(Return(funded, 50, Ben));
        Assert.Equal(["packet_entries", "packet_once", "packet_over_is_empty"], await RulesAsync());

        async Task PostAsync(LedgerEntry entry) => Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(entry)).Outcome);

        async Task<IEnumerable<string>> RulesAsync() =>
            (await new LedgerAudit(test.Database).VerifyAsync()).Select(defect => defect.Rule).Distinct().Order(StringComparer.Ordinal);
    }

    internal static LedgerEntry Fund(long coins) =>
        new(Key(), 31, LedgerEntryKind.PacketFunded, Ana, [new LedgerLeg(Packet, coins)], Rate: 0, Reference: "packet:packet1");

    internal static LedgerEntry Grab(LedgerEntry funded, LedgerAccount who, long coins) =>
        new(Key(), 32, LedgerEntryKind.PacketGrabbed, Packet, [new LedgerLeg(who, coins)], Rate: 0, Reference: "packet:packet1", Original: funded.Key);

    internal static LedgerEntry Return(LedgerEntry funded, long coins, LedgerAccount? who = null) =>
        new(Key(), 33, LedgerEntryKind.PacketReturned, Packet, [new LedgerLeg(who ?? Ana, coins)], Rate: 0, Reference: "packet:packet1", Original: funded.Key);
}
