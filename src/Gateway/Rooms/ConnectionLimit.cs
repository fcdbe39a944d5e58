using System.Collections.Concurrent;
using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Bounds the hub's sockets: those of one address, all of them, and how many come in a second.</summary>
internal sealed class ConnectionLimit(
    IOptions<GatewayOptions> options, IOptions<FanOutOptions> fanOut, HubLines lines, TimeProvider time, IHostApplicationLifetime lifetime)
{
    private readonly Admission _door = new(fanOut.Value.JoinsPerSecond, TimeSpan.FromMilliseconds(fanOut.Value.JoinWaitMs), time);
    private readonly AddressDoors _addresses = new(fanOut.Value.JoinsPerAddressPerSecond, time);
    private readonly ConcurrentDictionary<IPAddress, int> _perAddress = new();
    private int _all;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (!context.WebSockets.IsWebSocketRequest || !context.Request.Path.StartsWithSegments(RoomHub.Path))
        {
            await next(context);
            return;
        }

        // The hub has told its connections to go, and would never tell one that comes now: the server would wait for it in vain.
        if (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.Unavailable, "This server is restarting. Connect again in a moment."));
            return;
        }

        var address = AddressDoors.KeyOf(context.Connection.RemoteIpAddress);
        var ofAddress = _perAddress.AddOrUpdate(address, 1, (_, count) => count + 1);
        var all = Interlocked.Increment(ref _all);
        try
        {
            if (ofAddress > options.Value.ConnectionsPerAddressMax || all > options.Value.ConnectionsMax)
            {
                await RefusalHttp.WriteAsync(context, new Refusal(RefusalCode.TooManyRequests, "Too many connections. Close other tabs, or try again in a minute.")
                {
                    RetryAfterMs = 60_000,
                });
                return;
            }

            if (_addresses.TryTake(address) is { } rest)
            {
                await RefusalHttp.WriteAsync(context, RateLimits.TooMany(rest + TimeSpan.FromMilliseconds(Random.Shared.Next(Admission.SpreadMs))));
                return;
            }

            // Before the handshake: what a connection costs is the connection, and the line in front of it costs nearly nothing.
            if (await _door.EnterAsync(context.RequestAborted) is { } notYet)
            {
                await RefusalHttp.WriteAsync(context, notYet);
                return;
            }

            if (HubLines.Takes(context))
            {
                await lines.ServeAsync(context);
                return;
            }

            LaneUpgrade.Offer(context);
            await next(context);
        }
        finally
        {
            Interlocked.Decrement(ref _all);
            if (_perAddress.AddOrUpdate(address, 0, (_, count) => count - 1) == 0) { _perAddress.TryRemove(new(address, 0)); }
        }
    }
}
