using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>A room as everyone sees it.</summary>
public sealed record RoomView(
    string RoomId, Person Owner, string Title, string Category, string? CoverId, StreamInfo Stream, int Watching, int Connected,
    RoomAudience Audience = RoomAudience.Public);

/// <summary>A room as the directory lists it.</summary>
/// <param name="UpdatedAt">Of the listing.</param>
public sealed record RoomListing(
    string RoomId, Person Owner, string Title, string Category, string? CoverId, StreamInfo Stream, int Watching, DateTimeOffset UpdatedAt,
    RoomAudience Audience = RoomAudience.Public);

/// <summary>All a player needs to show a room at one position; the live tail follows from there.</summary>
/// <param name="Position">Of the last event that the snapshot contains.</param>
/// <param name="Messages">The last chat messages, oldest first, at most <see cref="RoomLimits.SnapshotMessagesMax"/>.</param>
/// <param name="Gifts">The last gifts, oldest first, at most <see cref="RoomLimits.SnapshotGiftsMax"/>: who comes back sees what it missed.</param>
/// <param name="Packets">The red packets that are not over, oldest first; null: none.</param>
/// <param name="Battle">The battle that the room is in, or the last one while its result is shown; null: none.</param>
/// <param name="Goal">Null: there is none.</param>
/// <param name="TopGifters">As <see cref="TopGiftersChanged"/> tells them; null: nobody.</param>
/// <param name="Likes">As <see cref="LikesCounted"/> tells them.</param>
/// <param name="Engagement">As <see cref="EngagementCounted"/> tells it; null: nobody yet.</param>
public sealed record RoomSnapshot(
    RoomPosition Position,
    RoomView Room,
    ProductCard? Pinned,
    IReadOnlyList<Person> Moderators,
    IReadOnlyList<ChatSaid> Messages,
    IReadOnlyList<GiftSent> Gifts,
    IReadOnlyList<RedPacketCard>? Packets = null,
    BattleView? Battle = null,
    GiftGoal? Goal = null,
    IReadOnlyList<Ranked>? TopGifters = null,
    long Likes = 0,
    Engagement? Engagement = null);

/// <summary>What a gateway gets when it subscribes: what it missed, or a snapshot.</summary>
/// <param name="Snapshot">Set when the position asked for can't be replayed.</param>
/// <param name="Replay">The batches after the position asked for, oldest first; empty with a snapshot.</param>
public sealed record RoomSubscription(RoomSnapshot? Snapshot, IReadOnlyList<RoomBatch> Replay);

/// <summary>Bounds of a room.</summary>
public static class RoomLimits
{
    /// <summary>Characters (UTF-16 units) of a chat message.</summary>
    public const int MessageLengthMax = 300;

    /// <summary>Characters of a title.</summary>
    public const int TitleLengthMax = 80;

    /// <summary>Chat messages in a snapshot.</summary>
    public const int SnapshotMessagesMax = 50;

    /// <summary>Gifts in a snapshot.</summary>
    public const int SnapshotGiftsMax = 50;

    /// <summary>The best gifters that everybody in the room sees.</summary>
    public const int TopGiftersMax = 3;

    /// <summary>Places of a leaderboard that can be asked for.</summary>
    public const int LeaderboardMax = 100;

    /// <summary>Likes of one call of a viewer.</summary>
    public const int LikesPerCallMax = 50;

    /// <summary>Sendings that one <see cref="GiftSent"/> may stand for.</summary>
    public const int MergedGiftsMax = 256;

    /// <summary>Coins that a goal may aim at.</summary>
    public const long GoalCoinsMax = 1_000_000_000;

    /// <summary>Batches that a room's owner and a gateway keep for replay.</summary>
    public const int ReplayBatchesMax = 256;

    /// <summary>Connections of one room at one gateway from which on they are a crowd: while the room is busy, they are told by turns.</summary>
    public const int CrowdMin = 4_096;

    /// <summary>Milliseconds in which each of a crowd has its turn once.</summary>
    public const int CrowdRoundMs = 120;

    /// <summary>Turns of a round.</summary>
    public const int CrowdTurns = 10;

    /// <summary>Rooms one account may own.</summary>
    public const int RoomsPerOwnerMax = 20;

    /// <summary>Moderators of one room.</summary>
    public const int ModeratorsMax = 50;

    /// <summary>Invitation links of one room that are kept, those that are over included: of these the oldest give way.</summary>
    public const int InvitationsMax = 20;

    /// <summary>Guests of one private room, and so accounts that one link lets in.</summary>
    public const int GuestsMax = 2_000;

    /// <summary>Shortest life of a link, in seconds.</summary>
    public const int InvitationSecondsMin = 60;

    /// <summary>Longest life of a link, in seconds: 90 days.</summary>
    public const int InvitationSecondsMax = 7_776_000;

    /// <summary>What a room can be about.</summary>
    public static readonly IReadOnlyList<string> Categories =
        ["fashion", "beauty", "food", "home", "electronics", "music", "gaming", "art", "talk", "other"];
}
