using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Accounts;

/// <summary>Roles, and who becomes an operator.</summary>
internal static class OperatorEndpoints
{
    public static void MapOperators(this IEndpointRouteBuilder api)
    {
        api.MapPost("/operator/people/role", SetRole).WithName("setRole").RequireCaller();
        api.MapGet("/operator/grants", List).WithName("listOperatorGrants").RequireCaller();
        api.MapPost("/operator/grants/{grantId:id}/decision", Decide).WithName("decideOperatorGrant").RequireCaller();
    }

    private static async Task<Results<Ok<RoleChange>, RefusalResult>> SetRole(NewRole request, HttpContext context, OperatorDesk desk) =>
        (await desk.SetRoleAsync(context.Caller(), request.Name, request.Role)).ToHttp();

    private static async Task<Results<Ok<OperatorGrantList>, RefusalResult>> List(HttpContext context, OperatorDesk desk, CancellationToken cancellationToken) =>
        (await desk.ListAsync(context.Caller(), cancellationToken)).ToHttp();

    private static async Task<Results<Ok<OperatorGrant>, RefusalResult>> Decide(
        string grantId, DecideOperatorGrant decision, HttpContext context, OperatorDesk desk) =>
        (await desk.DecideAsync(context.Caller(), grantId, decision.Approve)).ToHttp();
}

/// <summary>A role for an account.</summary>
internal sealed record NewRole(string Name, PlatformRole Role);

/// <summary>Yes or no to a new operator.</summary>
internal sealed record DecideOperatorGrant(bool Approve);
