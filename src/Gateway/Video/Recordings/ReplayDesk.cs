using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Video.Edges;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>Who may watch which replay, and what happened at its moments. Answers are remembered for a moment: a player asks for a segment every few seconds.</summary>
internal sealed partial class ReplayDesk(
    RecordingHome home, EdgeRecordings edges, IRecordingDesk desk, IOptions<VideoOptions> options, TimeProvider time, ILogger<ReplayDesk> logger)
{
    /// <summary>Answers that are remembered.</summary>
    private const int RememberedMax = 10_000;

    /// <summary>Events around the ends of a replay that still belong to it.</summary>
    private static readonly TimeSpan Around = TimeSpan.FromSeconds(15);

    /// <summary>The last microsecond since 1970 that is a date.</summary>
    private static readonly long CursorMax = (DateTimeOffset.MaxValue - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static readonly TimeSpan RememberedFor = TimeSpan.FromSeconds(2);

    /// <summary>How long nobody is asked again who did not answer: a player that goes back asks for many segments.</summary>
    private static readonly TimeSpan NotAskedFor = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<(string Id, string? Caller, PlatformRole Role, string? OnlyOf), (Refusal? Refusal, long At, TimeSpan For)> _answers = new();

    private readonly TimeSpan _answerIn = TimeSpan.FromSeconds(options.Value.Recordings.AnswerSeconds);

    /// <summary>Why the caller may not watch a replay; null: may.</summary>
    /// <param name="onlyOf">The room that a pass is for; null: the caller's own session counts.</param>
    public ValueTask<Refusal?> RefuseAsync(Caller? caller, string recordingId, string? onlyOf = null) => RefuseAsync(caller, recordingId, onlyOf, async () =>
    {
        var answer = await desk.Recording(recordingId).Get(caller);
        return answer.Ok ? RefuseOther(answer.Value.RoomId, onlyOf) : answer.Refusal;
    });

    /// <summary>Why the caller may not watch a clip; null: may.</summary>
    /// <param name="onlyOf">The room that a pass is for; null: the caller's own session counts.</param>
    public ValueTask<Refusal?> RefuseClipAsync(Caller? caller, string clipId, string? onlyOf = null) => RefuseAsync(caller, clipId, onlyOf, async () =>
    {
        var answer = await desk.Clip(clipId).Get(caller);
        return answer.Ok ? RefuseOther(answer.Value.RoomId, onlyOf) : answer.Refusal;
    });

    /// <summary>
    /// Why the caller may not have what was recorded of a broadcast that runs; null: may. While the room is private nobody comes here who may not: this is
    /// of a room that was opened meanwhile, and of a recording that was deleted. Only for what was recorded: it has a row then. While nobody answers, the last
    /// answer counts.
    /// </summary>
    /// <param name="onlyOf">The room that a pass is for; null: the caller's own session counts.</param>
    public async ValueTask<Refusal?> RefuseBackAsync(Caller? caller, string streamId, string? onlyOf = null)
    {
        // Not the answer of its replay, which is that it is still on.
        var id = $"{streamId}/back";
        try
        {
            return await RefuseAsync(caller, id, onlyOf, async () =>
            {
                var answer = await desk.Recording(streamId).Get(caller).AsTask().WaitAsync(_answerIn, time);
                return answer.Ok ? RefuseOther(answer.Value.RoomId, onlyOf)
                    : answer.Refusal.Code == RefusalCode.RecordingNotReady ? null
                    : answer.Refusal;
            });
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.NotAsked(logger, failure, streamId);
            var key = KeyOf(caller, id, onlyOf);
            var refusal = _answers.TryGetValue(key, out var last)
                ? last.Refusal
                : new Refusal(RefusalCode.Unavailable, "Nobody can say at the moment who may go back in this broadcast. Ask again in a second.") { RetryAfterMs = 1_000 };
            Remember(key, refusal, NotAskedFor);
            return refusal;
        }
    }

    /// <summary>Forgets who may watch what: it was just changed.</summary>
    public void Forget() => _answers.Clear();

    /// <summary>The replay with its chapters.</summary>
    public async Task<Result<ReplayView>> GetAsync(Caller? caller, string recordingId, CancellationToken cancellationToken)
    {
        var recording = await desk.Recording(recordingId).Get(caller);
        if (!recording.Ok) { return recording.Refusal; }
        var pins = await desk.Recording(recordingId).ReadPins(caller);
        if (!pins.Ok) { return pins.Refusal; }

        var (replay, _) = await FindReplayAsync(recordingId, cancellationToken);
        var chapters = new List<ReplayChapter>(pins.Value.Events.Count);
        foreach (var pin in pins.Value.Events)
        {
            var at = replay?.ToMediaMs(pin.At) ?? Math.Max(0, (long)(pin.At - recording.Value.StartedAt).TotalMilliseconds);
            var card = (pin as ProductPinned)?.Card;

            // What was shown and changed within the same moment, or shown again as it was, is no chapter of its own.
            if (chapters.Count > 0 && chapters[^1].Card?.ProductId == card?.ProductId) { continue; }
            if (chapters.Count > 0 && chapters[^1].AtMs == at) { chapters.RemoveAt(chapters.Count - 1); }
            chapters.Add(new ReplayChapter(at, card));
        }

        return new ReplayView(recording.Value, replay is not null, chapters);
    }

    /// <summary>What happened from one moment of a replay to another.</summary>
    /// <param name="after">Where the answer before ended, as it said; null: at <paramref name="fromMs"/>.</param>
    public async Task<Result<ReplayChat>> ReadChatAsync(
        Caller? caller, string recordingId, long fromMs, long toMs, long? after, CancellationToken cancellationToken)
    {
        if (fromMs < 0 || toMs < fromMs || after is < 0) { return new Refusal(RefusalCode.Malformed, "Ask for a time of the replay: from and to in milliseconds."); }
        if (await RefuseAsync(caller, recordingId) is { } refusal) { return refusal; }
        var (replay, notNow) = await FindReplayAsync(recordingId, cancellationToken);
        if (replay is null)
        {
            return notNow ?? new Refusal(RefusalCode.RecordingNotReady, "The media of this replay are not on this server. Try again in a minute.");
        }

        // What was said before the first picture and after the last one is shown with them.
        var from = fromMs == 0 ? replay.ToTime(0) - Around : replay.ToTime(Math.Min(fromMs, replay.DurationMs));
        var to = toMs >= replay.DurationMs ? replay.ToTime(replay.DurationMs) + Around : replay.ToTime(toMs);
        if (fromMs >= replay.DurationMs) { return new ReplayChat([], null); }

        // A place to go on from is never before the broadcast: what was said there is not part of it.
        if (after is { } cursor && DateTimeOffset.UnixEpoch.AddTicks(Math.Clamp(cursor, 0, CursorMax) * TimeSpan.TicksPerMicrosecond) is var next && next > from)
        {
            from = next;
        }

        if (from > to) { return new ReplayChat([], null); }

        var read = await desk.Recording(recordingId).ReadEvents(caller, from, to, RecordingLimits.EventsPerPageMax);
        if (!read.Ok) { return read.Refusal; }
        return new ReplayChat(
            [.. read.Value.Events.Select(happened => new ReplayMoment(replay.ToMediaMs(happened.At), happened))],
            read.Value.HasMore ? (read.Value.ReadTo.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond : null);
    }

    private async Task<(Replay? Replay, Refusal? Refusal)> FindReplayAsync(string recordingId, CancellationToken cancellationToken) =>
        await home.FindReplayAsync(recordingId, cancellationToken) is { } replay ? (replay, null) : await edges.FindReplayAsync(recordingId, cancellationToken);

    private static Refusal? RefuseOther(string roomId, string? onlyOf) =>
        onlyOf is null || onlyOf == roomId ? null : new Refusal(RefusalCode.RoomPrivate, "This pass is for another room. Ask for one of this room.");

    private static (string Id, string? Caller, PlatformRole Role, string? OnlyOf) KeyOf(Caller? caller, string id, string? onlyOf) =>
        (id, caller?.Id, caller?.Role ?? PlatformRole.Member, onlyOf);

    private async ValueTask<Refusal?> RefuseAsync(Caller? caller, string id, string? onlyOf, Func<Task<Refusal?>> ask)
    {
        var key = KeyOf(caller, id, onlyOf);
        if (_answers.TryGetValue(key, out var known) && time.GetElapsedTime(known.At) < known.For) { return known.Refusal; }

        // That a broadcast is still on may be over with the next request.
        var refusal = await ask();
        if (refusal?.Code == RefusalCode.RecordingNotReady) { return refusal; }
        Remember(key, refusal, RememberedFor);
        return refusal;
    }

    private void Remember((string Id, string? Caller, PlatformRole Role, string? OnlyOf) key, Refusal? refusal, TimeSpan lasting)
    {
        if (_answers.Count >= RememberedMax) { _answers.Clear(); }
        _answers[key] = (refusal, time.GetTimestamp(), lasting);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3861, Level = LogLevel.Warning, Message = "Nobody says who may go back in {StreamId}; the last answer counts")]
        public static partial void NotAsked(ILogger logger, Exception failure, string streamId);
    }
}

/// <summary>A replay for a player.</summary>
/// <param name="IsHere">Whether it can be watched through this server.</param>
/// <param name="Chapters">Which product was shown from when on, oldest first.</param>
internal sealed record ReplayView(RecordingView Recording, bool IsHere, IReadOnlyList<ReplayChapter> Chapters);

/// <summary>From here on a product was shown, as its card was then; null: none.</summary>
internal sealed record ReplayChapter(long AtMs, Contracts.Shop.ProductCard? Card);

/// <summary>What happened, oldest first.</summary>
/// <param name="Next">Ask again with <c>after</c> set to this; null: that was all.</param>
internal sealed record ReplayChat(IReadOnlyList<ReplayMoment> Moments, long? Next);

/// <summary>Something that happened at a moment of the replay.</summary>
internal sealed record ReplayMoment(long AtMs, RoomEvent Event);
