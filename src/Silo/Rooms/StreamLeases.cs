using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;

namespace LiveCommerce.Silo.Rooms;

/// <summary>The broadcast that a room has, as it is stored.</summary>
/// <param name="StreamId">Its public name; also what the publisher's gateway proves its lease with.</param>
/// <param name="GatewayId">Where the media arrives.</param>
/// <param name="ByKey">Opened with the stream key, not by the signed-in owner.</param>
/// <param name="PlaceId">Where it is recorded; null: nowhere.</param>
internal sealed record StreamState(string StreamId, StreamPhase Phase, DateTimeOffset? StartedAt, string GatewayId, bool ByKey = false, string? PlaceId = null)
{
    /// <summary>As everyone sees it.</summary>
    public StreamInfo Info => new(Phase, StreamId, StartedAt);
}

/// <summary>
/// Who may publish in a room: one at a time. A lease lives by its heartbeat; when that stops the broadcast counts as
/// interrupted, and after the grace time it is over. Knows no clock: the caller says what time it is, counted from any fixed
/// moment.
/// </summary>
/// <param name="silence">How long a publisher's gateway may be silent.</param>
/// <param name="grace">How long an interrupted broadcast waits for its publisher.</param>
internal sealed class StreamLeases(TimeSpan silence, TimeSpan grace)
{
    private TimeSpan _heardAt;
    private bool _heard;
    private TimeSpan _interruptedAt;

    /// <summary>The broadcast; null when there is none.</summary>
    public StreamState? Current { get; private set; }

    /// <summary>Continues with the stored broadcast after a restart: its gateway has the usual time to be heard again.</summary>
    public void Restore(StreamState? stored, TimeSpan now)
    {
        Current = stored;
        _heard = false;
        _heardAt = now;
        _interruptedAt = now;
    }

    /// <summary>Asks to publish.</summary>
    /// <param name="continues">The broadcast that the asker has sent until now; null: it begins.</param>
    /// <param name="placeId">Where it is recorded.</param>
    /// <param name="byKey">With the stream key, not as the signed-in owner.</param>
    public Result<StreamLease> Open(string gatewayId, bool takeOver, TimeSpan now, string? continues = null, bool byKey = false, string? placeId = null)
    {
        if (Current is { } open)
        {
            // After a restart nobody knows whether the old publisher is still there; until it is heard, one who asks is
            // more likely the same one coming back than a second one.
            var busy = open.Phase != StreamPhase.Interrupted && _heard && open.StreamId != continues;
            if (busy && !takeOver)
            {
                return new Refusal(RefusalCode.AlreadyPublishing, "This room is already live from somewhere else. End that broadcast, or take it over.");
            }

            // Only the same gateway continues under the same name: the playlist and its segments are there, or were recorded there
            // before it was started anew. Another gateway gets a new name, so that a report from the old one, which may only have
            // been cut off, is told to stop.
            var isGone = open.Phase == StreamPhase.Interrupted || !_heard;
            if (!busy && (open.GatewayId == gatewayId || (isGone && placeId is not null && open.PlaceId == placeId)))
            {
                Hear(now);
                Current = open with { Phase = StreamPhase.Starting, ByKey = byKey, GatewayId = gatewayId };
                return new StreamLease(open.StreamId, Resumed: true);
            }
        }

        Hear(now);
        Current = new StreamState(Guid.CreateVersion7().ToString("N"), StreamPhase.Starting, null, gatewayId, byKey, placeId);
        return new StreamLease(Current.StreamId, Resumed: false);
    }

    /// <summary>The heartbeat, with the phase as the publisher's gateway sees it.</summary>
    /// <returns>False when the lease is not (or no longer) this one.</returns>
    public bool Report(string streamId, StreamPhase phase, DateTimeOffset at, TimeSpan now)
    {
        if (Current is not { } open || open.StreamId != streamId) { return false; }

        Hear(now);
        if (phase == StreamPhase.Offline || !Enum.IsDefined(phase))
        {
            Current = null;
            return false;
        }

        if (phase == StreamPhase.Interrupted && open.Phase != StreamPhase.Interrupted) { _interruptedAt = now; }
        Current = open with { Phase = phase, StartedAt = open.StartedAt ?? (phase == StreamPhase.Live ? at : null) };
        return true;
    }

    /// <summary>The publisher has ended it.</summary>
    /// <returns>False when it is not the current one.</returns>
    public bool Close(string streamId)
    {
        if (Current?.StreamId != streamId) { return false; }

        Current = null;
        return true;
    }

    /// <summary>Ends it whoever publishes: the next heartbeat is told to stop.</summary>
    public void Revoke() => Current = null;

    /// <summary>Applies the time that has passed.</summary>
    public void Expire(TimeSpan now)
    {
        if (Current is not { } open) { return; }

        if (open.Phase != StreamPhase.Interrupted)
        {
            if (now - _heardAt < silence) { return; }

            _interruptedAt = now;
            Current = open with { Phase = StreamPhase.Interrupted };
        }
        else if (now - _interruptedAt >= grace)
        {
            Current = null;
        }
    }

    private void Hear(TimeSpan now)
    {
        _heard = true;
        _heardAt = now;
    }
}
