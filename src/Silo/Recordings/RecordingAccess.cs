using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Recordings;

/// <summary>Who may see what was recorded: the rules of the room while it was live hold for its replay.</summary>
internal static class RecordingAccess
{
    public static Refusal NotFound() => new(RefusalCode.RecordingNotFound, "There is no such replay, or it is no longer kept. Look at the room for others.");

    public static Refusal ClipNotFound() => new(RefusalCode.ClipNotFound, "There is no such clip, or it was taken away.");

    public static Refusal NotOwner() => new(RefusalCode.NotRoomOwner, "Only the owner of this room can do this.");

    /// <summary>Why the caller may not watch it; null: may.</summary>
    public static async ValueTask<Refusal?> RefuseAsync(IGrainFactory grains, RecordingRow? row, Caller? caller)
    {
        if (row is null || row.Phase == RecordingState.Deleted) { return NotFound(); }
        if (caller is not null && (caller.Moderates || caller.Id == row.OwnerId)) { return null; }
        if (row.Phase is not (RecordingState.Recording or RecordingState.Ready)) { return NotFound(); }

        // Before it is said that it is on: that is nothing for those who may not enter.
        if (await RefuseRoomAsync(grains, row.RoomId, row.OwnerId, caller) is { } refusal)
        {
            return refusal.Code is RefusalCode.Banned or RefusalCode.RoomPrivate ? refusal : NotFound();
        }

        return row.Phase == RecordingState.Recording
            ? new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Watch it live; the replay follows.")
            : null;
    }

    /// <summary>Why the caller may not enter the room; null: may.</summary>
    public static async ValueTask<Refusal?> RefuseRoomAsync(IGrainFactory grains, string roomId, string ownerId, Caller? caller)
    {
        if (caller is not null && (caller.Moderates || caller.Id == ownerId)) { return null; }
        if (await grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(ownerId)) { return NotFound(); }
        return (await grains.GetGrain<IRoomGrain>(roomId).GetStanding(caller?.Id)).Refusal;
    }
}
