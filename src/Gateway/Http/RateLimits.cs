using System.ComponentModel.DataAnnotations;
using System.Threading.RateLimiting;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Http;

/// <summary>How often one account, address or connection may ask. Section <c>RateLimits</c>. Each is a bucket: a rate and a burst.</summary>
public sealed class RateLimitOptions
{
    /// <summary>API requests a second of one account, or of one address while signed out.</summary>
    [Range(1, 10_000)]
    public int RequestsPerSecond { get; set; } = 50;

    /// <summary>API requests at once.</summary>
    [Range(1, 100_000)]
    public int RequestsBurst { get; set; } = 200;

    /// <summary>Registrations, sign-ins and token requests a minute of one address.</summary>
    [Range(1, 100_000)]
    public int SignInsPerMinute { get; set; } = 60;

    /// <summary>Registrations, sign-ins and token requests at once.</summary>
    [Range(1, 100_000)]
    public int SignInsBurst { get; set; } = 60;

    /// <summary>Uploaded pictures a minute of one account.</summary>
    [Range(1, 1_000)]
    public int UploadsPerMinute { get; set; } = 30;

    /// <summary>Uploaded pictures at once.</summary>
    [Range(1, 1_000)]
    public int UploadsBurst { get; set; } = 30;

    /// <summary>Hub calls a second of one connection.</summary>
    [Range(1, 10_000)]
    public int HubCallsPerSecond { get; set; } = 20;

    /// <summary>Hub calls of one connection at once.</summary>
    [Range(1, 10_000)]
    public int HubCallsBurst { get; set; } = 40;

    /// <summary>Hub calls a second of one account over all its connections to this gateway.</summary>
    [Range(1, 10_000)]
    public int HubCallsPerAccountPerSecond { get; set; } = 30;

    /// <summary>Hub calls of one account at once.</summary>
    [Range(1, 10_000)]
    public int HubCallsPerAccountBurst { get; set; } = 60;

    /// <summary>Hub calls a second of one address. A whole office may share one.</summary>
    [Range(1, 100_000)]
    public int HubCallsPerAddressPerSecond { get; set; } = 1_000;

    /// <summary>Hub calls of one address at once.</summary>
    [Range(1, 100_000)]
    public int HubCallsPerAddressBurst { get; set; } = 2_000;
}

[OptionsValidator]
internal sealed partial class RateLimitOptionsValidator : IValidateOptions<RateLimitOptions>;

/// <summary>The named policies of the HTTP API.</summary>
internal static class RateLimits
{
    /// <summary>Every API request.</summary>
    public const string Api = "api";

    /// <summary>Guessing passwords and making accounts.</summary>
    public const string SignIn = "sign-in";

    /// <summary>Pictures: each is decoded.</summary>
    public const string Upload = "upload";

    public static IServiceCollection AddRateLimits(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<RateLimitOptions>, RateLimitOptionsValidator>();
        services.AddOptions<RateLimitOptions>()
            .BindConfiguration("RateLimits", binder => binder.ErrorOnUnknownConfiguration = true).ValidateOnStart();
        services.AddRateLimiter(_ => { });
        services.AddOptions<RateLimiterOptions>().Configure<IOptions<RateLimitOptions>>((limiter, options) =>
        {
            var limits = options.Value;
            limiter.OnRejected = RefuseAsync;
            limiter.AddPolicy(Api, context => Bucket(Asker(context), limits.RequestsBurst, limits.RequestsPerSecond, TimeSpan.FromSeconds(1)));
            limiter.AddPolicy(SignIn, context => Bucket(Address(context), limits.SignInsBurst, limits.SignInsPerMinute, TimeSpan.FromMinutes(1)));
            limiter.AddPolicy(Upload, context => Bucket(Asker(context), limits.UploadsBurst, limits.UploadsPerMinute, TimeSpan.FromMinutes(1)));
        });
        return services;
    }

    /// <summary>The refusal of everyone who asks too often.</summary>
    public static Refusal TooMany(TimeSpan wait) => new(RefusalCode.TooManyRequests, "Too many requests. Wait a moment and try again.")
    {
        RetryAfterMs = Math.Max(1, (long)wait.TotalMilliseconds),
    };

    private static RateLimitPartition<string> Bucket(string key, int burst, int tokens, TimeSpan period) =>
        RateLimitPartition.GetTokenBucketLimiter(key, _ => new TokenBucketRateLimiterOptions
        {
            TokenLimit = burst,
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = period,
            AutoReplenishment = true,
            QueueLimit = 0,
        });

    private static string Asker(HttpContext context) => context.Session().Caller?.Id ?? Address(context);

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private static async ValueTask RefuseAsync(OnRejectedContext rejected, CancellationToken cancellationToken)
    {
        var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var retryAfter) ? retryAfter : TimeSpan.FromSeconds(1);
        await RefusalHttp.WriteAsync(rejected.HttpContext, TooMany(wait));
    }
}
