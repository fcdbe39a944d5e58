using LiveCommerce.Actors;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace LiveCommerce.Gateway.RedPackets;

/// <summary>Red packets. Shares are taken through the hub, by those who are in the room.</summary>
internal static class RedPacketEndpoints
{
    public static void MapRedPackets(this IEndpointRouteBuilder api)
    {
        api.MapPost("/rooms/{roomId:id}/red-packets", Fund).WithName("fundRedPacket").RequireCaller().RequireKey();
        api.MapGet("/red-packets/{packetId:id}", Get).WithName("getRedPacket").RequireCaller();
    }

    private static async Task<Results<Ok<RedPacketView>, RefusalResult>> Fund(
        string roomId, RedPacketOrder order, HttpContext context, MoneyCalls money, IGrainFactory grains)
    {
        var packet = new FundRedPacket(roomId, order.Coins, order.Shares, order.Kind, order.Greeting, order.DelaySeconds);
        var grain = grains.GetGrain<IRedPacketGrain>(context.NewId());
        return (await money.RepeatAsync(() => grain.Fund(context.Caller(), packet))).ToHttp();
    }

    private static async Task<Results<Ok<RedPacketView>, RefusalResult>> Get(string packetId, HttpContext context, IGrainFactory grains)
    {
        var packet = await grains.GetGrain<IRedPacketGrain>(packetId).Get();
        return packet.Ok && await grains.RefuseReaderAsync(context, packet.Value.RoomId) is { } isPrivate ? isPrivate.ToHttp() : packet.ToHttp();
    }
}

/// <summary>A red packet to be given; its id is the request's key.</summary>
/// <param name="Coins">All of it.</param>
/// <param name="DelaySeconds">Until it opens.</param>
internal sealed record RedPacketOrder(long Coins, int Shares, RedPacketKind Kind, string? Greeting = null, int DelaySeconds = 0);
