using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Tests.Gifts.Cards;
using LiveCommerce.Silo.Tests.Shop;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>Money that went back, and money that came back after all, stands on both sides under the same name.</summary>
public sealed class RefundReconciliationTests
{
    private static readonly Caller Ben = Person("Ben");
    private static readonly Caller Star = Person("Star");

    [Fact]
    public async Task CardGiftThatWentBack_IsNoBreak()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, Visa);
        Value(await world.Gift(gift.CardGiftId).Refund(Books.Operator));
        await world.UntilState(Ben, gift.CardGiftId, CardGiftState.Reversed);

        await NothingIsOpenAsync(world.Payments);
    }

    [Fact]
    public async Task CardGiftWhoseRefundFailedLater_IsNoBreak()
    {
        await using var world = await CardGiftWorld.StartAsync();
        var gift = await world.Give(Ben, "pm_card_simRefundPendsThenFails");
        Value(await world.Gift(gift.CardGiftId).Refund(Books.Operator));
        await world.Payments.PassUntil(async () => (await world.Find(Ben, gift.CardGiftId)).State == CardGiftState.Settled);

        await NothingIsOpenAsync(world.Payments);
    }

    [Theory]
    [InlineData(1_000)]
    [InlineData(3_869)]
    public async Task CardGiftWhoseRefundAtTheProviderFailedLater_IsGivenAgain_AndIsNoBreak(long minor)
    {
        await using var world = await CardGiftWorld.StartAsync(sendWebhooks: false);
        var gift = await world.Give(Ben, "pm_card_refundFail");
        var given = await world.Sides();
        await world.Payments.RefundAtProvider(gift.CardGiftId, minor, CardPayments.CardGiftId);
        await HearAsync(world.Payments, "refund.created");
        await Until(async () => (await world.Sides()).Float == given.Float - minor);

        world.Payments.Time.Advance(TimeSpan.FromMinutes(2));
        await Until(async () => (await world.Payments.Events()).Any(one => one.Type == "refund.failed"));
        await HearAsync(world.Payments, "refund.failed");
        await Until(async () => await world.Sides() == given);

        Assert.Equal(CardGiftState.Settled, (await world.Find(Ben, gift.CardGiftId)).State);
        await NothingIsOpenAsync(world.Payments);
    }

    [Fact]
    public async Task OrderWhoseRefundFailedLater_IsNoBreak()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, "pm_card_simRefundPendsThenFails");
        Value(await world.Refund(world.Seller, order.OrderId, amount: 500));
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)) is { State: OrderState.Paid, Refunds.CameBackMinor: 500 });

        await NothingIsOpenAsync(world.Payments);
    }

    [Fact]
    public async Task OrderThatCannotTakeInAFailedRefundForLong_IsToldUntilItCan()
    {
        await using var shop = await ShopWorld.StartAsync(price: 2_000, sendWebhooks: false, configure: sandbox => sandbox.RefundSeconds = 3_600);
        var world = shop.Payments;
        var order = await shop.Buy(Ben, "pm_card_refundFail");
        Value(await shop.Refund(shop.Seller, order.OrderId, amount: 500));
        world.Time.Advance(TimeSpan.FromHours(2));
        await Until(async () => (await world.Events()).Any(one => one.Type == "refund.failed"));
        world.Arm(ApiFault.RateLimit, times: 10_000, operation: "Refund.list");
        Value(await shop.Refund(shop.Seller, order.OrderId, amount: 300)); // is on its way for long, and one is done after the other

        await TellAsync(world, "refund.failed");
        for (var look = 0; look < 30; look++) { await world.WakeAfter(TimeSpan.FromSeconds(10)); }
        await Until(async () => await world.WaitingEvents() == 0);
        world.Sandbox.DisarmAll();
        await world.PassUntil(async () => (await shop.Find(Ben, order.OrderId)).Refunds is { CameBackMinor: 500, RefundedMinor: 300 });

        await NothingIsOpenAsync(world);
    }

    [Fact]
    public async Task TopUpWhoseRefundIsHeardToFailBeforeItIsHeardToSucceed_IsNoBreak()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ben, "pm_card_refundFail");
        world.Arm(ApiFault.TimeoutAfterCommit, times: 3, operation: "Refund.create");
        var id = world.NewKey();
        await world.Refund(Books.Operator, topUp.TopUpId, coins: null, id);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await Until(async () => (await world.Events()).Any(one => one.Type == "refund.failed"));

        await HearAsync(world, "refund.failed");
        await HearAsync(world, "refund.created");

        Assert.Equal((RefundState.Failed, 100), (Value(await world.FindRefund(Books.Operator, id)).State, await world.Coins(Ben)));
        Assert.Equal(TopUpState.Credited, (await world.FindTopUp(Ben, topUp.TopUpId)).State);
        await NothingIsOpenAsync(world);
    }

    [Fact]
    public async Task RefundAtTheProviderThatIsHeardToFailBeforeItIsHeardToSucceed_IsNoBreak()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ben, "pm_card_refundFail");
        await world.RefundAtProvider(topUp.TopUpId, 129);
        world.Time.Advance(TimeSpan.FromMinutes(2));
        await Until(async () => (await world.Events()).Any(one => one.Type == "refund.failed"));

        await HearAsync(world, "refund.failed");
        await HearAsync(world, "refund.created");

        Assert.Equal((100, TopUpState.Credited), (await world.Coins(Ben), (await world.FindTopUp(Ben, topUp.TopUpId)).State));
        await NothingIsOpenAsync(world);
    }

    [Theory]
    [InlineData(30, 70)]
    [InlineData(100, 0)]
    public async Task RefundAtTheProviderOfSpentCoinsThatFailsLater_MakesTheLossGood_AndMakesNoCoins(long spent, long left)
    {
        await using var world = await StartAsync(sendWebhooks: false, configure: sandbox => sandbox.RefundSeconds = 3_600);
        var topUp = await world.TopUp(Ben, "pm_card_refundFail");
        await world.Give(Ben, Star, spent);
        await world.RefundAtProvider(topUp.TopUpId, 129);
        await HearAsync(world, "refund.created");
        await Until(async () => (await world.FindTopUp(Ben, topUp.TopUpId)).State == TopUpState.Refunded);
        Assert.Equal((0, true), (await world.Coins(Ben), await LossesAsync(world) < 0));

        world.Time.Advance(TimeSpan.FromHours(2));
        await Until(async () => (await world.Events()).Any(one => one.Type == "refund.failed"));
        await HearAsync(world, "refund.failed");

        Assert.Equal((left, 0, TopUpState.Credited), (await world.Coins(Ben), await LossesAsync(world), (await world.FindTopUp(Ben, topUp.TopUpId)).State));
        await NothingIsOpenAsync(world);
    }

    private static ValueTask<long> LossesAsync(PaymentWorld world) => world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents));

    private static async Task HearAsync(PaymentWorld world, string type)
    {
        await TellAsync(world, type);
        await Until(async () => await world.WaitingEvents() == 0);
    }

    private static async Task TellAsync(PaymentWorld world, string type)
    {
        var told = Assert.Single(await world.Events(), one => one.Type == type);
        await world.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).Receive(new ProviderEvent(told.Id, told.Type, told.Json));
    }

    private static async Task NothingIsOpenAsync(PaymentWorld world)
    {
        var view = await world.RunLaterAsync();
        Assert.Empty(view.Breaks);
        Assert.NotNull(view.LastRun!.ProviderMinor);
        Assert.Equal(view.LastRun.ProviderMinor, view.LastRun.LedgerMinor);
        Assert.Empty(await world.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }
}
