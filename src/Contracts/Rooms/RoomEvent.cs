using System.Text.Json.Serialization;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>Something that happened in a room and that every viewer learns, in the order of its position.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(ChatSaid), "chat")]
[JsonDerivedType(typeof(MessageDeleted), "messageDeleted")]
[JsonDerivedType(typeof(GiftSent), "gift")]
[JsonDerivedType(typeof(ProductPinned), "productPinned")]
[JsonDerivedType(typeof(ProductUnpinned), "productUnpinned")]
[JsonDerivedType(typeof(OrderPaid), "orderPaid")]
[JsonDerivedType(typeof(ViewerMuted), "viewerMuted")]
[JsonDerivedType(typeof(ViewerUnmuted), "viewerUnmuted")]
[JsonDerivedType(typeof(ViewerBanned), "viewerBanned")]
[JsonDerivedType(typeof(ViewerUnbanned), "viewerUnbanned")]
[JsonDerivedType(typeof(ModeratorsChanged), "moderatorsChanged")]
[JsonDerivedType(typeof(StreamChanged), "stream")]
[JsonDerivedType(typeof(RoomRetitled), "room")]
[JsonDerivedType(typeof(ViewersCounted), "viewers")]
[JsonDerivedType(typeof(ChatSampled), "chatSampled")]
[JsonDerivedType(typeof(LikesCounted), "likes")]
[JsonDerivedType(typeof(EngagementCounted), "engagement")]
[JsonDerivedType(typeof(TopGiftersChanged), "topGifters")]
[JsonDerivedType(typeof(GoalChanged), "goal")]
[JsonDerivedType(typeof(RedPacketOffered), "packetOffered")]
[JsonDerivedType(typeof(RedPacketMoved), "packetMoved")]
[JsonDerivedType(typeof(RedPacketOver), "packetOver")]
[JsonDerivedType(typeof(BattleChanged), "battle")]
[JsonDerivedType(typeof(AudienceChanged), "audience")]
[JsonDerivedType(typeof(EventOfANewerRelease), "unknown")]
[UnreadableKind(typeof(EventOfANewerRelease))]
public abstract record RoomEvent
{
    /// <summary>The number within the epoch, set by the room's owner.</summary>
    public long Sequence { get; init; }

    /// <summary>When the room's owner decided it.</summary>
    public DateTimeOffset At { get; init; }
}

/// <summary>A chat message.</summary>
/// <param name="Key">The sender's idempotency key: clients drop a repeat, and the sender finds its own message by it.</param>
/// <param name="MessageId">Names the message for moderation.</param>
/// <param name="Badge">What the sender is in this room.</param>
public sealed record ChatSaid(Guid Key, string MessageId, Person Sender, RoomBadge Badge, string Text) : RoomEvent;

/// <summary>What somebody is in a room.</summary>
public enum RoomBadge
{
    Viewer = 0,
    Moderator = 1,
    Owner = 2,
}

/// <summary>A moderator took a message away; players remove it.</summary>
public sealed record MessageDeleted(string MessageId, Person By) : RoomEvent;

/// <summary>A gift whose coins have moved. Announced at least once: players drop a repeated <paramref name="Key"/>.</summary>
/// <param name="Quantity">How many of the gift this sending paid for.</param>
/// <param name="Coins">Price of all of them.</param>
/// <param name="Combo">How many of this gift the sender has sent in a row, this sending included: ×N.</param>
/// <param name="Tier">1 (small) to 4 (full screen): how much stage the animation gets.</param>
/// <param name="Merged">
/// Keys of further sendings of the same combo that this event stands for as well: quantity and coins are the sums of all, the
/// combo is the highest. Null when it stands for one.
/// </param>
public sealed record GiftSent(
    Guid Key, Person Sender, string GiftId, int Quantity, long Coins, int Combo, int Tier, IReadOnlyList<Guid>? Merged = null) : RoomEvent
{
    /// <summary>Of all sendings that this event stands for.</summary>
    [JsonIgnore]
    public IEnumerable<Guid> Keys => Merged is null ? [Key] : [Key, .. Merged];
}

/// <summary>A product card is shown over the video. Also sent when the pinned product's price or stock changes.</summary>
public sealed record ProductPinned(ProductCard Card) : RoomEvent;

/// <summary>The card is gone.</summary>
public sealed record ProductUnpinned(string ProductId) : RoomEvent;

