using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

public sealed class EarningsTests
{
    private static readonly DateOnly Today = DateOnly.FromDateTime(Noon.UtcDateTime);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Earnings_ArePendingFirst_AndSayWhenTheOldestPartIsAvailable(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        world.Clock.Now = Noon.AddDays(2);
        await world.PostAsync(Gift(Ana, 40));
        await world.PostAsync(Sale(500));

        var before = await world.Earnings.GetAsync(BooksWorld.Shard, "star");
        await world.PostAsync(Matured(50));
        var after = await world.Earnings.GetAsync(BooksWorld.Shard, "star");

        Assert.Equal(new EarningsOf(70, 0, 0, 0, 0, Noon.AddDays(7)), before.Gifts);
        Assert.Equal(new EarningsOf(450, 0, 0, 0, 0, null), before.Sales);
        Assert.Equal(new EarningsOf(20, 50, 0, 0, 0, Noon.AddDays(9)), after.Gifts);
        Assert.Equal("usd", before.Currency);
        var nobody = await world.Earnings.GetAsync(BooksWorld.Shard, "nobody");
        Assert.Equal(new EarningsOf(0, 0, 0, 0, 0, null), nobody.Gifts);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task EarningsByDay_AreUtcDaysWithTheEmptyOnesIncluded(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        world.Clock.Now = new DateTimeOffset(Today.AddDays(1), new TimeOnly(23, 59, 59), TimeSpan.Zero);
        await world.PostAsync(Gift(Ana, 40));
        await world.PostAsync(Matured(50));
        world.Clock.Now = Noon.AddDays(3);
        await world.PostAsync(Gift(Ana, 10));
        await world.PostAsync(Gift(Ana, 10));
        await world.PostAsync(Sale(500));

        var days = await world.Earnings.GetByDayAsync(BooksWorld.Shard, "star", Today.AddDays(3), 5);

        Assert.Equal(
            [
                new EarningsDay(Today.AddDays(-1), 0, 0, 0), new EarningsDay(Today, 50, 0, 0), new EarningsDay(Today.AddDays(1), 20, 0, 0),
                new EarningsDay(Today.AddDays(2), 0, 0, 0), new EarningsDay(Today.AddDays(3), 10, 450, 0),
            ],
            days);
        Assert.Equal(days.Skip(3), await world.Earnings.GetByDayAsync(BooksWorld.Shard, "star", Today.AddDays(3), 2));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PayoutIsHeldThenPaid_AndAGiftTakenBackAfterwardsIsOwed(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        var gift = await world.PostAsync(Gift(Ana, 100));
        await world.PostAsync(Matured(50));
        var available = LedgerAccount.Available("star", LedgerUnit.Coins);
        var paidOut = LedgerAccount.PaidOut(LedgerUnit.Coins);
        var hold = await world.PostAsync(new LedgerEntry(
            Key(), 1, LedgerEntryKind.Hold, available, [new LedgerLeg(paidOut, 40)], Rate: 0, Reference: "payout:1", ExpiresAt: Noon.AddDays(30)));

        Assert.Equal(new EarningsOf(0, 10, 40, 0, 0, null), (await world.Earnings.GetAsync(BooksWorld.Shard, "star")).Gifts);

        world.Clock.Now = Noon.AddDays(1);
        Assert.Equal(LedgerOutcome.Moved, (await world.Owner.PostTogetherAsync(
        [
            new LedgerEntry(
                Key(world.Clock.Now), 1, LedgerEntryKind.HoldPosted, available, [new LedgerLeg(paidOut, 40)], Rate: 0, Reference: "payout:1", Original: hold.Key),
            new LedgerEntry(
                Key(world.Clock.Now), 1, LedgerEntryKind.Payout, LedgerAccount.CoinFloat(LedgerUnit.UsdCents),
                [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.UsdCents), 36)], Rate: 0, Reference: "payout:1"),
        ])).Outcome);
        Assert.Equal(new EarningsOf(0, 10, 0, 40, 0, null), (await world.Earnings.GetAsync(BooksWorld.Shard, "star")).Gifts);

        await world.ReverseAsync(gift.Key, 60);
        Assert.Equal(new EarningsOf(0, 0, 0, 40, 20, null), (await world.Earnings.GetAsync(BooksWorld.Shard, "star")).Gifts);
        Assert.Equal(
            [new EarningsDay(Today, 50, 0, 0), new EarningsDay(Today.AddDays(1), -30, 0, 36)],
            await world.Earnings.GetByDayAsync(BooksWorld.Shard, "star", Today.AddDays(1), 2));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task AgencysShare_IsAmongTheEarningsOfWhoLeadsIt(SqlDialect dialect)
    {
        await using var world = await BooksWorld.OpenAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 20, streamer: LedgerAccount.Agency("star", LedgerUnit.Coins)));
        world.Clock.Now = Noon.AddHours(1);
        await world.PostAsync(Gift(Ana, 100));

        Assert.Equal(new EarningsOf(60, 0, 0, 0, 0, Noon.AddDays(7)), (await world.Earnings.GetAsync(BooksWorld.Shard, "star")).Gifts);
        Assert.Equal([new EarningsDay(Today, 60, 0, 0)], await world.Earnings.GetByDayAsync(BooksWorld.Shard, "star", Today, 1));
    }

    private static LedgerEntry Sale(long minor) => new(
        Key(), 1, LedgerEntryKind.Sale, LedgerAccount.Clearing(LedgerUnit.UsdCents),
        [new LedgerLeg(LedgerAccount.Sales("star"), minor * 9 / 10), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.UsdCents), minor / 10)],
        Rate: 1, Reference: "order:1");

    private static LedgerEntry Matured(long coins) => new(
        Key(), 1, LedgerEntryKind.Maturity, Star, [new LedgerLeg(LedgerAccount.Available("star", LedgerUnit.Coins), coins)], Rate: 0, Reference: "maturity:1");
}
