using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.Http;

/// <summary>What an endpoint asks of its requests.</summary>
internal static class Requirements
{
    private static readonly object KeyItem = new();

    /// <summary>Signed-in callers only: others get SignInRequired, SessionExpired or Banned.</summary>
    public static TBuilder RequireCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder
        => builder.WithMetadata(new CallerRequired());

    /// <summary>Middleware: asked before the body is read, so a guest's body never is.</summary>
    public static Task CheckCallerAsync(HttpContext context, RequestDelegate next) =>
        context.GetEndpoint()?.Metadata.GetMetadata<CallerRequired>() is not null && context.Session().Require().Refusal is { } refusal
            ? RefusalHttp.WriteAsync(context, refusal)
            : next(context);

    private sealed class CallerRequired;

    /// <summary>An <c>Idempotency-Key</c>: a UUIDv7 that a retry repeats. It is the id of what the request makes.</summary>
    public static RouteHandlerBuilder RequireKey(this RouteHandlerBuilder builder) =>
        builder.WithMetadata(new IdempotencyKeyMetadata()).AddEndpointFilter(async (invocation, next) =>
        {
            var header = invocation.HttpContext.Request.Headers[IdempotencyKeyMetadata.Header];
            if (header.Count != 1 || !Guid.TryParse(header[0], out var key) || key.Version != 7)
            {
                return new Refusal(RefusalCode.Malformed, $"Send {IdempotencyKeyMetadata.Header}: a UUIDv7 made once for this command and repeated when it is retried.")
                    .ToHttp();
            }

            invocation.HttpContext.Items[KeyItem] = key;
            return await next(invocation);
        });

    /// <summary>The request's key.</summary>
    public static Guid IdempotencyKey(this HttpContext context) => (Guid)context.Items[KeyItem]!;

    /// <summary>The request's key as the id of what it makes.</summary>
    public static string NewId(this HttpContext context) => context.IdempotencyKey().ToString("N");
}

/// <summary>Marks an endpoint for the OpenAPI document.</summary>
internal sealed class IdempotencyKeyMetadata
{
    public const string Header = "Idempotency-Key";
}

/// <summary>Ids as we make them: 32 lower-case hex digits. As a route constraint: <c>{roomId:id}</c>.</summary>
internal sealed class IdConstraint : IRouteConstraint
{
    public static bool IsId(string? text) => text is { Length: 32 } && text.All(digit => char.IsAsciiHexDigitLower(digit));

    public bool Match(HttpContext? httpContext, IRouter? route, string routeKey, RouteValueDictionary values, RouteDirection routeDirection) =>
        IsId(values.GetValueOrDefault(routeKey) as string);
}
