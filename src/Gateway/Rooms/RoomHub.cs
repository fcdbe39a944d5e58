using System.Diagnostics.CodeAnalysis;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using Microsoft.AspNetCore.SignalR;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// <see cref="RoomCalls"/> as the framework's hub, for connections that are no <see cref="HubLine"/>. Limits and failures: <see cref="RoomHubFilter"/>.
/// </summary>
internal sealed class RoomHub(RoomCalls calls) : Hub
{
    /// <summary>Where it is served.</summary>
    public const string Path = "/hub/room";

    private Viewer Viewer => ViewerConnections.Of(Context);

    public Task<Result<RoomStanding>> Join(JoinRoom request) => calls.JoinAsync(Viewer, request);

    public Task<Result<Done>> Leave() => RoomCalls.LeaveAsync(Viewer);

    public Task<Result<ChatReceipt>> Say(SayText message) => calls.SayAsync(Viewer, message);

    public Task<Result<GiftReceipt>> SendGift(SendGift gift) => calls.SendGiftAsync(Viewer, gift);

    public Task<Result<PacketGrab>> GrabPacket(GrabRedPacket request) => calls.GrabPacketAsync(Viewer, request);

    public Task<Result<Done>> Moderate(ModerationAct act) => calls.ModerateAsync(Viewer, act);

    public void Watching(WatchReport report) => Viewer.Report(report);

    /// <summary>Sent, not called: there is no answer, and what is too much is not counted.</summary>
    public void Like(LikeRoom likes) => Viewer.Like(likes.Count);

    /// <summary>Where <see cref="RefusingHubProtocol"/> sends a call that could not be read.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "SignalR calls instance methods only.")]
    public Result<Done> Malformed(string reason) => new Refusal(RefusalCode.Malformed, reason);
}
