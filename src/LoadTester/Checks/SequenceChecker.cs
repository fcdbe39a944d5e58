using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>
/// Follows one viewer's feed and finds what docs/wire-protocol.md forbids: a hole, a repeat, a step back, a new epoch without a snapshot.
/// A snapshot is a declared jump. Used by one thread at a time.
/// </summary>
internal sealed class SequenceChecker
{
    private RoomPosition? _position;
    private RoomPosition? _began;

    /// <summary>Where the viewer is; null before its first snapshot.</summary>
    public RoomPosition? Position => _position;

    /// <summary>Events that were not the next one.</summary>
    public int Violations { get; private set; }

    /// <summary>The first of them, in words.</summary>
    public string? FirstViolation { get; private set; }

    /// <summary>Snapshots after the first.</summary>
    public int Jumps { get; private set; }

    /// <summary>The snapshot after which it has seen every event; null before the first.</summary>
    public RoomPosition? WholeSince => Violations == 0 ? _began : null;

    /// <summary>The room as a whole, at a position.</summary>
    public void Snapshot(RoomPosition at)
    {
        if (_position is not null) { Jumps++; }
        _position = at;
        _began = at;
    }

    /// <summary>It begins anew, as somebody who was never here.</summary>
    public void Forget()
    {
        _position = null;
        _began = null;
    }

    /// <summary>One event of a batch.</summary>
    /// <returns>False for a repeat, which a player would not show again.</returns>
    public bool Event(long epoch, long sequence)
    {
        var at = new RoomPosition(epoch, sequence);
        if (_position is not { } last)
        {
            Violate($"event {Name(at)} came before any snapshot");
            _position = at;
            return true;
        }

        if (epoch == last.Epoch && sequence == last.Sequence + 1)
        {
            _position = at;
            return true;
        }

        if (at <= last)
        {
            Violate($"event {Name(at)} came after {Name(last)}: a repeat or a step back");
            return false;
        }

        Violate(epoch == last.Epoch
            ? $"event {Name(at)} came after {Name(last)}: {sequence - last.Sequence - 1} missing"
            : $"epoch {epoch} began after {Name(last)} without a snapshot");
        _position = at;
        return true;
    }

    /// <summary>A batch whose events follow one another.</summary>
    /// <returns>False for a repeat, which a player would not show again.</returns>
    public bool Batch(long epoch, long first, long last)
    {
        if (_position is { } at && epoch == at.Epoch && first == at.Sequence + 1)
        {
            _position = new RoomPosition(epoch, last);
            return true;
        }

        var isNew = Event(epoch, first);
        if (isNew && last > first) { _position = new RoomPosition(epoch, last); }
        return isNew;
    }

    /// <summary>Something else that the protocol forbids.</summary>
    public void Violate(string what)
    {
        Violations++;
        FirstViolation ??= what;
    }

    private static string Name(RoomPosition position) => $"{position.Epoch}/{position.Sequence}";
}
