using System.Text.Json;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Recordings;

/// <summary>One recording. Its row is the truth, read with every call: the list of its room and its place write it too.</summary>
internal sealed partial class RecordingGrain(
    RecordingStore store, ReplayEventStore events, ReplayJournal journal, DueTimes dueTimes, ILogger<RecordingGrain> logger) : Grain, IRecordingGrain
{
    /// <summary>Characters of a reason.</summary>
    private const int ReasonLengthMax = 200;

    /// <summary>Events of one microsecond that are told.</summary>
    private const int EventsOfMomentMax = 1_000;

    private string Id => GetPrimaryKeyString();

    public async ValueTask<Result<Done>> Begin(RecordingBegun begun)
    {
        var room = await GrainFactory.GetGrain<IRoomGrain>(begun.RoomId).Get();
        if (!room.Ok) { return room.Refusal; }

        var settings = await store.GetSettingsAsync(begun.RoomId);
        if (!settings.Record) { return new Refusal(RefusalCode.RecordingOff, "The owner of this room does not want its broadcasts to be recorded."); }

        // One that comes back is one recording: what was in the pause belongs to it.
        var startedAt = Microseconds.Of(begun.StartedAt);
        if (await store.FindAsync(Id) is { } before) { startedAt = Math.Min(startedAt, before.StartedAt); }
        var added = await store.BeginAsync(new RecordingRow
        {
            RecordingId = Id, RoomId = begun.RoomId, OwnerId = room.Value.Owner.Id, OwnerName = room.Value.Owner.Name, Title = room.Value.Title,
            PlaceId = begun.PlaceId, StartedAt = Microseconds.Of(begun.StartedAt), KeepDays = settings.KeepDays ?? begun.KeepDays,
            Audience = await RecordingAccess.WasPrivateAsync(GrainFactory, begun.RoomId, Id, Microseconds.ToTime(startedAt)) ? 1 : 0,
        });
        return added ? Done.Value : RecordingAccess.NotFound();
    }

    public async ValueTask End(RecordingEnded ended)
    {
        if (await store.FindAsync(Id) is not { Phase: RecordingState.Recording } row) { return; }
        if (ended.DurationMs <= 0)
        {
            await store.ForgetAsync([Id], [], Time.GetUtcNow());
            return;
        }

        // What is said from here on is no part of it, so the room may be closed as soon as it has answered.
        var now = Time.GetUtcNow();
        if (!row.IsForGuests && await RecordingAccess.WasPrivateAsync(GrainFactory, row.RoomId, Id, Microseconds.ToTime(row.StartedAt))) { await store.SecludeAsync(Id); }
        await journal.FlushAsync();
        row.EndedAt = Microseconds.Of(now);
        row.DurationMs = ended.DurationMs;
        row.Bytes = ended.Bytes;
        row.Problem = ended.Problem;
        row.KeepUntil = row.KeepDays is { } days ? Microseconds.Of(now.AddDays(days)) : null;
        row.Products = JsonSerializer.Serialize(await ReadProductsAsync(), WireJson.Options);
        await store.EndAsync(row);
        Log.Ready(logger, Id, row.RoomId, ended.DurationMs / 1000, ended.Bytes);
    }

    public async ValueTask PicturesMade() => await store.PicturesMadeAsync(Id);

    public async ValueTask<Result<RecordingView>> Get(Caller? caller)
    {
        var row = await store.FindAsync(Id);
        return await RecordingAccess.RefuseAsync(GrainFactory, row, caller) is { } refusal ? refusal : row!.ToView();
    }

    public async ValueTask<string?> FindPlace() => (await store.FindAsync(Id))?.PlaceId;

    public async ValueTask<Result<RecordingView>> Keep(Caller caller, int? days)
    {
        if (await store.FindAsync(Id) is not { } row || row.Phase == RecordingState.Deleted) { return RecordingAccess.NotFound(); }
        if (caller.Id != row.OwnerId) { return RecordingAccess.NotOwner(); }
        if (days is < 1 or > RecordingLimits.KeepDaysMax) { return RecordingRules.BadDays(); }
        if (row.Phase == RecordingState.Recording)
        {
            return new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Choose when it is over.");
        }

        await store.KeepAsync(Id, days is { } lasting ? Time.GetUtcNow().AddDays(lasting) : null);
        return (await store.FindAsync(Id))!.ToView();
    }

    public async ValueTask<Result<RecordingView>> SetAudience(Caller caller, RoomAudience audience)
    {
        if (await store.FindAsync(Id) is not { } row || row.Phase == RecordingState.Deleted) { return RecordingAccess.NotFound(); }
        if (caller.Id != row.OwnerId) { return RecordingAccess.NotOwner(); }
        if (!Enum.IsDefined(audience)) { return RecordingRules.BadAudience(); }
        if (row.Phase == RecordingState.Recording)
        {
            return new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Choose when it is over.");
        }

        if (row.IsForGuests == (audience == RoomAudience.Private)) { return row.ToView(); }

        await store.SetAudienceAsync(
            Id, (long)audience,
            new AuditEntry(Time.GetUtcNow(), caller.Person, "setRecordingAudience", row.RoomId, Id, null, audience == RoomAudience.Private ? "private" : "public", null));
        return (await store.FindAsync(Id))!.ToView();
    }

    public async ValueTask<Result<Done>> Delete(Caller caller, bool withClips)
    {
        if (await store.FindAsync(Id) is not { } row || row.Phase == RecordingState.Deleted) { return Done.Value; }
        if (caller.Id != row.OwnerId) { return RecordingAccess.NotOwner(); }

        // What a moderator hides stays for whoever decides about an appeal, until its time is over.
        if (row.Phase == RecordingState.TakenDown)
        {
            return new Refusal(RefusalCode.TargetProtected, "A moderator has taken this replay down. It is deleted when its time is over.");
        }

        await store.DeleteAsync(
            Id, withClips, new AuditEntry(Time.GetUtcNow(), caller.Person, "deleteRecording", row.RoomId, Id, null, row.Title, null));
        return Done.Value;
    }

    public async ValueTask<Result<Done>> TakeDown(Caller caller, string? reason)
    {
        if (!caller.Moderates) { return new Refusal(RefusalCode.NotModerator, "Only moderators of the platform can take a replay down."); }
        if (reason is { Length: > ReasonLengthMax }) { return new Refusal(RefusalCode.Malformed, $"A reason has at most {ReasonLengthMax} characters."); }
        if (await store.FindAsync(Id) is not { } row || row.Phase == RecordingState.Deleted) { return RecordingAccess.NotFound(); }
        if (row.Phase == RecordingState.TakenDown) { return Done.Value; }
        if (row.Phase == RecordingState.Recording)
        {
            return new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Stop it first, then take its replay down.");
        }

        await store.TakeDownAsync(
            Id, new AuditEntry(Time.GetUtcNow(), caller.Person, "takeDownRecording", row.RoomId, Id, row.OwnerName, row.Title, reason));
        Log.TakenDown(logger, Id, row.RoomId, caller.Id);
        return Done.Value;
    }

    public async ValueTask<Result<ReplayEvents>> ReadEvents(Caller? caller, DateTimeOffset from, DateTimeOffset to, int take)
    {
        if (take is < 1 or > RecordingLimits.EventsPerPageMax || from > to)
        {
            return new Refusal(RefusalCode.Malformed, $"Ask for 1 to {RecordingLimits.EventsPerPageMax} events of a time that ends after its beginning.");
        }

        var row = await store.FindAsync(Id);
        if (await RecordingAccess.RefuseAsync(GrainFactory, row, caller) is { } refusal) { return refusal; }

        var banned = (await GrainFactory.GetGrain<IRoomGrain>(row!.RoomId).ListBanned()).ToHashSet(StringComparer.Ordinal);
        var read = await events.ReadAsync(row, from, to, take + 1);
        var hasMore = read.Count > take;
        if (hasMore)
        {
            // A page ends between two moments, so that the next begins where this one ends; a moment that is too full is told alone.
            to = read[take].Event.At;
            var before = read.TakeWhile(line => line.Event.At < to).ToList();
            if (before.Count > 0) { read = before; }
            else
            {
                var after = to.AddMicroseconds(1);
                read = await events.ReadAsync(row, to, after, EventsOfMomentMax);
                to = after;
            }
        }

        return new ReplayEvents([.. read.Where(line => line.AccountId is null || !banned.Contains(line.AccountId)).Select(line => line.Event)], hasMore) { ReadTo = to };
    }

    public async ValueTask<Result<ReplayEvents>> ReadPins(Caller? caller)
    {
        var row = await store.FindAsync(Id);
        return await RecordingAccess.RefuseAsync(GrainFactory, row, caller) is { } refusal
            ? refusal
            : new ReplayEvents(await events.ReadPinsAsync(Id, RecordingLimits.PinsMax), HasMore: false);
    }

    public async ValueTask OnDue()
    {
        var row = await store.FindAsync(Id);
        if (row is { KeepUntil: { } until } && row.Phase != RecordingState.Deleted)
        {
            if (Microseconds.ToTime(until) > Time.GetUtcNow())
            {
                await dueTimes.SetAsync(RecordingStore.DueType, Id, Microseconds.ToTime(until));
                return;
            }

            // Clips are their makers': they stay until somebody takes them away.
            await store.DeleteAsync(Id, withClips: false, entry: null);
            Log.Expired(logger, Id, row.RoomId);
            return;
        }

        await dueTimes.ClearAsync(RecordingStore.DueType, Id);
    }

    private async Task<IReadOnlyList<ShownProduct>> ReadProductsAsync() =>
    [
        .. (await events.ReadPinsAsync(Id, RecordingLimits.PinsMax)).OfType<ProductPinned>()
            .Select(pin => new ShownProduct(pin.Card.ProductId, pin.Card.Title, pin.Card.PictureId))
            .DistinctBy(product => product.ProductId, StringComparer.Ordinal)
            .Take(RecordingLimits.ProductsListedMax),
    ];

    private static partial class Log
    {
        [LoggerMessage(EventId = 4811, Level = LogLevel.Information, Message = "Recording {RecordingId} of room {RoomId} is a replay of {Seconds} s, {Bytes} bytes")]
        public static partial void Ready(ILogger logger, string recordingId, string roomId, long seconds, long bytes);

        [LoggerMessage(EventId = 4812, Level = LogLevel.Information, Message = "Replay {RecordingId} of room {RoomId} was taken down by {By}")]
        public static partial void TakenDown(ILogger logger, string recordingId, string roomId, string by);

        [LoggerMessage(EventId = 4813, Level = LogLevel.Information, Message = "Replay {RecordingId} of room {RoomId} has been kept long enough")]
        public static partial void Expired(ILogger logger, string recordingId, string roomId);
    }
}
