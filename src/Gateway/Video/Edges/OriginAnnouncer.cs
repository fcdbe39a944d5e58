using System.Collections.Concurrent;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>
/// Says of every broadcast that arrives here, and of the place where recordings lie here, that it is here, for as long as this gateway may carry it: who does not say so any more is soon
/// forgotten. Does nothing where there is no other gateway.
/// </summary>
internal sealed partial class OriginAnnouncer(
    IOriginDesk desk, EdgeDesk edges, RecordingHome home, IOptions<VideoOptions> options, TimeProvider time, ILogger<OriginAnnouncer> logger) : BackgroundService, IBroadcastFollower
{
    // Null: a place of recordings, which has no end.
    private readonly ConcurrentDictionary<string, Broadcast?> _here = new(StringComparer.Ordinal);

    private string Address => options.Value.Edge.OriginUrl;

    /// <inheritdoc/>
    public void Began(Broadcast broadcast)
    {
        if (!edges.IsOn) { return; }

        // One that goes on under its id has the place of the one before, whose end comes a little later.
        _here[broadcast.StreamId] = broadcast;
        broadcast.Ended.Register(() => _here.TryRemove(KeyValuePair.Create(broadcast.StreamId, (Broadcast?)broadcast)));
        _ = TellAsync(broadcast.StreamId);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!edges.IsOn) { return; }

        if (home.Store is { } store)
        {
            // The recordings of this place are here for as long as this gateway runs.
            _here[store.PlaceId] = null;
            await TellAsync(store.PlaceId);
        }

        using var timer = new PeriodicTimer(OriginLimits.Every, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Task.WhenAll(_here.Keys.Select(TellAsync));
                edges.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task TellAsync(string id)
    {
        // What has ended meanwhile is here no more: told without its room, it would be nobody's.
        if (!_here.TryGetValue(id, out var broadcast)) { return; }
        try { await desk.AnnounceAsync(id, Address, broadcast?.RoomId).AsTask().WaitAsync(OriginLimits.Every, time); }
        catch (Exception failure) { Log.NotTold(logger, failure, id); }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3903, Level = LogLevel.Warning, Message = "The other gateways were not told that {Id} is here; they are told again")]
        public static partial void NotTold(ILogger logger, Exception failure, string id);
    }
}
