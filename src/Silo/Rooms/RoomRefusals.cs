using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What a room says when it says no, where more than one place says it.</summary>
internal static class RoomRefusals
{
    public static Refusal NotFound() => new(RefusalCode.RoomNotFound, "There is no such room. Go back to the list and choose another.");

    public static Refusal NotOwner() => new(RefusalCode.NotRoomOwner, "Only the owner of this room can do this.");

    public static Refusal Banned(Restriction ban, DateTimeOffset now) => new(
        RefusalCode.Banned,
        ban.Until is { } until
            ? $"You are banned from this room until {until:yyyy-MM-dd HH:mm} UTC. Other rooms are open to you."
            : "You are banned from this room. Other rooms are open to you; its owner or a moderator can lift the ban.")
    {
        RetryAfterMs = Wait(ban, now),
    };

    public static Refusal BannedFromPlatform() => new(
        RefusalCode.Banned, "This account is banned from the platform. Write to the operator if you think that is wrong.");

    public static Refusal Private() => new(
        RefusalCode.RoomPrivate, "This room is private. Sign in with the account that was invited, or open the invitation link that its owner gave you.");

    public static Refusal ForGuests() => new(
        RefusalCode.RoomPrivate, "This was recorded for guests of the room. Sign in with the account that was invited, or ask its owner for an invitation link.");

    public static Refusal Muted(Restriction mute, DateTimeOffset now) => new(
        RefusalCode.Muted,
        mute.Until is { } until
            ? $"You are muted in this room until {until:yyyy-MM-dd HH:mm} UTC. You can go on watching."
            : "You are muted in this room. You can go on watching; its owner or a moderator can unmute you.")
    {
        RetryAfterMs = Wait(mute, now),
    };

    private static long? Wait(Restriction restriction, DateTimeOffset now) =>
        restriction.Until is { } until ? Math.Max(1, (long)Math.Ceiling((until - now).TotalMilliseconds)) : null;
}
