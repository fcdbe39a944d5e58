namespace LiveCommerce.Actors.Runtime;

/// <summary>The turns that wait at one activation, by priority and then by arrival. Not thread-safe: the activation locks.</summary>
internal sealed class Mailbox
{
    private const int Priorities = 3;

    // First the turns that may always start, then those that wait for others to end.
    private readonly TurnList[] _lists = new TurnList[2 * Priorities];
    private long _nextOrder;

    /// <summary>Calls that wait; ticks are not counted, a timer has at most one.</summary>
    public int Calls { get; private set; }

    /// <summary>The order that the next turn will have: everything with a smaller one is already here.</summary>
    public long NextOrder => _nextOrder;

    public void Add(Turn turn)
    {
        turn.Order = _nextOrder++;
        List(turn).Add(turn);
        if (turn is GrainCall) { Calls++; }
    }

    /// <summary>
    /// Takes the turn to start next, or none. A turn that may not start yet holds up all ordered turns behind it, so that
    /// a stream of read-only calls cannot starve a change.
    /// </summary>
    /// <param name="exclusiveMayStart">No ordered turn is under way.</param>
    /// <param name="readOnlyMayStart">No exclusive turn is under way.</param>
    /// <param name="orderEnd">Turns that arrived with this order or later stay.</param>
    public Turn? Take(bool exclusiveMayStart, bool readOnlyMayStart, long orderEnd)
    {
        for (var priority = 0; priority < Priorities; priority++)
        {
            var free = _lists[priority].First;
            if (free is not null && free.Order >= orderEnd) { free = null; }

            var ordered = exclusiveMayStart || readOnlyMayStart ? _lists[Priorities + priority].First : null;
            if (ordered is not null)
            {
                if (ordered.Order >= orderEnd)
                {
                    ordered = null;
                }
                else if (!(ordered.Interleaving == Interleaving.ReadOnly ? readOnlyMayStart : exclusiveMayStart))
                {
                    ordered = null;
                    exclusiveMayStart = readOnlyMayStart = false;
                }
            }

            var next = free is null || (ordered is not null && ordered.Order < free.Order) ? ordered : free;
            if (next is not null)
            {
                Remove(next);
                return next;
            }
        }

        return null;
    }

    /// <summary>Takes the calls whose time is over. Within a list deadlines rise, so only the heads are looked at.</summary>
    public void TakeOverdue(long now, ref List<GrainCall>? overdue)
    {
        if (Calls == 0) { return; }

        for (var i = 0; i < _lists.Length; i++)
        {
            var turn = _lists[i].First;
            while (turn is not null)
            {
                // Ticks have no deadline and may stand before calls.
                if (turn is GrainCall && turn.Deadline > now) { break; }
                var next = turn.Next;
                if (turn is GrainCall call)
                {
                    Remove(call);
                    (overdue ??= []).Add(call);
                }

                turn = next;
            }
        }
    }

    /// <summary>Takes every call in the order of arrival and forgets the ticks.</summary>
    public List<GrainCall> TakeAllCalls()
    {
        var calls = new List<GrainCall>(Calls);
        for (var i = 0; i < _lists.Length; i++)
        {
            while (_lists[i].First is { } turn)
            {
                Remove(turn);
                if (turn is GrainCall call) { calls.Add(call); }
            }
        }

        calls.Sort(static (a, b) => a.Order.CompareTo(b.Order));
        return calls;
    }

    private void Remove(Turn turn)
    {
        List(turn).Remove(turn);
        if (turn is GrainCall) { Calls--; }
    }

    private ref TurnList List(Turn turn) =>
        ref _lists[(turn.Interleaving == Interleaving.Always ? 0 : Priorities) + (int)turn.Priority];
}
