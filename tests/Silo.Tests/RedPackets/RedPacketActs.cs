using LiveCommerce.Contracts;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Tests.Rooms;

namespace LiveCommerce.Silo.Tests.RedPackets;

/// <summary>What people do with red packets in a room.</summary>
internal static class RedPacketActs
{
    public static async Task<Result<RedPacketView>> FundAsync(
        this RoomScenario room, string name, long coins, int shares, RedPacketKind kind = RedPacketKind.Random, string? packetId = null, string? greeting = null,
        int delay = 0) => await room.Packet(packetId ?? room.NewKey().ToString("N")).Fund(
            RoomScenario.As(name), new FundRedPacket(room.RoomId, coins, shares, kind, greeting, delay));

    /// <summary>A packet that must be there.</summary>
    public static async Task<string> OpenPacketAsync(
        this RoomScenario room, string name, long coins, int shares, RedPacketKind kind = RedPacketKind.Random, int delay = 0)
    {
        var funded = await room.FundAsync(name, coins, shares, kind, delay: delay);
        Assert.True(funded.Ok, funded.Refusal?.Message);
        Assert.Equal((RedPacketPhase.Open, shares, coins), (funded.Value.Phase, funded.Value.Card.SharesLeft, funded.Value.Card.CoinsLeft));
        return funded.Value.Card.PacketId;
    }

    public static async Task<Result<PacketGrab>> GrabAsync(this RoomScenario room, string packetId, string name, string? roomId = null) =>
        await room.Packet(packetId).Grab(RoomScenario.As(name), roomId ?? room.RoomId);

    public static IRedPacketGrain Packet(this RoomScenario room, string packetId) => room.Grains.GetGrain<IRedPacketGrain>(packetId);

    public static async Task<RedPacketView> ViewAsync(this RoomScenario room, string packetId) => (await room.Packet(packetId).Get()).Value!;

    /// <summary>Lets time pass until the packet is over.</summary>
    public static Task UntilOverAsync(this RoomScenario room, string packetId) => RoomScenario.UntilAsync(async () =>
    {
        await room.PassAsync(1);
        return (await room.Packet(packetId).Get()).Value?.Phase == RedPacketPhase.Over;
    });

    /// <summary>Nothing in the stored ledger is wrong.</summary>
    public static async Task VerifyAsync(this RoomScenario room) => Assert.Empty(await new LedgerAudit(room.Database).VerifyAsync());
}
