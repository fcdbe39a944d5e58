using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Playback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Video.Publishing;

/// <summary><c>GET /api/rooms/{id}/publish</c>: the WebSocket of a publisher.</summary>
internal static class PublishEndpoint
{
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    public static async Task HandleAsync(HttpContext context)
    {
        var roomId = context.Request.RouteValues["id"] as string ?? "";
        if (!PublicId.IsOne(roomId))
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.RoomNotFound, "There is no such room."));
            return;
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.Malformed, "Publishing goes through a WebSocket. Open one at this address."));
            return;
        }

        var services = context.RequestServices.GetRequiredService<PublishServices>();
        var caller = context.RequestServices.GetRequiredService<ICallerAccessor>().Of(context);

        // Without pings a connection that broke silently would hold its room's one place for as long as TCP likes. Their answers come behind
        // the video that the publisher still has to send: they have as long as that.
        using var webSocket = await context.WebSockets.AcceptWebSocketAsync(
            new WebSocketAcceptContext { KeepAliveInterval = KeepAlive, KeepAliveTimeout = TimeSpan.FromSeconds(services.Options.PublisherIdleSeconds) });
        using var socket = new PublishSocket(webSocket, services.Options.SliceBytesMax + SliceHeader.Length, services.Time);
        await new PublishSession(services, socket, roomId, caller).RunAsync(context.RequestAborted);
    }
}
