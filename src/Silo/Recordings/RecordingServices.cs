using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LiveCommerce.Silo.Recordings;

/// <summary>Registers recordings.</summary>
internal static class RecordingServices
{
    /// <summary>Adds recordings, replays and clips. Needs storage, rooms, the audit log and what wakes grains at their due times.</summary>
    public static IServiceCollection AddRecordings(this IServiceCollection services)
    {
        services.TryAddSingleton<DueTimes>();
        services.AddSingleton<RecordingStore>();
        services.AddSingleton<ClipStore>();
        services.AddSingleton<ReplayEventStore>();
        services.AddSingleton<ReplayJournal>();
        services.AddDueCall<IRecordingGrain>(RecordingStore.DueType, grain => grain.OnDue());
        return services.AddActors(actors => actors
            .AddGrain<IRecordingGrain, RecordingGrain>()
            .AddGrain<IRoomRecordingsGrain, RoomRecordingsGrain>()
            .AddGrain<IClipGrain, ClipGrain>()
            .AddGrain<IRecordingPlaceGrain, RecordingPlaceGrain>());
    }
}
