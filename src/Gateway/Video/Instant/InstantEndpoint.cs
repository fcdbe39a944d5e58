using System.Net.WebSockets;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary><c>GET /live/{streamId}/instant?rung=source</c>: the WebSocket of a viewer who wants every fragment as it comes.</summary>
internal sealed class InstantEndpoint(
    Broadcasts broadcasts, InstantFeeds feeds, IOptions<VideoOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<InstantEndpoint> logger)
{
    /// <summary>Last part of its address.</summary>
    public const string Name = "instant";

    /// <summary>Sockets that hear a refusal at once; more get it as an HTTP answer, which browsers do not show.</summary>
    private const int RefusalsAtOnceMax = 100;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);

    private int _refusing;

    /// <summary>What answers requests: the WebSocket is made anew behind our own upgrade, which gives its socket to the writers.</summary>
    public static RequestDelegate Pipeline(IEndpointRouteBuilder endpoints)
    {
        var pipeline = endpoints.CreateApplicationBuilder();
        pipeline.Use((context, next) =>
        {
            LaneUpgrade.Offer(context);
            return next(context);
        });
        pipeline.UseWebSockets();
        pipeline.Run(context => context.RequestServices.GetRequiredService<InstantEndpoint>().HandleAsync(context));
        return pipeline.Build();
    }

    private async Task HandleAsync(HttpContext context)
    {
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.Malformed, "Instant viewing goes through a WebSocket. Open one at this address."));
            return;
        }

        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.Unavailable, "This server is restarting. Connect again in a moment."));
            return;
        }

        var streamId = context.Request.RouteValues["streamId"] as string ?? "";
        if (!PublicId.IsOne(streamId) || broadcasts.Find(streamId) is not { } broadcast)
        {
            await RefuseAsync(context, InstantClose.NotFound, new Refusal(RefusalCode.StreamNotLive, "This broadcast is over, or is carried by another server."));
            return;
        }

        using var place = feeds.Enter(streamId, AddressDoors.KeyOf(context.Connection.RemoteIpAddress), out var refusal);
        if (place is null)
        {
            await RefuseAsync(context, InstantClose.Full, refusal!);
            return;
        }

        // A rung that was dropped, or has not come yet, is no reason to show nothing.
        var rung = context.Request.Query["rung"].ToString() is { Length: > 0 } name ? broadcast.Rungs.FirstOrDefault(one => one.Name == name) : null;
        InstantKernel.KeepLittle(context);
        using var socket = await AcceptAsync(context);
        await WatchAsync(socket, broadcast, rung ?? broadcast.Source);
    }

    private async Task WatchAsync(InstantSocket socket, Broadcast broadcast, Rung rung)
    {
        // The viewer speaks first: only then has it read the answer to its upgrade, which our own writes must not overtake.
        if (!await HearsAsync(socket))
        {
            await socket.CloseAsync(InstantClose.Malformed, null);
            return;
        }

        var feed = feeds.Join(rung);
        var viewer = new InstantViewer(feed, socket, new InstantPatience(TimeSpan.FromSeconds(options.Value.InstantStuckSeconds), options.Value.InstantSkipsMax), time, logger);
        InstantEnd end;
        try
        {
            await socket.SendAsync(InstantWire.Hello(rung.Name, broadcast.Rungs, feed.Run, time.GetUtcNow()), HelloPatience);
            feed.Add(viewer);
            end = await Task.WhenAny(viewer.Ended, LeftAsync(socket)).Unwrap();
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            end = InstantEnd.Gone;
        }
        finally
        {
            viewer.Stop();
            feed.Remove(viewer);
            feeds.Leave(feed);
        }

        switch (end)
        {
            case InstantEnd.Over when broadcast.EndedBecause is null or BroadcastEnd.ShuttingDown:
            case InstantEnd.Stuck:
                await socket.CloseAsync(InstantClose.ComeBack, null);
                break;
            case InstantEnd.Over:
                await socket.CloseAsync(InstantClose.Over, null);
                break;
            case InstantEnd.TooSlow:
                await socket.CloseAsync(InstantClose.TooSlow, null);
                break;
            case InstantEnd.Gone:
                break;
        }
    }

    private static async Task<InstantEnd> LeftAsync(InstantSocket socket)
    {
        await socket.LeftAsync();
        return InstantEnd.Gone;
    }

    private static async Task<bool> HearsAsync(InstantSocket socket)
    {
        try { return InstantWire.AsksToWatch((await socket.ReceiveAsync(HelloPatience)).Span); }
        catch (TimeoutException) { return false; }
    }

    /// <summary>A browser tells its page nothing of an upgrade that was refused, so it is told in the socket.</summary>
    private async Task RefuseAsync(HttpContext context, int code, Refusal refusal)
    {
        try
        {
            if (Interlocked.Increment(ref _refusing) > RefusalsAtOnceMax)
            {
                await RefusalHttp.WriteAsync(context, refusal);
                return;
            }

            using var socket = await AcceptAsync(context);
            if (await HearsAsync(socket)) { await socket.CloseAsync(code, InstantWire.Refused(refusal)); }
        }
        finally
        {
            Interlocked.Decrement(ref _refusing);
        }
    }

    private async Task<InstantSocket> AcceptAsync(HttpContext context)
    {
        var socket = await context.WebSockets.AcceptWebSocketAsync(new WebSocketAcceptContext { KeepAliveInterval = KeepAlive, KeepAliveTimeout = KeepAlive });
        return new InstantSocket(socket, LaneUpgrade.Of(context), time);
    }
}
