using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>One call of the hub.</summary>
/// <param name="Name">As clients say it; large and small letters are the same.</param>
/// <param name="Takes">Types of its arguments.</param>
/// <param name="Run">What it does; answers null when there is nothing to say.</param>
internal sealed record HubMethod(string Name, Type[] Takes, Func<RoomCalls, Viewer, object?[], ValueTask<object?>> Run);

/// <summary>All calls of the hub by their names: the same as <see cref="RoomHub"/> has.</summary>
internal static class HubMethods
{
    private static readonly Dictionary<string, HubMethod> ByName = new HubMethod[]
    {
        Call<JoinRoom, RoomStanding>(nameof(RoomHub.Join), static (calls, viewer, request) => calls.JoinAsync(viewer, request)),
        new(nameof(RoomHub.Leave), [], static async (_, viewer, _) => await RoomCalls.LeaveAsync(viewer)),
        Call<SayText, ChatReceipt>(nameof(RoomHub.Say), static (calls, viewer, message) => calls.SayAsync(viewer, message)),
        Call<SendGift, GiftReceipt>(nameof(RoomHub.SendGift), static (calls, viewer, gift) => calls.SendGiftAsync(viewer, gift)),
        Call<GrabRedPacket, PacketGrab>(nameof(RoomHub.GrabPacket), static (calls, viewer, request) => calls.GrabPacketAsync(viewer, request)),
        Call<ModerationAct, Done>(nameof(RoomHub.Moderate), static (calls, viewer, act) => calls.ModerateAsync(viewer, act)),
        Send<WatchReport>(nameof(RoomHub.Watching), static (viewer, report) => viewer.Report(report)),
        Send<LikeRoom>(nameof(RoomHub.Like), static (viewer, likes) => viewer.Like(likes.Count)),
        new(nameof(RoomHub.Malformed), [typeof(string)], static (_, _, arguments) =>
            ValueTask.FromResult<object?>((Result<Done>)new Refusal(RefusalCode.Malformed, (string)arguments[0]!))),
    }.ToDictionary(method => method.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>All of them.</summary>
    public static IReadOnlyCollection<HubMethod> All => ByName.Values;

    /// <summary>The call of a name; null when there is none.</summary>
    public static HubMethod? Find(string name) => ByName.GetValueOrDefault(name);

    private static HubMethod Call<TRequest, TAnswer>(string name, Func<RoomCalls, Viewer, TRequest, Task<Result<TAnswer>>> run)
        where TAnswer : class
        => new(name, [typeof(TRequest)], async (calls, viewer, arguments) => await run(calls, viewer, (TRequest)arguments[0]!));

    private static HubMethod Send<TReport>(string name, Action<Viewer, TReport> run) => new(name, [typeof(TReport)], (_, viewer, arguments) =>
    {
        run(viewer, (TReport)arguments[0]!);
        return default;
    });
}
