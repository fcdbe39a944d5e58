using System.Net;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>Registers payments.</summary>
public static class PaymentsServices
{
    /// <summary>Connections to the provider: it allows about 100 requests a second.</summary>
    private const int ConnectionsMax = 64;

    /// <summary>
    /// Adds the top-up grains, the inbox of the provider's events, the client of the provider, and the service that wakes grains at
    /// their due times. Options section <c>Payments</c>. Needs storage.
    /// </summary>
    public static IServiceCollection AddPayments(this IServiceCollection services)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<IValidateOptions<PaymentsOptions>, PaymentsOptionsValidator>();
        services.AddSingleton<IValidateOptions<PaymentsOptions>, PaymentsModeValidator>();
        services.AddOptions<PaymentsOptions>()
            .BindConfiguration("Payments", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();

        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<PaymentsOptions>>();
            return new StripeClient(
                CreateHttp(options.Value), options, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<StripeClient>>());
        });
        services.AddSingleton<CardPayments>();
        services.AddSingleton<CardPaymentTools>();
        services.AddSingleton<PaymentEvents>();
        services.AddSingleton<DueTimes>();
        services.AddActors(actors => actors
            .AddGrain<ITopUpGrain, TopUpGrain>()
            .AddGrain<ITopUpCatalogGrain, TopUpCatalogGrain>()
            .AddGrain<ITopUpAllowanceGrain, TopUpAllowanceGrain>()
            .AddGrain<IPaymentInboxGrain, PaymentInboxGrain>());
        services.AddDueCall<ITopUpGrain>(TopUpGrain.DueType, grain => grain.OnDue());
        services.AddDueCall<IPaymentInboxGrain>(PaymentInboxGrain.DueType, grain => grain.OnDue());
        services.AddSingleton<DueWaker>();
        services.AddHostedService(provider => provider.GetRequiredService<DueWaker>());
        return services;
    }

    /// <summary>The client lives as long as the process; its connections are renewed, so that a change of address is noticed.</summary>
    internal static HttpClient CreateHttp(PaymentsOptions options) =>
        new(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            MaxConnectionsPerServer = ConnectionsMax,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            UseCookies = false,
            UseProxy = !options.Sandbox,
        })
        {
            // Each attempt has its own time limit.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = StripeClient.ResponseBytesMax,
        };
}
