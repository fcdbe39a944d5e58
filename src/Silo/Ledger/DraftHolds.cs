using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>The holds of one batch while it is decided: each ends once, by the first that ends it.</summary>
/// <param name="originals">The stored entries that requests are about.</param>
internal sealed class DraftHolds(DraftBooks books, IReadOnlyDictionary<Guid, StoredEntry> originals, DateTimeOffset now)
{
    private readonly Dictionary<Guid, DraftHold> _holds = [];
    private readonly List<DraftHold> _changed = [];

    /// <summary>What is stored of them, in order.</summary>
    public IReadOnlyList<HoldChange> Changes() => _changed.Count == 0 ? [] : [.. _changed.Select(hold => hold.ToChange())];

    /// <summary>Takes the amount out of what the debit account can spend.</summary>
    public (LedgerOutcome Outcome, long Amount) Open(LedgerEntry entry, long amount)
    {
        var debit = books.Account(entry.Debit);
        if (entry.ExpiresAt <= now || amount > long.MaxValue - debit.Before.Held - debit.Held) { return (LedgerOutcome.Malformed, amount); }
        if (debit.Before.Flags.HasFlag(AccountFlags.Frozen)) { return (LedgerOutcome.Frozen, amount); }
        if (!debit.MayBeNegative && debit.Spendable < amount) { return (LedgerOutcome.Insufficient, amount); }

        books.Hold(entry, amount, amount);
        var hold = new DraftHold(entry, amount, isNew: true);
        _holds.Add(entry.Key, hold);
        _changed.Add(hold);
        books.OnTakeBack(() =>
        {
            _holds.Remove(entry.Key);
            _changed.Remove(hold);
        });
        return (LedgerOutcome.Moved, amount);
    }

    /// <summary>Whether the hold can be posted with this amount.</summary>
    public LedgerOutcome CheckPost(LedgerEntry entry, long amount)
    {
        if (Find(entry.Original!.Value) is not { } hold) { return LedgerOutcome.OriginalUnknown; }
        if (hold.Entry.Debit != entry.Debit) { return LedgerOutcome.Malformed; }
        if (hold.State != LedgerHoldState.Open) { return LedgerOutcome.HoldOver; }
        return amount > hold.Amount ? LedgerOutcome.TooMuch : LedgerOutcome.Moved;
    }

    /// <summary>Frees the hold for a post that was checked and moves next.</summary>
    public void Post(LedgerEntry entry, long amount)
    {
        var hold = Find(entry.Original!.Value)!;
        books.Free(hold.Entry.Debit, hold.Amount);
        End(hold, LedgerHoldState.Posted, entry.Key, amount);
    }

    /// <summary>Voids or expires. The entry is stored with the hold's own legs.</summary>
    public (LedgerOutcome Outcome, long Amount) Free(LedgerEntry entry)
    {
        if (Find(entry.Original!.Value) is not { } hold) { return (LedgerOutcome.OriginalUnknown, 0); }
        if (hold.Entry.Debit != entry.Debit) { return (LedgerOutcome.Malformed, hold.Amount); }
        if (hold.State != LedgerHoldState.Open) { return (LedgerOutcome.HoldOver, hold.Amount); }
        var expires = entry.Kind == LedgerEntryKind.HoldExpired;
        if (expires && hold.Entry.ExpiresAt > now) { return (LedgerOutcome.NotYet, hold.Amount); }

        books.Hold(entry with { Credits = hold.Entry.Credits }, hold.Amount, -hold.Amount);
        End(hold, expires ? LedgerHoldState.Expired : LedgerHoldState.Voided, entry.Key, posted: 0);
        return (LedgerOutcome.Moved, hold.Amount);
    }

    private void End(DraftHold hold, LedgerHoldState state, Guid by, long posted)
    {
        var isListed = hold.IsNew;
        (hold.State, hold.Posted, hold.ResolvedBy) = (state, posted, by);
        if (!isListed) { _changed.Add(hold); }
        books.OnTakeBack(() =>
        {
            (hold.State, hold.Posted, hold.ResolvedBy) = (LedgerHoldState.Open, 0, null);
            if (!isListed) { _changed.Remove(hold); }
        });
    }

    private DraftHold? Find(Guid key)
    {
        if (_holds.TryGetValue(key, out var hold)) { return hold; }
        if (!originals.TryGetValue(key, out var stored) || stored.Hold is not { } known) { return null; }
        hold = new DraftHold(stored.Entry, stored.Amount, isNew: false) { State = known.State, Posted = known.Posted, ResolvedBy = known.ResolvedBy };
        _holds.Add(key, hold);
        return hold;
    }

    private sealed class DraftHold(LedgerEntry entry, long amount, bool isNew)
    {
        public LedgerEntry Entry { get; } = entry;

        public long Amount { get; } = amount;

        public bool IsNew { get; } = isNew;

        public LedgerHoldState State { get; set; }

        public long Posted { get; set; }

        public Guid? ResolvedBy { get; set; }

        public HoldChange ToChange() => new(Entry.Key, Entry.Debit, Amount, Entry.ExpiresAt!.Value, IsNew, State, Posted, ResolvedBy);
    }
}
