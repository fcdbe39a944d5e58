using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Registers the ledger.</summary>
public static class LedgerServices
{
    /// <summary>
    /// Adds the ledger behind <see cref="IGiftLedgerGrain"/> and its <see cref="ILedgerAudit"/>; options section
    /// <c>Ledger</c>. Needs <see cref="StorageServices.AddStorage"/>, and the schema when the first call arrives.
    /// </summary>
    public static IServiceCollection AddLedger(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<LedgerOptions>, LedgerOptionsValidator>();
        services.AddOptions<LedgerOptions>()
            .BindConfiguration("Ledger", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddActors(actors => actors
            .AddGrain<IGiftLedgerGrain, GiftLedgerGrain>()
            .AddGrain<ILedgerEntriesGrain, LedgerEntriesGrain>()
            .AddGrain<IGivenGiftsGrain, GivenGiftsGrain>()
            .AddGrain<IRoomGiftsGrain, RoomGiftsGrain>());
        services.AddSingleton(provider => SqlLedgerStore.For(provider.GetRequiredService<Database>()));
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<LedgerAudit>();
        services.AddSingleton<ILedgerAudit>(provider => provider.GetRequiredService<LedgerAudit>());
        services.AddSingleton<LedgerAuditJob>();
        services.AddHostedService(provider => provider.GetRequiredService<LedgerAuditJob>());
        services.AddHealthChecks().AddCheck<LedgerAuditJob>("ledger", HealthStatus.Degraded, ["ready"]);
        services.AddHostedService<LedgerDurabilityCheck>();
        services.AddLedgerBooks();
        return services;
    }
}
