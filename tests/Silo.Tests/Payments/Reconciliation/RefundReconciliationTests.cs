using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Tests.Gifts.Cards;
using LiveCommerce.Silo.Tests.Shop;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>Money that went back, and money that came back after all, stands on both sides under the same name.</summary>
public sealed class RefundReconciliationTests
{
    private static readonly Caller Ben = Person("Ben");

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

    [Fact]
    public async Task OrderWhoseRefundFailedLater_IsNoBreak()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, "pm_card_simRefundPendsThenFails");
        Value(await world.Refund(world.Seller, order.OrderId, amount: 500));
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)) is { State: OrderState.Paid, Refunds.CameBackMinor: 500 });

        await NothingIsOpenAsync(world.Payments);
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
