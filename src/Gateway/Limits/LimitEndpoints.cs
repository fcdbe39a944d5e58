using LiveCommerce.Actors;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Limits;

/// <summary>What I may give, the limits I set myself, and my date of birth.</summary>
internal static class LimitEndpoints
{
    public static void MapLimits(this IEndpointRouteBuilder api)
    {
        api.MapGet("/limits", Get).WithName("getLimits").RequireCaller();
        api.MapPut("/limits/own", SetOwn).WithName("setOwnLimits").RequireCaller();
        api.MapPut("/limits/birth-date", DeclareBirthDate).WithName("declareBirthDate").RequireCaller();
    }

    private static async Task<Ok<LimitsView>> Get(HttpContext context, IGrainFactory grains) =>
        TypedResults.Ok(await grains.GetGrain<IGivingLimitsGrain>(context.Caller().Id).Get());

    private static async Task<Results<Ok<LimitsView>, RefusalResult>> SetOwn(OwnLimits limits, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IGivingLimitsGrain>(context.Caller().Id).SetOwn(limits)).ToHttp();

    private static async Task<Results<Ok<LimitsView>, RefusalResult>> DeclareBirthDate(
        BirthDate birthDate, HttpContext context, IGrainFactory grains) =>
        (await grains.GetGrain<IGivingLimitsGrain>(context.Caller().Id).DeclareBirthDate(birthDate.Date)).ToHttp();
}

/// <summary>A date of birth. It is shown to nobody.</summary>
internal sealed record BirthDate(DateOnly Date)
{
    /// <summary>Hides the date from logs.</summary>
    public override string ToString() => "BirthDate(hidden)";
}
