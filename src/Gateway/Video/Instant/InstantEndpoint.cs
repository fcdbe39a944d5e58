using System.Net.WebSockets;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Passes;
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
    Broadcasts broadcasts, InstantFeeds feeds, EdgeInstant edges, VideoDoor door, IOptions<VideoOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<InstantEndpoint> logger)
{
    /// <summary>Last part of its address.</summary>
    public const string Name = "instant";

    /// <summary>Sockets that hear a refusal at once; more get it as an HTTP answer, which browsers do not show.</summary>
    private const int RefusalsAtOnceMax = 100;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan HelloPatience = TimeSpan.FromSeconds(10);

    private int _refusing;

    /// <summary>What answers requests: the WebSocket is made anew behind our own upgrade, which gives its socket to the writers.</summary>
    /// <param name="byGateway">Another gateway asks, for its own viewers: who does not know the secret is refused.</param>
    public static RequestDelegate Pipeline(IEndpointRouteBuilder endpoints, bool byGateway = false)
    {
        var pipeline = endpoints.CreateApplicationBuilder();
        pipeline.Use((context, next) =>
        {
            LaneUpgrade.Offer(context);
            return next(context);
        });
        pipeline.UseWebSockets();
        pipeline.Run(context => context.RequestServices.GetRequiredService<InstantEndpoint>().HandleAsync(context, byGateway));
        return pipeline.Build();
    }

    private async Task HandleAsync(HttpContext context, bool byGateway)
    {
        if (byGateway && !EdgeEndpoints.IsColleague(context))
        {
            context.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return;
        }

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
        var broadcast = PublicId.IsOne(streamId) ? broadcasts.Find(streamId) : null;
        var roomId = broadcast?.RoomId;
        if (broadcast is null)
        {
            (var isElsewhere, roomId) = byGateway || !PublicId.IsOne(streamId) ? (false, null) : await edges.FindAsync(streamId, context.RequestAborted);
            if (isElsewhere is not true)
            {
                await (isElsewhere is null ? RefuseAsync(context, InstantClose.ComeBack, OutOfReach()) : RefuseAsync(context, InstantClose.NotFound, NotLive()));
                return;
            }
        }

        // A gateway asks for those whom it has let in itself.
        if (byGateway) { roomId = null; }
        if (roomId is not null && await door.RefuseAsync(context, roomId) is { } notHere)
        {
            await RefuseAsync(context, notHere.Code == RefusalCode.Unavailable ? InstantClose.ComeBack : InstantClose.NotAdmitted, notHere);
            return;
        }

        // A gateway's viewers have their places there.
        Refusal? full = null;
        using var place = byGateway ? null : feeds.Enter(streamId, AddressDoors.KeyOf(context.Connection.RemoteIpAddress), out full);
        if (full is not null)
        {
            await RefuseAsync(context, InstantClose.Full, full);
            return;
        }

        var name = context.Request.Query["rung"].ToString();
        InstantKernel.KeepLittle(context);
        using var socket = await AcceptAsync(context);

        // The viewer speaks first: only then has it read the answer to its upgrade, which our own writes must not overtake.
        if (!await HearsAsync(socket))
        {
            await socket.CloseAsync(InstantClose.Malformed, null);
            return;
        }

        if (broadcast is null)
        {
            var key = EdgeInstant.KeyOf(streamId, name);
            await WatchAsync(context, socket, key, feeds.Join(key, limits => edges.Open(key, limits)), byGateway, roomId);
            return;
        }

        // A rung that was dropped, or has not come yet, is no reason to show nothing.
        var rung = broadcast.Rungs.FirstOrDefault(one => one.Name == name) ?? broadcast.Source;
        await WatchAsync(context, socket, rung, feeds.Join(broadcast, rung), byGateway, roomId);
    }

    private static Refusal NotLive() => new(RefusalCode.StreamNotLive, "This broadcast is over, or is carried by another server.");

    private static Refusal NoLonger { get; } = new(RefusalCode.RoomPrivate, "This room is private, and your pass into it is over.");

    private static Refusal OutOfReach() => new(RefusalCode.Unavailable, "The server that carries this broadcast does not answer. Try again in a moment.");

    private async Task WatchAsync(HttpContext context, InstantSocket socket, object key, InstantFeed feed, bool byGateway, string? roomId)
    {
        using var watching = new CancellationTokenSource();
        // Many watch through a gateway's one socket: it skips as they must, and is never sent away for that. It hears of new rungs too.
        IReadOnlyList<InstantRung> told = [];
        var patience = new InstantPatience(TimeSpan.FromSeconds(options.Value.InstantStuckSeconds), byGateway ? int.MaxValue : options.Value.InstantSkipsMax);
        var viewer = new InstantViewer(feed, socket, patience, time, logger, byGateway ? News : null);
        InstantEnd end;
        try
        {
            var pass = new LatestPass();
            context.Features.Set(pass);
            var left = LeftAsync(socket, pass);
            var closed = roomId is null ? left : ClosedAsync(context, roomId, watching.Token);
            if (await Task.WhenAny(feed.Ready, left) == left)
            {
                end = await left;
            }
            else if (await feed.Ready is { } refusal)
            {
                await socket.CloseAsync(feed.CloseCode, InstantWire.Refused(refusal));
                return;
            }
            else
            {
                await socket.SendAsync(Hello(), HelloPatience);
                feed.Add(viewer);
                end = await Task.WhenAny(viewer.Ended, left, closed).Unwrap();
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            end = InstantEnd.Gone;
        }
        finally
        {
            await watching.CancelAsync();
            viewer.Stop();
            feed.Remove(viewer);
            feeds.Leave(key, feed);
        }

        switch (end)
        {
            case InstantEnd.Over:
                await socket.CloseAsync(feed.CloseCode, null);
                break;
            case InstantEnd.Stuck:
                await socket.CloseAsync(InstantClose.ComeBack, null);
                break;
            case InstantEnd.TooSlow:
                await socket.CloseAsync(InstantClose.TooSlow, null);
                break;
            case InstantEnd.NotAdmitted:
                await socket.CloseAsync(InstantClose.NotAdmitted, InstantWire.Refused(NoLonger));
                break;
            case InstantEnd.Gone:
                await socket.AnswerGoodbyeAsync();
                break;
        }

        byte[] Hello()
        {
            told = feed.Rungs;
            return InstantWire.Hello(feed.Name, told, feed.Run, time.GetUtcNow());
        }

        byte[]? News() => feed.Rungs.SequenceEqual(told) ? null : Hello();
    }

    private static async Task<InstantEnd> LeftAsync(InstantSocket socket, LatestPass latest)
    {
        await socket.LeftAsync(text =>
        {
            if (InstantWire.PassOf(text.Span) is { } pass) { latest.Text = new PassText(pass); }
        });
        return InstantEnd.Gone;
    }

    /// <summary>Ends when its viewer may not watch the room any more. A room that cannot be asked closes nobody's picture.</summary>
    private async Task<InstantEnd> ClosedAsync(HttpContext context, string roomId, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(VideoDoor.RoomFresh, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (await door.RefuseAsync(context, roomId) is { Code: not RefusalCode.Unavailable }) { return InstantEnd.NotAdmitted; }
            }
        }
        catch (OperationCanceledException)
        {
            // It has left.
        }

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
