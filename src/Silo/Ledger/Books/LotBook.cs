using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>
/// The coin lots of one viewer, as a function of what happened to the account, told in its order. Pure: the same history gives the
/// same lots, so nothing about them is stored (ADR 0011).
/// </summary>
/// <remarks>
/// What brings coins opens a lot named after its entry; what takes coins takes the oldest first, or from the lot that it names; what a
/// hold has frozen of a lot is not taken by others. A reversal, and what comes back of a red packet, gives back to the lots that paid, the last
/// of them first.
/// At every moment: the sum of what is left is the balance, and a lot's coins are what is left of it and its uses.
/// </remarks>
/// <param name="traced">The lot whose uses are remembered; null: none.</param>
internal sealed class LotBook(Guid? traced = null)
{
    /// <summary>Lots of one viewer.</summary>
    public const int LotsMax = 20_000;

    /// <summary>Uses of the traced lot; each is of one coin at least.</summary>
    public const int UsesMax = 200_000;

    private readonly List<Lot> _lots = [];
    private readonly Dictionary<Guid, Lot> _byName = [];
    private readonly Dictionary<Guid, List<Payer>> _payers = [];
    private readonly Dictionary<Guid, Frozen> _holds = [];
    private readonly OrderedDictionary<Guid, CoinLotUse> _uses = [];

    // Of which entries something will be given back in what is told next; null: of all.
    private HashSet<Guid>? _givenBack;

    // Every lot before it is empty: a long history is not walked for each gift.
    private int _firstLeft;

    /// <summary>The lots, oldest first.</summary>
    public IReadOnlyList<CoinLot> Lots => [.. _lots.Select(lot => lot.View())];

    /// <summary>Before the next part of the history: something of these entries is given back in it, and of no others. Never called: of any.</summary>
    public void Remember(IEnumerable<Guid> givenBack) => _givenBack = [.. givenBack];

    /// <summary>Whether it is remembered who paid for an entry, so that it can be given back.</summary>
    public bool Knows(Guid entry) => _payers.ContainsKey(entry);

    /// <summary>About how much it keeps in memory: lots, and payers of what may be given back.</summary>
    public int Size => _lots.Count + _payers.Count + _holds.Count;

    /// <summary>The traced lot and what it paid for; null when it never was.</summary>
    public CoinLotTrace? Trace => traced is { } name && _byName.TryGetValue(name, out var lot) ? new CoinLotTrace(lot.View(), [.. _uses.Values]) : null;

    /// <summary>Coins came in, or went out, or were given back.</summary>
    public void Move(BookEntry entry)
    {
        // What a hold had frozen is what its post takes.
        var named = entry.Lot;
        if (entry is { Kind: LedgerEntryKind.HoldPosted, Original: { } hold } && Thaw(hold) is { } frozen) { named ??= frozen; }

        if (entry.Change < 0) { Take(entry, -entry.Change, named); }
        else if (entry.Change > 0) { Bring(entry, entry.Change); }
    }

    /// <summary>A hold takes up to <paramref name="amount"/> of a lot out of everybody else's reach.</summary>
    public void Freeze(Guid hold, Guid lotName, long amount)
    {
        if (!_byName.TryGetValue(lotName, out var lot)) { return; }
        var part = Math.Min(amount, lot.Free);
        lot.Held += part;
        _holds.Add(hold, new Frozen(lot, part));
    }

    /// <summary>A hold has ended.</summary>
    /// <returns>The lot that it had frozen a part of.</returns>
    public Guid? Thaw(Guid hold)
    {
        if (!_holds.Remove(hold, out var frozen)) { return null; }
        frozen.Lot.Held -= Math.Min(frozen.Amount, frozen.Lot.Held);
        return frozen.Lot.Name;
    }

    private void Bring(BookEntry entry, long amount)
    {
        if (entry is { Kind: LedgerEntryKind.Reversal or LedgerEntryKind.PacketReturned, Original: { } original } && _payers.TryGetValue(original, out var payers))
        {
            for (var i = payers.Count - 1; i >= 0 && amount > 0; i--)
            {
                var back = Math.Min(amount, payers[i].Amount);
                GiveBack(original, payers[i].Lot, back);
                payers[i] = payers[i] with { Amount = payers[i].Amount - back };
                amount -= back;
            }
        }

        // Coins that nothing here paid for, such as a correction: a lot of their own.
        if (amount > 0) { Open(entry, amount); }
    }

    private void Open(BookEntry entry, long coins)
    {
        if (_lots.Count == LotsMax) { throw new InvalidOperationException($"An account has more than {LotsMax} coin lots."); }
        var lot = new Lot(entry, coins, _lots.Count);
        _lots.Add(lot);
        _byName.Add(entry.Key, lot);
    }

    private void GiveBack(Guid original, Lot lot, long amount)
    {
        if (amount == 0) { return; }
        lot.Left += amount;
        _firstLeft = Math.Min(_firstLeft, lot.Index);
        if (lot.Name != traced || !_uses.TryGetValue(original, out var use)) { return; }
        if (use.Amount == amount) { _uses.Remove(original); }
        else { _uses[original] = use with { Amount = use.Amount - amount }; }
    }

    private void Take(BookEntry entry, long amount, Guid? named)
    {
        if (named is { } name && _byName.TryGetValue(name, out var own)) { amount -= TakeFrom(own, Math.Min(amount, own.Free), entry); }
        while (_firstLeft < _lots.Count && _lots[_firstLeft].Left == 0) { _firstLeft++; }
        for (var i = _firstLeft; i < _lots.Count && amount > 0; i++) { amount -= TakeFrom(_lots[i], Math.Min(amount, _lots[i].Free), entry); }

        // The ledger lets nobody spend what is held, so only a lot's own reversal beside a hold on it comes this far.
        for (var i = _firstLeft; i < _lots.Count && amount > 0; i++) { amount -= TakeFrom(_lots[i], Math.Min(amount, _lots[i].Left), entry); }
        if (amount > 0) { throw new InvalidOperationException($"Entry {entry.Key} takes {amount} coins more than the account ever had."); }
    }

    private long TakeFrom(Lot lot, long amount, BookEntry entry)
    {
        if (amount == 0) { return 0; }
        lot.Left -= amount;
        lot.Held = Math.Min(lot.Held, lot.Left);
        if (_givenBack is null || _givenBack.Contains(entry.Key))
        {
            if (!_payers.TryGetValue(entry.Key, out var payers)) { _payers.Add(entry.Key, payers = []); }
            payers.Add(new Payer(lot, amount));
        }

        if (lot.Name == traced) { Use(entry, amount); }
        return amount;
    }

    private void Use(BookEntry entry, long amount)
    {
        if (_uses.TryGetValue(entry.Key, out var use))
        {
            _uses[entry.Key] = use with { Amount = use.Amount + amount };
            return;
        }

        if (_uses.Count == UsesMax) { throw new InvalidOperationException($"A coin lot has more than {UsesMax} uses."); }
        _uses.Add(entry.Key, new CoinLotUse(entry.Key, entry.Kind, amount, entry.At, entry.RoomId, entry.GiftId));
    }

    private sealed class Lot(BookEntry source, long coins, int index)
    {
        private readonly long _coins = coins;

        public Guid Name => source.Key;

        public int Index { get; } = index;

        public long Left { get; set; } = coins;

        public long Held { get; set; }

        public long Free => Left - Held;

        public CoinLot View() => new(Name, source.Reference, _coins, Left, Held, source.At);
    }

    private readonly record struct Payer(Lot Lot, long Amount);

    private readonly record struct Frozen(Lot Lot, long Amount);
}
