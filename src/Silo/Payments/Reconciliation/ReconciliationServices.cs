using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Registers the reconciliation. Part of <see cref="PaymentsServices.AddPayments"/>.</summary>
internal static class ReconciliationServices
{
    /// <summary>Adds the reconciliation with the ledger. Options section <c>Reconciliation</c>.</summary>
    public static IServiceCollection AddReconciliation(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<ReconciliationOptions>, ReconciliationOptionsValidator>();
        services.AddOptions<ReconciliationOptions>()
            .BindConfiguration("Reconciliation", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddMetrics();
        services.AddSingleton<SourceReferences>();
        services.AddSingleton<BalanceReader>();
        services.AddSingleton<ReconciliationStore>();
        services.AddSingleton<ReconciliationMetrics>();
        services.AddSingleton<StuckRows>();
        services.AddSingleton<FeePoster>();
        services.AddSingleton<Reconciler>();
        services.AddSingleton<IReconciliationCheck, ReconciliationCheck>();
        services.AddActors(actors => actors.AddGrain<IReconciliationGrain, ReconciliationGrain>());
        services.AddHostedService<ReconciliationJob>();
        return services;
    }
}
