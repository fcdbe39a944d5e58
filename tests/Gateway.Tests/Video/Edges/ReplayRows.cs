using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Video.Recordings;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>The rows of recordings as far as gateways ask for them while broadcasts run: everything may be recorded and watched, until it is taken down.</summary>
internal sealed class ReplayRows : IRecordingDesk, IRecordingGrain, IRecordingPlaceGrain
{
    private int _running;

    /// <summary>A moderator has taken all of it down.</summary>
    public bool IsTakenDown { get; set; }

    /// <summary>Who alone may have what was recorded; null: everybody.</summary>
    public IReadOnlyCollection<string>? Guests { get; set; }

    /// <summary>While set, nobody answers.</summary>
    public bool IsOutOfReach { get; set; }

    /// <summary>Recordings that have begun and not ended.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Called before a recording of a room begins.</summary>
    public Action<string>? OnBegin { get; set; }

    public IRecordingGrain Recording(string recordingId) => this;

    public IClipGrain Clip(string clipId) => throw new NotSupportedException();

    public IRecordingPlaceGrain Place(string placeId) => this;

    public ValueTask<Result<Done>> Begin(RecordingBegun begun)
    {
        OnBegin?.Invoke(begun.RoomId);
        Interlocked.Increment(ref _running);
        return new(Done.Value);
    }

    public ValueTask End(RecordingEnded ended)
    {
        Interlocked.Decrement(ref _running);
        return default;
    }

    public ValueTask<Result<RecordingView>> Get(Caller? caller) => new(IsOutOfReach
        ? throw new IOException("No silo.")
        : IsTakenDown
        ? new Refusal(RefusalCode.RecordingNotFound, "A moderator has taken it down.")
        : Guests is { } guests && (caller is null || !guests.Contains(caller.Id))
            ? new Refusal(RefusalCode.RoomPrivate, "It is for guests.")
            : new Refusal(RefusalCode.RecordingNotReady, "It is being made ready."));

    public ValueTask<Result<RecordingView>> SetAudience(Caller caller, RoomAudience audience) => throw new NotSupportedException();

    public ValueTask<HeldList> ListHeld() => new(new HeldList([], []));

    public ValueTask Removed(IReadOnlyList<string> recordingIds, IReadOnlyList<string> clipIds) => default;

    public ValueTask<string?> GiveUpOldest() => new((string?)null);

    public ValueTask PicturesMade() => default;

    public ValueTask<string?> FindPlace() => new((string?)null);

    public ValueTask<Result<RecordingView>> Keep(Caller caller, int? days) => throw new NotSupportedException();

    public ValueTask<Result<Done>> Delete(Caller caller, bool withClips) => throw new NotSupportedException();

    public ValueTask<Result<Done>> TakeDown(Caller caller, string? reason) => throw new NotSupportedException();

    public ValueTask<Result<ReplayEvents>> ReadEvents(Caller? caller, DateTimeOffset from, DateTimeOffset to, int take) => throw new NotSupportedException();

    public ValueTask<Result<ReplayEvents>> ReadPins(Caller? caller) => throw new NotSupportedException();

    public ValueTask OnDue() => throw new NotSupportedException();
}
