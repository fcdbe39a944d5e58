using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>The rooms that have viewers on this gateway. Also their heart: one tick a second each.</summary>
internal sealed partial class RoomCasts(
    IGrainFactory grains, GatewayIdentity gateway, ViewerConnections connections, IOptions<FanOutOptions> options, TimeProvider time, ILogger<RoomCasts> logger) : BackgroundService
{
    /// <summary>How often stuck connections are looked for.</summary>
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(250);

    /// <summary>Sweeps between two reports to the rooms' owners: once a second.</summary>
    private const int SweepsPerTick = 4;

    /// <summary>Broadcasters a join may find given up before it says so.</summary>
    private const int JoinAttemptsMax = 3;

    // SignalR does not wait for the calls of a connection before it says that the connection has gone; nobody reads this one's answer.
    private static readonly Refusal Gone = new(RefusalCode.Unavailable, "The connection has ended. Connect again.");

    private readonly ConcurrentDictionary<string, RoomBroadcaster> _casts = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _ticking = new(StringComparer.Ordinal);

    private readonly Admission _door = new(options.Value.JoinsPerSecond, TimeSpan.FromMilliseconds(options.Value.JoinWaitMs), time);

    /// <summary>Rooms whose feed is carried.</summary>
    public int Count => _casts.Count;

    /// <summary>Brings the viewer into the room; it leaves the one it was in.</summary>
    public async Task<Result<RoomStanding>> JoinAsync(Viewer viewer, string roomId, RoomPosition? since)
    {
        if (await _door.EnterAsync(CancellationToken.None) is { } notYet) { return notYet; }
        await viewer.Moving.WaitAsync();
        try
        {
            viewer.Room?.Leave(viewer);
            viewer.Room = null;
            if (viewer.IsGone) { return Gone; }
            Result<RoomStanding> joined = RoomBroadcaster.Closed;
            for (var attempt = 0; attempt < JoinAttemptsMax && ReferenceEquals(joined.Refusal, RoomBroadcaster.Closed); attempt++)
            {
                var cast = _casts.GetOrAdd(roomId, id => new RoomBroadcaster(id, grains, gateway, options.Value, time, logger));

                // Before it is in: a viewer that was behind in another room catches up in this one.
                viewer.Room = cast;
                joined = await cast.JoinAsync(viewer, since);
                if (ReferenceEquals(joined.Refusal, RoomBroadcaster.Closed)) { _casts.TryRemove(new(roomId, cast)); }
            }

            if (!joined.Ok) { viewer.Room = null; }
            return joined;
        }
        finally
        {
            viewer.Moving.Release();
        }
    }

    /// <summary>Takes the viewer out of its room.</summary>
    /// <param name="forGood">The connection has ended.</param>
    public static async Task LeaveAsync(Viewer viewer, bool forGood = false)
    {
        await viewer.Moving.WaitAsync();
        viewer.IsGone |= forGood;
        viewer.Room?.Leave(viewer);
        viewer.Room = null;
        viewer.Moving.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(SweepPeriod, time);
        for (var sweep = 1; await WaitAsync(timer, stoppingToken); sweep = sweep % SweepsPerTick + 1)
        {
            var cut = connections.Sweep();
            if (cut > 0) { Log.CutOff(logger, cut); }
            if (sweep != SweepsPerTick) { continue; }
            foreach (var (roomId, cast) in _casts)
            {
                // A room whose owner does not answer must not hold up the others.
                if (_ticking.TryAdd(roomId, true)) { _ = TickAsync(roomId, cast); }
            }
        }
    }

    private async Task TickAsync(string roomId, RoomBroadcaster cast)
    {
        try
        {
            if (!await cast.TickAsync()) { _casts.TryRemove(new(roomId, cast)); }
        }
        catch (Exception exception)
        {
            Log.TickFailed(logger, exception, roomId);
        }
        finally
        {
            _ticking.TryRemove(roomId, out _);
        }
    }

    private static async ValueTask<bool> WaitAsync(PeriodicTimer timer, CancellationToken stoppingToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2002, Level = LogLevel.Warning, Message = "{Cut} connections that were stuck or did not leave were cut off")]
        public static partial void CutOff(ILogger logger, int cut);

        [LoggerMessage(EventId = 2010, Level = LogLevel.Warning, Message = "Room {RoomId} could not be told of its viewers; the next tick tries again")]
        public static partial void TickFailed(ILogger logger, Exception exception, string roomId);
    }
}
