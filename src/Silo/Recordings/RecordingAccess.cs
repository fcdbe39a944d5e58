using LiveCommerce.Actors;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Recordings;

/// <summary>
/// Who may see what was recorded: the rules of the room while it was live hold for its replay. What is for guests has them also when the
/// room is open to everybody.
/// </summary>
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
        if (await RefuseRoomAsync(grains, row.RoomId, row.OwnerId, caller, row.IsForGuests) is { } refusal)
        {
            return IsTold(refusal) ? refusal : NotFound();
        }

        return row.Phase == RecordingState.Recording
            ? new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Watch it live; the replay follows.")
            : null;
    }

    /// <summary>Whether the room's refusal is told as it is, and not that there is nothing: also one that is over in a moment.</summary>
    public static bool IsTold(Refusal refusal) => refusal.Code is RefusalCode.Banned or RefusalCode.RoomPrivate or RefusalCode.Unavailable;

    /// <summary>Why the caller may not enter the room; null: may.</summary>
    /// <param name="forGuests">As if the room were private.</param>
    public static async ValueTask<Refusal?> RefuseRoomAsync(IGrainFactory grains, string roomId, string ownerId, Caller? caller, bool forGuests = false)
    {
        if (caller is not null && (caller.Moderates || caller.Id == ownerId)) { return null; }
        if (await grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key).IsBanned(ownerId)) { return NotFound(); }

        var room = grains.GetGrain<IRoomGrain>(roomId);
        if (!forGuests) { return (await room.GetStanding(caller?.Id)).Refusal; }
        try
        {
            return (await room.GetGuestStanding(caller?.Id)).Refusal;
        }
        catch (UnknownGrainMethodException)
        {
            // While versions are rolled, an older process decides for the room: it knows no guests of a room that is open.
            return new Refusal(RefusalCode.Unavailable, "Who may watch this cannot be said at the moment. Try again in a minute.") { RetryAfterMs = 60_000 };
        }
    }

    /// <summary>Whether the room is private, or was at a moment of a broadcast or since a time.</summary>
    public static async ValueTask<bool> WasPrivateAsync(IGrainFactory grains, string roomId, string streamId, DateTimeOffset since)
    {
        var room = grains.GetGrain<IRoomGrain>(roomId);
        try
        {
            return await room.WasPrivate(streamId, since);
        }
        catch (UnknownGrainMethodException)
        {
            return await room.Get() is not { Ok: true, Value.Audience: RoomAudience.Public };
        }
    }
}
