using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Video.Ffmpeg;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace LiveCommerce.Gateway.Http;

/// <summary>Whether the process lives, and whether it should get traffic.</summary>
internal static class Health
{
    private const string Ready = "ready";

    public static IServiceCollection AddHealth(this IServiceCollection services)
    {
        services.AddHealthChecks().AddCheck<DatabaseCheck>("database", HealthStatus.Unhealthy, [Ready], TimeSpan.FromSeconds(3))
            .AddCheck<EncoderHealth>("encoder", HealthStatus.Degraded, [Ready], TimeSpan.FromSeconds(20));
        return services;
    }

    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        // Live: the process answers. Nothing else, or a database outage would restart every gateway.
        routes.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync });
        routes.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync });
    }

    private static Task WriteAsync(HttpContext context, HealthReport report) => context.Response.WriteAsJsonAsync(new HealthView(
        report.Status.ToString().ToLowerInvariant(),
        report.Entries.ToDictionary(
            entry => entry.Key,
            entry => new HealthPart(entry.Value.Status.ToString().ToLowerInvariant(), entry.Value.Description),
            StringComparer.Ordinal)));

    // Without an encoder nobody goes live, but everything else works: degraded, and still ready.
    private sealed class EncoderHealth(IEncoderCheck encoder) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            await encoder.CheckAsync(cancellationToken) is { } missing ? HealthCheckResult.Degraded(missing.Message) : HealthCheckResult.Healthy();
    }

    private sealed class DatabaseCheck(IDbContextFactory<AccountsContext> contexts) : IHealthCheck
    {
        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            try
            {
                await using var accounts = await contexts.CreateDbContextAsync(cancellationToken);
                await accounts.Accounts.AnyAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception exception)
            {
                return HealthCheckResult.Unhealthy("The database does not answer. See the server's log.", exception);
            }
        }
    }
}

/// <summary>How the server is.</summary>
/// <param name="Status">healthy, degraded or unhealthy.</param>
internal sealed record HealthView(string Status, IReadOnlyDictionary<string, HealthPart> Parts);

/// <summary>How one part is.</summary>
internal sealed record HealthPart(string Status, string? Description);