/// <summary>Somebody bought a product in this room and it is paid.</summary>
/// <param name="OrderId">For dropping repeats; opens nothing to anyone but buyer and seller.</param>
/// <param name="Buyer">Null unless the buyer agreed to be named.</param>
/// <param name="Sold">Paid minus refunded orders of the product, after this one.</param>
public sealed record OrderPaid(string OrderId, string ProductId, string ProductTitle, string? Buyer, int Quantity, long Sold) : RoomEvent;

/// <summary>May not speak until then; null means until unmuted.</summary>
public sealed record ViewerMuted(string AccountId, DateTimeOffset? Until) : RoomEvent;

/// <summary>May speak again.</summary>
public sealed record ViewerUnmuted(string AccountId) : RoomEvent;

/// <summary>Must leave: every gateway closes the account's connections to this room.</summary>
public sealed record ViewerBanned(string AccountId, DateTimeOffset? Until) : RoomEvent;

/// <summary>May return.</summary>
public sealed record ViewerUnbanned(string AccountId) : RoomEvent;

/// <summary>Who moderates this room now.</summary>
public sealed record ModeratorsChanged(IReadOnlyList<Person> Moderators) : RoomEvent;

/// <summary>The broadcast started, was interrupted, came back or ended.</summary>
public sealed record StreamChanged(StreamInfo Stream) : RoomEvent;

/// <summary>Title, category or cover changed.</summary>
public sealed record RoomRetitled(string Title, string Category, string? CoverId) : RoomEvent;

/// <summary>How many watch and how many are connected. Newest wins.</summary>
public sealed record ViewersCounted(int Watching, int Connected) : RoomEvent;

/// <summary>Somebody gives a red packet.</summary>
public sealed record RedPacketOffered(RedPacketCard Packet) : RoomEvent;

/// <summary>Shares of a packet were taken. Newest wins.</summary>
/// <param name="Latest">The newest of them, oldest first, at most <see cref="RedPacketLimits.LatestMax"/>.</param>
public sealed record RedPacketMoved(string PacketId, int SharesLeft, long CoinsLeft, IReadOnlyList<RedPacketShare> Latest) : RoomEvent;

/// <summary>A packet is empty, or its time is over.</summary>
/// <param name="Grabs">How many shares were taken.</param>
/// <param name="Best">The largest of them, the first when there are several; null: nobody took one.</param>
/// <param name="Returned">Coins that went back to the sender.</param>
public sealed record RedPacketOver(string PacketId, int Grabs, RedPacketShare? Best, long Returned) : RoomEvent;

/// <summary>A battle was offered, counted, or is over. Newest wins.</summary>
public sealed record BattleChanged(BattleView Battle) : RoomEvent;

/// <summary>What this process cannot read: a room whose silo is of the next release sent it. It keeps its place, so that nothing seems to be missing.</summary>
public sealed record EventOfANewerRelease : RoomEvent;

/// <summary>The broadcast of a room.</summary>
/// <param name="Phase">Where it is.</param>
/// <param name="StreamId">Public name of this broadcast, part of the playlist's address; null when offline. Never the key.</param>
/// <param name="StartedAt">When it went live.</param>
public sealed record StreamInfo(StreamPhase Phase, string? StreamId, DateTimeOffset? StartedAt)
{
    /// <summary>No broadcast.</summary>
    public static StreamInfo Offline { get; } = new(StreamPhase.Offline, null, null);
}

/// <summary>Where a broadcast is.</summary>
public enum StreamPhase
{
    Offline = 0,

    /// <summary>The publisher is connected; there is nothing to play yet.</summary>
    Starting = 1,

    /// <summary>There is a playlist with segments.</summary>
    Live = 2,

    /// <summary>The publisher or the encoder is gone for a moment; it may return within the grace time.</summary>
    Interrupted = 3,
}

/// <summary>The events of one tick, numbered without a hole.</summary>
/// <param name="Epoch">The epoch of every event in it.</param>
/// <param name="Events">In order; never empty.</param>
public sealed record RoomBatch(string RoomId, long Epoch, IReadOnlyList<RoomEvent> Events)
{
    /// <summary>Position of the last event.</summary>
    [JsonIgnore]
    public RoomPosition Last => new(Epoch, Events[^1].Sequence);

    /// <summary>
    /// Milliseconds within which a gateway tells it to all its viewers, by turns, each together with what else has come by then; null: at
    /// once. Viewers are not told this.
    /// </summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? HoldMs { get; init; }

    /// <summary>Whether what comes after it is for other people than what came before. Such an event is the last of its batch.</summary>
    [JsonIgnore]
    public bool ChangesAudience => Events[^1] is AudienceChanged;
}
