using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Moderation;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Recordings;

/// <summary>One clip. Its row is the truth, read with every call.</summary>
internal sealed class ClipGrain(ClipStore clips, RecordingStore recordings) : Grain, IClipGrain
{
    /// <summary>The time in which one viewer may make so many clips.</summary>
    public static readonly TimeSpan Pace = TimeSpan.FromMinutes(RecordingLimits.ClipPaceMinutes);

    private string Id => GetPrimaryKeyString();

    public async ValueTask<Result<ClipView>> Begin(Caller caller, ClipBegun begun)
    {
        // The moment it begins with is found by the server, and is another one when the request comes again.
        var fingerprint = PaymentIds.Fingerprint(caller.Id, begun.RoomId, begun.RecordingId, begun.Seconds, begun.Title ?? "");
        if (await clips.FindAsync(Id) is { } known)
        {
            return known.Fingerprint != fingerprint ? new Refusal(RefusalCode.KeyReused, "This key was used for another clip. Start again with a new one.")
                : known.State == ClipRow.Deleted ? RecordingAccess.ClipNotFound()
                : known.ToView();
        }

        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badKey) { return badKey; }
        if (begun.Seconds is < RecordingLimits.ClipSecondsMin or > RecordingLimits.ClipSecondsMax)
        {
            return new Refusal(
                RefusalCode.ClipNotAllowed, $"A clip lasts {RecordingLimits.ClipSecondsMin} to {RecordingLimits.ClipSecondsMax} seconds. Choose a time between.");
        }

        var room = await GrainFactory.GetGrain<IRoomGrain>(begun.RoomId).Get();
        if (!room.Ok) { return room.Refusal; }
        var owner = room.Value.Owner;

        // It is for those for whom its recording is; of a broadcast that runs, or is not recorded, the room says what the row does not.
        var recording = await recordings.FindAsync(begun.RecordingId);
        var forGuests = recording is { IsForGuests: true }
            || (recording is not { Phase: RecordingState.Ready } && await RecordingAccess.WasPrivateAsync(GrainFactory, begun.RoomId, begun.RecordingId, begun.StartedAt));
        if (await RecordingAccess.RefuseRoomAsync(GrainFactory, begun.RoomId, owner.Id, caller, forGuests) is { } refusal) { return refusal; }
        if (recording is { Phase: RecordingState.TakenDown or RecordingState.Deleted }) { return RecordingAccess.NotFound(); }
        if (caller.Id != owner.Id && !(await recordings.GetSettingsAsync(begun.RoomId)).Clips)
        {
            return new Refusal(RefusalCode.ClipNotAllowed, "The owner of this room does not want clips to be made.");
        }

        var title = begun.Title?.Trim() is { Length: > 0 } own ? own : room.Value.Title;
        if (title.Length > RoomLimits.TitleLengthMax || title.Any(char.IsControl))
        {
            return new Refusal(RefusalCode.TitleNotAllowed, $"A title has 1 to {RoomLimits.TitleLengthMax} characters. Choose another.");
        }

        var row = new ClipRow
        {
            ClipId = Id, RecordingId = begun.RecordingId, RoomId = begun.RoomId, PlaceId = begun.PlaceId, OwnerId = owner.Id, OwnerName = owner.Name,
            ById = caller.Id, ByName = caller.Person.Name, Title = title, Fingerprint = fingerprint, MadeAt = Microseconds.Of(now),
            Audience = forGuests ? 1 : 0,
        };
        return await clips.AddAsync(row, now - Pace) switch
        {
            null => row.ToView(),
            ClipLimit.OfViewer => new Refusal(
                RefusalCode.SlowDown, $"You may make {RecordingLimits.ClipsPerViewer} clips in {RecordingLimits.ClipPaceMinutes} minutes. Wait a little.")
            {
                RetryAfterMs = (long)Pace.TotalMilliseconds,
            },
            _ => new Refusal(RefusalCode.LimitReached, $"There are {RecordingLimits.ClipsPerRecordingMax} clips of this broadcast already."),
        };
    }

    public async ValueTask<Result<ClipView>> Made(long durationMs, long bytes)
    {
        await clips.MadeAsync(Id, durationMs, bytes);
        return await clips.FindAsync(Id) is { State: ClipRow.Ready } row ? row.ToView() : RecordingAccess.ClipNotFound();
    }

    public async ValueTask Failed() => await clips.ForgetAsync(Id);

    public async ValueTask<string?> FindPlace() => (await clips.FindAsync(Id))?.PlaceId;

    public async ValueTask<Result<ClipView>> Get(Caller? caller)
    {
        if (await clips.FindAsync(Id) is not { State: not ClipRow.Deleted } row) { return RecordingAccess.ClipNotFound(); }
        return await RecordingAccess.RefuseRoomAsync(GrainFactory, row.RoomId, row.OwnerId, caller, row.IsForGuests) is { } refusal
            ? RecordingAccess.IsTold(refusal) ? refusal : RecordingAccess.ClipNotFound()
            : row.ToView();
    }

    public async ValueTask<Result<ClipView>> SetAudience(Caller caller, RoomAudience audience)
    {
        if (await clips.FindAsync(Id) is not { State: not ClipRow.Deleted } row) { return RecordingAccess.ClipNotFound(); }
        if (caller.Id != row.OwnerId) { return RecordingAccess.NotOwner(); }
        if (!Enum.IsDefined(audience)) { return RecordingRules.BadAudience(); }
        if (await recordings.FindAsync(row.RecordingId) is { Phase: RecordingState.Recording })
        {
            return new Refusal(RefusalCode.RecordingNotReady, "This broadcast is still on. Choose when it is over.");
        }

        if (row.IsForGuests == (audience == RoomAudience.Private)) { return row.ToView(); }

        await clips.SetAudienceAsync(
            Id, (long)audience,
            new AuditEntry(Time.GetUtcNow(), caller.Person, "setClipAudience", row.RoomId, Id, null, audience == RoomAudience.Private ? "private" : "public", null));
        return (await clips.FindAsync(Id))!.ToView();
    }

    public async ValueTask<Result<Done>> Delete(Caller caller)
    {
        if (await clips.FindAsync(Id) is not { State: not ClipRow.Deleted } row) { return Done.Value; }
        if (caller.Id != row.ById && caller.Id != row.OwnerId && !caller.Moderates)
        {
            return new Refusal(RefusalCode.NotAllowed, "Only who made this clip, the owner of its room and moderators can take it away.");
        }

        var entry = caller.Id == row.ById ? null : new AuditEntry(Time.GetUtcNow(), caller.Person, "deleteClip", row.RoomId, Id, row.ByName, row.Title, null);
        await clips.DeleteAsync(Id, entry);
        return Done.Value;
    }
}
