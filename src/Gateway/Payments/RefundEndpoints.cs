using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Payments;

/// <summary>Sending a top-up back, and the operator's refunds.</summary>
internal static class RefundEndpoints
{
    public static void MapRefunds(this IEndpointRouteBuilder api)
    {
        api.MapGet("/top-ups/{topUpId:id}/refund", GetReturns).WithName("getTopUpReturns").RequireCaller();
        api.MapPost("/top-ups/{topUpId:id}/refund", RefundTopUp).WithName("refundTopUp").RequireCaller().RequireKey();
        api.MapGet("/refunds/{refundId:length(1,128)}", Get).WithName("getRefund").RequireCaller();
        api.MapGet("/operator/refunds", List).WithName("listRefunds").RequireCaller();
        api.MapPost("/operator/refunds", Request).WithName("requestRefund").RequireCaller().RequireKey();
        api.MapPost("/operator/refunds/{refundId:id}/retry", Retry).WithName("retryRefund").RequireCaller();
    }

    private static async Task<Results<Ok<TopUpReturns>, RefusalResult>> GetReturns(string topUpId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<ITopUpGrain>(topUpId).GetReturns(context.Caller())).ToHttp();

    // Asked for as a viewer, whatever else the caller may do.
    private static async Task<Results<Ok<RefundView>, RefusalResult>> RefundTopUp(
        string topUpId, SendBack request, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        var viewer = context.Caller() with { Role = PlatformRole.Member };
        var refund = grains.GetGrain<IRefundGrain>(context.NewId());
        var asked = new RequestRefund(topUpId, GiftEntry: null, request.Coins, request.Reason ?? "");
        return (await money.RepeatAsync(() => refund.Request(viewer, asked))).ToHttp();
    }

    private static async Task<Results<Ok<RefundView>, RefusalResult>> Get(string refundId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IRefundGrain>(refundId).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<RefundList>, RefusalResult>> List(HttpContext context, IGrainFactory grains, int take = 50) =>
        (await grains.GetGrain<IRefundDeskGrain>(IRefundDeskGrain.Key).List(context.Caller(), take)).ToHttp();

    private static async Task<Results<Ok<RefundView>, RefusalResult>> Request(
        RequestRefund request, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        if (context.Caller().Role != PlatformRole.Operator) { return OperatorOnly.Refusal.ToHttp(); }
        var refund = grains.GetGrain<IRefundGrain>(context.NewId());
        return (await money.RepeatAsync(() => refund.Request(context.Caller(), request))).ToHttp();
    }

    private static async Task<Results<Ok<RefundView>, RefusalResult>> Retry(string refundId, HttpContext context, MoneyCalls money, IGrainFactory grains) =>
        (await money.RepeatAsync(() => grains.GetGrain<IRefundGrain>(refundId).Retry(context.Caller()))).ToHttp();
}

/// <summary>Sends a top-up back to its card.</summary>
/// <param name="Coins">How many of its coins; null: all.</param>
internal sealed record SendBack(long? Coins, string? Reason);
