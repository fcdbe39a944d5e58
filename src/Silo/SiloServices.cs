using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Accounts;
using LiveCommerce.Silo.Agencies;
using LiveCommerce.Silo.Battles;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Gifts.Cards;
using LiveCommerce.Silo.Limits;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Operations;
using LiveCommerce.Silo.Recordings;
using LiveCommerce.Silo.RedPackets;
using LiveCommerce.Silo.Rooms;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo;

/// <summary>Registers what decides about rooms and people.</summary>
public static class SiloServices
{
    /// <summary>
    /// Adds the rooms, gifts, limits, agencies, moderation and accounts slices. They need the storage and the ledger; product cards and orders need
    /// the shop. Each of those has its own method.
    /// </summary>
    public static IServiceCollection AddSilo(this IServiceCollection services)
    {
        services.AddSingleton<IValidateOptions<RoomOptions>, RoomOptionsValidator>();
        services.AddOptions<RoomOptions>()
            .BindConfiguration("Rooms", binder => binder.ErrorOnUnknownConfiguration = true)
            .ValidateOnStart();
        services.AddSingleton<ChatStore>();
        services.AddSingleton<ChatJournal>();
        services.AddSingleton<RoomListingStore>();
        services.AddSingleton<GuestStore>();
        services.AddSingleton<AuditLog>();
        services.AddSingleton<PlatformBanStore>();
        services.AddLimits();
        services.AddAgencies();
        services.AddCardGifts();
        services.AddRedPackets();
        services.AddBattles();
        services.AddRecordings();
        return services.AddActors(actors => actors
            .AddGrain<IRoomGrain, RoomGrain>()
            .AddGrain<IRoomDirectoryGrain, RoomDirectoryGrain>()
            .AddGrain<IOriginGrain, OriginGrain>()
            .AddGrain<IGiftDesk, GiftDesk>()
            .AddGrain<IGiftCatalogGrain, GiftCatalogGrain>()
            .AddGrain<IGiftStatusGrain, GiftStatusGrain>()
            .AddGrain<IPlatformGrain, PlatformGrain>()
            .AddGrain<IViewerGrain, ViewerGrain>()
            .AddGrain<IMoneyDeskGrain, MoneyDeskGrain>());
    }
}
