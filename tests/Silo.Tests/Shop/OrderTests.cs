using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>Buying products, with the real ledger, real rooms and the sandbox over HTTP.</summary>
public sealed class OrderTests
{
    private static readonly Caller Ben = Person("Ben");
    private static readonly Caller Cleo = Person("Cleo");

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task PaidOrder_SharesTheMoneyAndTellsRoomBuyerAndSeller(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 1_999, dialect: dialect);
        var room = new RoomListener();
        var observer = world.Payments.Grains.CreateObjectReference<IRoomObserver>(room);
        await world.Payments.Grains.GetGrain<IRoomGrain>(world.RoomId).Subscribe("g1", observer, since: null);

        var order = await world.Buy(Ben, Visa, quantity: 2);

        Assert.Equal((OrderState.Paid, 3_998, 2), (order.State, order.TotalMinor, order.Quantity));
        await world.UntilDone(order.OrderId);
        Assert.Equal(3_798, await world.Payments.Balance(LedgerAccount.Sales(world.Seller.Id)));
        Assert.Equal(200, await world.Payments.Balance(LedgerAccount.Fee(LedgerUnit.UsdCents)));
        Assert.Equal(-3_998, await world.Payments.Balance(LedgerAccount.Clearing(LedgerUnit.UsdCents)));
        Assert.Equal((3, 2), ((await world.Card()).Stock, (await world.Card()).Sold));
        Assert.Equal(order.OrderId, Assert.Single(await world.Payments.Grains.GetGrain<IShopGrain>(world.Seller.Id).GetOrders()).OrderId);
        Assert.Equal(order.OrderId, Assert.Single(await world.Payments.Grains.GetGrain<IViewerGrain>(Ben.Id).GetOrders()).OrderId);
        await Until(() => Task.FromResult(room.Orders.Count > 0));
        Assert.Equal(("Ben", 2, 2), room.Orders.Select(told => (told.Buyer, told.Quantity, (int)told.Sold)).Single());
    }

    [Fact]
    public async Task DeclinedCard_PutsTheStockBack()
    {
        await using var world = await ShopWorld.StartAsync(stock: 1);

        var order = await world.Buy(Ben, Declined);

        Assert.Equal(OrderState.Declined, order.State);
        Assert.Equal("The card was declined and nothing was charged. Use another card, or ask your bank.", order.Problem);
        await world.UntilDone(order.OrderId);
        Assert.Equal((1, 0), ((await world.Card()).Stock, (await world.Card()).Sold));
        Assert.Equal(0, await world.Payments.Balance(LedgerAccount.Sales(world.Seller.Id)));
    }

    [Theory]
    [InlineData("approve", OrderState.Paid, 0, 1)]
    [InlineData("fail", OrderState.Declined, 1, 0)]
    public async Task Confirmation_EndsPaidOrDeclined(string decision, OrderState state, int stock, int sold)
    {
        await using var world = await ShopWorld.StartAsync(stock: 1);
        var order = await world.Buy(Ben, Asks);
        Assert.Equal(OrderState.RequiresAction, order.State);
        Assert.Equal(0, (await world.Card()).Stock);

        await world.Payments.Decide(order.ActionUrl, decision);

        await world.UntilState(Ben, order.OrderId, state);
        await world.UntilDone(order.OrderId);
        Assert.Equal((stock, sold), ((await world.Card()).Stock, (await world.Card()).Sold));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task LastItemByManyAtOnce_GoesToExactlyOneAndTheOthersPayNothing(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 1, price: 1_000, dialect: dialect);

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => world.TryBuy(Person($"Buyer {i}"), Visa).AsTask()));

        Assert.Equal(OrderState.Paid, Assert.Single(answers, answer => answer.Ok).Value!.State);
        var refusals = answers.Where(answer => !answer.Ok).Select(answer => answer.Refusal!).ToList();
        Assert.All(refusals, refusal => Assert.Equal(RefusalCode.OutOfStock, refusal.Code));
        Assert.All(refusals, refusal => Assert.Equal(0, refusal.Amounts!["stock"]));
        Assert.Equal(1_000, await world.Payments.MoneyTaken());
        Assert.Equal(1, (await world.Card()).Sold);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task SameOrderAgain_GetsTodaysStateAndIsPaidOnce_AndOtherContentIsRefused(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 1_000, dialect: dialect);
        var id = world.Payments.NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.Buy(Ben, Visa, id: id)));
        await world.Payments.RestartAsync();

        Assert.All(answers.Append(await world.Buy(Ben, Visa, id: id)), answer => Assert.Equal(OrderState.Paid, answer.State));
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryBuy(Ben, Visa, quantity: 2, id: id)).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryBuy(Cleo, Visa, id: id)).Code);
        Assert.Equal((1_000, 4), (await world.Payments.MoneyTaken(), (await world.Card()).Stock));
    }

    [Fact]
    public async Task RefusedOrder_LeavesNothingBehindAndTheSameKeyMayTryAgain()
    {
        await using var world = await ShopWorld.StartAsync(stock: 0);
        var id = world.Payments.NewKey();
        Assert.Equal(RefusalCode.OutOfStock, Refused(await world.TryBuy(Ben, Visa, id: id)).Code);
        Assert.Equal(RefusalCode.OrderNotFound, Refused(await world.Payments.Grains.GetGrain<IOrderGrain>(id).Get(Ben)).Code);

        Value(await world.ProductGrain.Update(world.Seller, new ProductDetails("A cup", null, 1_999, "usd", 1)));

        Assert.Equal(OrderState.Paid, (await world.Buy(Ben, Visa, id: id)).State);
    }

    [Fact]
    public async Task OrderThatCannotBe_IsRefusedWithAReason()
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 1_999);

        var changed = Refused(await world.TryBuy(Ben, Visa, price: 1_000));
        Assert.Equal((RefusalCode.PriceChanged, 1_999, 1_000), (changed.Code, changed.Amounts!["price"], changed.Amounts["seen"]));
        Assert.Equal(RefusalCode.NotAllowed, Refused(await world.TryBuy(world.Seller, Visa)).Code);
        Assert.Equal(RefusalCode.AmountNotAllowed, Refused(await world.TryBuy(Ben, Visa, quantity: 0)).Code);
        Assert.Equal(RefusalCode.AmountNotAllowed, Refused(await world.TryBuy(Ben, Visa, quantity: 21)).Code);
        var few = Refused(await world.TryBuy(Ben, Visa, quantity: 6));
        Assert.Equal((RefusalCode.OutOfStock, 5, 6), (few.Code, few.Amounts!["stock"], few.Amounts["quantity"]));
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryBuy(Ben, "no card!")).Code);
        Assert.Equal(RefusalCode.Malformed, Refused(await world.TryBuy(Ben, Visa, id: "no-key")).Code);
        Assert.Empty(await world.Payments.Payments());
        Assert.Equal(5, (await world.Card()).Stock);
    }

    [Fact]
    public async Task Order_IsShownToItsBuyerAndItsSellerOnly()
    {
        await using var world = await ShopWorld.StartAsync();
        var order = await world.Buy(Ben, Visa);

        Assert.Equal(order.OrderId, (await world.Find(world.Seller, order.OrderId)).OrderId);
        Assert.Equal(RefusalCode.OrderNotFound, Refused(await world.Payments.Grains.GetGrain<IOrderGrain>(order.OrderId).Get(Cleo)).Code);
    }

    [Fact]
    public async Task OrderNamingAStrangersRoom_IsNotShownThere()
    {
        await using var world = await ShopWorld.StartAsync();
        var foreign = world.Payments.NewKey();
        Value(await world.Payments.Grains.GetGrain<IRoomGrain>(foreign).Create(Cleo.Person, new RoomDetails("Hats", "fashion", null)));

        var order = Value(await world.Payments.Grains.GetGrain<IOrderGrain>(world.Payments.NewKey()).Place(
            Ben, new PlaceOrder(world.Product.ProductId, 1, world.Product.PriceMinor, foreign, Visa, NameMe: true, ReturnUrl)));

        Assert.Equal((OrderState.Paid, null), (order.State, order.RoomId));
    }

    [Fact]
    public async Task ReservationThatEnds_GivesTheStockBackAndThePaymentCanNoLongerBeMade()
    {
        await using var world = await ShopWorld.StartAsync(stock: 1);
        var order = await world.Buy(Ben, Asks);

        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == OrderState.Expired);
        await world.Payments.Decide(order.ActionUrl, "approve");

        await world.UntilDone(order.OrderId);
        Assert.Equal(OrderState.Expired, (await world.Find(Ben, order.OrderId)).State);
        Assert.Equal((1, 0), ((await world.Card()).Stock, await world.Payments.MoneyTaken()));
        Assert.Equal(OrderState.Paid, (await world.Buy(Cleo, Visa)).State);
    }

    [Theory]
    [InlineData(false, OrderState.Paid)]
    [InlineData(true, OrderState.RefundedLate)]
    public async Task PaidAfterTheReservationEnded_IsSoldIfThereIsStockElseRefunded(bool gone, OrderState state)
    {
        await using var world = await ShopWorld.StartAsync(stock: 1, price: 1_000, sendWebhooks: false);
        var order = await world.Buy(Ben, Asks);

        // The provider can't be asked when the reservation ends; meanwhile the buyer approves.
        world.Payments.Arm(ApiFault.RateLimit, times: 1_000, operation: "PaymentIntent.cancel");
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == OrderState.Expired);
        await Until(async () => (await world.Card()).Stock == 1);
        if (gone) { Assert.Equal(OrderState.Paid, (await world.Buy(Cleo, Visa)).State); }
        await world.Payments.Decide(order.ActionUrl, "approve");
        world.Payments.Sandbox.DisarmAll();
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == state);
        await world.UntilDone(order.OrderId);
        Assert.Equal((0, 1), ((await world.Card()).Stock, (await world.Card()).Sold));
        Assert.Equal(950, await world.Payments.Balance(LedgerAccount.Sales(world.Seller.Id)));
        Assert.Equal(gone ? 1_000 : 0, await world.Payments.MoneyReturned());
        Assert.Contains(await world.Payments.Grains.GetGrain<IViewerGrain>(Ben.Id).GetOrders(), one => one.OrderId == order.OrderId);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task CrashAfterTheCharge_IsBookedAndToldByTheNextProcess(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(stock: 1, price: 1_000, sendWebhooks: false, dialect: dialect);
        world.Payments.Arm(ApiFault.BadGatewayAfterCommit, times: 3);
        world.Payments.Arm(ApiFault.RateLimit, times: 10, operation: "PaymentIntent.list");
        var order = await world.Buy(Ben, Visa);
        Assert.Equal(OrderState.Paying, order.State);
        world.Payments.Sandbox.DisarmAll();

        await world.Payments.RestartAsync();
        await world.Payments.PassUntil(async () => (await world.Find(Ben, order.OrderId)).State == OrderState.Paid);
        await world.UntilDone(order.OrderId);
        Assert.Equal((1_000, 950), (await world.Payments.MoneyTaken(), await world.Payments.Balance(LedgerAccount.Sales(world.Seller.Id))));
        Assert.Single(await world.Payments.Grains.GetGrain<IShopGrain>(world.Seller.Id).GetOrders());
    }

    [Fact]
    public async Task NewsThatRepeats_SellsOnce()
    {
        await using var world = await ShopWorld.StartAsync(stock: 5, price: 1_000, sendWebhooks: false);
        var order = await world.Buy(Ben, Visa);
        var payment = Assert.Single(await world.Payments.Payments());
        var news = new PaymentNews(payment.Id, "succeeded", 1_000, "usd", null, null, null);

        for (var i = 0; i < 3; i++) { await world.Payments.Grains.GetGrain<IOrderGrain>(order.OrderId).PaymentMoved(news); }
        await world.Payments.Grains.GetGrain<IOrderGrain>(order.OrderId).PaymentMoved(news with { PaymentIntentId = "pi_other" });

        await world.UntilDone(order.OrderId);
        Assert.Equal((4, 1), ((await world.Card()).Stock, (await world.Card()).Sold));
        Assert.Equal(950, await world.Payments.Balance(LedgerAccount.Sales(world.Seller.Id)));
    }

    private sealed class RoomListener : IRoomObserver
    {
        public List<OrderPaid> Orders { get; } = [];

        public ValueTask OnBatch(RoomBatch batch)
        {
            Orders.AddRange(batch.Events.OfType<OrderPaid>());
            return ValueTask.CompletedTask;
        }
    }
}
