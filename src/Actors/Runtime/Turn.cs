namespace LiveCommerce.Actors.Runtime;

/// <summary>What a turn lets run beside it at its awaits.</summary>
internal enum Interleaving
{
    /// <summary>Nothing that changes something.</summary>
    Exclusive = 0,

    /// <summary>Other read-only turns.</summary>
    ReadOnly = 1,

    /// <summary>Every turn.</summary>
    Always = 2,
}

/// <summary>
/// Something an activation does from beginning to end: a call or a tick of a timer. It is in one list at a time, either
/// waiting or under way; the fields below belong to the activation and are only touched under its lock.
/// </summary>
internal abstract class Turn
{
    /// <summary>Neighbours in the list.</summary>
    internal Turn? Next { get; set; }

    internal Turn? Previous { get; set; }

    /// <summary>The order of arrival at the activation.</summary>
    internal long Order { get; set; }

    /// <summary>When the caller is told that it takes too long, as a timestamp of the clock; never for ticks.</summary>
    internal long Deadline { get; set; } = long.MaxValue;

    /// <summary>What may run beside it.</summary>
    internal Interleaving Interleaving { get; set; }

    /// <summary>Which queue it waits in.</summary>
    internal abstract CallPriority Priority { get; }

    /// <summary>Whether it counts as use of the activation.</summary>
    internal abstract bool KeepsAlive { get; }

    /// <summary>Runs up to its first await, on the activation's scheduler, and says <see cref="Activation.Ended"/> when it is over.</summary>
    internal abstract void Run(Activation activation);
}

/// <summary>A list that allocates nothing: the turns themselves are its nodes.</summary>
internal struct TurnList
{
    public Turn? First { get; private set; }

    public Turn? Last { get; private set; }

    public int Count { get; private set; }

    public void Add(Turn turn)
    {
        turn.Previous = Last;
        turn.Next = null;
        if (Last is null) { First = turn; } else { Last.Next = turn; }
        Last = turn;
        Count++;
    }

    public void Remove(Turn turn)
    {
        if (turn.Previous is null) { First = turn.Next; } else { turn.Previous.Next = turn.Next; }
        if (turn.Next is null) { Last = turn.Previous; } else { turn.Next.Previous = turn.Previous; }
        turn.Next = turn.Previous = null;
        Count--;
    }
}
