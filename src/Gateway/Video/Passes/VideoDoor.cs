using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Passes;

/// <summary>Where it is decided who may enter a room.</summary>
internal interface IRoomDesk
{
    /// <summary>Why an account may not watch the room; null: may.</summary>
    /// <param name="accountId">Null: somebody without an account, who may watch public rooms.</param>
    ValueTask<Refusal?> RefuseAsync(string roomId, string? accountId, bool moderates);

    /// <summary>Whether the room is private, or was at some moment since a time.</summary>
    ValueTask<bool> WasPrivateAsync(string roomId, DateTimeOffset since);
}

/// <summary>The grains; found when they are first needed. Where no silo is, every room is public.</summary>
internal sealed class GrainRoomDesk(IServiceProvider services) : IRoomDesk
{
    /// <inheritdoc/>
    public async ValueTask<Refusal?> RefuseAsync(string roomId, string? accountId, bool moderates)
    {
        if (services.GetService<IGrainFactory>() is not { } grains) { return null; }

        // Public video is for everybody: only what closes a room to its viewers counts.
        var standing = await grains.GetGrain<IRoomGrain>(roomId).GetStanding(accountId, moderates);
        return standing.Refusal is { Code: RefusalCode.RoomPrivate or RefusalCode.Banned } refusal ? refusal : null;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> WasPrivateAsync(string roomId, DateTimeOffset since) =>

        // Of no broadcast in particular.
        services.GetService<IGrainFactory>() is { } grains && await grains.GetGrain<IRoomGrain>(roomId).WasPrivate("", since);
}

/// <summary>
/// Lets players through to the media of a room: everybody when it is public, those with a pass whose account may be there when it is private. Answers of
/// rooms are remembered for seconds; when a room cannot be asked, its last answer counts, and a pass ends by its time.
/// </summary>
internal sealed partial class VideoDoor(IRoomDesk rooms, PassDesk passes, TimeProvider time, ILogger<VideoDoor> logger)
{
    /// <summary>Answers that are remembered.</summary>
    private const int RememberedMax = 20_000;

    /// <summary>Whether a room is private is asked again after this …</summary>
    internal static readonly TimeSpan RoomFresh = TimeSpan.FromSeconds(2);

    /// <summary>… and whether an account may still be there, after this. Meanwhile, and for as long again, the last answer counts.</summary>
    internal static readonly TimeSpan AccountFresh = TimeSpan.FromSeconds(4);

    /// <summary>How long a failure is a reason to show an old answer without waiting for a newer one.</summary>
    private static readonly TimeSpan FailureFresh = TimeSpan.FromSeconds(20);

    /// <summary>How long a player waits for a room's answer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly Refusal NoPass = new(
        RefusalCode.RoomPrivate, "This room is private. Ask POST /api/rooms/{roomId}/pass for a pass, and put it into the address: /live/{streamId}~{pass}/…");

    private static readonly Refusal Unknown =
        new(RefusalCode.Unavailable, "The room does not answer at the moment. Ask again in a second.") { RetryAfterMs = 1_000 };

    /// <summary>How far the clocks of two processes may be apart.</summary>
    private static readonly TimeSpan ClocksApart = TimeSpan.FromSeconds(5);

    private static readonly Refusal OverBefore = new(RefusalCode.StreamNotLive, "This broadcast was over before its room was opened.");

    private readonly ConcurrentDictionary<Question, Known> _known = new();

    /// <summary>Why the request may not have anything of the room's video; null: it may.</summary>
    public ValueTask<Refusal?> RefuseAsync(HttpContext context, string roomId)
    {
        var room = Find(new(roomId));
        return room.Answer is { } answer && time.GetElapsedTime(answer.At) < RoomFresh && answer.Refusal is null
            ? default
            : RefuseSlowlyAsync(context, roomId);
    }

    /// <summary>
    /// Whether nobody may have the rest of a broadcast that is over and was not recorded; else whoever may be in the room may. A room that was private
    /// then and is open now opens nothing of it; while it is private still, only its guests come so far. When it cannot be asked, its last answer counts.
    /// </summary>
    /// <param name="endedAt">On the monotonic clock.</param>
    public async ValueTask<bool> HidesRestAsync(string roomId, long endedAt) =>
        await AskAsync(new(roomId), RoomFresh) is null
        && await AskAsync(new(roomId, EndedAt: endedAt), RoomFresh) is { Code: RefusalCode.StreamNotLive };

