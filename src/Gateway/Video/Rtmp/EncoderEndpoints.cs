using LiveCommerce.Actors;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>How a program such as OBS connects to this server.</summary>
/// <param name="Port">0 when RTMP is off.</param>
/// <param name="Address">What to type as the server; null: <c>rtmp://</c>, the host of this page, the port and <c>/live</c>.</param>
/// <param name="Problem">What is wrong, when it failed.</param>
/// <param name="InstallCommand">What the operator has to type, when something is not installed.</param>
public sealed record EncoderServer(RtmpState State, int Port, string? Address, string? Problem, string? InstallCommand);

/// <summary>What the owner of a room sees of encoders.</summary>
public sealed record EncoderDesk(EncoderServer Server, EncoderView Room);

/// <summary>The owner's side of encoders: where they connect, how it goes, and leave to take over.</summary>
internal static class EncoderEndpoints
{
    public static void MapEncoders(this IEndpointRouteBuilder api)
    {
        api.MapGet("/rooms/{roomId:id}/encoder", Get).WithName("getEncoder").RequireCaller();
        api.MapPost("/rooms/{roomId:id}/encoder/takeover", LetTakeOver).WithName("letEncoderTakeOver").RequireCaller();
    }

    private static async Task<Results<Ok<EncoderDesk>, RefusalResult>> Get(
        string roomId, HttpContext context, IGrainFactory grains, RtmpServer server, IOptions<VideoOptions> options)
    {
        var room = await grains.GetGrain<IRoomGrain>(roomId).GetEncoder(context.Caller());
        return room.Ok ? TypedResults.Ok(new EncoderDesk(Server(server, options.Value.Rtmp), room.Value)) : room.Refusal.ToHttp();
    }

    private static async Task<Results<Ok<EncoderDesk>, RefusalResult>> LetTakeOver(
        string roomId, HttpContext context, IGrainFactory grains, RtmpServer server, IOptions<VideoOptions> options)
    {
        var room = await grains.GetGrain<IRoomGrain>(roomId).LetEncoderTakeOver(context.Caller());
        return room.Ok ? TypedResults.Ok(new EncoderDesk(Server(server, options.Value.Rtmp), room.Value)) : room.Refusal.ToHttp();
    }

    private static EncoderServer Server(RtmpServer server, RtmpOptions options) => new(
        server.State,
        server.Port,
        options.PublicAddress.Length > 0 ? options.PublicAddress : null,
        server.State == RtmpState.Failed ? server.Problem : null,
        server.State == RtmpState.NotInstalled ? NginxProgram.InstallCommand : null);
}
