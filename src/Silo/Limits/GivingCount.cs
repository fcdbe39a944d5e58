using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Limits;

/// <summary>How much one account gave, by receiver and day, as far back as any limit looks. Pure; bounded by <see cref="ReceiversMax"/>.</summary>
internal sealed class GivingCount
{
    /// <summary>Receivers that are told apart in a day; what goes to more of them is counted together.</summary>
    public const int ReceiversMax = 1_000;

    /// <summary>Newest gifts that are remembered, so that a repeat is not counted twice.</summary>
    public const int NewestMax = 64;

    /// <summary>The receiver of what goes to nobody in particular, such as what is still in a red packet.</summary>
    public const string Others = "";

    private readonly Dictionary<DateOnly, Day> _days = [];
    private readonly Dictionary<Guid, Counted> _newest = [];
    private readonly Queue<Guid> _order = new();
    private DateOnly _start;

    /// <summary>Adds what the ledger knows.</summary>
    public void Add(IEnumerable<GivenGifts> given)
    {
        foreach (var one in given) { Count(one.Day, one.ReceiverId, one.Coins); }
    }

    /// <summary>Whether the gift is among the newest that were counted; and if so, whether with this receiver and these coins, and on which day.</summary>
    public bool Knows(Guid gift, string receiver, long coins, out bool isSame, out DateOnly day)
    {
        var isKnown = _newest.TryGetValue(gift, out var counted);
        isSame = isKnown && counted.Coins == coins && (counted.Receiver == receiver || counted.Receiver == Others);
        day = counted.Day;
        return isKnown;
    }

    /// <summary>Counts a gift.</summary>
    public void Add(Guid gift, DateOnly day, string receiver, long coins)
    {
        if (_order.Count == NewestMax) { _newest.Remove(_order.Dequeue()); }
        _order.Enqueue(gift);
        _newest[gift] = new Counted(day, Count(day, receiver, coins), coins, Tries: 1);
    }

    /// <summary>One more tries to pay a gift that is known.</summary>
    public void TryAgain(Guid gift) => _newest[gift] = _newest[gift] with { Tries = _newest[gift].Tries + 1 };

    /// <summary>One try came to nothing: the gift is taken back when no other is left.</summary>
    public void TryFailed(Guid gift)
    {
        if (!_newest.TryGetValue(gift, out var counted)) { return; }
        if (counted.Tries > 1) { _newest[gift] = counted with { Tries = counted.Tries - 1 }; }
        else { Remove(gift); }
    }

    /// <summary>Takes a gift back, if it is one of the newest: from the day on which it was counted.</summary>
    public void Remove(Guid gift)
    {
        if (_newest.Remove(gift, out var counted)) { TakeOff(counted); }
    }

    /// <summary>Counts a gift on another day, if it is one of the newest.</summary>
    public void Move(Guid gift, DateOnly day)
    {
        if (!_newest.TryGetValue(gift, out var counted) || counted.Day == day) { return; }
        TakeOff(counted);
        _newest[gift] = counted with { Day = day, Receiver = Count(day, counted.Receiver, counted.Coins) };
    }

    /// <summary>What was counted as one is now counted by who has it; what nobody has was not given.</summary>
    /// <returns>False when it is not among the newest: only the ledger can tell then.</returns>
    public bool TryShare(Guid gift, IEnumerable<(string Receiver, long Coins)> parts)
    {
        if (!_newest.TryGetValue(gift, out var counted)) { return false; }

        Remove(gift);
        foreach (var (receiver, coins) in parts) { Count(counted.Day, receiver, coins); }
        return true;
    }

    /// <summary>Coins of one day.</summary>
    public long OnDay(DateOnly day) => _days.TryGetValue(day, out var given) ? given.Total : 0;

    /// <summary>Coins to one receiver in one day.</summary>
    public long OnDay(DateOnly day, string receiver) =>
        _days.TryGetValue(day, out var given) ? given.Receivers.GetValueOrDefault(receiver) : 0;

    /// <summary>Coins from a day on.</summary>
    public long Since(DateOnly day)
    {
        var sum = 0L;
        foreach (var (date, given) in _days)
        {
            if (date >= day) { sum += given.Total; }
        }

        return sum;
    }

    /// <summary>Who got at least so much from a day on, most first.</summary>
    public IReadOnlyList<string> ReceiversSince(DateOnly day, long coins) =>
        [.. _days.Where(one => one.Key >= day)
            .SelectMany(one => one.Value.Receivers)
            .Where(one => one.Key != Others)
            .GroupBy(one => one.Key, one => one.Value, StringComparer.Ordinal)
            .Select(receiver => (receiver.Key, Coins: receiver.Sum()))
            .Where(receiver => receiver.Coins >= coins)
            .OrderByDescending(receiver => receiver.Coins)
            .Select(receiver => receiver.Key)];

    /// <summary>Forgets days before this one.</summary>
    public void ForgetBefore(DateOnly day)
    {
        if (day == _start) { return; }
        _start = day;
        foreach (var old in _days.Keys.Where(one => one < day).ToList()) { _days.Remove(old); }
    }

    private string Count(DateOnly day, string receiver, long coins)
    {
        if (!_days.TryGetValue(day, out var given)) { _days.Add(day, given = new Day()); }
        if (given.Receivers.Count >= ReceiversMax && !given.Receivers.ContainsKey(receiver)) { receiver = Others; }
        given.Receivers[receiver] = given.Receivers.GetValueOrDefault(receiver) + coins;
        given.Total += coins;
        return receiver;
    }

    private void TakeOff(Counted counted)
    {
        if (!_days.TryGetValue(counted.Day, out var day)) { return; }
        day.Receivers[counted.Receiver] -= counted.Coins;
        day.Total -= counted.Coins;
    }

    /// <summary>A gift as it was counted.</summary>
    /// <param name="Tries">How many try to pay it, or have.</param>
    private readonly record struct Counted(DateOnly Day, string Receiver, long Coins, int Tries);

    private sealed class Day
    {
        public Dictionary<string, long> Receivers { get; } = new(StringComparer.Ordinal);

        /// <summary>Of all of them.</summary>
        public long Total { get; set; }
    }
}
