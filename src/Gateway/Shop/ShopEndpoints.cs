using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Shop;

/// <summary>Products of sellers and orders of buyers.</summary>
internal static class ShopEndpoints
{
    public static void MapShop(this IEndpointRouteBuilder api)
    {
        api.MapPost("/products", CreateProduct).WithName("createProduct").RequireCaller().RequireKey();
        api.MapPut("/products/{productId:id}", UpdateProduct).WithName("updateProduct").RequireCaller();
        api.MapGet("/products/{productId:id}", GetProduct).WithName("getProduct");
        api.MapGet("/studio/products", ListProducts).WithName("listOwnProducts").RequireCaller();
        api.MapGet("/studio/orders", ListSales).WithName("listSales").RequireCaller();
        api.MapPost("/orders", PlaceOrder).WithName("placeOrder").RequireCaller().RequireKey();
        api.MapGet("/orders/{orderId:id}", GetOrder).WithName("getOrder").RequireCaller();
        api.MapPut("/orders/{orderId:id}/shipment", Ship).WithName("shipOrder").RequireCaller();
        api.MapPut("/orders/{orderId:id}/delivery", Deliver).WithName("deliverOrder").RequireCaller();
        api.MapPost("/orders/{orderId:id}/refunds", Refund).WithName("refundOrder").RequireCaller().RequireKey();
        api.MapGet("/orders", ListOrders).WithName("listOrders").RequireCaller();
    }

    private static async Task<Results<Ok<ProductCard>, RefusalResult>> CreateProduct(
        ProductDetails details, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IProductGrain>(context.NewId()).Create(context.Caller().Person, details)).ToHttp();

    private static async Task<Results<Ok<ProductCard>, RefusalResult>> UpdateProduct(
        string productId, ProductDetails details, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IProductGrain>(productId).Update(context.Caller(), details)).ToHttp();

    private static async Task<Results<Ok<ProductCard>, RefusalResult>> GetProduct(string productId, IGrainFactory grains) =>
        (await grains.GetGrain<IProductGrain>(productId).Get()).ToHttp();

    private static async Task<Ok<ProductList>> ListProducts(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(new ProductList(await grains.GetGrain<IShopGrain>(context.Caller().Id).List()));

    private static async Task<Ok<OrderList>> ListSales(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(new OrderList(await grains.GetGrain<IShopGrain>(context.Caller().Id).GetOrders()));

    private static async Task<Results<Ok<OrderView>, RefusalResult>> PlaceOrder(
        PlaceOrder order, HttpContext context, ReturnUrls returnUrls, MoneyCalls money, IGrainFactory grains)
    {
        var returnUrl = returnUrls.Resolve(context.Request, order.ReturnUrl);
        if (!returnUrl.Ok) { return returnUrl.Refusal.ToHttp(); }
        if (!IdConstraint.IsId(order.ProductId)) { return new Refusal(RefusalCode.ProductNotFound, "There is no such product.").ToHttp(); }
        if (order.RoomId is not null && !IdConstraint.IsId(order.RoomId)) { return new Refusal(RefusalCode.RoomNotFound, "There is no such room.").ToHttp(); }

        var grain = grains.GetGrain<IOrderGrain>(context.NewId());
        return (await money.RepeatAsync(() => grain.Place(context.Caller(), order with { ReturnUrl = returnUrl.Value }))).ToHttp();
    }

    private static async Task<Results<Ok<OrderView>, RefusalResult>> GetOrder(string orderId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IOrderGrain>(orderId).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<OrderView>, RefusalResult>> Ship(
        string orderId, Shipment shipment, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<IOrderGrain>(orderId).Ship(context.Caller(), shipment))).ToHttp();

    private static async Task<Results<Ok<OrderView>, RefusalResult>> Deliver(
        string orderId, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<IOrderGrain>(orderId).Deliver(context.Caller()))).ToHttp();

    private static async Task<Results<Ok<OrderView>, RefusalResult>> Refund(
        string orderId, OrderRefundRequest request, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        var refund = new RefundOrder(context.NewId(), request.AmountMinor, request.Items, request.Restock, request.Reason);
        return (await money.RepeatAsync(() => grains.GetGrain<IOrderGrain>(orderId).Refund(context.Caller(), refund))).ToHttp();
    }

    private static async Task<Ok<OrderList>> ListOrders(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(new OrderList(await grains.GetGrain<IViewerGrain>(context.Caller().Id).GetOrders()));
}

/// <summary>Products of one seller, newest first.</summary>
internal sealed record ProductList(IReadOnlyList<ProductCard> Products);

/// <summary>Money back to the buyer; its id is the request's key.</summary>
/// <param name="AmountMinor">Null: all that is left.</param>
/// <param name="Items">Items that come back with it; of all that is left it is all items.</param>
/// <param name="Restock">Whether they can be sold again.</param>
internal sealed record OrderRefundRequest(long? AmountMinor, int Items, bool Restock, string? Reason);

/// <summary>Orders, newest first.</summary>
internal sealed record OrderList(IReadOnlyList<OrderView> Orders);
