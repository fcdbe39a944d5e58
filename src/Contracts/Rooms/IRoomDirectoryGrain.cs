using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>The list of rooms. Key: <see cref="Key"/>.</summary>
public interface IRoomDirectoryGrain : IGrainWithStringKey
{
    /// <summary>The one key.</summary>
    const string Key = "main";

    /// <summary>Rooms that are live (or interrupted), most watched first, at most 100.</summary>
    /// <param name="category">One of <see cref="RoomLimits.Categories"/>, or null for all.</param>
    [ReadOnly]
    ValueTask<IReadOnlyList<RoomListing>> ListLive(string? category);

    /// <summary>The rooms of one owner, newest first.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<RoomListing>> ListOwned(string ownerId);

    /// <summary>Stores or replaces a listing; durable on completion.</summary>
    ValueTask Upsert(RoomListing listing);

    /// <summary>A room's viewer count changed; memory only, a lost one is repaired by the next.</summary>
    [OneWay]
    [Priority(CallPriority.Low)]
    ValueTask Count(string roomId, int watching);
}
