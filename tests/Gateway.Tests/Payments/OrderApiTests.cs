using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Shop;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>What follows a sale, over HTTP, with the real sandbox behind: shipment, delivery, refunds.</summary>
public sealed class OrderApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly OrderRefundRequest All = new(AmountMinor: null, Items: 0, Restock: true, "Broken");

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task Order_IsSentDeliveredAndPartlyRefundedOnceForOneKey()
    {
        using var seller = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        var (order, _) = await BuyAsync(seller, ben);
        var path = $"/api/orders/{order.OrderId}";

        Assert.Equal(RefusalCode.NotOrderSeller, (await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, $"{path}/shipment", new Shipment("DHL", "1"))).Code);
        Assert.Equal(RefusalCode.ShipmentNotAllowed, (await seller.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, $"{path}/delivery")).Code);
        Assert.Equal(
            RefusalCode.ShipmentNotAllowed,
            (await seller.RefusedAsync(HttpStatusCode.UnprocessableEntity, HttpMethod.Put, $"{path}/shipment", new Shipment(new string('x', 101), null))).Code);
        var sent = await seller.PutAsync<OrderView>($"{path}/shipment", new Shipment("DHL", "00340434"));
        Assert.Equal((OrderState.Fulfilled, "00340434"), (sent.State, sent.Shipment!.Tracking));
        var delivered = await ben.PutAsync<OrderView>($"{path}/delivery");
        Assert.Equal((OrderState.Delivered, delivered.Times.DeliveredAt), (delivered.State, (await ben.PutAsync<OrderView>($"{path}/delivery")).Times.DeliveredAt));
        Assert.Equal(RefusalCode.OrderClosed, (await seller.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Put, $"{path}/shipment", new Shipment("DHL", "2"))).Code);

        var (key, part) = (Guid.CreateVersion7(), new OrderRefundRequest(500, 0, Restock: false, "Scratched"));
        await seller.PostAsync<OrderView>($"{path}/refunds", part, key);
        await TestServer.UntilAsync(async () => (await ben.GetAsync<OrderView>(path)).Refunds.RefundedMinor == 500);
        Assert.Equal(500, (await seller.PostAsync<OrderView>($"{path}/refunds", part, key)).Refunds.RefundedMinor);
        Assert.Equal(
            RefusalCode.KeyReused, (await seller.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, $"{path}/refunds", part with { AmountMinor = 501 }, key)).Code);
        Assert.Equal(OrderState.Delivered, (await ben.GetAsync<OrderView>(path)).State);
    }

    [Fact]
    public async Task WholeRefund_PutsTheItemsBackAndClosesTheOrder()
    {
        using var seller = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        using var desk = await _server.NewOperatorAsync();
        var (order, product) = await BuyAsync(seller, ben);
        var path = $"/api/orders/{order.OrderId}";

        await desk.PostAsync<OrderView>($"{path}/refunds", All, Guid.CreateVersion7());
        await TestServer.UntilAsync(async () => (await ben.GetAsync<OrderView>(path)).State == OrderState.Refunded);

        Assert.Equal(5, (await ben.GetAsync<ProductCard>($"/api/products/{product.ProductId}")).Stock);
        Assert.Equal(RefusalCode.OrderClosed, (await seller.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, $"{path}/refunds", All, Guid.CreateVersion7())).Code);
        Assert.Equal(RefusalCode.OrderClosed, (await seller.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Put, $"{path}/shipment", new Shipment(null, null))).Code);
    }

    [Fact]
    public async Task RefundsThatCannotBe_AreRefusedWithTheirCodes()
    {
        using var seller = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        using var cleo = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var (order, product) = await BuyAsync(seller, ben);
        var path = $"/api/orders/{order.OrderId}/refunds";

        async Task<RefusalCode> CodeAsync(Visitor who, HttpStatusCode status, object body, bool withKey = true) =>
            (await who.RefusedAsync(status, HttpMethod.Post, path, body, withKey ? Guid.CreateVersion7() : null)).Code;

        Assert.Equal(RefusalCode.SignInRequired, await CodeAsync(guest, HttpStatusCode.Unauthorized, All));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(seller, HttpStatusCode.BadRequest, All, withKey: false));
        Assert.Equal(RefusalCode.NotOrderSeller, await CodeAsync(ben, HttpStatusCode.Forbidden, All));
        Assert.Equal(RefusalCode.OrderNotFound, await CodeAsync(cleo, HttpStatusCode.NotFound, All));
        Assert.Equal(RefusalCode.RefundNotAllowed, await CodeAsync(seller, HttpStatusCode.UnprocessableEntity, All with { AmountMinor = 0 }));
        Assert.Equal(RefusalCode.RefundNotAllowed, await CodeAsync(seller, HttpStatusCode.UnprocessableEntity, All with { AmountMinor = -1 }));
        Assert.Equal(RefusalCode.RefundNotAllowed, await CodeAsync(seller, HttpStatusCode.UnprocessableEntity, All with { AmountMinor = long.MaxValue }));
        Assert.Equal(RefusalCode.RefundNotAllowed, await CodeAsync(seller, HttpStatusCode.UnprocessableEntity, All with { Reason = new string('x', 10_000) }));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(seller, HttpStatusCode.BadRequest, """{"amountMinor":99999999999999999999}"""));
        Assert.Equal(
            RefusalCode.OrderNotFound,
            (await cleo.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Put, $"/api/orders/{order.OrderId}/delivery")).Code);
        Assert.Equal(
            RefusalCode.OrderNotFound,
            (await seller.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Put, $"/api/orders/{Guid.CreateVersion7():N}/shipment", new Shipment(null, null))).Code);

        var asked = await ben.PostAsync<OrderView>("/api/orders", OrderOf(product, "pm_card_authenticationRequired"), Guid.CreateVersion7());
        path = $"/api/orders/{asked.OrderId}/refunds";
        Assert.Equal(RefusalCode.OrderNotPaid, await CodeAsync(seller, HttpStatusCode.Conflict, All));
        Assert.Equal(
            RefusalCode.OrderNotPaid, (await ben.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Put, $"/api/orders/{asked.OrderId}/delivery")).Code);
    }

    private static async Task<(OrderView Order, ProductCard Product)> BuyAsync(Visitor seller, Visitor buyer)
    {
        var product = await seller.PostAsync<ProductCard>("/api/products", new ProductDetails("A cup", null, 2_000, "usd", 5), Guid.CreateVersion7());
        var order = await buyer.PostAsync<OrderView>("/api/orders", OrderOf(product, "pm_card_visa"), Guid.CreateVersion7());
        Assert.Equal(OrderState.Paid, order.State);
        return (order, product);
    }

    private static PlaceOrder OrderOf(ProductCard product, string card) => new(product.ProductId, 1, product.PriceMinor, null, card, NameMe: false, "/orders");
}
