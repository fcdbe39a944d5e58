using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Payments;

/// <summary>Disputes and early fraud warnings; for operators.</summary>
internal static class DisputeEndpoints
{
    private const string One = "/operator/disputes/{disputeId:length(1,128)}";

    public static void MapDisputes(this IEndpointRouteBuilder api)
    {
        api.MapGet("/operator/disputes", List).WithName("listDisputes").RequireCaller();
        api.MapGet(One, Get).WithName("getDispute").RequireCaller();
        api.MapPost($"{One}/evidence", GiveEvidence).WithName("giveDisputeEvidence").RequireCaller();
        api.MapPost($"{One}/accept", Accept).WithName("acceptDispute").RequireCaller();
        api.MapPost($"{One}/release", Release).WithName("releaseWarning").RequireCaller();
    }

    private static async Task<Results<Ok<DisputeList>, RefusalResult>> List(HttpContext context, IGrainFactory grains, bool open = false, int take = 50) =>
        (await grains.GetGrain<IDisputeDeskGrain>(IDisputeDeskGrain.Key).List(context.Caller(), open, take)).ToHttp();

    private static async Task<Results<Ok<DisputeView>, RefusalResult>> Get(string disputeId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IDisputeGrain>(disputeId).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<DisputeView>, RefusalResult>> GiveEvidence(
        string disputeId, GiveEvidence evidence, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IDisputeGrain>(disputeId).GiveEvidence(context.Caller(), evidence)).ToHttp();

    private static async Task<Results<Ok<DisputeView>, RefusalResult>> Accept(string disputeId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IDisputeGrain>(disputeId).Accept(context.Caller())).ToHttp();

    private static async Task<Results<Ok<DisputeView>, RefusalResult>> Release(string disputeId, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IDisputeGrain>(disputeId).Release(context.Caller())).ToHttp();
}

/// <summary>What others than operators are told.</summary>
internal static class OperatorOnly
{
    public static readonly Refusal Refusal = new(RefusalCode.NotAllowed, "Only the platform's operators may do this.");
}
