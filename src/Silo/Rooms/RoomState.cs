using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Rooms;

/// <summary>What a room remembers for good. Stored as JSON: names of properties are kept.</summary>
internal sealed class RoomState
{
    /// <summary>Null while the room does not exist.</summary>
    public Person? Owner { get; set; }

    /// <summary>What the owner says about it now.</summary>
    public RoomDetails? Details { get; set; }

    /// <summary>What it was created with, to recognise a repeated Create.</summary>
    public RoomDetails? CreatedAs { get; set; }

    public RoomAudience Audience { get; set; }

    /// <summary>When it was opened after it was private: what was said before is shown to nobody any more. Null: it never was.</summary>
    public DateTimeOffset? OpenedAt { get; set; }

    /// <summary>The newest broadcast during which the room was opened or closed: what is recorded of it is for guests.</summary>
    public string? SecludedStreamId { get; set; }

    public List<Person> Moderators { get; set; } = [];

    /// <summary>By account id.</summary>
    public Dictionary<string, Restriction> Mutes { get; set; } = new(StringComparer.Ordinal);

    /// <summary>By account id.</summary>
    public Dictionary<string, Restriction> Bans { get; set; } = new(StringComparer.Ordinal);

    /// <summary>Accounts that acted or spoke here as moderators of the platform: the room knows roles only from their callers.</summary>
    public List<string> PlatformModerators { get; set; } = [];

    /// <summary>SHA-256 of the stream key in hex; null while none was made.</summary>
    public string? StreamKeyHash { get; set; }

    public StreamState? Stream { get; set; }

    public ProductCard? Pinned { get; set; }

    /// <summary>Every gift up to this commit …</summary>
    public long GiftBatch { get; set; }

    /// <summary>… and this place in it has been shown.</summary>
    public int GiftOrder { get; set; }

    /// <summary>Orders that were shown lately, oldest first.</summary>
    public List<string> ShownOrders { get; set; } = [];

    /// <summary>The stream that runs or ran last: likes, people and the first leaderboard are counted from its beginning.</summary>
    public string? CountedStreamId { get; set; }

    /// <summary>When it began; null while there was none.</summary>
    public DateTimeOffset? CountedFrom { get; set; }

    public long Likes { get; set; }

    public EngagementState? Engagement { get; set; }

    public GoalState? Goal { get; set; }
}

/// <summary>A mute or a ban.</summary>
/// <param name="Until">Null: no end.</param>
internal sealed record Restriction(DateTimeOffset? Until)
{
    /// <summary>Whether it still holds.</summary>
    public bool HoldsAt(DateTimeOffset now) => Until is not { } until || now < until;
}

/// <summary>Bounds of what a room remembers.</summary>
internal static class RoomStateLimits
{
    /// <summary>Standing mutes, and standing bans, of one room.</summary>
    public const int RestrictionsMax = 5_000;

    /// <summary>Platform moderators a room remembers.</summary>
    public const int PlatformModeratorsMax = 50;

    /// <summary>Orders by which repeats are dropped.</summary>
    public const int ShownOrdersMax = 200;
}
