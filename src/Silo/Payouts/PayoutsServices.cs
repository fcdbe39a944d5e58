using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payouts;

/// <summary>Registers payouts.</summary>
public static class PayoutsServices
{
    /// <summary>Adds payout accounts, payouts, and the provider's events about them. Options section <c>Payouts</c>. Needs storage, the ledger and payments.</summary>
    public static IServiceCollection AddPayouts(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<PayoutsOptions>, PayoutsOptionsValidator>();
        services.AddSingleton<IValidateOptions<PayoutsOptions>, PayoutsCountriesValidator>();
        services.AddOptions<PayoutsOptions>()
            .BindConfiguration("Payouts", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();

        services.AddSingleton<PayoutLists>();
        services.AddSingleton<PayoutSender>();
        services.AddSingleton<PayoutNews>();
        services.AddSingleton(new EventRoute("transfer.", PayoutNews.TellTransferAsync));
        services.AddSingleton(provider => new EventRoute("payout.", provider.GetRequiredService<PayoutNews>().TellBankAsync));
        services.AddSingleton(provider => new EventRoute("account.", provider.GetRequiredService<PayoutNews>().TellAccountAsync));
        services.AddSingleton(provider => new EventRoute("v2.core.account", provider.GetRequiredService<PayoutNews>().TellAccountAsync));
        services.AddDueCall<IPayoutGrain>(PayoutGrain.DueType, grain => grain.OnDue());
        services.AddDueCall<IPayoutAccountGrain>(PayoutAccountGrain.DueType, grain => grain.OnDue());
        return services.AddActors(actors => actors
            .AddGrain<IPayoutGrain, PayoutGrain>()
            .AddGrain<IPayoutAccountGrain, PayoutAccountGrain>()
            .AddGrain<IPayoutDeskGrain, PayoutDeskGrain>());
    }
}
