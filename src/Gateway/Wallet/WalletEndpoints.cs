using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using WalletView = LiveCommerce.Contracts.Accounts.Wallet;

namespace LiveCommerce.Gateway.Wallet;

/// <summary>What I have, what happened to it, and buying coins.</summary>
internal static class WalletEndpoints
{
    /// <summary>Lines that one request may ask for.</summary>
    private const int LinesMax = 100;

    public static void MapWallet(this IEndpointRouteBuilder api)
    {
        api.MapGet("/wallet", Get).WithName("getWallet").RequireCaller();
        api.MapGet("/wallet/lines", GetLines).WithName("getWalletLines").RequireCaller();
        api.MapGet("/wallet/lots", GetLots).WithName("getCoinLots").RequireCaller();
        api.MapGet("/wallet/offer", GetOffer).WithName("getTopUpOffer");
        api.MapPost("/wallet/top-ups", Start).WithName("startTopUp").RequireCaller().RequireKey();
        api.MapGet("/wallet/top-ups/{topUpId:id}", GetTopUp).WithName("getTopUp").RequireCaller();
    }

    private static async Task<Ok<WalletView>> Get(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IViewerGrain>(context.Caller().Id).GetWallet());

    private static async Task<Ok<WalletLines>> GetLines(HttpContext context, IGrainFactory grains, int take = 50) =>
        TypedResults.Ok(new WalletLines(await grains.GetGrain<IViewerGrain>(context.Caller().Id).GetWalletLines(Math.Clamp(take, 1, LinesMax))));

    private static async Task<Ok<CoinLots>> GetLots(HttpContext context, IGrainFactory grains, int take = 50)
    {
        var lots = await grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key).GetLots(context.Caller().Id);
        return TypedResults.Ok(new CoinLots([.. lots.Reverse().Take(Math.Clamp(take, 1, LinesMax))]));
    }

    private static async Task<Ok<TopUpOffer>> GetOffer(IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<ITopUpCatalogGrain>(ITopUpCatalogGrain.Key).Get());

    private static async Task<Results<Ok<TopUpView>, RefusalResult>> Start(
        StartTopUp request, HttpContext context, ReturnUrls returnUrls, MoneyCalls money, IGrainFactory grains)
    {
        var returnUrl = returnUrls.Resolve(context.Request, request.ReturnUrl);
        if (!returnUrl.Ok) { return returnUrl.Refusal.ToHttp(); }

        var grain = grains.GetGrain<ITopUpGrain>(context.NewId());
        return (await money.RepeatAsync(() => grain.Start(context.Caller(), request with { ReturnUrl = returnUrl.Value }))).ToHttp();
    }

    private static async Task<Results<Ok<TopUpView>, RefusalResult>> GetTopUp(string topUpId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<ITopUpGrain>(topUpId).Get(context.Caller())).ToHttp();
}

/// <summary>Coins by what paid for them, newest first; the reference <c>topup:ID</c> names the top-up.</summary>
internal sealed record CoinLots(IReadOnlyList<CoinLot> Lots);

/// <summary>Lines of a wallet, newest first.</summary>
internal sealed record WalletLines(IReadOnlyList<WalletLine> Lines);