    private async ValueTask<Refusal?> RefuseSlowlyAsync(HttpContext context, string roomId)
    {
        if (await AskAsync(new(roomId), RoomFresh) is not { } closed) { return null; }

        PrivateAnswer.Set(context);
        if (closed.Code == RefusalCode.Unavailable) { return closed; }
        Pass? pass;
        try { pass = await passes.ReadAsync(context); }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            Log.NotRead(logger, failure, roomId);
            return Unknown;
        }

        if (pass is null || pass.RoomId != roomId) { return NoPass; }
        return await AskAsync(new(roomId, pass.AccountId, pass.Moderates), AccountFresh);
    }

    private async ValueTask<Refusal?> AskAsync(Question key, TimeSpan fresh)
    {
        var known = Find(key);
        Task asking;
        lock (known)
        {
            var age = known.Answer is { } answer ? time.GetElapsedTime(answer.At) : TimeSpan.MaxValue;
            if (age < fresh) { return known.Answer!.Refusal; }

            // A room that did not answer is asked in the background only, and not without a pause: nobody's picture waits for it.
            // A failure of long ago says nothing of now: then its answer is waited for, and the last one counts if it fails again.
            var failed = known.FailedAt is { } failedAt ? time.GetElapsedTime(failedAt) : TimeSpan.MaxValue;
            var hasFailed = failed < FailureFresh;
            if (failed >= RoomFresh) { known.Asking ??= AskOnceAsync(key, known); }
            if (known.Answer is { } last && (hasFailed || age < 2 * fresh)) { return last.Refusal; }
            if (known.Asking is null) { return Unknown; }
            asking = known.Asking;
        }

        try { await asking.WaitAsync(Patience, time); }
        catch (TimeoutException)
        {
            Log.Slow(logger, key.RoomId);
            lock (known)
            {
                // It may have been answered just now.
                if (known.Asking == asking) { known.FailedAt = time.GetTimestamp(); }
            }
        }

        lock (known) { return known.Answer is { } answer ? answer.Refusal : Unknown; }
    }

    private async Task AskOnceAsync(Question key, Known known)
    {
        // Not under the lock of the one who asks.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var asked = time.GetTimestamp();
            var refusal = key.EndedAt is { } ended
                ? await rooms.WasPrivateAsync(key.RoomId, time.GetUtcNow() - time.GetElapsedTime(ended) - ClocksApart) ? OverBefore : null
                : await rooms.RefuseAsync(key.RoomId, key.AccountId, key.Moderates);
            lock (known) { (known.Answer, known.FailedAt, known.Asking) = (new Answer(refusal, asked), null, null); }
        }
        catch (Exception failure)
        {
            lock (known) { (known.FailedAt, known.Asking) = (time.GetTimestamp(), null); }
            Log.Failed(logger, failure, key.RoomId);
        }
    }

    private Known Find(Question key)
    {
        if (_known.TryGetValue(key, out var known)) { return known; }
        if (_known.Count >= RememberedMax) { _known.Clear(); }
        return _known.GetOrAdd(key, static _ => new Known());
    }

    /// <summary>What a room is asked: who may watch, or with a time of the monotonic clock whether it was private then or since.</summary>
    private readonly record struct Question(string RoomId, string? AccountId = null, bool Moderates = false, long? EndedAt = null);

    private sealed record Answer(Refusal? Refusal, long At);

    /// <summary>What is known of one question; changed under its own lock.</summary>
    private sealed class Known
    {
        private volatile Answer? _answer;

        public Answer? Answer
        {
            get => _answer;
            set => _answer = value;
        }

        public long? FailedAt { get; set; }

        public Task? Asking { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3951, Level = LogLevel.Warning, Message = "Room {RoomId} could not be asked who may watch it; its last answer counts")]
        public static partial void Failed(ILogger logger, Exception failure, string roomId);

        [LoggerMessage(EventId = 3953, Level = LogLevel.Warning, Message = "A pass into room {RoomId} could not be checked")]
        public static partial void NotRead(ILogger logger, Exception failure, string roomId);

        [LoggerMessage(EventId = 3952, Level = LogLevel.Debug, Message = "Room {RoomId} takes long to say who may watch it")]
        public static partial void Slow(ILogger logger, string roomId);
    }
}
