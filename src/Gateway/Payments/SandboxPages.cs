using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Headers;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Payments;

/// <summary>Where the embedded payment sandbox is. Section <c>SandboxPages</c>; the host sets it.</summary>
public sealed class SandboxPagesOptions
{
    /// <summary>Its address on this machine; null: none is embedded, and <c>/sandbox/</c> is nothing special.</summary>
    public string? Address { get; set; }

    /// <summary>Seconds that it has for an answer.</summary>
    [Range(1, 60)]
    public int TimeoutSeconds { get; set; } = 10;
}

[OptionsValidator]
internal sealed partial class SandboxPagesRanges : IValidateOptions<SandboxPagesOptions>;

/// <summary>Keeps anything but a sandbox of this machine from being shown as a part of this site.</summary>
internal sealed class SandboxPagesSafety : IValidateOptions<SandboxPagesOptions>
{
    public ValidateOptionsResult Validate(string? name, SandboxPagesOptions options) =>
        options.Address is null || (Uri.TryCreate(options.Address, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("SandboxPages:Address must be an http address of this machine. Leave it out: the server sets it.");
}

/// <summary>
/// The embedded sandbox's pages for payers and streamers, as pages of this site: the sandbox itself listens on loopback, where a phone in the
/// same network does not reach it. Only its pages, only reading and sending their forms; nothing that the browser has of ours is passed on.
/// </summary>
internal sealed partial class SandboxPages(HttpClient http, IOptions<SandboxPagesOptions> options, IOptions<GatewayOptions> gateway, ILogger<SandboxPages> logger)
{
    /// <summary>Bytes of a form.</summary>
    public const int FormBytesMax = 4 * 1024;

    /// <summary>Bytes of a page.</summary>
    public const int PageBytesMax = 256 * 1024;

    /// <summary>Characters of a query.</summary>
    public const int QueryLengthMax = 2_048;

    /// <summary>Pages that are asked for at once.</summary>
    public const int ConnectionsMax = 32;

    private const string Form = "application/x-www-form-urlencoded";

    private static readonly Refusal NotAPage = new(RefusalCode.NotFound, "The sandbox has no such page. Start again where you came from.");

    private static readonly Refusal NotAForm = new(RefusalCode.MediaUnsupported, "Send the page's own form.");

    private static readonly Refusal TooLarge = new(RefusalCode.TooLarge, "This is more than a page of the sandbox sends.");

    private static readonly Refusal Silent = new(RefusalCode.Unavailable, "The payment sandbox does not answer. Try again in a moment.");

    // The sandbox writes no script; a form may lead back to a page of ours, and only our pages show it in a frame.
    private readonly string _policy =
        $"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action {string.Join(' ', gateway.Value.PublicOrigins.Prepend("'self'"))}; frame-ancestors 'self'";

    /// <summary>Asks the sandbox and passes on what it answers.</summary>
    public async Task ShowAsync(HttpContext context, string kind, string id)
    {
        var request = context.Request;
        if (kind is not ("authenticate" or "onboarding" or "checkout") || !id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_'))
        {
            await RefusalHttp.WriteAsync(context, NotAPage);
            return;
        }

        if (request.QueryString.Value?.Length > QueryLengthMax)
        {
            await RefusalHttp.WriteAsync(context, TooLarge);
            return;
        }

        using var ask = new HttpRequestMessage(
            new HttpMethod(request.Method), new Uri(new Uri(options.Value.Address!), $"/_sandbox/{kind}/{id}{request.QueryString.Value}"));
        if (HttpMethods.IsPost(request.Method))
        {
            var (form, refusal) = await ReadFormAsync(request, context.RequestAborted);
            if (refusal is not null)
            {
                await RefusalHttp.WriteAsync(context, refusal);
                return;
            }

            ask.Content = new ByteArrayContent(form);
            ask.Content.Headers.ContentType = new MediaTypeHeaderValue(Form);
        }

        try
        {
            using var answer = await http.SendAsync(ask, context.RequestAborted);
            await PassOnAsync(answer, context);
        }
        catch (Exception error) when (!context.RequestAborted.IsCancellationRequested && error is HttpRequestException or OperationCanceledException)
        {
            Log.Silent(logger, error, kind);
            await RefusalHttp.WriteAsync(context, Silent);
        }
    }

    private async Task PassOnAsync(HttpResponseMessage answer, HttpContext context)
    {
        var page = await answer.Content.ReadAsByteArrayAsync(context.RequestAborted);
        var response = context.Response;
        response.StatusCode = (int)answer.StatusCode;
        response.Headers.CacheControl = "no-store";
        // With no-referrer a browser would say "null" instead of this site when it sends the form.
        response.Headers["Referrer-Policy"] = "same-origin";
        response.Headers.ContentSecurityPolicy = _policy;
        if (answer.StatusCode == HttpStatusCode.SeeOther && answer.Headers.Location is { } next) { response.Headers.Location = next.OriginalString; }
        if (page.Length == 0) { return; }
        response.ContentType = "text/html; charset=utf-8";
        await response.Body.WriteAsync(page, context.RequestAborted);
    }

    private static async Task<(byte[] Form, Refusal? Refusal)> ReadFormAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || !string.Equals(type.MediaType, Form, StringComparison.OrdinalIgnoreCase))
        {
            return ([], NotAForm);
        }

        var buffer = new byte[FormBytesMax + 1];
        var read = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellationToken);
        return read > FormBytesMax ? ([], TooLarge) : (buffer[..read], null);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2540, Level = LogLevel.Warning, Message = "The payment sandbox did not answer for a page of {Kind}")]
        public static partial void Silent(ILogger logger, Exception error, string kind);
    }
}

/// <summary>Puts the pages into the server.</summary>
internal static class SandboxPagesServices
{
    public static IServiceCollection AddSandboxPages(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<SandboxPagesOptions>, SandboxPagesRanges>();
        services.AddSingleton<IValidateOptions<SandboxPagesOptions>, SandboxPagesSafety>();
        services.AddOptions<SandboxPagesOptions>()
            .BindConfiguration("SandboxPages", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddSingleton(provider =>
        {
            // No cookies of anybody, no proxy between two programs of one machine, and a redirect is the browser's to follow.
            var http = new HttpClient(new SocketsHttpHandler
            {
                UseCookies = false, AllowAutoRedirect = false, UseProxy = false, MaxConnectionsPerServer = SandboxPages.ConnectionsMax,
            })
            {
                MaxResponseContentBufferSize = SandboxPages.PageBytesMax,
                Timeout = TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<SandboxPagesOptions>>().Value.TimeoutSeconds),
            };
            return ActivatorUtilities.CreateInstance<SandboxPages>(provider, http);
        });
        return services;
    }

    public static void MapSandboxPages(this IEndpointRouteBuilder app)
    {
        if (app.ServiceProvider.GetRequiredService<IOptions<SandboxPagesOptions>>().Value.Address is null) { return; }
        app.MapMethods("/sandbox/{kind}/{id:length(1,100)}", [HttpMethods.Get, HttpMethods.Post], (HttpContext context, string kind, string id, SandboxPages pages) => pages.ShowAsync(context, kind, id))
            .RequireRateLimiting(RateLimits.Api).ExcludeFromDescription();
    }
}
