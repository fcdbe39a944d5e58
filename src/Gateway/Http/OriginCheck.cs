using LiveCommerce.Contracts;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>
/// Refuses what another site makes a browser send: changes and WebSockets whose <c>Origin</c> is not ours. The cookie's SameSite
/// alone is not enough, because it is not looked at for WebSockets by every browser and a neighbour on the same site passes it.
/// </summary>
internal sealed class OriginCheck(RequestDelegate next, IOptions<GatewayOptions> options)
{
    private static readonly Refusal Foreign =
        new(RefusalCode.NotAllowed, "This request comes from another site. Open the page itself, or name its origin in Gateway:PublicOrigins.");

    public Task InvokeAsync(HttpContext context) =>
        Matters(context.Request) && !IsOurs(context.Request) ? RefusalHttp.WriteAsync(context, Foreign) : next(context);

    private static bool Matters(HttpRequest request) =>
        request.Headers.Upgrade.Count > 0 || request.HttpContext.WebSockets.IsWebSocketRequest
        || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));

    private bool IsOurs(HttpRequest request)
    {
        var origins = request.Headers.Origin;

        // Programs send no Origin; a browser that does not send one for a change still says where it comes from.
        if (origins.Count == 0) { return request.Headers["Sec-Fetch-Site"] is not ["cross-site" or "same-site"]; }
        if (origins is not [{ } origin] || !Uri.TryCreate(origin, UriKind.Absolute, out var uri)) { return false; }

        // The host decides, not the scheme: a proxy in front may have taken the TLS away.
        return string.Equals(uri.Authority, WithoutDefaultPort(uri, request.Host), StringComparison.OrdinalIgnoreCase)
            || options.Value.PublicOrigins.Contains(origin, StringComparer.OrdinalIgnoreCase);
    }

    private static string WithoutDefaultPort(Uri origin, HostString host) =>
        host.Port is { } port && origin.IsDefaultPort && port == origin.Port ? host.Host : host.Value ?? "";
}
