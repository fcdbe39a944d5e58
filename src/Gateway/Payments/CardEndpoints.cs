using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Payments;

/// <summary>My saved cards: what is shown of them, saving, removing, and which is offered first.</summary>
internal static class CardEndpoints
{
    public static void MapCards(this IEndpointRouteBuilder api)
    {
        api.MapGet("/cards", List).WithName("listCards").RequireCaller();
        api.MapPost("/cards", Add).WithName("addCard").RequireCaller().RequireKey();
        api.MapPost("/cards/page", AddOnPage).WithName("addCardOnPage").RequireCaller().RequireKey();
        api.MapGet("/cards/setups/{setupId:id}", GetSetup).WithName("getCardSetup").RequireCaller();
        api.MapDelete("/cards/{cardId:length(1,128)}", Remove).WithName("removeCard").RequireCaller();
        api.MapPut("/cards/{cardId:length(1,128)}/default", SetDefault).WithName("setDefaultCard").RequireCaller();
    }

    private static async Task<Results<Ok<SavedCards>, RefusalResult>> List(HttpContext context, IGrainFactory grains) =>
        (await Cards(context, grains).List(context.Caller())).ToHttp();

    private static async Task<Results<Ok<CardSetup>, RefusalResult>> Add(
        AddCard card, HttpContext context, ReturnUrls returnUrls, MoneyCalls money, IGrainFactory grains)
    {
        var returnUrl = returnUrls.Resolve(context.Request, card.ReturnUrl);
        if (!returnUrl.Ok) { return returnUrl.Refusal.ToHttp(); }

        var cards = Cards(context, grains);
        return (await money.RepeatAsync(() => cards.Add(context.Caller(), context.NewId(), card with { ReturnUrl = returnUrl.Value }))).ToHttp();
    }

    private static async Task<Results<Ok<CardSetup>, RefusalResult>> AddOnPage(
        AddCardOnPage page, HttpContext context, ReturnUrls returnUrls, MoneyCalls money, IGrainFactory grains)
    {
        var (returnUrl, cancelUrl) = (returnUrls.Resolve(context.Request, page.ReturnUrl), returnUrls.Resolve(context.Request, page.CancelUrl));
        if ((returnUrl.Refusal ?? cancelUrl.Refusal) is { } refusal) { return refusal.ToHttp(); }

        var cards = Cards(context, grains);
        return (await money.RepeatAsync(() => cards.AddOnPage(context.Caller(), context.NewId(), new AddCardOnPage(returnUrl.Value!, cancelUrl.Value!)))).ToHttp();
    }

    private static async Task<Results<Ok<CardSetup>, RefusalResult>> GetSetup(string setupId, HttpContext context, IGrainFactory grains) =>
        (await Cards(context, grains).GetSetup(context.Caller(), setupId)).ToHttp();

    private static async Task<Results<Ok<SavedCards>, RefusalResult>> Remove(string cardId, HttpContext context, IGrainFactory grains) =>
        (await Cards(context, grains).Remove(context.Caller(), cardId)).ToHttp();

    private static async Task<Results<Ok<SavedCards>, RefusalResult>> SetDefault(string cardId, HttpContext context, IGrainFactory grains) =>
        (await Cards(context, grains).SetDefault(context.Caller(), cardId)).ToHttp();

    private static ISavedCardsGrain Cards(HttpContext context, IGrainFactory grains) => grains.GetGrain<ISavedCardsGrain>(context.Caller().Id);
}
