using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>How many different people took part in the stream that runs or ran last.</summary>
internal sealed class RoomEngagement
{
    private bool _moved;

    public DistinctCount Chatters { get; private set; } = new();

    public DistinctCount Gifters { get; private set; } = new();

    public DistinctCount Buyers { get; private set; } = new();

    /// <summary>The numbers.</summary>
    public Engagement Now => new(Chatters.Count, Gifters.Count, Buyers.Count);

    /// <summary>Whether somebody has come since this was asked last.</summary>
    public bool TakeMoved()
    {
        var moved = _moved;
        _moved = false;
        return moved;
    }

    /// <summary>Somebody took part.</summary>
    /// <returns>Whether this one is new.</returns>
    public bool Note(DistinctCount who, string accountId)
    {
        var isNew = who.Add(accountId);
        _moved |= isNew;
        return isNew;
    }

    /// <summary>A new stream: nobody has taken part yet.</summary>
    public void Clear()
    {
        (Chatters, Gifters, Buyers) = (new(), new(), new());
        _moved = true;
    }

    /// <summary>As it is stored.</summary>
    public EngagementState Save() => new() { Chatters = Chatters.Save(), Gifters = Gifters.Save(), Buyers = Buyers.Save() };

    /// <summary>Continues from what was stored.</summary>
    public void Restore(EngagementState? stored) =>
        (Chatters, Gifters, Buyers) = (DistinctCount.Load(stored?.Chatters), DistinctCount.Load(stored?.Gifters), DistinctCount.Load(stored?.Buyers));
}

/// <summary>What <see cref="RoomEngagement"/> stores; formats: <see cref="DistinctCount.Save"/>.</summary>
internal sealed class EngagementState
{
    public byte[] Chatters { get; set; } = [];

    public byte[] Gifters { get; set; } = [];

    public byte[] Buyers { get; set; } = [];
}
