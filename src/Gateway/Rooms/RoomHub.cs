using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.SignalR;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// What a viewer says. Each method is one call; who is asking comes from the connection. Limits and failures: <see cref="RoomHubFilter"/>.
/// </summary>
internal sealed class RoomHub(RoomCasts casts, Sessions sessions, MoneyCalls money, IGrainFactory grains) : Hub
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/hub/room";

    private static readonly Refusal JoinFirst = new(RefusalCode.RoomNotFound, "Join a room first.");

    private Viewer Viewer => ViewerConnections.Of(Context);

    public async Task<Result<RoomStanding>> Join(JoinRoom request)
    {
        if (!IdConstraint.IsId(request.RoomId)) { return new Refusal(RefusalCode.RoomNotFound, "There is no such room. Check the address."); }

        // A guest may watch; somebody who thinks to be signed in must learn that it is over.
        if (Viewer.Session is not null && (await CallerAsync()).Refusal is { } over) { return over; }
        return await casts.JoinAsync(Viewer, request.RoomId, request.Since);
    }

    public async Task<Result<Done>> Leave()
    {
        await RoomCasts.LeaveAsync(Viewer);
        return Done.Value;
    }

    public async Task<Result<ChatReceipt>> Say(SayText message)
    {
        var caller = await CallerAsync();
        if (!caller.Ok) { return caller.Refusal; }
        if (message.Key == Guid.Empty) { return new Refusal(RefusalCode.Malformed, "A message needs a key: a UUIDv7 that a retry repeats."); }
        return Viewer.Room is { } room ? await grains.GetGrain<IRoomGrain>(room.RoomId).Say(caller.Value, message.Key, message.Text) : JoinFirst;
    }

    public async Task<Result<GiftReceipt>> SendGift(SendGift gift)
    {
        var caller = await CallerAsync();
        if (!caller.Ok) { return caller.Refusal; }
        if (Viewer.Room is not { } room) { return JoinFirst; }

        // No ConnectionAborted here: closing the tab must not stop a payment halfway.
        return await money.RepeatAsync(() => grains.GetGrain<IGiftDesk>(room.RoomId).Send(caller.Value, gift));
    }

    public async Task<Result<PacketGrab>> GrabPacket(GrabRedPacket request)
    {
        var caller = await CallerAsync();
        if (!caller.Ok) { return caller.Refusal; }
        if (Viewer.Room is not { } room) { return JoinFirst; }
        if (!IdConstraint.IsId(request.PacketId)) { return new Refusal(RefusalCode.PacketNotFound, "There is no such red packet in this room."); }
        return await money.RepeatAsync(() => grains.GetGrain<IRedPacketGrain>(request.PacketId).Grab(caller.Value, room.RoomId));
    }

    public async Task<Result<Done>> Moderate(ModerationAct act)
    {
        var caller = await CallerAsync();
        if (!caller.Ok) { return caller.Refusal; }
        return Viewer.Room is { } room ? await grains.GetGrain<IRoomGrain>(room.RoomId).Moderate(caller.Value, act) : JoinFirst;
    }

    public void Watching(WatchReport report) => Viewer.Watch.Report(report.StreamId, report.PositionMs, Viewer.Room?.LiveStreamId);

    /// <summary>Sent, not called: there is no answer, and what is too much is not counted.</summary>
    public void Like(LikeRoom likes) => Viewer.Like(likes.Count);

    /// <summary>Where <see cref="RefusingHubProtocol"/> sends a call that could not be read.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods only.")]
    public Result<Done> Malformed(string reason) => new Refusal(RefusalCode.Malformed, reason);

    private async ValueTask<Result<Caller>> CallerAsync() => Viewer.Session is { } ticket
        ? (await sessions.CheckAsync(ticket, CancellationToken.None)).Require()
        : RequestSession.Guest.Require();
}

/// <summary>Asks to be let into a room.</summary>
/// <param name="Since">The last position the player has shown, after a reconnect.</param>
internal sealed record JoinRoom(string RoomId, RoomPosition? Since = null);

/// <summary>A chat message.</summary>
/// <param name="Key">UUIDv7, repeated by a retry.</param>
internal sealed record SayText(Guid Key, string Text);

/// <summary>Likes since the last call.</summary>
/// <param name="Count">1 to <see cref="RoomLimits.LikesPerCallMax"/>.</param>
internal sealed record LikeRoom(int Count);

/// <summary>Takes a share of a red packet in the joined room.</summary>
internal sealed record GrabRedPacket(string PacketId);

/// <summary>A player's sign of life.</summary>
/// <param name="PositionMs">Of the media being shown.</param>
internal sealed record WatchReport(string? StreamId, long PositionMs);
