using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>
/// One live room: decides who may speak, numbers what happens, and tells the gateways. Key: the room id.
/// </summary>
public interface IRoomGrain : IGrainWithStringKey
{
    /// <summary>Makes the room. The same owner and content again is answered alike; another is refused with KeyReused.</summary>
    ValueTask<Result<RoomView>> Create(Person owner, RoomDetails details);

    /// <summary>Changes title, category, cover. Owner only.</summary>
    ValueTask<Result<RoomView>> Update(Caller caller, RoomDetails details);

    /// <summary>The room as everyone sees it.</summary>
    [ReadOnly]
    ValueTask<Result<RoomView>> Get();

    /// <summary>
    /// Subscribes a gateway to the feed (again: it renews). Batches after the answer follow on <paramref name="observer"/>
    /// without a hole. A subscription ends when it is not renewed by <see cref="Report"/> for 10 s.
    /// </summary>
    /// <param name="since">The last position the gateway has, to be replayed from; null asks for a snapshot.</param>
    ValueTask<Result<RoomSubscription>> Subscribe(string gatewayId, IRoomObserver observer, RoomPosition? since);

    /// <summary>Says how many viewers this gateway has (at most once a second) and renews its subscription.</summary>
    /// <param name="watching">Viewers whose playback was verified lately.</param>
    /// <param name="connected">Open connections.</param>
    /// <returns>False when the gateway is not subscribed (any more): it must subscribe anew.</returns>
    [Priority(CallPriority.Low)]
    ValueTask<bool> Report(string gatewayId, int watching, int connected);

    /// <summary>The gateway has no viewer left.</summary>
    ValueTask Unsubscribe(string gatewayId);

    /// <summary>The room at its newest position, which is the end of a batch.</summary>
    [ReadOnly]
    ValueTask<Result<RoomSnapshot>> GetSnapshot();

    /// <summary>Whether an account may enter, speak and give here. Asked at join; null is a guest.</summary>
    /// <param name="moderates">It moderates the whole platform: private rooms are open to it.</param>
    [ReadOnly]
    ValueTask<Result<RoomStanding>> GetStanding(string? accountId, bool moderates = false);

    /// <summary>As <see cref="GetStanding"/> would answer if the room were private: for what was recorded while it was.</summary>
    [ReadOnly]
    ValueTask<Result<RoomStanding>> GetGuestStanding(string? accountId, bool moderates = false);

    /// <summary>Whether the room is private, or was at a moment of a broadcast or since a time.</summary>
    [ReadOnly]
    ValueTask<bool> WasPrivate(string streamId, DateTimeOffset since);

    /// <summary>Who is banned from this room now: what they said is not shown again.</summary>
    [ReadOnly]
    ValueTask<IReadOnlyList<string>> ListBanned();

    /// <summary>All that a gift of this account depends on here.</summary>
    [ReadOnly]
    [Priority(CallPriority.High)]
    ValueTask<Result<GivingPlace>> GetGivingPlace(string accountId, bool moderates = false);

    /// <summary>Says something. A repeated key gets its first answer.</summary>
    [LittleFollows]
    ValueTask<Result<ChatReceipt>> Say(Caller caller, Guid key, string text);

    /// <summary>Shows a product of the owner over the video. Owner only.</summary>
    ValueTask<Result<Done>> Pin(Caller caller, string productId);

    /// <summary>Takes the card away. Owner only.</summary>
    ValueTask<Result<Done>> Unpin(Caller caller);

    /// <summary>Names a moderator. Owner only.</summary>
    ValueTask<Result<Done>> AddModerator(Caller caller, Person moderator);

    /// <summary>Takes the office back. Owner only.</summary>
    ValueTask<Result<Done>> RemoveModerator(Caller caller, string accountId);

    /// <summary>Opens the room to everybody, or closes it to all but its guests, its moderators and the platform's; the same again is done already. Owner only.</summary>
    ValueTask<Result<RoomView>> SetAudience(Caller caller, RoomAudience audience);

    /// <summary>Who may come in and by which links. Owner only.</summary>
    ValueTask<Result<GuestBook>> ReadGuests(Caller caller);

    /// <summary>Makes a link; the same again is answered as it stands. Owner only.</summary>
    /// <param name="invitationId">A UUIDv7 as 32 hex digits: the request's key.</param>
    ValueTask<Result<Invitation>> MakeInvitation(Caller caller, string invitationId, InvitationDetails details);

    /// <summary>Takes a link back, and the admission of all who came in by it. Owner only. Idempotent.</summary>
    ValueTask<Result<Done>> RevokeInvitation(Caller caller, string invitationId);

    /// <summary>Takes one guest's admission back; a link that still stands lets the guest in again. Owner only. Idempotent.</summary>
    ValueTask<Result<Done>> RemoveGuest(Caller caller, string accountId);

    /// <summary>Comes in by a link. Who may enter already uses nothing up.</summary>
    ValueTask<Result<Done>> Admit(Caller caller, string invitationId);

    /// <summary>Deletes a message, mutes, bans … : the room's owner, its moderators and the platform's. Audited before it takes effect.</summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<Done>> Moderate(Caller caller, ModerationAct act);

