using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Payouts;

/// <summary>Withdrawing earnings: where the money goes, asking for it, and the operators' look at large ones.</summary>
internal static class PayoutEndpoints
{
    public static void MapPayouts(this IEndpointRouteBuilder api)
    {
        api.MapGet("/payouts/account", GetAccount).WithName("getPayoutAccount").RequireCaller();
        api.MapPost("/payouts/account", StartOnboarding).WithName("startPayoutOnboarding").RequireCaller();
        api.MapPost("/payouts", Request).WithName("requestPayout").RequireCaller().RequireKey();
        api.MapGet("/payouts", ListMine).WithName("listPayouts").RequireCaller();
        api.MapGet("/payouts/{payoutId:id}", Get).WithName("getPayout").RequireCaller();
        api.MapGet("/operator/payouts", ListWaiting).WithName("listPayoutsToApprove").RequireCaller();
        api.MapPost("/operator/payouts/{payoutId:id}/approve", Approve).WithName("approvePayout").RequireCaller();
        api.MapPost("/operator/payouts/{payoutId:id}/decline", Decline).WithName("declinePayout").RequireCaller();
    }

    private static async Task<Results<Ok<PayoutAccountView>, RefusalResult>> GetAccount(HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IPayoutAccountGrain>(context.Caller().Id).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<PayoutOnboarding>, RefusalResult>> StartOnboarding(
        StartOnboarding request, HttpContext context, ReturnUrls returnUrls, IGrainFactory grains)
    {
        var returnUrl = returnUrls.Resolve(context.Request, request.ReturnUrl);
        return returnUrl.Ok
            ? (await grains.GetGrain<IPayoutAccountGrain>(context.Caller().Id).Start(context.Caller(), request with { ReturnUrl = returnUrl.Value })).ToHttp()
            : returnUrl.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<PayoutView>, RefusalResult>> Request(
        RequestPayout request, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        var grain = grains.GetGrain<IPayoutGrain>(context.NewId());
        return (await money.RepeatAsync(() => grain.Request(context.Caller(), request))).ToHttp();
    }

    private static async Task<Ok<PayoutList>> ListMine(HttpContext context, IGrainFactory grains, int take = 20) =>
        TypedResults.Ok(await grains.GetGrain<IPayoutDeskGrain>(IPayoutDeskGrain.Key).ListMine(context.Caller(), take));

    private static async Task<Results<Ok<PayoutView>, RefusalResult>> Get(string payoutId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IPayoutGrain>(payoutId).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<PayoutList>, RefusalResult>> ListWaiting(HttpContext context, IGrainFactory grains, int take = 50) =>
        (await grains.GetGrain<IPayoutDeskGrain>(IPayoutDeskGrain.Key).ListWaiting(context.Caller(), take)).ToHttp();

    private static async Task<Results<Ok<PayoutView>, RefusalResult>> Approve(
        string payoutId, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<IPayoutGrain>(payoutId).Approve(context.Caller()))).ToHttp();

    private static async Task<Results<Ok<PayoutView>, RefusalResult>> Decline(
        string payoutId, DeclinePayout request, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<IPayoutGrain>(payoutId).Decline(context.Caller(), request))).ToHttp();
}
