using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Gifts;

/// <summary>The gift panel, and sending without a hub connection.</summary>
internal static class GiftEndpoints
{
    public static void MapGifts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/gifts", List).WithName("listGifts");
        api.MapPost("/rooms/{roomId:id}/gifts", Send).WithName("sendGift").RequireCaller().RequireKey();
    }

    private static async Task<Ok<GiftList>> List(IGrainFactory grains) =>
        TypedResults.Ok(new GiftList(await grains.GetGrain<IGiftCatalogGrain>(IGiftCatalogGrain.Key).List()));

    private static async Task<Results<Ok<GiftReceipt>, RefusalResult>> Send(
        string roomId, GiftOrder order, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        var gift = new SendGift(context.IdempotencyKey(), order.GiftId, order.Quantity, order.UnitPrice);
        return (await money.RepeatAsync(() => grains.GetGrain<IGiftDesk>(roomId).Send(context.Caller(), gift))).ToHttp();
    }
}

/// <summary>The gifts that can be sent, cheapest first.</summary>
internal sealed record GiftList(IReadOnlyList<GiftItem> Gifts);

/// <summary>One sending; its key is the request's.</summary>
/// <param name="UnitPrice">The price the sender saw.</param>
internal sealed record GiftOrder(string GiftId, int Quantity, long UnitPrice);
