using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Playback;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>
/// Serves broadcasts that arrive at other gateways: finds which, fetches each thing from there once, and answers everybody here from memory.
/// </summary>
internal sealed partial class EdgeDesk
{
    private readonly EdgeCache<EdgeOutcome> _cache;
    private readonly EdgeOrigins _origins;
    private readonly EdgeClient _client;
    private readonly EdgeMetrics _metrics;
    private readonly ILogger _logger;

    public EdgeDesk(
        EdgeOrigins origins, EdgeClient client, EdgeMetrics metrics, IOptions<VideoOptions> options, TimeProvider time, ILogger<EdgeDesk> logger)
    {
        (_origins, _client, _metrics, _logger) = (origins, client, metrics, logger);
        var edge = options.Value.Edge;
        IsOn = edge.OriginUrl.Length > 0;
        _cache = new EdgeCache<EdgeOutcome>(
            new EdgeLimits(edge.BytesMax, edge.StreamBytesMax, edge.FetchesMax, edge.StreamFetchesMax, edge.WaitingMax), time);
        if (IsOn) { metrics.Watch(_cache); }
    }

    /// <summary>Whether there are other gateways.</summary>
    public bool IsOn { get; }

    /// <summary>Requests that wait for other gateways.</summary>
    public int Waiting => _cache.Waiting;

    /// <summary>Bytes in memory.</summary>
    public long Bytes => _cache.Bytes;

    /// <summary>Answers a player's request for something of a broadcast that is not here.</summary>
    public async Task HandleAsync(HttpContext context, string streamId, EdgeFile file)
    {
        try
        {
            var (outcome, source) = await _cache.GetAsync(streamId, file.Path, stop => FetchAsync(streamId, file, stop), context.RequestAborted);
            _metrics.Asked(source);
            if (outcome is null) { await PlaybackEndpoint.TooManyAsync(context); }
            else if (outcome.Answer is { } answer) { await answer.SendAsync(context); }
            else if (outcome.Refusal!.Code == RefusalCode.StreamNotLive) { await PlaybackEndpoint.NotLiveAsync(context); }
            else { await PlaybackEndpoint.OutOfReachAsync(context); }
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // Who asked is gone, and there is nobody to answer.
        }
    }

    /// <summary>Lets go of what answers nobody any more.</summary>
    public void Sweep()
    {
        _cache.Sweep();
        _origins.Sweep();
    }

    private async Task<EdgeOutcome> FetchAsync(string streamId, EdgeFile file, CancellationToken stop)
    {
        EdgeAnswer? answer = null;
        Uri? asked = null;

        // Twice at most: where it was believed to be, and where it is by now.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (await _origins.FindAsync(streamId, stop) is not { } origin) { return OutOfReach; }
            if (origin.Address is not { } address) { return NotLive; }
            if (address == asked) { break; }

            asked = address;
            answer = await _client.GetAsync(address, streamId, file, stop);
            if (answer is { IsGone: false }) { return new EdgeOutcome(answer, null); }
            if (_origins.Forget(streamId, origin)) { Log.Lost(_logger, address, streamId, answer is null ? "it does not answer" : "it does not have it"); }
        }

        return answer is null ? OutOfReach : NotLive;
    }

    private static EdgeOutcome NotLive { get; } = new(null, new Refusal(RefusalCode.StreamNotLive, "This broadcast is over or has never been."));

    private static EdgeOutcome OutOfReach { get; } = new(null, new Refusal(RefusalCode.Unavailable, "The server that carries this broadcast does not answer."));

    private static partial class Log
    {
        [LoggerMessage(EventId = 3902, Level = LogLevel.Warning, Message = "The gateway {Address} is no longer taken for that of {StreamId}: {Why}")]
        public static partial void Lost(ILogger logger, Uri address, string streamId, string why);
    }
}
