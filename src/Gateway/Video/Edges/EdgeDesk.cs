using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Recordings;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>
/// Serves broadcasts that arrive at other gateways: finds which, fetches each thing from there once, and answers everybody here from memory.
/// </summary>
internal sealed partial class EdgeDesk
{
    /// <summary>Streams whose room is remembered.</summary>
    private const int RoomsMax = 10_000;

    /// <summary>A name that no file has.</summary>
    private const string ReplayMark = "";

    private readonly EdgeCache<EdgeOutcome> _cache;
    private readonly EdgeOrigins _origins;
    private readonly EdgeClient _client;
    private readonly EdgeReach _reach;
    private readonly EdgeMetrics _metrics;
    private readonly VideoDoor _door;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // For longer than anything that was fetched before it is held.
    private readonly TimeSpan _markHold;
    private readonly TimeSpan _waitMax;
    private readonly TimeSpan _restMin;
    private readonly Lock _marks = new();

    // Whose a stream is never changes.
    private readonly ConcurrentDictionary<string, string> _rooms = new(StringComparer.Ordinal);

    public EdgeDesk(
        EdgeOrigins origins, EdgeClient client, EdgeReach reach, EdgeMetrics metrics, VideoDoor door, IOptions<VideoOptions> options, TimeProvider time, ILogger<EdgeDesk> logger)
    {
        (_origins, _client, _reach, _metrics, _door, _time, _logger) = (origins, client, reach, metrics, door, time, logger);
        var edge = options.Value.Edge;
        IsOn = edge.OriginUrl.Length > 0;
        (_markHold, _waitMax) = (TimeSpan.FromSeconds(edge.HoldSeconds * 2), TimeSpan.FromSeconds(edge.WaitSeconds));
        _restMin = TimeSpan.FromSeconds(Math.Min(edge.AnswerSeconds, edge.WaitSeconds));
        var limits = new EdgeLimits(edge.BytesMax, edge.StreamBytesMax, edge.FetchesMax, edge.StreamFetchesMax, edge.WaitingMax)
        {
            HangingMax = edge.HangingMax, StreamHangingMax = edge.StreamHangingMax,
        };
        _cache = new EdgeCache<EdgeOutcome>(limits, time);
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
            // What is in memory here, too, is only for those who may be in the room.
            var outcome = await FindRoomAsync(streamId, context.RequestAborted);
            if (outcome.RoomId is { } roomId && await _door.RefuseAsync(context, roomId) is { } notHere)
            {
                await RefusalHttp.WriteAsync(context, notHere);
                return;
            }

            outcome = outcome.RoomId is null ? outcome : await GetAsync(streamId, file, context.RequestAborted);
            if (IsReplay(streamId, outcome) && await ReplayEndpoints.RefuseEndedAsync(context, streamId) is { } refusal)
            {
                await RefusalHttp.WriteAsync(context, refusal);
                return;
            }

            if (outcome.Answer is { IsRecorded: true } && await ReplayEndpoints.RefuseBackAsync(context, streamId) is { } notBack)
            {
                if (!await ReplayEndpoints.TryWriteOutageAsync(context, notBack)) { await PlaybackEndpoint.GoneAsync(context); }
                return;
            }

            await (outcome switch
            {
                { Answer: { } answer } => answer.SendAsync(context),
                { Refusal.Code: RefusalCode.StreamNotLive } => PlaybackEndpoint.NotLiveAsync(context),
                { Refusal.Code: RefusalCode.Unavailable } => PlaybackEndpoint.OutOfReachAsync(context),
                _ => PlaybackEndpoint.TooManyAsync(context),
            });
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

    /// <summary>
    /// Whether a broadcast is known to be over and a replay, by this answer or by one before: what was fetched while it was on is in memory
    /// still, and would outlive a takedown. One that has come back is none any more, whatever was fetched in between.
    /// </summary>
    private bool IsReplay(string streamId, EdgeOutcome outcome)
    {
        lock (_marks)
        {
            var mark = _cache.Find(streamId, ReplayMark)?.Answer;
            if (outcome.Answer is not { } answer || !answer.IsNewsAfter(mark)) { return mark is { IsReplay: true }; }

            mark = new EdgeAnswer
            {
                Status = StatusCodes.Status200OK, IsReplay = answer.IsReplay, IsLive = answer.IsLive, AskedAt = answer.AskedAt, HoldFor = _markHold,
            };
            _cache.Put(streamId, ReplayMark, new EdgeOutcome(mark, null));
            return mark.IsReplay;
        }
    }

    /// <summary>Whose a broadcast of another gateway is. While nobody can say, it is out of reach: it may be a private room's.</summary>
    /// <returns>With a room, or why there is none.</returns>
    public async ValueTask<EdgeOutcome> FindRoomAsync(string streamId, CancellationToken cancellationToken)
    {
        if (_rooms.TryGetValue(streamId, out var known)) { return EdgeOutcome.OfRoom(known); }
        if (await _origins.FindAsync(streamId, cancellationToken) is not { } origin) { return EdgeOutcome.OutOfReach; }
        if (origin.Address is null) { return EdgeOutcome.NotLive; }
        if (origin.RoomId is not { Length: > 0 } roomId)
        {
            _origins.AskSoon(streamId, origin);
            return EdgeOutcome.OutOfReach;
        }

        if (_rooms.Count >= RoomsMax) { _rooms.Clear(); }
        return EdgeOutcome.OfRoom(_rooms[streamId] = roomId);
    }

    private async ValueTask<EdgeOutcome> GetAsync(string streamId, EdgeFile file, CancellationToken cancellationToken)
    {
        if (_cache.Find(streamId, file.Path) is { } held)
        {
            _metrics.Asked(EdgeSource.Held);
            return held;
        }

        var (began, wait) = (_time.GetTimestamp(), _waitMax);
        if (file.OtherForm is { } other && await _cache.WhenFetchedAsync(streamId, other, cancellationToken) is { } came)
        {
            if (came is not { Answer.Status: StatusCodes.Status200OK })
            {
                // There was nothing to wait for in one form, and so there is not in the other: nobody waits for it again.
                _metrics.Asked(EdgeSource.Shared);
                return came;
            }

            // One bound for both, but no less than any answer may take: this one is there by now, and only has to come.
            var left = _waitMax - _time.GetElapsedTime(began);
            wait = left > _restMin ? left : _restMin;
        }

        // Before the cache is asked: one gateway has its share of what may be fetched and of who may wait.
        if (await _origins.FindAsync(streamId, cancellationToken) is not { } origin) { return EdgeOutcome.OutOfReach; }
        if (origin.Address is not { } address) { return EdgeOutcome.NotLive; }

        var (outcome, source) = await _cache.GetAsync(
            streamId, file.Path, stop => FetchAsync(streamId, file, origin, wait, stop), cancellationToken, new EdgeRoute(address.Authority, file.MayWait));
        _metrics.Asked(source);
        return outcome ?? EdgeOutcome.Busy;
    }

    private async Task<EdgeOutcome> FetchAsync(string streamId, EdgeFile file, EdgeOrigin believed, TimeSpan wait, CancellationToken stop)
    {
        EdgeOrigin? origin = believed;
        Uri? asked = null;
        var isSilent = false;

        // Twice at most: where it was believed to be, and where it is by now.
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (attempt > 0) { origin = await _origins.FindAsync(streamId, stop); }
            if (origin is null) { return EdgeOutcome.OutOfReach; }
            if (origin.Address is not { } address || address == asked) { break; }

            asked = address;
            var isDown = _reach.IsDown(address);
            var outcome = isDown ? null : await _client.GetAsync(address, streamId, file, attempt == 0 ? wait : _waitMax, stop);
            if (outcome is not null and not { Answer.IsGone: true }) { return outcome; }

            // Whoever does not answer may have it still; and who is down was asked for anew a moment ago, or is now.
            isSilent |= outcome is null;
            if (isDown && origin.IsBrief) { break; }
            if (_origins.Forget(streamId, origin, isGone: outcome is not null))
            {
                Log.Lost(_logger, address, streamId, outcome is null ? "it does not answer" : "it does not have it");
            }
        }

        return isSilent ? EdgeOutcome.OutOfReach : EdgeOutcome.NotLive;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3902, Level = LogLevel.Warning, Message = "The gateway {Address} is no longer taken for that of {StreamId}: {Why}")]
        public static partial void Lost(ILogger logger, Uri address, string streamId, string why);
    }
}
