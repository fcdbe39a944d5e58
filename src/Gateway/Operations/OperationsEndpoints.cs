using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Operations;

/// <summary>What operators do to people's money: corrections by two, freezes, minors.</summary>
internal static class OperationsEndpoints
{
    public static void MapOperations(this IEndpointRouteBuilder api)
    {
        api.MapGet("/operator/adjustments", List).WithName("listAdjustments").RequireCaller();
        api.MapPost("/operator/adjustments", Propose).WithName("proposeAdjustment").RequireCaller().RequireKey();
        api.MapPost("/operator/adjustments/{adjustmentId:id}/decision", Decide).WithName("decideAdjustment").RequireCaller();
        api.MapGet("/operator/people", GetFunds).WithName("getFunds").RequireCaller();
        api.MapPost("/operator/people/freeze", Freeze).WithName("freezeFunds").RequireCaller().RequireKey();
        api.MapPost("/operator/people/minor", SetMinor).WithName("setMinor").RequireCaller();
    }

    private static async Task<Results<Ok<AdjustmentList>, RefusalResult>> List(HttpContext context, IGrainFactory grains)
    {
        var adjustments = await Desk(grains).List(context.Caller());
        return adjustments.Ok ? TypedResults.Ok(new AdjustmentList(adjustments.Value)) : adjustments.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<Adjustment>, RefusalResult>> Propose(AdjustmentDraft draft, HttpContext context, IGrainFactory grains) =>
        (await Desk(grains).Propose(context.Caller(), context.NewId(), draft)).ToHttp();

    private static async Task<Results<Ok<Adjustment>, RefusalResult>> Decide(
        string adjustmentId, DecideAdjustment decision, HttpContext context, IGrainFactory grains) =>
        (await Desk(grains).Decide(context.Caller(), adjustmentId, decision.Approve)).ToHttp();

    private static async Task<Results<Ok<PersonFunds>, RefusalResult>> GetFunds(
        string? name, HttpContext context, AccountDirectory directory, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var person = await directory.FindByNameAsync(name, cancellationToken);
        return person.Ok ? (await Desk(grains).GetFunds(context.Caller(), person.Value.Person)).ToHttp() : person.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<PersonFunds>, RefusalResult>> Freeze(
        FreezeFunds freeze, HttpContext context, AccountDirectory directory, IGrainFactory grains, CancellationToken cancellationToken)
    {
        var person = await directory.FindByNameAsync(freeze.Name, cancellationToken);
        return person.Ok
            ? (await Desk(grains).SetFrozen(context.Caller(), context.IdempotencyKey(), person.Value.Person, freeze.Frozen, freeze.Reason)).ToHttp()
            : person.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<LimitsView>, RefusalResult>> SetMinor(
        MinorFound found, HttpContext context, AccountDirectory directory, IGrainFactory grains, CancellationToken cancellationToken)
    {
        if (context.Caller().Role < PlatformRole.Operator)
        {
            return new Refusal(RefusalCode.NotAllowed, "Only operators of the platform may do this.").ToHttp();
        }

        var person = await directory.FindByNameAsync(found.Name, cancellationToken);
        return person.Ok
            ? TypedResults.Ok(await grains.GetGrain<IGivingLimitsGrain>(person.Value.Person.Id).SetMinor(found.Minor))
            : person.Refusal.ToHttp();
    }

    private static IMoneyDeskGrain Desk(IGrainFactory grains) => grains.GetGrain<IMoneyDeskGrain>(IMoneyDeskGrain.Key);
}

/// <summary>Corrections: open ones first.</summary>
internal sealed record AdjustmentList(IReadOnlyList<Adjustment> Adjustments);

/// <summary>Yes or no to a correction.</summary>
internal sealed record DecideAdjustment(bool Approve);

/// <summary>Freezes or thaws what a person has.</summary>
internal sealed record FreezeFunds(string Name, bool Frozen, string Reason);

/// <summary>A person turned out to be a minor, or of age after all.</summary>
internal sealed record MinorFound(string Name, bool Minor);
