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

    private readonly ConcurrentDictionary<(string RoomId, string? AccountId, bool Moderates), Known> _known = new();

    /// <summary>Why the request may not have anything of the room's video; null: it may.</summary>
    public ValueTask<Refusal?> RefuseAsync(HttpContext context, string roomId)
    {
        var room = Find((roomId, null, false));
        return room.Answer is { } answer && time.GetElapsedTime(answer.At) < RoomFresh && answer.Refusal is null
            ? default
            : RefuseSlowlyAsync(context, roomId);
    }

    private async ValueTask<Refusal?> RefuseSlowlyAsync(HttpContext context, string roomId)
    {
        if (await AskAsync((roomId, null, false), RoomFresh) is not { } closed) { return null; }

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
        return await AskAsync((roomId, pass.AccountId, pass.Moderates), AccountFresh);
    }

    private async ValueTask<Refusal?> AskAsync((string RoomId, string? AccountId, bool Moderates) key, TimeSpan fresh)
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

    private async Task AskOnceAsync((string RoomId, string? AccountId, bool Moderates) key, Known known)
    {
        // Not under the lock of the one who asks.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            var asked = time.GetTimestamp();
            var refusal = await rooms.RefuseAsync(key.RoomId, key.AccountId, key.Moderates);
            lock (known) { (known.Answer, known.FailedAt, known.Asking) = (new Answer(refusal, asked), null, null); }
        }
        catch (Exception failure)
        {
            lock (known) { (known.FailedAt, known.Asking) = (time.GetTimestamp(), null); }
            Log.Failed(logger, failure, key.RoomId);
        }
    }

    private Known Find((string RoomId, string? AccountId, bool Moderates) key)
    {
        if (_known.TryGetValue(key, out var known)) { return known; }
        if (_known.Count >= RememberedMax) { _known.Clear(); }
        return _known.GetOrAdd(key, static _ => new Known());
    }

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
