using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>Refunds that the buyer's bank does not take after all, after they were booked.</summary>
public sealed class OrderRefundFailureTests
{
    private static readonly Caller Ben = Person("Ben");

    [Fact]
    public async Task RefundThatFailsDaysLater_SellsTheOrderAgainOnceLeavesTheStockAndIsOnTheOperatorsDesk()
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 2_000);
        var order = await world.Buy(Ben, "pm_card_simRefundPendsThenFails");
        Value(await world.Refund(world.Seller, order.OrderId, restock: true));

        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).Refunds.CameBackMinor == 2_000);
        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromMinutes(10));

        var now = await world.Find(world.Seller, order.OrderId);
        Assert.Equal((OrderState.Paid, 0, 2_000, 1), (now.State, now.Refunds.RefundedMinor, now.Refunds.CameBackMinor, now.Refunds.Items));
        Assert.NotNull(now.Times.CameBack);
        Assert.Null(now.Times.RefundedAt);
        Assert.NotNull(now.Refunds.Problem);
        Assert.Equal((-2_000, 1_900, 0, 100), await world.Sides());
        Assert.Equal((5, 0), ((await world.Card()).Stock, (await world.Card()).Sold));
        var desk = Value(await world.Payments.Grains.GetGrain<IRefundDeskGrain>(IRefundDeskGrain.Key).List(ShopWorld.Operator, 10));
        var shown = Assert.Single(desk.Refunds);
        Assert.Equal((RefundState.Failed, 2_000, $"Refund of order {order.OrderId}"), (shown.State, shown.AmountMinor, shown.Reason));
        Assert.NotNull(shown.Problem);
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task OrderThatWasReleased_IsReleasedAgain()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.BuyAndRelease(Ben);
        await SentBack(world, order, 2_000);
        Assert.Equal((OrderState.Refunded, (0, 0)), ((await world.Find(Ben, order.OrderId)).State, await world.Money()));

        await CameBack(world, order, 2_000);
        await CameBack(world, order, 2_000);

        Assert.Equal((OrderState.Released, (0, 1_900)), ((await world.Find(Ben, order.OrderId)).State, await world.Money()));
        Assert.Equal((-2_000, 0, 1_900, 100), await world.Sides());
    }

    [Fact]
    public async Task OrderThatWasDelivered_WaitsAnewBeforeTheSellerCanWithdrawIt()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        Value(await world.Order(order.OrderId).Deliver(Ben));
        await SentBack(world, order, 2_000);
        await world.Payments.WakeAfter(TimeSpan.FromDays(5));

        await CameBack(world, order, 2_000);
        Assert.Equal(OrderState.Delivered, (await world.Find(Ben, order.OrderId)).State);
        await world.Payments.WakeAfter(TimeSpan.FromHours(73));
        await world.UntilState(Ben, order.OrderId, OrderState.Released);
        Assert.Equal((0, 1_900), await world.Money());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task PartThatCameBack_CanBeSentBackOnceMoreWithTheRest(bool released)
    {
        await using var world = await ShopWorld.StartAsync(price: 1_999);
        var order = released ? await world.BuyAndRelease(Ben) : await world.Buy(Ben, Visa);
        await SentBack(world, order, 333);
        await CameBack(world, order, 333);
        Assert.Equal((-1_999, 1_899, 100), await WithoutPlace(world));

        Value(await world.Refund(world.Seller, order.OrderId));
        await world.UntilState(Ben, order.OrderId, OrderState.Refunded);

        Assert.Equal((0, 0, 0, 0), await world.Sides());
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Receivable(world.Seller.Id, LedgerUnit.UsdCents)));
        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task SellerWhoOwedTheRefund_OwesNothingOnceItCameBack()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.BuyAndRelease(Ben);
        var usd = LedgerUnit.UsdCents;
        await world.Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(world.Payments.Time.GetUtcNow()), 1, LedgerEntryKind.Payout, LedgerAccount.Available(world.Seller.Id, usd),
            [new LedgerLeg(LedgerAccount.Clearing(usd), 1_900)], 0));
        await SentBack(world, order, 2_000);
        Assert.Equal(-1_900, await world.Payments.Balance(LedgerAccount.Receivable(world.Seller.Id, usd)));

        await CameBack(world, order, 2_000);

        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Receivable(world.Seller.Id, usd)));
        Assert.Equal((OrderState.Released, (0, 0)), ((await world.Find(Ben, order.OrderId)).State, await world.Money()));
    }

    [Fact]
    public async Task MoneyThatCameBackAfterThePlatformLostADispute_MakesGoodForTheLossFirst()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        await SentBack(world, order, 800);
        await world.BankTakes(1_700);
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1", amount: 1_700));
        Assert.Equal(-500, await world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)));

        await CameBack(world, order, 800);
        await CameBack(world, order, 800);

        // Of 2,000 the bank kept 1,700: what is left was sold for 300.
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)));
        Assert.Equal((-300, 285, 15), await WithoutPlace(world));
        Assert.Equal((OrderState.DisputeLost, 1_700), ((await world.Find(Ben, order.OrderId)).State, (await world.Find(Ben, order.OrderId)).Refunds.RefundedMinor));
    }

    [Fact]
    public async Task FailureOfARefundThatWasNeverBooked_MovesNothingAndIsShown()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);

        await CameBack(world, order, 2_000);

        Assert.Equal((-2_000, 1_900, 0, 100), await world.Sides());
        Assert.NotNull((await world.Find(world.Seller, order.OrderId)).Refunds.Problem);
        Assert.Null((await world.Find(Ben, order.OrderId)).Refunds.Problem);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task WhateverGoesBackAndComesBack_TheBooksSayWhatIsLeft(int seed)
    {
        await using var world = await ShopWorld.StartAsync(stock: 100, price: 1_999);
        var order = await world.Buy(Ben, Visa, quantity: 3);
#pragma warning disable CA5394 // A seed that can be repeated is what is wanted.
        var dice = new Random(seed);
        var sent = new List<(string Id, long Amount)>();
        for (var step = 0; step < 24; step++)
        {
            var left = (await world.Find(Ben, order.OrderId)) is { } now ? now.TotalMinor - now.Refunds.RefundedMinor : 0;
            switch (dice.Next(6))
            {
                case 0 or 1 when left > 0:
                    var amount = dice.Next(4) == 0 ? left : dice.NextInt64(1, left + 1);
                    sent.Add(($"re_{step}", amount));
                    await SentBack(world, order, amount, $"re_{step}");
                    break;
                case 2 or 3 when sent.Count > 0:
                    var (id, of) = sent[dice.Next(sent.Count)];
                    await CameBack(world, order, of, id);
                    break;
                case 4:
                    await world.Order(order.OrderId).Deliver(Ben);
                    await world.Payments.WakeAfter(TimeSpan.FromHours(40));
                    break;
                default:
                    await world.Payments.RestartAsync();
                    break;
            }
#pragma warning restore CA5394

            var after = await world.Find(Ben, order.OrderId);
            var (clearing, seller, fee) = await WithoutPlace(world);
            Assert.Equal(-(after.TotalMinor - after.Refunds.RefundedMinor), clearing);
            Assert.Equal(-clearing, seller + fee);
            Assert.InRange(seller, Math.Max(0, (-clearing * 95 / 100) - 24), (-clearing * 95 / 100) + 24);
        }

        Assert.Empty(await world.Payments.Audit.VerifyAsync(TestContext.Current.CancellationToken));
    }

    private static async Task SentBack(ShopWorld world, OrderView order, long amount, string id = "re_1") =>
        Assert.True(await world.Order(order.OrderId).RefundMoved(new RefundNews(id, "pi_1", amount, "usd")));

    private static async Task CameBack(ShopWorld world, OrderView order, long amount, string id = "re_1") =>
        Assert.True(await world.Order(order.OrderId).RefundFailed(new RefundNews(id, "pi_1", amount, "usd")));

    /// <summary>The sides of a sale, the seller's in one sum.</summary>
    private static async Task<(long Clearing, long Seller, long Fee)> WithoutPlace(ShopWorld world)
    {
        var (clearing, sales, available, fee) = await world.Sides();
        return (clearing, sales + available, fee);
    }
}
