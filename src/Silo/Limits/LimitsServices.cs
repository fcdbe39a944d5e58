using LiveCommerce.Contracts.Limits;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Limits;

/// <summary>Registers the limits of giving.</summary>
internal static class LimitsServices
{
    /// <summary>Adds the grain behind <see cref="IGivingLimitsGrain"/>; options section <c>Limits</c>. Needs the ledger.</summary>
    public static IServiceCollection AddLimits(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<LimitsOptions>, LimitsOptionsValidator>();
        services.AddOptions<LimitsOptions>()
            .BindConfiguration("Limits", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        return services.AddActors(actors => actors.AddGrain<IGivingLimitsGrain, GivingLimitsGrain>());
    }
}
