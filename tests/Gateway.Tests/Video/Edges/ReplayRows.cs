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
    private int _asked;

    /// <summary>A moderator has taken all of it down.</summary>
    public bool IsTakenDown { get; set; }

    /// <summary>Who alone may have what was recorded; null: everybody.</summary>
    public IReadOnlyCollection<string>? Guests { get; set; }

    /// <summary>While set, nobody answers.</summary>
    public bool IsOutOfReach { get; set; }

    /// <summary>While set, who may watch cannot be said.</summary>
    public bool IsUndecided { get; set; }

    /// <summary>Nobody says who may watch before this has ended.</summary>
    public Task Answers { get; set; } = Task.CompletedTask;

    /// <summary>No recording begins before this has ended.</summary>
    public Task Begins { get; set; } = Task.CompletedTask;

    /// <summary>How often it was asked who may watch.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>Recordings that have begun and not ended.</summary>
    public int Running => Volatile.Read(ref _running);

    /// <summary>Called before a recording of a room begins.</summary>
    public Action<string>? OnBegin { get; set; }

    public IRecordingGrain Recording(string recordingId) => this;

    public IClipGrain Clip(string clipId) => throw new NotSupportedException();

    public IRecordingPlaceGrain Place(string placeId) => this;

    public async ValueTask<Result<Done>> Begin(RecordingBegun begun)
    {
        await Begins;
        OnBegin?.Invoke(begun.RoomId);
        Interlocked.Increment(ref _running);
        return Done.Value;
    }

    public ValueTask End(RecordingEnded ended)
    {
        Interlocked.Decrement(ref _running);
        return default;
    }

    public async ValueTask<Result<RecordingView>> Get(Caller? caller)
    {
        Interlocked.Increment(ref _asked);
        await Answers;
        if (IsOutOfReach) { throw new IOException("No silo."); }
        if (IsUndecided) { return new Refusal(RefusalCode.Unavailable, "It cannot be said.") { RetryAfterMs = 60_000 }; }
        if (IsTakenDown) { return new Refusal(RefusalCode.RecordingNotFound, "A moderator has taken it down."); }
        return Guests is { } guests && (caller is null || !guests.Contains(caller.Id))
            ? new Refusal(RefusalCode.RoomPrivate, "It is for guests.")
            : new Refusal(RefusalCode.RecordingNotReady, "It is being made ready.");
    }

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
