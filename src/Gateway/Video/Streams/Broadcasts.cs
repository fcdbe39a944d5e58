using LiveCommerce.Contracts.Video;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>The broadcasts of this gateway: a bounded number live, a bounded number of ended ones for a bounded time.</summary>
internal sealed class Broadcasts(
    IOptions<VideoOptions> options,
    TimeProvider time,
    IStreamDesk desk,
    Thumbnailer thumbnails,
    IEnumerable<IBroadcastFollower> followers,
    IHostApplicationLifetime lifetime,
    ILogger<Broadcast> logger) : IHostedService
{
    /// <summary>Numbers of broadcasts that continue from elsewhere count seconds from here: always above what was shown before.</summary>
    private static readonly DateTimeOffset NumbersEpoch = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Broadcast> _byStream = new(StringComparer.Ordinal);
    private readonly List<string> _reservedRooms = [];
    private readonly BroadcastServices _services = new(options.Value, time, desk, thumbnails, logger);
    private bool _stopping;

    /// <summary>The broadcast, live or lately ended.</summary>
    public Broadcast? Find(string streamId)
    {
        lock (_lock) { return _byStream.GetValueOrDefault(streamId); }
    }

    /// <summary>Broadcasts that are not over.</summary>
    public int LiveCount
    {
        get
        {
            lock (_lock) { return CountLive(); }
        }
    }

    /// <summary>
    /// Holds a place while the room is asked, so that no right to publish is taken that can't be used. A room that has a broadcast
    /// here already needs no second place.
    /// </summary>
    /// <returns>Null when all places are taken. Dispose when the broadcast was taken, or will not be.</returns>
    public IDisposable? Reserve(string roomId)
    {
        lock (_lock)
        {
            var has = _byStream.Values.Any(broadcast => broadcast.EndedBecause is null && broadcast.RoomId == roomId);
            if (_stopping || (!has && CountLive() + _reservedRooms.Count >= options.Value.StreamsMax)) { return null; }

            _reservedRooms.Add(roomId);
            return new Reservation(this, roomId);
        }
    }

    /// <summary>The broadcast of a lease: a new one, or the one that waits for its publisher.</summary>
    /// <returns>Null when this gateway stops.</returns>
    public Broadcast? Take(string roomId, StreamLease lease)
    {
        Broadcast broadcast;
        lock (_lock)
        {
            if (_stopping) { return null; }
            if (_byStream.TryGetValue(lease.StreamId, out var known) && known.EndedBecause is null) { return known; }

            long? continuesAt = lease.Resumed ? (long)(time.GetUtcNow() - NumbersEpoch).TotalSeconds : null;
            _byStream[lease.StreamId] = broadcast = new Broadcast(roomId, lease.StreamId, continuesAt, _services);
            foreach (var follower in followers) { follower.Began(broadcast); }
        }

        _ = ForgetAsync(broadcast);
        return broadcast;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        // Not first in StopAsync: the web server stops before, and waits for publishers who were told nothing.
        lifetime.ApplicationStopping.Register(EndAll);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        EndAll();
        Broadcast[] all;
        lock (_lock) { all = [.. _byStream.Values]; }
        await Task.WhenAll(all.Select(broadcast => broadcast.Reporting)).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private void EndAll()
    {
        Broadcast[] all;
        lock (_lock)
        {
            _stopping = true;
            all = [.. _byStream.Values];
        }

        foreach (var broadcast in all) { broadcast.End(BroadcastEnd.ShuttingDown); }
    }

    private int CountLive() => _byStream.Values.Count(broadcast => broadcast.EndedBecause is null);

    private async Task ForgetAsync(Broadcast broadcast)
    {
        await broadcast.Reporting;
        lock (_lock)
        {
            var ended = _byStream.Values.Where(other => other.EndedBecause is not null && other != broadcast).OrderBy(other => other.EndedAt).ToList();
            foreach (var surplus in ended.Take(Math.Max(0, ended.Count + 1 - options.Value.EndedStreamsMax))) { Remove(surplus); }
        }

        var keep = TimeSpan.FromSeconds(options.Value.EndedKeepSeconds);
        await Task.Delay(keep, time);
        lock (_lock) { Remove(broadcast); }
    }

    private void Remove(Broadcast broadcast)
    {
        // The same stream may have been opened anew since.
        if (_byStream.GetValueOrDefault(broadcast.StreamId) == broadcast) { _byStream.Remove(broadcast.StreamId); }
        broadcast.Dispose();
    }

    private sealed class Reservation(Broadcasts owner, string roomId) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) != 0) { return; }
            lock (owner._lock) { owner._reservedRooms.Remove(roomId); }
        }
    }
}
