using System.Net;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Host.Telemetry;

/// <summary><c>GET /metrics</c>, for those who may read it. To everybody else there is no such page.</summary>
internal static class MetricsEndpoint
{
    /// <summary>Headers that a proxy leaves: behind one, the caller's address says nothing.</summary>
    private static readonly string[] ProxyHeaders = ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"];

    public static IServiceCollection AddTelemetry(this IServiceCollection services, ProductRole role)
    {
        services.AddSingleton<IValidateOptions<TelemetryOptions>, TelemetryOptionsValidator>();
        services.AddOptions<TelemetryOptions>()
            .BindConfiguration("Telemetry", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<MetricsCollector>();
        services.AddHostedService(provider => provider.GetRequiredService<MetricsCollector>());
        services.AddSingleton(new ProcessRole(role.ToString().ToLowerInvariant()));
        services.AddHostedService<OtlpExport>();
        return services;
    }

    /// <summary>Names the span of each request by its route, which holds no ids. Nothing when no spans are sent.</summary>
    public static void UseRouteNames(this WebApplication application)
    {
        if (application.Services.GetRequiredService<IOptions<TelemetryOptions>>().Value.OtlpEndpoint is null) { return; }
        application.Use(async (context, next) =>
        {
            var span = context.Features.Get<IHttpActivityFeature>()?.Activity;
            await next(context);
            if (span is not { IsAllDataRequested: true }) { return; }
            span.SetTag("http.request.method", context.Request.Method);
            span.SetTag("http.response.status_code", context.Response.StatusCode);
            if (context.GetEndpoint() is RouteEndpoint { RoutePattern.RawText: { } route }) { span.SetTag("http.route", route); }
        });
    }

    public static void MapMetricsPage(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/metrics", (HttpContext context, MetricsCollector metrics, IOptions<TelemetryOptions> options) =>
            MayRead(context, options.Value.MetricsKey)
                ? Results.Text(metrics.Read(), PrometheusText.ContentType)
                : Results.NotFound()).ExcludeFromDescription();

    private static bool MayRead(HttpContext context, string? key)
    {
        if (key is not null)
        {
            // Hashed first, so that the comparison takes as long for every guess.
            var given = context.Request.Headers.Authorization.ToString();
            return CryptographicOperations.FixedTimeEquals(
                SHA256.HashData(Encoding.UTF8.GetBytes(given)), SHA256.HashData(Encoding.UTF8.GetBytes($"Bearer {key}")));
        }

        return context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
            && !ProxyHeaders.Any(context.Request.Headers.ContainsKey);
    }
}
