using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Payments;

/// <summary>The comparison of the payment provider's balance with the ledger; for operators.</summary>
internal static class ReconciliationEndpoints
{
    public static void MapReconciliation(this IEndpointRouteBuilder api)
    {
        api.MapGet("/operator/reconciliation", Get).WithName("getReconciliation").RequireCaller();
        api.MapPost("/operator/reconciliation/run", Run).WithName("runReconciliation").RequireCaller();
    }

    private static async Task<Results<Ok<ReconciliationView>, RefusalResult>> Get(HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).Get(context.Caller())).ToHttp();

    private static async Task<Results<Ok<ReconciliationView>, RefusalResult>> Run(HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).Run(context.Caller())).ToHttp();
}
