using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>Money that goes back to buyers, before and after the seller could withdraw it, with the real ledger and the sandbox over HTTP.</summary>
public sealed class OrderRefundTests
{
    private static readonly Caller Ben = Person("Ben");

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task WholeRefund_SendsTheMoneyBackOnceAndTheItemsNoLongerCountAsBought(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 2_000, dialect: dialect);
        var order = await world.Buy(Ben, Visa, quantity: 2);
        var id = world.Payments.NewKey();

        Value(await world.Refund(world.Seller, order.OrderId, restock: true, id: id));
        await world.UntilState(Ben, order.OrderId, OrderState.Refunded);
        var again = Value(await world.Refund(world.Seller, order.OrderId, restock: true, id: id));

        Assert.Equal((OrderState.Refunded, 4_000, 2, "Broken"), (again.State, again.Refunds.RefundedMinor, again.Refunds.Items, again.Refunds.Reason));
        Assert.Equal((5, 0), ((await world.Card()).Stock, (await world.Card()).Sold));
        Assert.Equal((0, 0, 0, 0), await world.Sides());
        Assert.Equal(4_000, await world.Payments.MoneyReturned());
        Assert.Equal(RefusalCode.OrderClosed, Refused(await world.Refund(world.Seller, order.OrderId)).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.Refund(world.Seller, order.OrderId, amount: 1, id: id)).Code);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PartialRefunds_LeaveTheRestToTheSeller(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 1_999, dialect: dialect);
        var order = await world.Buy(Ben, Visa, quantity: 3);

        Value(await world.Refund(world.Seller, order.OrderId, amount: 1_999, items: 1));
        await Until(async () => (await world.Find(Ben, order.OrderId)).Refunds.RefundedMinor == 1_999);
        Value(await world.Refund(ShopWorld.Operator, order.OrderId, amount: 1));
        await Until(async () => (await world.Find(Ben, order.OrderId)).Refunds.RefundedMinor == 2_000);

        Assert.Equal((2, 2), ((await world.Card()).Stock, (await world.Card()).Sold));
        var (clearing, sales, available, fee) = await world.Sides();
        Assert.Equal((-3_997, 0, 3_997), (clearing, available, sales + fee));
        Assert.Equal(2_000, await world.Payments.MoneyReturned());
        var tooMuch = Refused(await world.Refund(world.Seller, order.OrderId, amount: 3_998));
        Assert.Equal((RefusalCode.RefundNotAllowed, 3_997, 2), (tooMuch.Code, tooMuch.Amounts!["left"], tooMuch.Amounts["items"]));
        Assert.Equal(RefusalCode.RefundNotAllowed, Refused(await world.Refund(world.Seller, order.OrderId, amount: 0)).Code);
        Assert.Equal(RefusalCode.RefundNotAllowed, Refused(await world.Refund(world.Seller, order.OrderId, amount: -1)).Code);
        Assert.Equal(RefusalCode.RefundNotAllowed, Refused(await world.Refund(world.Seller, order.OrderId, amount: 10, items: 3)).Code);
    }

    [Fact]
    public async Task RefundAfterTheRelease_IsTakenFromWhatTheSellerCanWithdrawAndNotFromOtherOrders()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var released = await world.BuyAndRelease(Ben);
        var pending = await world.Buy(Ben, Visa);
        Assert.Equal((1_900, 1_900), await world.Money());

        Value(await world.Refund(world.Seller, released.OrderId));
        await world.UntilState(Ben, released.OrderId, OrderState.Refunded);
        Assert.Equal((1_900, 0), await world.Money());

        await world.Order(pending.OrderId).Deliver(Ben);
        await world.Payments.WakeAfter(TimeSpan.FromHours(73));
        await world.UntilState(Ben, pending.OrderId, OrderState.Released);
        Assert.Equal((0, 1_900), await world.Money());
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task RefundOfMoneyThatWasPaidOut_IsOwedAndLaterSalesRepayIt(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000, dialect: dialect);
        var order = await world.BuyAndRelease(Ben);
        var usd = LedgerUnit.UsdCents;
        await world.Ledger.Post(new LedgerEntry(
            Guid.CreateVersion7(world.Payments.Time.GetUtcNow()), 1, LedgerEntryKind.Payout, LedgerAccount.Available(world.Seller.Id, usd),
            [new LedgerLeg(LedgerAccount.Clearing(usd), 1_900)], 0));

        Value(await world.Refund(world.Seller, order.OrderId));
        await world.UntilState(Ben, order.OrderId, OrderState.Refunded);
        Assert.Equal(-1_900, await world.Payments.Balance(LedgerAccount.Receivable(world.Seller.Id, usd)));

        var next = await world.BuyAndRelease(Ben);
        Assert.Equal(OrderState.Released, (await world.Find(Ben, next.OrderId)).State);
        Assert.Equal((0, 0), await world.Money());
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Receivable(world.Seller.Id, usd)));
    }

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetAfterCommit)]
    [InlineData(ApiFault.BadGatewayBefore)]
    public async Task RefundWhoseAnswerIsLost_IsSentOnce(ApiFault fault)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        world.Payments.Arm(fault, times: 3, operation: "Refund.create");

        await world.Refund(world.Seller, order.OrderId);
        await world.Payments.RestartAsync();
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == OrderState.Refunded);

        Assert.Equal(2_000, await world.Payments.MoneyReturned());
        Assert.Equal((0, 0, 0, 0), await world.Sides());
    }

    [Fact]
    public async Task MoneySentBackAtTheProvider_IsBookedOnce()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        var news = new RefundNews("re_1", "pi_1", 500, "usd");

        Assert.True(await world.Order(order.OrderId).RefundMoved(news));
        Assert.True(await world.Order(order.OrderId).RefundMoved(news));

        Assert.Equal(500, (await world.Find(Ben, order.OrderId)).Refunds.RefundedMinor);
        Assert.Equal(-1_500, (await world.Sides()).Clearing);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisputeThatIsWon_FreezesTheShareAndFreesIt(bool released)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = released ? await world.BuyAndRelease(Ben) : await world.Buy(Ben, Visa);
        var account = released ? LedgerAccount.Available(world.Seller.Id, LedgerUnit.UsdCents) : LedgerAccount.Sales(world.Seller.Id);
        async Task<long> HeldAsync() => (await world.Ledger.GetBalances([account]))[0].Held;

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Warned, "issfr_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1"));
        Assert.Equal((OrderState.Disputed, 1_900), ((await world.Find(Ben, order.OrderId)).State, await HeldAsync()));
        Assert.Equal(RefusalCode.OrderDisputed, Refused(await world.Refund(world.Seller, order.OrderId)).Code);
        Assert.Equal(RefusalCode.OrderDisputed, Refused(await world.Order(order.OrderId).Ship(world.Seller, new Shipment(null, null))).Code);

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Released, "issfr_1"));
        Assert.Equal(1_900, await HeldAsync());
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Won, "dp_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1"));

        Assert.Equal(released ? OrderState.Released : OrderState.Paid, (await world.Find(Ben, order.OrderId)).State);
        Assert.Equal(0, await HeldAsync());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task DisputeThatIsLost_TakesTheSaleBackAndLevelsWhatTheBankTook(bool released)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = released ? await world.BuyAndRelease(Ben) : await world.Buy(Ben, Visa);
        await world.BankTakes(2_000);

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1"));

        Assert.Equal(OrderState.DisputeLost, (await world.Find(Ben, order.OrderId)).State);
        Assert.Equal((0, 0, 0, 0), await world.Sides());
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)));
        Assert.Equal(0, (await world.Card()).Sold);
    }

    [Fact]
    public async Task PartOfAPaymentThatIsLost_TakesThatPartAndLeavesTheSellerTheRest()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        await world.BankTakes(500);

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1", amount: 500));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1", amount: 500));
        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromHours(1));

        Assert.Equal((OrderState.DisputeLost, 500), ((await world.Find(Ben, order.OrderId)).State, (await world.Find(Ben, order.OrderId)).Refunds.RefundedMinor));
        Assert.Equal((-1_500, 0, 1_425, 75), await world.Sides());
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)));
    }

    [Fact]
    public async Task DisputeLostForMoreThanIsLeftOfTheOrder_IsThePlatformsLossBeyondThat()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        Assert.True(await world.Order(order.OrderId).RefundMoved(new RefundNews("re_1", "pi_1", 800, "usd")));
        await world.BankTakes(2_000);

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1"));

        Assert.Equal((800, 0, 0, 0), await world.Sides());
        Assert.Equal((0, -800), (
            await world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)), await world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
    }

    [Fact]
    public async Task DisputeLostOfAnOrderThatWentBackWhole_IsThePlatformsLossOnce()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        Value(await world.Refund(world.Seller, order.OrderId));
        await world.UntilState(Ben, order.OrderId, OrderState.Refunded);
        await world.BankTakes(2_000);
        async Task<(long, long)> LevelsAsync() => (
            await world.Payments.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)), await world.Payments.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)));

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1"));
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Lost, "dp_1"));
        Assert.Equal((0, -2_000), await LevelsAsync());

        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Won, "dp_1"));
        Assert.Equal((2_000, 0), (-(await LevelsAsync()).Item1, (await LevelsAsync()).Item2));
    }

    [Fact]
    public async Task SellerWhoIsFrozenWhenTheDisputeOpens_HasTheShareHeldAfterTheThaw()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.BuyAndRelease(Ben);
        var account = LedgerAccount.Available(world.Seller.Id, LedgerUnit.UsdCents);
        await world.Payments.SetFrozen(account, frozen: true);
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Opened, "dp_1"));
        await world.Payments.SetFrozen(account, frozen: false);

        await world.Payments.PassUntil(async () => (await world.Ledger.GetBalances([account]))[0].Held == 1_900);
        Assert.True(await world.Dispute(order.OrderId, DisputeMove.Won, "dp_1"));
        Assert.Equal(0, (await world.Ledger.GetBalances([account]))[0].Held);
    }

    [Fact]
    public async Task SellerWhoseMoneyIsFrozen_GetsItReleasedWhenItThaws()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        Value(await world.Order(order.OrderId).Deliver(Ben));
        await world.Payments.SetFrozen(LedgerAccount.Sales(world.Seller.Id), frozen: true);

        await world.Payments.WakeAfter(TimeSpan.FromHours(73));
        Assert.Equal((OrderState.Delivered, (1_900, 0)), ((await world.Find(Ben, order.OrderId)).State, await world.Money()));

        await world.Payments.SetFrozen(LedgerAccount.Sales(world.Seller.Id), frozen: false);
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == OrderState.Released);
        Assert.Equal((0, 1_900), await world.Money());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task WhateverHappensToOrders_TheBooksSayWhatIsLeftOfThem(int seed)
    {
        await using var world = await ShopWorld.StartAsync(stock: 100, price: 1_999);
#pragma warning disable CA5394 // A seed that can be repeated is what is wanted.
        var dice = new Random(seed);
        var orders = new List<string>();
        for (var step = 0; step < 30; step++)
        {
            if (orders.Count < 4 && dice.Next(3) == 0) { orders.Add((await world.Buy(Ben, Visa, dice.Next(1, 4))).OrderId); }
            if (orders.Count == 0) { continue; }
            var order = orders[dice.Next(orders.Count)];
            switch (dice.Next(6))
            {
                case 0:
                    await world.Order(order).Ship(world.Seller, new Shipment("Post", $"{step}"));
                    break;
                case 1:
                    await world.Order(order).Deliver(Ben);
                    break;
                case 2:
                    await world.Payments.WakeAfter(TimeSpan.FromHours(40));
                    break;
                case 3:
                    await world.Refund(world.Seller, order, amount: dice.Next(1, 1_500), restock: dice.Next(2) == 0);
                    break;
                case 4 when dice.Next(3) == 0:
                    await world.Refund(ShopWorld.Operator, order);
                    break;
                default:
                    await world.Payments.RestartAsync();
                    break;
            }
#pragma warning restore CA5394

            await world.CheckBooksAsync(Ben, orders);
        }
    }
}
