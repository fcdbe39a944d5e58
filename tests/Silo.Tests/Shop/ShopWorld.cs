using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Payments;
using LiveCommerce.StripeSandbox;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>A seller with a room and a product, in a <see cref="PaymentWorld"/>.</summary>
internal sealed class ShopWorld : IAsyncDisposable
{
    private ShopWorld(PaymentWorld payments) => Payments = payments;

    public PaymentWorld Payments { get; }

    public Caller Seller { get; } = Person("Sella");

    public static Caller Operator { get; } = new(Person("Olga").Person, PlatformRole.Operator);

    public string RoomId { get; } = Guid.CreateVersion7().ToString("N");

    public ProductCard Product { get; private set; } = null!;

    /// <summary>Starts it with one product in stock.</summary>
    public static async Task<ShopWorld> StartAsync(
        int stock = 5, long price = 1_999, bool sendWebhooks = true, Action<StripeSandboxOptions>? configure = null, SqlDialect dialect = SqlDialect.Sqlite)
    {
        var world = new ShopWorld(await PaymentWorld.StartAsync(dialect, sendWebhooks, configure: configure));
        Value(await world.Payments.Grains.GetGrain<IRoomGrain>(world.RoomId).Create(world.Seller.Person, new RoomDetails("Cups", "home", null)));
        world.Product = await world.Make(new ProductDetails("A cup", null, price, "usd", stock));
        return world;
    }

    public async Task<ProductCard> Make(ProductDetails details) =>
        Value(await Payments.Grains.GetGrain<IProductGrain>(Payments.NewKey()).Create(Seller.Person, details));

    public IProductGrain ProductGrain => Payments.Grains.GetGrain<IProductGrain>(Product.ProductId);

    public async Task<ProductCard> Card() => Value(await ProductGrain.Get());

    public async Task<OrderView> Buy(Caller buyer, string card, int quantity = 1, string? id = null) => Value(await TryBuy(buyer, card, quantity, id));

    public ValueTask<Result<OrderView>> TryBuy(Caller buyer, string card, int quantity = 1, string? id = null, long? price = null) =>
        Payments.Grains.GetGrain<IOrderGrain>(id ?? Payments.NewKey()).Place(
            buyer, new PlaceOrder(Product.ProductId, quantity, price ?? Product.PriceMinor, RoomId, card, NameMe: true, ReturnUrl));

    public async Task<OrderView> Find(Caller caller, string orderId) => Value(await Payments.Grains.GetGrain<IOrderGrain>(orderId).Get(caller));

    public IOrderGrain Order(string orderId) => Payments.Grains.GetGrain<IOrderGrain>(orderId);

    public ValueTask<Result<OrderView>> Refund(
        Caller caller, string orderId, long? amount = null, int items = 0, bool restock = false, string? id = null) =>
        Order(orderId).Refund(caller, new RefundOrder(id ?? Payments.NewKey(), amount, items, restock, "Broken"));

    /// <summary>The seller's money: not kept for good yet, and what can be withdrawn.</summary>
    public async Task<(long Pending, long Available)> Money() =>
        (await Payments.Balance(LedgerAccount.Sales(Seller.Id)), await Payments.Balance(LedgerAccount.Available(Seller.Id, LedgerUnit.UsdCents)));

    public IGiftLedgerGrain Ledger => Payments.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    /// <summary>Every account that an order moves: where the money comes from, the seller's two, the platform's.</summary>
    public async Task<(long Clearing, long Sales, long Available, long Fee)> Sides()
    {
        var (sales, available) = await Money();
        return (
            await Payments.Balance(LedgerAccount.Clearing(LedgerUnit.UsdCents)), sales, available,
            await Payments.Balance(LedgerAccount.Fee(LedgerUnit.UsdCents)));
    }

    /// <summary>An order that the seller can withdraw the money of.</summary>
    public async Task<OrderView> BuyAndRelease(Caller buyer)
    {
        var order = await Buy(buyer, Visa);
        Value(await Order(order.OrderId).Deliver(buyer));
        await Payments.WakeAfter(TimeSpan.FromHours(73));
        await UntilState(buyer, order.OrderId, OrderState.Released);
        return order;
    }

    public ValueTask<bool> Dispute(string orderId, DisputeMove move, string disputeId, long amount = 2_000) =>
        Order(orderId).DisputeMoved(new DisputeNews(disputeId, move, "pi_1", amount, "usd", "fraudulent"));

    /// <summary>What a dispute's own grain posts when the provider takes the money.</summary>
    public async Task BankTakes(long amount) => Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(new LedgerEntry(
        Guid.CreateVersion7(Payments.Time.GetUtcNow()), 1, LedgerEntryKind.Dispute, LedgerAccount.Disputed(LedgerUnit.UsdCents),
        [new LedgerLeg(LedgerAccount.Clearing(LedgerUnit.UsdCents), amount)], 0, Reference: "dispute:dp_1"))).Outcome);

    /// <summary>Once nothing is on its way: what orders have left is what the books have, and what they have sold is what the product says.</summary>
    public async Task CheckBooksAsync(Caller buyer, IReadOnlyList<string> orderIds)
    {
        var orders = new List<OrderView>();
        foreach (var id in orderIds)
        {
            await Until(async () =>
            {
                await Payments.Wake();
                var now = await Find(buyer, id);
                return now.Refunds.RunningMinor == 0 && now.State is not (OrderState.Reserved or OrderState.Paying);
            });
            orders.Add(await Find(buyer, id));
        }

        var left = orders.Sum(order => order.TotalMinor - order.Refunds.RefundedMinor);
        var (clearing, sales, available, fee) = await Sides();
        Assert.Equal(-left, clearing);
        Assert.Equal(left, sales + available + fee);
        Assert.All((long[])[sales, available, fee], balance => Assert.True(balance >= 0));
        Assert.Equal(await Payments.MoneyTaken() - await Payments.MoneyReturned(), left);
        Assert.Equal(orders.Sum(order => order.Quantity - order.Refunds.Items), (await Card()).Sold);

        // Each order's share is where its state says: kept for good, or not yet.
        var kept = orders.Where(order => order.Times.ReleasedAt is not null).Sum(order => order.TotalMinor - order.Refunds.RefundedMinor);
        Assert.InRange(available, (kept * 95 / 100) - (2 * orders.Count), (kept * 95 / 100) + (2 * orders.Count));
    }

    public Task UntilState(Caller caller, string orderId, OrderState state) => Until(async () => (await Find(caller, orderId)).State == state);

    /// <summary>Waits until nothing is left to do for the order.</summary>
    public Task UntilDone(string orderId) => Until(async () => await Payments.DueTime("Order", orderId) is null);

    public ValueTask DisposeAsync() => Payments.DisposeAsync();
}
