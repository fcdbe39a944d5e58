using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Gifts;

/// <summary>Large gifts paid by card, and what became of gifts.</summary>
internal static class CardGiftEndpoints
{
    public static void MapCardGifts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/gifts/{key:guid}", GetStatus).WithName("getGift").RequireCaller();
        api.MapGet("/card-gifts/offer", GetOffer).WithName("getCardGiftOffer");
        api.MapPost("/rooms/{roomId:id}/card-gifts", Start).WithName("startCardGift").RequireCaller().RequireKey();
        api.MapGet("/card-gifts", List).WithName("listCardGifts").RequireCaller();
        api.MapGet("/card-gifts/{cardGiftId:id}", Get).WithName("getCardGift").RequireCaller();
        api.MapPost("/card-gifts/{cardGiftId:id}/refund", Refund).WithName("refundCardGift").RequireCaller();
    }

    private static async Task<Results<Ok<GiftStatus>, RefusalResult>> GetStatus(Guid key, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IGiftStatusGrain>(IGiftStatusGrain.Key).Get(context.Caller(), key)).ToHttp();

    private static async Task<Ok<CardGiftOffer>> GetOffer(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IGiftCatalogGrain>(IGiftCatalogGrain.Key).GetCardOffer());

    private static async Task<Results<Ok<CardGiftView>, RefusalResult>> Start(
        string roomId, CardGiftOrder order, HttpContext context, ReturnUrls returnUrls, MoneyCalls money, IGrainFactory grains)
    {
        var returnUrl = returnUrls.Resolve(context.Request, order.ReturnUrl);
        if (!returnUrl.Ok) { return returnUrl.Refusal.ToHttp(); }

        var gift = new StartCardGift(roomId, order.GiftId, order.Quantity, order.UnitPrice, order.PriceMinor, order.PaymentMethod, returnUrl.Value);
        var grain = grains.GetGrain<ICardGiftGrain>(context.NewId());
        return (await money.RepeatAsync(() => grain.Start(context.Caller(), gift))).ToHttp();
    }

    private static async Task<Results<Ok<CardGiftList>, RefusalResult>> List(HttpContext context, IGrainFactory grains, string side = "sent")
    {
        if (side is not ("sent" or "received")) { return new Refusal(RefusalCode.Malformed, "Ask for the gifts that you have sent or received.").ToHttp(); }
        return TypedResults.Ok(new CardGiftList(await grains.GetGrain<ICardGiftListGrain>($"{side}:{context.Caller().Id}").List()));
    }

    private static async Task<Results<Ok<CardGiftView>, RefusalResult>> Get(string cardGiftId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<ICardGiftGrain>(cardGiftId).Get(context.Caller(), ask: true)).ToHttp();

    private static async Task<Results<Ok<CardGiftView>, RefusalResult>> Refund(
        string cardGiftId, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<ICardGiftGrain>(cardGiftId).Refund(context.Caller()))).ToHttp();
}

/// <summary>One gift to be paid by card; its id is the request's key.</summary>
/// <param name="UnitPrice">The price in coins that the sender saw.</param>
/// <param name="PriceMinor">The price in money that the sender saw, of all of them.</param>
internal sealed record CardGiftOrder(string GiftId, int Quantity, long UnitPrice, long PriceMinor, string PaymentMethod, string ReturnUrl);

/// <summary>Card gifts, newest first.</summary>
internal sealed record CardGiftList(IReadOnlyList<CardGiftView> Gifts);
