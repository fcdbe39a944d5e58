using LiveCommerce.Actors;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Agencies;

/// <summary>Published rates, agencies and their contracts.</summary>
internal static class AgencyEndpoints
{
    public static void MapAgencies(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rates", ListRates).WithName("listRates");
        api.MapPost("/operator/rates", PublishRate).WithName("publishRate").RequireCaller();
        api.MapPut("/agency", Found).WithName("foundAgency").RequireCaller();
        api.MapGet("/agency", GetMine).WithName("getAgency").RequireCaller();
        api.MapPost("/agency/offers", Offer).WithName("offerContract").RequireCaller().RequireKey();
        api.MapGet("/agency-contracts", ListContracts).WithName("listContracts").RequireCaller();
        api.MapPost("/agency-contracts/{contractId:id}/decision", Decide).WithName("decideContract").RequireCaller();
    }

    private static async Task<Ok<RateList>> ListRates(IGrainFactory grains) =>
        TypedResults.Ok(new RateList(await grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key).List()));

    private static async Task<Results<Ok<PlatformRate>, RefusalResult>> PublishRate(PublishRate rate, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IRateBookGrain>(IRateBookGrain.Key).Publish(context.Caller(), rate)).ToHttp();

    private static async Task<Results<Ok<AgencyView>, RefusalResult>> Found(AgencyName agency, HttpContext context, IGrainFactory grains) =>
        (await Desk(grains).Found(context.Caller(), agency.Name)).ToHttp();

    private static async Task<Results<Ok<AgencyView>, RefusalResult>> GetMine(HttpContext context, IGrainFactory grains) =>
        (await Desk(grains).GetMine(context.Caller())).ToHttp();

    private static async Task<Results<Ok<AgencyContract>, RefusalResult>> Offer(
        ContractOffer offer, HttpContext context, AccountDirectory directory, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var streamer = await directory.FindByNameAsync(offer.Streamer, cancellationToken);
        return streamer.Ok
            ? (await Desk(grains).Offer(context.Caller(), context.NewId(), streamer.Value.Person, new ContractTerms(offer.Share, offer.From, offer.Until))).ToHttp()
            : streamer.Refusal.ToHttp();
    }

    private static async Task<Ok<ContractList>> ListContracts(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(new ContractList(await Desk(grains).GetContracts(context.Caller())));

    private static async Task<Results<Ok<AgencyContract>, RefusalResult>> Decide(
        string contractId, DecideContract request, HttpContext context, IGrainFactory grains) =>
        (await Desk(grains).Decide(context.Caller(), contractId, request.Decision)).ToHttp();

    private static IAgencyDeskGrain Desk(IGrainFactory grains) => grains.GetGrain<IAgencyDeskGrain>(IAgencyDeskGrain.Key);
}

/// <summary>The platform's rates, oldest first.</summary>
internal sealed record RateList(IReadOnlyList<PlatformRate> Rates);

/// <summary>How an agency is called.</summary>
internal sealed record AgencyName(string Name);

/// <summary>An offer to a streamer.</summary>
/// <param name="Streamer">The streamer's name.</param>
/// <param name="Share">The agency's part of the streamer's part, in 1/10,000.</param>
/// <param name="From">First day.</param>
/// <param name="Until">Last day; null: open.</param>
internal sealed record ContractOffer(string Streamer, int Share, DateOnly From, DateOnly? Until);

/// <summary>Contracts, newest first.</summary>
internal sealed record ContractList(IReadOnlyList<AgencyContract> Contracts);

/// <summary>What is decided.</summary>
internal sealed record DecideContract(ContractDecision Decision);
