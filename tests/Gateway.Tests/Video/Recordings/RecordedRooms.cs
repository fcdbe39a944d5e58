using System.Collections.Concurrent;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>The rows of replays and clips that are ready, as far as watching is concerned: each is of a room, and all lie in one place.</summary>
internal sealed class RecordedRooms : IRecordingDesk
{
    /// <summary>The room of each.</summary>
    public ConcurrentDictionary<string, string> Rooms { get; } = new();

    /// <summary>The private rooms and who may be there.</summary>
    public ConcurrentDictionary<string, IReadOnlyCollection<string>> Guests { get; } = new();

    /// <summary>Where all of it lies.</summary>
    public string? PlaceId { get; set; }

    public IRecordingGrain Recording(string recordingId) => new Row(this, recordingId);

    public IClipGrain Clip(string clipId) => new Row(this, clipId);

    public IRecordingPlaceGrain Place(string placeId) => new Row(this, placeId);

    private sealed class Row(RecordedRooms rows, string id) : IRecordingGrain, IClipGrain, IRecordingPlaceGrain
    {
        private static readonly Person Owner = new("0190a0b0c0d07000800000000000aaaa", "Owner");

        ValueTask<Result<RecordingView>> IRecordingGrain.Get(Caller? caller) => new(Refuse(caller) is { } refusal
            ? refusal
            : new RecordingView(id, rows.Rooms[id], Owner, "Title", RecordingState.Ready, Takes.Noon, 10_000, 500, null, false, null, []));

        ValueTask<Result<ClipView>> IClipGrain.Get(Caller? caller) => new(Refuse(caller) is { } refusal
            ? refusal
            : new ClipView(id, rows.Rooms[id], id, Owner, Owner, "Title", Takes.Noon, 10_000, 500, true));

        public ValueTask<string?> FindPlace() => new(rows.PlaceId);

        public ValueTask<HeldList> ListHeld() => new(new HeldList([], []));

        public ValueTask Removed(IReadOnlyList<string> recordingIds, IReadOnlyList<string> clipIds) => default;

        public ValueTask<string?> GiveUpOldest() => new((string?)null);

        public ValueTask<Result<Done>> Begin(RecordingBegun begun) => throw new NotSupportedException();

        public ValueTask End(RecordingEnded ended) => throw new NotSupportedException();

        public ValueTask PicturesMade() => throw new NotSupportedException();

        public ValueTask<Result<RecordingView>> Keep(Caller caller, int? days) => throw new NotSupportedException();

        public ValueTask<Result<RecordingView>> SetAudience(Caller caller, RoomAudience audience) => throw new NotSupportedException();

        public ValueTask<Result<Done>> Delete(Caller caller, bool withClips) => throw new NotSupportedException();

        public ValueTask<Result<Done>> TakeDown(Caller caller, string? reason) => throw new NotSupportedException();

        public ValueTask<Result<ReplayEvents>> ReadEvents(Caller? caller, DateTimeOffset from, DateTimeOffset to, int take) => throw new NotSupportedException();

        public ValueTask<Result<ReplayEvents>> ReadPins(Caller? caller) => throw new NotSupportedException();

        public ValueTask OnDue() => throw new NotSupportedException();

        public ValueTask<Result<ClipView>> Begin(Caller caller, ClipBegun begun) => throw new NotSupportedException();

        public ValueTask<Result<ClipView>> Made(long durationMs, long bytes) => throw new NotSupportedException();

        public ValueTask Failed() => throw new NotSupportedException();

        ValueTask<Result<ClipView>> IClipGrain.SetAudience(Caller caller, RoomAudience audience) => throw new NotSupportedException();

        public ValueTask<Result<Done>> Delete(Caller caller) => throw new NotSupportedException();

        private Refusal? Refuse(Caller? caller) => !rows.Rooms.TryGetValue(id, out var roomId)
            ? new Refusal(RefusalCode.RecordingNotFound, "There is no such recording.")
            : rows.Guests.TryGetValue(roomId, out var guests) && (caller is null || !guests.Contains(caller.Id))
                ? new Refusal(RefusalCode.RoomPrivate, "This room is private.")
                : null;
    }
}
