using System.Collections.Concurrent;
using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.Connections.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Every hub connection of this gateway, and the call buckets that the connections of an account, and of an address, share.</summary>
internal sealed partial class ViewerConnections(
    IOptions<FanOutOptions> fanOut, IOptions<RateLimitOptions> limits, TimeProvider time, ILogger<ViewerConnections> log)
{
    private static readonly object Item = new();

    private readonly ConcurrentDictionary<string, Viewer> _viewers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SharedBucket> _accounts = new(StringComparer.Ordinal);
    private readonly Dictionary<IPAddress, SharedBucket> _addresses = [];
    private readonly Lock _gate = new();

    /// <summary>Connections whose frames go straight to their sockets.</summary>
    public int Lanes => _viewers.Values.Count(viewer => viewer.HasLane);

    /// <summary>Connections.</summary>
    public int Count => _viewers.Count;

    /// <summary>A connection of the framework came.</summary>
    public void Add(HubConnectionContext connection)
    {
        var context = connection.GetHttpContext();
        var sink = Sink(connection, context);
        connection.Items[Item] = Add(connection.ConnectionId, context?.Session().Ticket, sink, context?.Connection.RemoteIpAddress, sink.HasLane);
    }

    /// <summary>A connection came.</summary>
    public Viewer Add(string connectionId, SessionTicket? session, IFrameSink sink, IPAddress? from, bool hasLane)
    {
        var bucket = new TokenBucket(limits.Value.HubCallsPerSecond, limits.Value.HubCallsBurst, time);
        var viewer = new Viewer(connectionId, session, sink, fanOut.Value, bucket, time) { HasLane = hasLane };
        _viewers[connectionId] = viewer;
        var address = from ?? IPAddress.None;
        lock (_gate)
        {
            viewer.AddressBucket = Enter(_addresses, address, limits.Value.HubCallsPerAddressPerSecond, limits.Value.HubCallsPerAddressBurst);
            viewer.Address = address;
            if (viewer.AccountId is { } accountId)
            {
                viewer.AccountBucket = Enter(_accounts, accountId, limits.Value.HubCallsPerAccountPerSecond, limits.Value.HubCallsPerAccountBurst);
            }
        }

        return viewer;
    }

    /// <summary>A connection has gone.</summary>
    public async Task RemoveAsync(string connectionId)
    {
        if (!_viewers.TryRemove(connectionId, out var viewer)) { return; }
        lock (_gate)
        {
            if (viewer.Address is { } address) { Leave(_addresses, address); }
            if (viewer.AccountId is { } accountId) { Leave(_accounts, accountId); }
        }

        await RoomCasts.LeaveAsync(viewer, forGood: true);
    }

    /// <summary>The viewer of a call.</summary>
    public static Viewer Of(HubCallerContext context) => (Viewer)context.Items[Item]!;

    /// <summary>Takes one call out of the connection's bucket, its account's and its address's.</summary>
    /// <returns>Null, or how long to wait.</returns>
    public static TimeSpan? TryTake(Viewer viewer) => viewer.Bucket.TryTake() ?? viewer.AccountBucket?.TryTake() ?? viewer.AddressBucket?.TryTake();

    /// <summary>Closes every connection of an account.</summary>
    public void CloseAccount(string accountId, Refusal why)
    {
        foreach (var (_, viewer) in _viewers)
        {
            if (viewer.AccountId == accountId) { viewer.Close(why); }
        }
    }

    /// <summary>This server goes away: every client that it serves itself is told to come back.</summary>
    public void ComeBack()
    {
        foreach (var (_, viewer) in _viewers) { viewer.ComeBack(); }
    }

    /// <summary>Cuts off the connections that are stuck, in a room or not.</summary>
    /// <returns>How many.</returns>
    public int Sweep() => _viewers.Count(entry => Sweep(entry.Value));

    // One connection that can't be looked after is no reason to look after none.
    private bool Sweep(Viewer viewer)
    {
        try
        {
            return viewer.Sweep(fanOut.Value);
        }
        catch (Exception exception)
        {
            Log.SweepFailed(log, exception, viewer.ConnectionId);
            return false;
        }
    }

    private TokenBucket Enter<TKey>(Dictionary<TKey, SharedBucket> buckets, TKey key, int perSecond, int burst)
        where TKey : notnull
    {
        if (!buckets.TryGetValue(key, out var shared)) { buckets[key] = shared = new SharedBucket(new TokenBucket(perSecond, burst, time)); }
        shared.Connections++;
        return shared.Bucket;
    }

    private static void Leave<TKey>(Dictionary<TKey, SharedBucket> buckets, TKey key)
        where TKey : notnull
    {
        if (--buckets[key].Connections == 0) { buckets.Remove(key); }
    }

    private sealed class SharedBucket(TokenBucket bucket)
    {
        public TokenBucket Bucket { get; } = bucket;

        public int Connections { get; set; }
    }

    // A client that may take up its connection again counts what it is sent, and the framework with it: nothing may pass it by.
#pragma warning disable CA2252 // The feature's interface is marked as a preview; that there is one is all we ask.
    private static HubSink Sink(HubConnectionContext connection, HttpContext? context) =>
        new(connection, connection.Features.Get<IStatefulReconnectFeature>() is null ? LaneUpgrade.Of(context) : null);
#pragma warning restore CA2252

    private sealed class HubSink(HubConnectionContext connection, SocketLane? lane) : IFrameSink
    {
        public bool HasLane => lane is not null;

        public ValueTask WriteAsync(WireMessage frame) => lane is null ? connection.WriteAsync(frame) : lane.WriteAsync(frame.Framed(connection.Protocol));

        public void Close() => connection.Abort();

        // The framework does both by itself.
        public void ComeBack()
        {
        }

        public bool Tend(TimeSpan stuck) => lane is null || lane.WaitsFor() <= stuck;

        // SignalR's own abort waits for the write that is stuck; the socket does not.
        public bool Abort()
        {
            connection.Abort();
            connection.GetHttpContext()?.Abort();
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2007, Level = LogLevel.Error, Message = "Connection {ConnectionId} could not be looked after")]
        public static partial void SweepFailed(ILogger logger, Exception exception, string connectionId);
    }
}

/// <summary>SignalR's own manager, plus a <see cref="Viewer"/> for each connection: only here the connection itself is given to us.</summary>
internal sealed class ViewerLifetimeManager(ViewerConnections connections, ILogger<DefaultHubLifetimeManager<RoomHub>> logger)
    : DefaultHubLifetimeManager<RoomHub>(logger)
{
    public override Task OnConnectedAsync(HubConnectionContext connection)
    {
        connections.Add(connection);
        return base.OnConnectedAsync(connection);
    }

    public override async Task OnDisconnectedAsync(HubConnectionContext connection)
    {
        await connections.RemoveAsync(connection.ConnectionId);
        await base.OnDisconnectedAsync(connection);
    }
}