    /// <summary>The acts in this room, newest first. Owner and moderators.</summary>
    /// <param name="take">1 to 200.</param>
    [ReadOnly]
    ValueTask<Result<AuditPage>> ReadAudit(Caller caller, int take);

    /// <summary>All that was said here, also what a hot room left out or was deleted; newest first, page by page. Owner and moderators.</summary>
    [AlwaysInterleave]
    ValueTask<Result<ChatLogPage>> ReadChat(Caller caller, ChatLogQuery query);

    /// <summary>
    /// A new stream key; the old one stops working at once, and a broadcast that was opened with it ends. Owner only. Shown once,
    /// stored hashed.
    /// </summary>
    ValueTask<Result<StreamKey>> RotateStreamKey(Caller caller);

    /// <summary>Lets the next program that comes with the key take over from whoever publishes: once, for some minutes. Owner only.</summary>
    /// <returns>What the owner sees then.</returns>
    ValueTask<Result<EncoderView>> LetEncoderTakeOver(Caller caller);

    /// <summary>What the owner sees of programs that publish with the key. Owner only.</summary>
    [ReadOnly]
    ValueTask<Result<EncoderView>> GetEncoder(Caller caller);

    /// <summary>The publisher's gateway tells how the broadcast goes; kept for the owner for some seconds, never stored.</summary>
    [OneWay]
    [Priority(CallPriority.Low)]
    ValueTask TellHealth(string streamId, StreamHealth health);

    /// <summary>Asks to publish: by the signed-in owner or by the key. One publisher at a time.</summary>
    ValueTask<Result<StreamLease>> OpenStream(PublishRequest request);

    /// <summary>The publisher's gateway tells how its stream is; also the lease's heartbeat (every second; lost after 5 s).</summary>
    /// <returns>False when the lease is no longer valid: the gateway must end the stream.</returns>
    [Priority(CallPriority.High)]
    ValueTask<bool> ReportStream(string streamId, StreamPhase phase);

    /// <summary>The broadcast is over.</summary>
    ValueTask CloseStream(string streamId);

    /// <summary>Tells the room of the gifts of one commit, by the ledger, in their order. Repeats are dropped by position.</summary>
    [OneWay]
    [Priority(CallPriority.High)]
    ValueTask GiftsSettled(IReadOnlyList<SettledGift> gifts);

    /// <summary>Tells the room of a paid order. Repeats are dropped by order id.</summary>
    [Priority(CallPriority.High)]
    ValueTask OrderSettled(SettledOrder order);

    /// <summary>
    /// Shows what is decided elsewhere: a red packet (<see cref="RedPacketOffered"/>, <see cref="RedPacketMoved"/>, <see cref="RedPacketOver"/>) or a
    /// battle (<see cref="BattleChanged"/>). What is no news is dropped; what is lost is found again when the room wakes.
    /// </summary>
    [Priority(CallPriority.High)]
    ValueTask Announce(RoomEvent happened);

    /// <summary>Sets a goal in place of the one before; the same again is answered as it stands. Owner only.</summary>
    ValueTask<Result<GiftGoal>> SetGoal(Caller caller, GoalDetails details);

    /// <summary>Takes the goal away. Owner only.</summary>
    ValueTask<Result<Done>> ClearGoal(Caller caller);

    /// <summary>Who gave most. Busy while the room, just woken, is still counting.</summary>
    [ReadOnly]
    ValueTask<Result<Leaderboard>> GetLeaderboard(LeaderboardPeriod period);

    /// <summary>Likes that a gateway has summed, at most once a second. Stored lazily: likes are no money.</summary>
    /// <param name="count">At least 1; what one connection adds is bounded by its gateway.</param>
    [OneWay]
    [Priority(CallPriority.Low)]
    ValueTask Like(int count);

    /// <summary>Tells the room that a product's card changed (price, stock); shown when it is pinned here.</summary>
    [OneWay]
    ValueTask CardChanged(ProductCard card);
}

/// <summary>A gateway, as rooms see it.</summary>
public interface IRoomObserver : IGrainObserver
{
    /// <summary>The next batch of a room. Must not block.</summary>
    [OneWay]
    ValueTask OnBatch(RoomBatch batch);
}

/// <summary>What the owner says about a room.</summary>
/// <param name="CoverId">A picture that was uploaded before, or none.</param>
public sealed record RoomDetails(string Title, string Category, string? CoverId);

/// <summary>What an account is and may in a room. A banned account gets the refusal Banned instead.</summary>
/// <param name="MutedUntil">Null: not muted. <see cref="DateTimeOffset.MaxValue"/>: until unmuted.</param>
public sealed record RoomStanding(RoomBadge Badge, DateTimeOffset? MutedUntil);

/// <summary>A room, for somebody who wants to give there.</summary>
/// <param name="Phase">Of its stream.</param>
/// <param name="Standing">Of the one who wants to give.</param>
public sealed record GivingPlace(Person Owner, StreamPhase Phase, RoomStanding Standing);

/// <summary>Where a message went.</summary>
/// <param name="Position">Of the message; when it is not shown, of the newest event.</param>
/// <param name="Shown">False: the room is so busy that others do not see it (<see cref="ChatSampled"/>). The sender's player shows it nevertheless.</param>
public sealed record ChatReceipt(string MessageId, RoomPosition Position, bool Shown = true);
