using LiveCommerce.Actors;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The list of rooms: all of them in a table, the live ones with their viewer counts in memory.</summary>
internal sealed partial class RoomDirectoryGrain(RoomListingStore store, ILogger<RoomDirectoryGrain> logger) : Grain, IRoomDirectoryGrain
{
    /// <summary>Rooms of one answer.</summary>
    public const int ListMax = 100;

    /// <summary>Live rooms that are kept in memory.</summary>
    public const int LiveMax = 10_000;

    /// <summary>Silent rooms that are woken at once.</summary>
    public const int WokenMax = 20;

    /// <summary>How often a live room tells its count at least.</summary>
    public static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long a live room may be silent before it is woken.</summary>
    public static readonly TimeSpan SilenceMax = TimeSpan.FromSeconds(20);

    private readonly Dictionary<string, Live> _live = new(StringComparer.Ordinal);
    private long _activatedAt;

    private TimeSpan Elapsed => Time.GetElapsedTime(_activatedAt);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _activatedAt = Time.GetTimestamp();
        foreach (var listing in await store.LiveAsync(LiveMax, cancellationToken))
        {
            _live[listing.RoomId] = new Live { Listing = listing, HeardAt = Elapsed };
        }

        RegisterGrainTimer(_ => WakeSilentRooms(), new GrainTimerCreationOptions(CountEvery, CountEvery) { KeepAlive = true });
    }

    public ValueTask<IReadOnlyList<RoomListing>> ListLive(string? category) => ValueTask.FromResult<IReadOnlyList<RoomListing>>(
        [.. _live.Values.Select(live => live.Listing)
            .Where(listing => listing.Audience == RoomAudience.Public && (category is null || listing.Category == category))
            .OrderByDescending(listing => listing.Watching).ThenByDescending(listing => listing.Stream.StartedAt)
            .Take(ListMax)]);

    // One more than the limit, so that the limit itself can be seen to be exceeded.
    public async ValueTask<IReadOnlyList<RoomListing>> ListOwned(string ownerId) =>
        [.. (await store.OwnedAsync(ownerId, RoomLimits.RoomsPerOwnerMax + 1))
            .Select(listing => _live.TryGetValue(listing.RoomId, out var live) ? live.Listing : listing)];

    public async ValueTask Upsert(RoomListing listing)
    {
        await store.UpsertAsync(listing);
        if (listing.Stream.Phase == StreamPhase.Offline)
        {
            _live.Remove(listing.RoomId);
        }
        else if (_live.ContainsKey(listing.RoomId) || _live.Count < LiveMax)
        {
            _live[listing.RoomId] = new Live { Listing = listing, HeardAt = Elapsed };
        }
    }

    public ValueTask Count(string roomId, int watching)
    {
        if (_live.TryGetValue(roomId, out var live))
        {
            live.Listing = live.Listing with { Watching = watching };
            live.HeardAt = Elapsed;
        }

        return ValueTask.CompletedTask;
    }

    /// <summary>
    /// A room that is listed as live and says nothing is not in memory: it was live when its process died, and its publisher
    /// has not come back. Any call wakes it; then it finds that the lease has run out and takes itself off the list.
    /// </summary>
    private Task WakeSilentRooms()
    {
        foreach (var live in _live.Values.Where(live => Elapsed - live.HeardAt >= SilenceMax).Take(WokenMax))
        {
            live.HeardAt = Elapsed;
            Log.Waking(logger, live.Listing.RoomId);

            // Not awaited: the room may be waiting for this grain.
            _ = WakeAsync(live.Listing.RoomId);
        }

        return Task.CompletedTask;
    }

    private async Task WakeAsync(string roomId)
    {
        try
        {
            await GrainFactory.GetGrain<IRoomGrain>(roomId).Get();
        }
        catch (Exception problem)
        {
            Log.NotWoken(logger, problem, roomId);
        }
    }

    private sealed class Live
    {
        public required RoomListing Listing { get; set; }

        public required TimeSpan HeardAt { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4201, Level = LogLevel.Information, Message = "Room {RoomId} is listed as live and silent; waking it")]
        public static partial void Waking(ILogger logger, string roomId);

        [LoggerMessage(EventId = 4202, Level = LogLevel.Warning, Message = "Room {RoomId} could not be woken; trying again later")]
        public static partial void NotWoken(ILogger logger, Exception problem, string roomId);
    }
}
