using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Shop;

/// <summary>From paid to kept for good, with the real ledger and the sandbox over HTTP.</summary>
public sealed class OrderLifecycleTests
{
    private static readonly Caller Ben = Person("Ben");
    private static readonly Caller Cleo = Person("Cleo");

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task Order_GoesFromPaidToReleasedAndTheSellerCanWithdrawTheShareThen(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000, dialect: dialect);
        var order = await world.Buy(Ben, Visa);
        Assert.NotNull(order.Times.PaidAt);
        await world.UntilDone(order.OrderId);

        var shipped = Value(await world.Order(order.OrderId).Ship(world.Seller, new Shipment("DHL", "00340434")));
        Assert.Equal((OrderState.Fulfilled, "DHL", "00340434"), (shipped.State, shipped.Shipment!.Carrier, shipped.Shipment.Tracking));
        var delivered = Value(await world.Order(order.OrderId).Deliver(Ben));
        Assert.Equal(OrderState.Delivered, delivered.State);
        Assert.Equal(delivered.Times.DeliveredAt + TimeSpan.FromHours(72), delivered.Times.Release);
        Assert.Equal((1_900, 0), await world.Money());

        await world.Payments.WakeAfter(TimeSpan.FromHours(71));
        Assert.Equal((1_900, 0), await world.Money());
        await world.Payments.WakeAfter(TimeSpan.FromHours(1.1));

        await world.UntilState(Ben, order.OrderId, OrderState.Released);
        Assert.Equal((0, 1_900), await world.Money());
        await world.UntilDone(order.OrderId);
        Assert.NotNull((await world.Find(world.Seller, order.OrderId)).Times.ReleasedAt);
    }

    [Fact]
    public async Task ItemsOnTheirWay_CountAsDeliveredAfterAWhileAndAreReleasedThen()
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000);
        var order = await world.Buy(Ben, Visa);
        var shipped = Value(await world.Order(order.OrderId).Ship(world.Seller, new Shipment(null, null)));
        Assert.Equal(shipped.Times.FulfilledAt + TimeSpan.FromDays(14), shipped.Times.Delivery);
        await Until(async () => (await world.Payments.DueTime("Order", order.OrderId))! > world.Payments.Time.GetUtcNow().AddDays(1));

        await world.Payments.WakeAfter(TimeSpan.FromDays(14.01));
        await world.UntilState(Ben, order.OrderId, OrderState.Delivered);
        Assert.Equal(shipped.Times.Delivery, (await world.Find(Ben, order.OrderId)).Times.DeliveredAt);

        await world.Payments.WakeAfter(TimeSpan.FromHours(73));
        await world.UntilState(Ben, order.OrderId, OrderState.Released);
        Assert.Equal((0, 1_900), await world.Money());
    }

    [Fact]
    public async Task SameAgain_ChangesNothingAndOtherWordsChangeTheWords()
    {
        await using var world = await ShopWorld.StartAsync();
        var order = await world.Buy(Ben, Visa);
        var first = Value(await world.Order(order.OrderId).Ship(world.Seller, new Shipment("DHL", "1")));
        await world.Payments.RestartAsync();

        var again = Value(await world.Order(order.OrderId).Ship(world.Seller, new Shipment("DHL", "2")));
        Assert.Equal((first.Times.FulfilledAt, "2"), (again.Times.FulfilledAt, again.Shipment!.Tracking));
        await world.Payments.WakeAfter(TimeSpan.FromHours(49));
        var delivered = Value(await world.Order(order.OrderId).Deliver(world.Seller));
        Assert.Equal(delivered.Times.DeliveredAt, Value(await world.Order(order.OrderId).Deliver(Ben)).Times.DeliveredAt);
        Assert.Equal(RefusalCode.OrderClosed, Refused(await world.Order(order.OrderId).Ship(world.Seller, new Shipment("DHL", "3"))).Code);
    }

    [Fact]
    public async Task Seller_CannotSayThatItemsArrivedBeforeTheyCouldHave()
    {
        await using var world = await ShopWorld.StartAsync();
        var order = await world.Buy(Ben, Visa);
        var unsent = Refused(await world.Order(order.OrderId).Deliver(world.Seller));
        Assert.Equal((RefusalCode.ShipmentNotAllowed, 48), (unsent.Code, unsent.Amounts!["hours"]));
        Value(await world.Order(order.OrderId).Ship(world.Seller, new Shipment("DHL", "1")));

        await world.Payments.WakeAfter(TimeSpan.FromHours(47));
        Assert.Equal(RefusalCode.ShipmentNotAllowed, Refused(await world.Order(order.OrderId).Deliver(world.Seller)).Code);
        await world.Payments.WakeAfter(TimeSpan.FromHours(2));
        Assert.Equal(OrderState.Delivered, Value(await world.Order(order.OrderId).Deliver(world.Seller)).State);
    }

    [Fact]
    public async Task WhoMayNot_IsToldWhy()
    {
        await using var world = await ShopWorld.StartAsync();
        var order = await world.Buy(Ben, Visa);
        var asked = await world.Buy(Ben, Asks);

        Assert.Equal(RefusalCode.NotOrderSeller, Refused(await world.Order(order.OrderId).Ship(Ben, new Shipment(null, null))).Code);
        Assert.Equal(RefusalCode.OrderNotFound, Refused(await world.Order(order.OrderId).Ship(Cleo, new Shipment(null, null))).Code);
        Assert.Equal(RefusalCode.OrderNotFound, Refused(await world.Order(order.OrderId).Deliver(Cleo)).Code);
        Assert.Equal(RefusalCode.NotOrderSeller, Refused(await world.Refund(Ben, order.OrderId)).Code);
        Assert.Equal(RefusalCode.OrderNotFound, Refused(await world.Refund(Cleo, order.OrderId)).Code);
        Assert.Equal(RefusalCode.ShipmentNotAllowed, Refused(await world.Order(order.OrderId).Ship(world.Seller, new Shipment(new string('x', 101), null))).Code);
        Assert.Equal(RefusalCode.ShipmentNotAllowed, Refused(await world.Order(order.OrderId).Ship(world.Seller, new Shipment(null, "1\n2"))).Code);
        Assert.Equal(RefusalCode.OrderNotPaid, Refused(await world.Order(asked.OrderId).Ship(world.Seller, new Shipment(null, null))).Code);
        Assert.Equal(RefusalCode.OrderNotPaid, Refused(await world.Order(asked.OrderId).Deliver(Ben)).Code);
        Assert.Equal(RefusalCode.OrderNotPaid, Refused(await world.Refund(world.Seller, asked.OrderId)).Code);
        Assert.Equal(order.OrderId, (await world.Find(ShopWorld.Operator, order.OrderId)).OrderId);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task CrashAfterTheDelivery_StillReleasesOnce(SqlDialect dialect)
    {
        await using var world = await ShopWorld.StartAsync(price: 2_000, dialect: dialect);
        var order = await world.Buy(Ben, Visa);
        await world.Order(order.OrderId).Deliver(Ben);
        await world.Payments.RestartAsync();

        await world.Payments.WakeAfter(TimeSpan.FromHours(73));
        await world.UntilState(Ben, order.OrderId, OrderState.Released);
        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromHours(73));

        Assert.Equal((0, 1_900), await world.Money());
    }
}
