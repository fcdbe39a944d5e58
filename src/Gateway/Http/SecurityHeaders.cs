using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>Tells browsers what our pages may do: themselves, their media, their sockets, and the payer's bank in a frame.</summary>
internal sealed class SecurityHeaders(RequestDelegate next, IOptions<PlayerOptions> options, IConfiguration configuration)
{
    private readonly string _frames = string.Join(' ', options.Value.FrameOrigins.Concat(SandboxOrigin(configuration)));

    // Nearly all requests name the same host; thousands that wait for a part share the one text.
    private volatile HostPolicy? _last;

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.XContentTypeOptions = "nosniff";

        // What players fetch many times a second is no page.
        if (context.Request.Path.StartsWithSegments("/live")) { return next(context); }
        if (!headers.ContainsKey("Referrer-Policy")) { headers["Referrer-Policy"] = "strict-origin-when-cross-origin"; }
        headers["Permissions-Policy"] = "camera=(self), microphone=(self), display-capture=(self), fullscreen=(self), geolocation=(), payment=()";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.ContentSecurityPolicy = Policy(context.Request.Host);
        return next(context);
    }

    // The sandbox's 3-D Secure page is on a port that is chosen at start; the silo owns these settings.
    private static IEnumerable<string> SandboxOrigin(IConfiguration configuration) =>
        bool.TryParse(configuration["Payments:Sandbox"], out var isSandbox) && isSandbox
            && Uri.TryCreate(configuration["Payments:BaseUrl"], UriKind.Absolute, out var address)
                ? [address.GetLeftPart(UriPartial.Authority)]
                : [];

    private string Policy(HostString host)
    {
        var name = host.Value ?? "";
        if (_last is not { } last || last.Host != name) { _last = last = new HostPolicy(name, Write(name)); }
        return last.Policy;
    }

    // Some browsers do not count ws://host as 'self', so the host is named.
    private string Write(string host) =>
        $"default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' blob:; "
        + $"connect-src 'self' ws://{host} wss://{host}; worker-src 'self' blob:; frame-src 'self' {_frames}; "
        + "frame-ancestors 'self'; object-src 'none'; base-uri 'none'; form-action 'self'";

    private sealed record HostPolicy(string Host, string Policy);
}
