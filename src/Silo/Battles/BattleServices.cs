using LiveCommerce.Contracts.Battles;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Battles;

/// <summary>Registers battles.</summary>
internal static class BattleServices
{
    /// <summary>Adds battles and the rooms' places in them; options section <c>Battles</c>. Needs storage, the ledger and what wakes grains at their due times.</summary>
    public static IServiceCollection AddBattles(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<BattleOptions>, BattleOptionsValidator>();
        services.AddOptions<BattleOptions>()
            .BindConfiguration("Battles", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.TryAddSingleton<DueTimes>();
        services.AddDueCall<IBattleGrain>(BattleGrain.DueType, grain => grain.OnDue());
        return services.AddActors(actors => actors
            .AddGrain<IBattleGrain, BattleGrain>()
            .AddGrain<IRoomBattlesGrain, RoomBattlesGrain>());
    }
}
