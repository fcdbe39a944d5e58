using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Gifts.Cards;

/// <summary>Refunds of card gifts that were made at the provider and that the sender's bank did not take after all.</summary>
public sealed class CardGiftRefundFailureTests
{
    private const long Coins = 2_999;
    private const long Price = 3_869;

    private static readonly Caller Ben = Person("Ben");

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task WholeGift_IsGivenAgainOnce(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var gift = await world.Give(Ben, Visa);
        await Gone(world, gift, "re_1", Price);
        Assert.Equal((0, 0, 0), await world.Sides());

        await CameBack(world, gift, "re_1", Price);
        await world.Payments.RestartAsync();
        await CameBack(world, gift, "re_1", Price);
        await Gone(world, gift, "re_1", Price); // heard late

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal((-Coins, -Price, Price), await world.Sides());
        Assert.Equal(1_499, await world.Earned());
        Assert.Single(await world.Shown());
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PartOfIt_IsGivenAgainOnce_AndGoesBackWithTheRestAfterAll(SqlDialect dialect)
    {
        await using var world = await CardGiftWorld.StartAsync(dialect: dialect);
        var gift = await world.Give(Ben, Visa);
        await Gone(world, gift, "re_1", 1_000);
        await Gone(world, gift, "re_2", 500);
        var between = await world.Sides();

        await CameBack(world, gift, "re_1", 1_000);
        await world.Payments.RestartAsync();
        await CameBack(world, gift, "re_1", 1_000);
        await Gone(world, gift, "re_1", 1_000); // heard late
        Assert.Equal((between.Coins - (Coins * 1_000 / Price), -(Price - 500), Price - 500), await world.Sides());
        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);

        // Another part takes of what was given again first, and all of it goes back in the end.
        await Gone(world, gift, "re_3", 1_500);
        Assert.Equal((-(Coins - (Coins * 2_000 / Price)), -(Price - 2_000), Price - 2_000), await world.Sides());
        await Gone(world, gift, "re_4", Price - 2_000);

        Assert.Equal(CardGiftState.Reversed, (await world.Find(Ben, gift.CardGiftId)).State);
        Assert.Equal(((0, 0, 0), 0), (await world.Sides(), await world.Earned()));
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PartOfAGiftThatWentBackWhole_IsAllThereIsOfItThen()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        await Gone(world, gift, "re_1", 1_000);
        await Gone(world, gift, "re_2", Price - 1_000);

        await CameBack(world, gift, "re_1", 1_000);
        Assert.Equal((-(Coins * 1_000 / Price), -1_000, 1_000), await world.Sides());
        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);

        await CameBack(world, gift, "re_2", Price - 1_000);
        Assert.Equal((-Coins, -Price, Price), await world.Sides());
        await world.Payments.WakeAfter(TimeSpan.FromDays(8));
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task PartOfAGiftThatTheBankTookSince_MakesGoodTheLoss_AndIsGivenWithItShouldTheDisputeBeWonAfterAll()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        await Gone(world, gift, "re_1", 1_000);
        var (disputed, losses) = (LedgerAccount.Disputed(LedgerUnit.UsdCents), LedgerAccount.Losses(LedgerUnit.UsdCents));
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost, amount: Price));
        Assert.Equal((Price, -1_000), (await world.Payments.Balance(disputed), await world.Payments.Balance(losses)));

        await CameBack(world, gift, "re_1", 1_000);
        await CameBack(world, gift, "re_1", 1_000);
        Assert.Equal((0, 0), (await world.Payments.Balance(losses), await world.Earned()));

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Won, amount: Price));
        Assert.Equal((0, 0, 1_499), (await world.Payments.Balance(disputed), await world.Payments.Balance(losses), await world.Earned()));
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData(Price - 1_000)]
    [InlineData(Price - 600)]
    public async Task PartOfAGiftWhoseRestTheBankTook_NeverGivesCoinsWithoutTheirMoney(long taken)
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        await Gone(world, gift, "re_1", 1_000);
        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Lost, amount: taken));

        await CameBack(world, gift, "re_1", 1_000);
        await CameBack(world, gift, "re_1", 1_000);
        await AssertEveryCoinHasItsMoneyAsync();

        Assert.True(await world.Dispute(gift.CardGiftId, DisputeMove.Won, amount: taken));
        await AssertEveryCoinHasItsMoneyAsync();
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)));
        Assert.True(await world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)) >= 0, "The platform paid for something.");
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));

        async Task AssertEveryCoinHasItsMoneyAsync()
        {
            var (coins, _, cents) = await world.Sides();
            Assert.InRange(-coins, 0, (Coins * cents / Price) + 1); // what went back was rounded down
        }
    }

    [Fact]
    public async Task RefundThatWasNeverBooked_ChangesNothing()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);

        await CameBack(world, gift, "re_1", Price);

        Assert.Equal(((-Coins, -Price, Price), CardGiftState.Settled), (await world.Sides(), (await world.Find(Ben, gift.CardGiftId)).State));
    }

    private static async Task Gone(CardGiftWorld world, CardGiftView gift, string refund, long minor) =>
        Assert.True(await world.Gift(gift.CardGiftId).RefundMoved(new RefundNews(refund, "pi_1", minor, "usd")));

    private static async Task CameBack(CardGiftWorld world, CardGiftView gift, string refund, long minor) =>
        Assert.True(await world.Gift(gift.CardGiftId).OutsideRefundFailed(new RefundNews(refund, "pi_1", minor, "usd")));
}
