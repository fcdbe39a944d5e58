using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Cluster;

/// <summary>
/// The calls of this process to one shard. They go to one place at a time: while some that were sent to the former owner are neither
/// answered nor back, later ones wait, so that no call overtakes an earlier one of its caller. Whatever comes back takes its old place.
/// </summary>
internal sealed class ShardLane(int shard, Action nudge)
{
    private readonly Lock _gate = new();
    private PriorityQueue<GrainCall, long>? _parked;
    private object? _place;
    private long _lastNumber;
    private int _out;
    private bool _releasing;
    private bool _someCameBack;
    private bool _hurried;
    private long _cameBackAt;

    /// <summary>Of these calls.</summary>
    public int Shard => shard;

    /// <summary>
    /// Rises when calls have come back from an owner and are about to be sent out anew. A silo that has sent one call back sends those of
    /// the same generation back too, even if it may serve the shard again by then: they were sent after the one that came back.
    /// </summary>
    public int Generation { get; private set; }

    /// <summary>Calls that wait.</summary>
    public int ParkedCount
    {
        get
        {
            lock (_gate) { return _parked?.Count ?? 0; }
        }
    }

    /// <summary>Lets a new call out, or keeps it.</summary>
    /// <param name="placeOf">Where the shard is served; null: nowhere known.</param>
    /// <param name="mayWait">Whether there is room for one more that waits.</param>
    /// <param name="place">Where it is to be carried; null: it waits.</param>
    /// <returns>False: it would have to wait, and may not.</returns>
    public bool TryEnter(GrainCall call, Func<int, object?> placeOf, bool mayWait, out object? place)
    {
        lock (_gate)
        {
            place = null;
            var isOpen = !_releasing && !_someCameBack && !(_parked?.Count > 0);
            if (isOpen && placeOf(shard) is { } found && (_out == 0 || ReferenceEquals(found, _place)))
            {
                (call.Lane, call.SendNumber) = (this, ++_lastNumber);
                Out(call, place = found);
                return true;
            }

            if (!mayWait) { return false; }
            (call.Lane, call.SendNumber) = (this, ++_lastNumber);
            Keep(call);
            return true;
        }
    }

    /// <summary>A call was not served where it was sent: it waits for the next way, in its old place.</summary>
    /// <returns>False: it may not wait, or has its answer already.</returns>
    public bool TryComeBack(GrainCall call, bool mayWait, long now)
    {
        lock (_gate)
        {
            if (call.IsOut)
            {
                call.IsOut = false;
                _out--;
            }

            if (!_someCameBack) { (_someCameBack, _cameBackAt) = (true, now); }
            if (!mayWait || call.IsAnswered) { return false; }
            Keep(call);
            return true;
        }
    }

    /// <summary>
    /// Whether those that came back should go out again at once. They do so once until a call is answered: while two silos each say that
    /// the other one serves the shard, calls would go to and fro between them as fast as the links carry them.
    /// </summary>
    public bool MayHurry()
    {
        lock (_gate)
        {
            if (_hurried || _out > 0) { return false; }
            return _hurried = true;
        }
    }

    /// <summary>The call has its answer.</summary>
    public void Answered(GrainCall call)
    {
        lock (_gate)
        {
            if (!call.IsOut) { return; }
            call.IsOut = false;
            _hurried = false;
            if (--_out > 0 || !(_parked?.Count > 0)) { return; }
        }

        nudge();
    }

    /// <summary>
    /// Takes the first that waits. With a place it is to be carried there, without one its patience is over. Ask again after having carried
    /// it: until this says that there is nothing more, new calls wait behind it.
    /// </summary>
    /// <param name="placeOf">Where the shard is served; null: nowhere known.</param>
    /// <param name="now">A timestamp of the clock.</param>
    /// <param name="orderPatience">How long to wait for calls that are still out at the former owner, in the clock's ticks.</param>
    /// <param name="place">Where it is to be carried.</param>
    public GrainCall? TakeNext(Func<int, object?> placeOf, long now, long orderPatience, out object? place)
    {
        lock (_gate)
        {
            place = null;
            _releasing = false;
            if (_parked is null || !_parked.TryPeek(out var first, out _))
            {
                // Nobody waits and nobody is out: what comes next is of another time.
                if (_someCameBack && _out == 0) { (_someCameBack, Generation) = (false, Generation + 1); }
                _parked = null;
                return null;
            }

            if (!first.IsAnswered && now <= first.OwnerBy)
            {
                if (placeOf(shard) is not { } found || !MayOpen(found, now, orderPatience)) { return null; }
                Out(first, place = found);
            }

            _releasing = true;
            return _parked.Dequeue();
        }
    }

    /// <summary>Takes everything that waits: this process stops.</summary>
    public IReadOnlyList<GrainCall> TakeAll()
    {
        lock (_gate)
        {
            List<GrainCall> all = [];
            while (_parked is not null && _parked.TryDequeue(out var call, out _)) { all.Add(call); }
            return all;
        }
    }

    private void Keep(GrainCall call)
    {
        // Whoever lets it out is not its caller.
        call.MayRunHere = false;
        (_parked ??= new PriorityQueue<GrainCall, long>()).Enqueue(call, call.SendNumber);
    }

    private bool MayOpen(object place, long now, long orderPatience)
    {
        if (_out > 0 && (_someCameBack || !ReferenceEquals(place, _place)))
        {
            // Those that are still out come back, or are answered, within the time a hand-over takes. Whoever does not is a turn that
            // its silo has given up on; the others do not wait for it.
            if (!_someCameBack) { (_someCameBack, _cameBackAt) = (true, now); }
            if (now - _cameBackAt <= orderPatience) { return false; }
        }

        if (_someCameBack) { (_someCameBack, Generation) = (false, Generation + 1); }
        return true;
    }

    private void Out(GrainCall call, object place)
    {
        _place = place;
        _out++;
        (call.IsOut, call.Generation) = (true, Generation);
    }
}
