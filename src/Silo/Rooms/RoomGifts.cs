using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Silo.Rooms;

/// <summary>A gift's place in the ledger's order of commits.</summary>
internal readonly record struct GiftPlace(long Batch, int Order) : IComparable<GiftPlace>
{
    /// <inheritdoc/>
    public int CompareTo(GiftPlace other) => Batch != other.Batch ? Batch.CompareTo(other.Batch) : Order.CompareTo(other.Order);

    public static bool operator <(GiftPlace left, GiftPlace right) => left.CompareTo(right) < 0;

    public static bool operator >(GiftPlace left, GiftPlace right) => left.CompareTo(right) > 0;

    public static bool operator <=(GiftPlace left, GiftPlace right) => left.CompareTo(right) <= 0;

    public static bool operator >=(GiftPlace left, GiftPlace right) => left.CompareTo(right) >= 0;

    /// <summary>Where this gift is.</summary>
    public static GiftPlace Of(SettledGift gift) => new(gift.Batch, gift.Order);
}

/// <summary>Which gifts a room has shown, and what combo each belongs to. Knows no clock: times are the ledger's.</summary>
/// <remarks>
/// The ledger tells the room of a commit with a one-way call, which may be lost or overtaken. Places count the commits of the
/// whole ledger, not of this room, so a missing one can't be seen in the numbers. Therefore two marks: everything up to
/// <see cref="Complete"/> was read from the ledger itself and is known to be shown; what was told beyond it is remembered one
/// by one. The room reads the ledger after the mark from time to time (see RoomGrain), shows what it was never told, and moves
/// the mark up.
/// </remarks>
internal sealed class RoomGifts
{
    /// <summary>Combos that may run at once in a room; with more, the one that ends first starts anew.</summary>
    public const int CombosMax = 1024;

    /// <summary>Gifts that may be told between two readings of the ledger and be remembered; beyond that they wait to be read.</summary>
    public const int AheadMax = 4096;

    /// <summary>How long after a gift the same gift of the same sender continues its combo.</summary>
    public static readonly TimeSpan ComboWithin = TimeSpan.FromSeconds(5);

    private readonly HashSet<GiftPlace> _ahead = [];
    private readonly Dictionary<(string Sender, string GiftId), (DateTimeOffset At, int Count)> _combos = [];

    /// <summary>Every gift of this room up to this place has been shown.</summary>
    public GiftPlace Complete { get; private set; }

    /// <summary>Whether gifts were shown beyond <see cref="Complete"/>.</summary>
    public bool IsAhead => _ahead.Count > 0;

    /// <summary>Continues after a restart from the stored mark.</summary>
    public void Restore(GiftPlace complete) => Complete = complete;

    /// <summary>The ledger told of this gift.</summary>
    /// <returns>Whether it must be shown: false for a repeat.</returns>
    public bool IsNew(SettledGift gift)
    {
        var place = GiftPlace.Of(gift);
        return place > Complete && _ahead.Count < AheadMax && _ahead.Add(place);
    }

    /// <summary>These gifts were read from the ledger, in order, after <see cref="Complete"/>: the mark moves to the last.</summary>
    /// <returns>Those of them that must be shown.</returns>
    public IReadOnlyList<SettledGift> Read(IReadOnlyList<SettledGift> gifts)
    {
        var missed = new List<SettledGift>();
        foreach (var gift in gifts)
        {
            var place = GiftPlace.Of(gift);
            if (place <= Complete) { continue; }

            if (!_ahead.Remove(place)) { missed.Add(gift); }
            Complete = place;
        }

        return missed;
    }

    /// <summary>How many of this gift its sender has sent in a row, these included.</summary>
    public int CountCombo(SettledGift gift)
    {
        var key = (gift.Sender.Id, gift.GiftId);
        var before = _combos.TryGetValue(key, out var running) && gift.At - running.At <= ComboWithin ? running.Count : 0;
        var count = (int)Math.Min((long)before + gift.Quantity, int.MaxValue);
        if (_combos.Count >= CombosMax && !_combos.ContainsKey(key)) { ForgetCombos(gift.At); }
        _combos[key] = (before > 0 && running.At > gift.At ? running.At : gift.At, count);
        return count;
    }

    private void ForgetCombos(DateTimeOffset at)
    {
        foreach (var (key, combo) in _combos)
        {
            if (at - combo.At > ComboWithin) { _combos.Remove(key); }
        }

        if (_combos.Count >= CombosMax) { _combos.Remove(_combos.MinBy(pair => pair.Value.At).Key); }
    }
}
