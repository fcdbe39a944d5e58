using LiveCommerce.Actors;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>Where players get passes.</summary>
internal static class PassEndpoints
{
    /// <summary>Maps them below <c>/api</c>.</summary>
    public static void MapPasses(this IEndpointRouteBuilder api) =>
        api.MapPost("/rooms/{roomId:id}/pass", Issue).WithName("getVideoPass").RequireCaller();

    private static async Task<Results<Ok<PassView>, RefusalResult>> Issue(string roomId, HttpContext context, PassDesk passes, IGrainFactory grains, bool plain = false)
    {
        var caller = context.Caller();
        var standing = await grains.GetGrain<IRoomGrain>(roomId).GetStanding(caller.Id, caller.Moderates);
        if (!standing.Ok) { return standing.Refusal.ToHttp(); }

        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(await passes.IssueAsync(caller, roomId, plain, context.RequestAborted));
    }
}
