using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.RedPackets;

/// <summary>Registers red packets.</summary>
internal static class RedPacketServices
{
    /// <summary>Adds the packets, the rooms' lists of them and the senders' and grabbers' bounds; options section <c>RedPackets</c>. Needs storage, the ledger and what wakes grains at their due times.</summary>
    public static IServiceCollection AddRedPackets(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<RedPacketOptions>, RedPacketOptionsValidator>();
        services.AddOptions<RedPacketOptions>()
            .BindConfiguration("RedPackets", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.TryAddSingleton<DueTimes>();
        services.AddDueCall<IRedPacketGrain>(IRedPacketGrain.DueType, grain => grain.OnDue());
        return services.AddActors(actors => actors
            .AddGrain<IRedPacketGrain, RedPacketGrain>()
            .AddGrain<IRoomPacketsGrain, RoomPacketsGrain>()
            .AddGrain<IPacketAllowanceGrain, PacketAllowanceGrain>());
    }
}
