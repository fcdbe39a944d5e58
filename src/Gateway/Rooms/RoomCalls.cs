using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>What a viewer can say, whatever carries it: <see cref="HubLine"/> or the framework's <see cref="RoomHub"/>. Who is asking comes from the connection.</summary>
internal sealed class RoomCalls(RoomCasts casts, Sessions sessions, MoneyCalls money, IGrainFactory grains)
{
    private static readonly Refusal JoinFirst = new(RefusalCode.RoomNotFound, "Join a room first.");

    public async Task<Result<RoomStanding>> JoinAsync(Viewer viewer, JoinRoom request)
    {
        if (!IdConstraint.IsId(request.RoomId)) { return new Refusal(RefusalCode.RoomNotFound, "There is no such room. Check the address."); }

        // A guest may watch; somebody who thinks to be signed in must learn that it is over.
        if (viewer.Session is not null)
        {
            var caller = await CallerAsync(viewer);
            if (!caller.Ok) { return caller.Refusal; }
            viewer.Moderates = caller.Value.Moderates;
        }

        return await casts.JoinAsync(viewer, request.RoomId, request.Since);
    }

    public static async Task<Result<Done>> LeaveAsync(Viewer viewer)
    {
        await RoomCasts.LeaveAsync(viewer);
        return Done.Value;
    }

    public async Task<Result<ChatReceipt>> SayAsync(Viewer viewer, SayText message)
    {
        var caller = await CallerAsync(viewer);
        if (!caller.Ok) { return caller.Refusal; }
        if (message.Key == Guid.Empty) { return new Refusal(RefusalCode.Malformed, "A message needs a key: a UUIDv7 that a retry repeats."); }
        return viewer.Room is { } room ? await grains.GetGrain<IRoomGrain>(room.RoomId).Say(caller.Value, message.Key, message.Text) : JoinFirst;
    }

    public async Task<Result<GiftReceipt>> SendGiftAsync(Viewer viewer, SendGift gift)
    {
        var caller = await CallerAsync(viewer);
        if (!caller.Ok) { return caller.Refusal; }
        if (viewer.Room is not { } room) { return JoinFirst; }

        // Nothing of the connection's end here: closing the tab must not stop a payment halfway.
        return await money.RepeatAsync(() => grains.GetGrain<IGiftDesk>(room.RoomId).Send(caller.Value, gift));
    }

    public async Task<Result<PacketGrab>> GrabPacketAsync(Viewer viewer, GrabRedPacket request)
    {
        var caller = await CallerAsync(viewer);
        if (!caller.Ok) { return caller.Refusal; }
        if (viewer.Room is not { } room) { return JoinFirst; }
        if (!IdConstraint.IsId(request.PacketId)) { return new Refusal(RefusalCode.PacketNotFound, "There is no such red packet in this room."); }
        return await money.RepeatAsync(() => grains.GetGrain<IRedPacketGrain>(request.PacketId).Grab(caller.Value, room.RoomId));
    }

    public async Task<Result<Done>> ModerateAsync(Viewer viewer, ModerationAct act)
    {
        var caller = await CallerAsync(viewer);
        if (!caller.Ok) { return caller.Refusal; }
        return viewer.Room is { } room ? await grains.GetGrain<IRoomGrain>(room.RoomId).Moderate(caller.Value, act) : JoinFirst;
    }

    private async ValueTask<Result<Caller>> CallerAsync(Viewer viewer) => viewer.Session is { } ticket
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
