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

    private static LedgerEntry Sale(long minor) => new(
        Key(), 1, LedgerEntryKind.Sale, LedgerAccount.Clearing(LedgerUnit.UsdCents),
        [new LedgerLeg(LedgerAccount.Sales("star"), minor * 9 / 10), new LedgerLeg(LedgerAccount.Fee(LedgerUnit.UsdCents), minor / 10)],
        Rate: 1, Reference: "order:1");

    private static LedgerEntry Matured(long coins) => new(
        Key(), 1, LedgerEntryKind.Maturity, Star, [new LedgerLeg(LedgerAccount.Available("star", LedgerUnit.Coins), coins)], Rate: 0, Reference: "maturity:1");
}
