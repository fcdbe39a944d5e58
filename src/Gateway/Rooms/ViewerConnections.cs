using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>Every hub connection of this gateway, and the call bucket each account shares over its connections.</summary>
internal sealed class ViewerConnections(IOptions<FanOutOptions> fanOut, IOptions<RateLimitOptions> limits, TimeProvider time)
{
    private static readonly object Item = new();

    private readonly ConcurrentDictionary<string, Viewer> _viewers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccountBucket> _accounts = new(StringComparer.Ordinal);
    private readonly Lock _gate = new();

    /// <summary>A connection came.</summary>
    public void Add(HubConnectionContext connection)
    {
        var session = connection.GetHttpContext()?.Session().Ticket;
        var bucket = new TokenBucket(limits.Value.HubCallsPerSecond, limits.Value.HubCallsBurst, time);
        var viewer = new Viewer(connection.ConnectionId, session, new HubSink(connection), fanOut.Value, bucket, time);
        connection.Items[Item] = viewer;
        _viewers[viewer.ConnectionId] = viewer;
        if (viewer.AccountId is not { } accountId) { return; }
        lock (_gate)
        {
            if (!_accounts.TryGetValue(accountId, out var account))
            {
                account = new AccountBucket(new TokenBucket(limits.Value.HubCallsPerAccountPerSecond, limits.Value.HubCallsPerAccountBurst, time));
                _accounts[accountId] = account;
            }

            account.Connections++;
        }
    }

    /// <summary>A connection has gone.</summary>
    public async Task RemoveAsync(HubConnectionContext connection)
    {
        if (!_viewers.TryRemove(connection.ConnectionId, out var viewer)) { return; }
        if (viewer.AccountId is { } accountId)
        {
            lock (_gate)
            {
                if (--_accounts[accountId].Connections == 0) { _accounts.Remove(accountId); }
            }
        }

        await RoomCasts.LeaveAsync(viewer, forGood: true);
    }

    /// <summary>The viewer of a call.</summary>
    public static Viewer Of(HubCallerContext context) => (Viewer)context.Items[Item]!;

    /// <summary>Takes one call out of the connection's bucket and its account's.</summary>
    /// <returns>Null, or how long to wait.</returns>
    public TimeSpan? TryTake(Viewer viewer)
    {
        if (viewer.Bucket.TryTake() is { } wait) { return wait; }
        if (viewer.AccountId is not { } accountId) { return null; }
        TokenBucket? bucket;
        lock (_gate) { bucket = _accounts.GetValueOrDefault(accountId)?.Bucket; }
        return bucket?.TryTake();
    }

    /// <summary>Closes every connection of an account.</summary>
    public void CloseAccount(string accountId, Refusal why)
    {
        foreach (var (_, viewer) in _viewers)
        {
            if (viewer.AccountId == accountId) { viewer.Close(why); }
        }
    }

    /// <summary>Cuts off the connections that are stuck, in a room or not.</summary>
    /// <returns>How many.</returns>
    public int Sweep() => _viewers.Count(entry => entry.Value.Sweep(fanOut.Value));

    private sealed class AccountBucket(TokenBucket bucket)
    {
        public TokenBucket Bucket { get; } = bucket;

        public int Connections { get; set; }
    }

    private sealed class HubSink(HubConnectionContext connection) : IFrameSink
    {
        public ValueTask WriteAsync(SerializedHubMessage frame) => connection.WriteAsync(frame);

        public void Close() => connection.Abort();

        // SignalR's own abort waits for the write that is stuck; the socket does not.
        public void Abort()
        {
            connection.Abort();
            connection.GetHttpContext()?.Abort();
        }
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
        await connections.RemoveAsync(connection);
        await base.OnDisconnectedAsync(connection);
    }
}
