using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Recordings;

/// <summary>The recordings of one room.</summary>
internal sealed class RoomRecordingsGrain(RecordingStore store, ClipStore clips) : Grain, IRoomRecordingsGrain
{
    private string RoomId => GetPrimaryKeyString();

    public async ValueTask<RecordingSettings> GetSettings() => await store.GetSettingsAsync(RoomId);

    public async ValueTask<Result<RecordingSettings>> SetSettings(Caller caller, RecordingSettings settings)
    {
        var room = await GrainFactory.GetGrain<IRoomGrain>(RoomId).Get();
        if (!room.Ok) { return room.Refusal; }
        if (caller.Id != room.Value.Owner.Id) { return RecordingAccess.NotOwner(); }
        if (settings.KeepDays is < 1 or > RecordingLimits.KeepDaysMax) { return RecordingRules.BadDays(); }

        await store.SetSettingsAsync(RoomId, settings);
        return settings;
    }

    public async ValueTask<Result<RecordingList>> List(Caller? caller)
    {
        var room = await GrainFactory.GetGrain<IRoomGrain>(RoomId).Get();
        if (!room.Ok) { return room.Refusal; }
        var owner = room.Value.Owner.Id;
        if (await RecordingAccess.RefuseRoomAsync(GrainFactory, RoomId, owner, caller) is { } refusal) { return refusal; }

        var isGuest = caller is not null && await RecordingAccess.RefuseRoomAsync(GrainFactory, RoomId, owner, caller, forGuests: true) is null;
        return new RecordingList(await store.ListAsync(RoomId, watchable: true, forGuests: isGuest));
    }

    public async ValueTask<Result<RecordingDesk>> ListAll(Caller caller)
    {
        var room = await GrainFactory.GetGrain<IRoomGrain>(RoomId).Get();
        if (!room.Ok) { return room.Refusal; }
        return caller.Id != room.Value.Owner.Id && !caller.Moderates
            ? RecordingAccess.NotOwner()
            : new RecordingDesk(await store.GetSettingsAsync(RoomId), await store.ListAsync(RoomId, watchable: false, forGuests: true), await clips.ListAsync(RoomId));
    }
}

/// <summary>What lies in one place. Stateless: the rows are the truth.</summary>
internal sealed class RecordingPlaceGrain(RecordingStore store, ReplayEventStore events) : Grain, IRecordingPlaceGrain
{
    private string PlaceId => GetPrimaryKeyString();

    public async ValueTask<HeldList> ListHeld()
    {
        await events.ForgetUnrecordedAsync(Time.GetUtcNow());
        return await store.ListHeldAsync(PlaceId);
    }

    public async ValueTask Removed(IReadOnlyList<string> recordingIds, IReadOnlyList<string> clipIds) => await store.ForgetAsync(recordingIds, clipIds, Time.GetUtcNow() - ClipGrain.Pace);

    public async ValueTask<string?> GiveUpOldest()
    {
        if (await store.FindOldestAsync(PlaceId) is not { } oldest) { return null; }

        await store.DeleteAsync(oldest, withClips: false, entry: null);
        return oldest;
    }
}
