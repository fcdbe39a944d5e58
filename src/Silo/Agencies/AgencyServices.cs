using LiveCommerce.Contracts.Agencies;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Agencies;

/// <summary>Registers rates and agencies.</summary>
internal static class AgencyServices
{
    /// <summary>Adds the grains behind <see cref="IRateBookGrain"/> and <see cref="IAgencyDeskGrain"/>. Needs the storage.</summary>
    public static IServiceCollection AddAgencies(this IServiceCollection services)
    {
        services.AddSingleton<AgencyStore>();
        return services.AddActors(actors => actors
            .AddGrain<IRateBookGrain, RateBookGrain>()
            .AddGrain<IAgencyDeskGrain, AgencyDeskGrain>());
    }
}
