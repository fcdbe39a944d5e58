using System.Net;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Cards;
using LiveCommerce.Silo.Payments.Disputes;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Payments.Reconciliation;
using LiveCommerce.Silo.Payments.Refunds;
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
    /// Adds top-ups, refunds, disputes, saved cards, the inbox of the provider's events, the client of the provider, and the service that wakes grains at
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
        services.AddSingleton<SandboxCards>();
        services.AddSingleton<CardFingerprints>();
        services.AddSingleton<CardPayments>();
        services.AddSingleton<CardPaymentTools>();
        services.AddSingleton<PaymentEvents>();
        services.AddSingleton<PaidThings>();
        services.AddSingleton<PaymentOwners>();
        services.AddSingleton<EventRouter>();
        services.AddSingleton<RefundSender>();
        services.AddSingleton<DeskLists>();
        services.AddSingleton<CardBook>();
        services.AddSingleton<DueTimes>();
        services.AddActors(actors => actors
            .AddGrain<ITopUpGrain, TopUpGrain>()
            .AddGrain<ITopUpCatalogGrain, TopUpCatalogGrain>()
            .AddGrain<ITopUpAllowanceGrain, TopUpAllowanceGrain>()
            .AddGrain<IRefundGrain, RefundGrain>()
            .AddGrain<IRefundDeskGrain, RefundDeskGrain>()
            .AddGrain<IDisputeGrain, DisputeGrain>()
            .AddGrain<IDisputeDeskGrain, DisputeDeskGrain>()
            .AddGrain<ISavedCardsGrain, SavedCardsGrain>()
            .AddGrain<IPaymentInboxGrain, PaymentInboxGrain>());
        services.AddPaidThing(new PaidThing(
            CardPayments.TopUpId,
            "top-up",
            (grains, id, news) => grains.GetGrain<ITopUpGrain>(id).PaymentMoved(news),
            (grains, id, news) => grains.GetGrain<ITopUpGrain>(id).DisputeMoved(news),
            (grains, id, news) => grains.GetGrain<ITopUpGrain>(id).RefundMoved(news),
            OutsideRefundFailed: async (grains, id, news) =>
            {
                await grains.GetGrain<ITopUpGrain>(id).DropRefund(news.RefundId);
                return true;
            }));
        services.AddDueCall<ITopUpGrain>(TopUpGrain.DueType, grain => grain.OnDue());
        services.AddDueCall<IRefundGrain>(RefundGrain.DueType, grain => grain.OnDue());
        services.AddDueCall<IDisputeGrain>(DisputeGrain.DueType, grain => grain.OnDue());
        services.AddDueCall<IPaymentInboxGrain>(PaymentInboxGrain.DueType, grain => grain.OnDue());
        services.AddSingleton<DueWaker>();
        services.AddHostedService(provider => provider.GetRequiredService<DueWaker>());
        services.AddSingleton<EventPoller>();
        services.AddHostedService(provider => provider.GetRequiredService<EventPoller>());
        return services.AddReconciliation();
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
