using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What the requests of one batch give back, on top of what was given back before.</summary>
/// <param name="originals">The stored entries that requests are about.</param>
internal sealed class DraftReversals(DraftBooks books, IReadOnlyDictionary<Guid, StoredEntry> originals)
{
    private readonly Dictionary<Guid, Original> _originals = [];
    private readonly List<ReversalRecord> _records = [];

    /// <summary>What is stored of them, in order.</summary>
    public IReadOnlyList<ReversalRecord> Records => _records;

    /// <summary>Adds the entries of a reversal, or changes nothing.</summary>
    public LedgerAnswer Reverse(LedgerReversal reversal)
    {
        if (!LedgerRules.IsWellFormed(reversal)) { return new LedgerAnswer(LedgerOutcome.Malformed, 0, 0); }
        if (Find(reversal.Original) is not { } original) { return new LedgerAnswer(LedgerOutcome.OriginalUnknown, 0, 0); }

        if (reversal.Only is { } kind && original.Entry.Kind != kind) { return new LedgerAnswer(LedgerOutcome.OriginalUnknown, 0, 0); }
        var left = original.Left;
        var amount = reversal.Amount ?? left.Sum();
        if (amount == 0 || amount > left.Sum()) { return new LedgerAnswer(LedgerOutcome.TooMuch, left.Sum(), amount); }
        var shares = ReversalPlan.Share(left, ReversalPlan.PlatformLeg(original.Entry), amount);
        var (moves, refusal) = Plan(original.Entry, shares);
        if (refusal is not null) { return refusal with { Amount = amount }; }

        for (var i = 0; i < moves.Count; i++)
        {
            var (source, moved) = moves[i];
            books.Move(
                new LedgerEntry(
                    LedgerKeys.OfReversal(reversal.Key, i), i == 0 ? reversal.Fingerprint : 0,
                    LedgerEntryKind.Reversal, source, [new LedgerLeg(original.Entry.Debit, moved)], original.Entry.Rate,
                    Reference: reversal.Reference, Original: reversal.Original, Lot: reversal.Lot),
                moved);
        }

        original.Add(shares);
        var record = new ReversalRecord(reversal.Key, reversal.Original, original.Seq, shares, original.Total, original.Amount);
        _records.Add(record);
        books.OnTakeBack(() =>
        {
            _records.Remove(record);
            original.Remove(shares);
        });
        return new LedgerAnswer(LedgerOutcome.Moved, books.FirstDebitAfter(moves.Count), amount);
    }

    // Who pays how much of it. A leg whose sources are used up is refused: only a viewer's own coins and the like can run out.
    private (List<(LedgerAccount Source, long Amount)> Moves, LedgerAnswer? Refusal) Plan(LedgerEntry original, long[] shares)
    {
        var moves = new List<(LedgerAccount, long)>();
        var taken = new Dictionary<LedgerAccount, long>();
        var back = 0L;
        for (var leg = 0; leg < shares.Length; leg++)
        {
            var rest = shares[leg];
            DraftAccount? source = null;
            foreach (var account in ReversalPlan.Sources(original.Credits[leg].Account))
            {
                if (rest == 0) { break; }
                source = books.Account(account);
                var before = taken.GetValueOrDefault(account);
                var moved = source.MayBeNegative ? rest : Math.Clamp(source.Spendable - before, 0, rest);
                if (account == original.Debit || moved > long.MaxValue - source.Debits - before) { return (moves, new LedgerAnswer(LedgerOutcome.Malformed, 0, 0)); }
                if (moved == 0) { continue; }
                taken[account] = before + moved;
                moves.Add((account, moved));
                rest -= moved;
                back += moved;
            }

            if (rest > 0) { return (moves, new LedgerAnswer(LedgerOutcome.Insufficient, source!.Spendable, 0)); }
        }

        var to = books.Account(original.Debit);
        if (back > long.MaxValue - to.Credits) { return (moves, new LedgerAnswer(LedgerOutcome.Malformed, 0, 0)); }
        return original.Debit.Kind == LedgerAccountKind.Receivable && back > -to.Balance
            ? (moves, new LedgerAnswer(LedgerOutcome.TooMuch, to.Balance, 0))
            : (moves, null);
    }

    private Original? Find(Guid key)
    {
        if (_originals.TryGetValue(key, out var original)) { return original; }
        if (originals.TryGetValue(key, out var stored))
        {
            original = new Original(stored.Entry, stored.Amount, [.. stored.Reversed.Take(stored.Entry.Credits.Count)], stored.ReversedSeq);
        }
        else if (books.Find(key) is { } earlier)
        {
            original = new Original(earlier.Request, earlier.Amount, new long[earlier.Request.Credits.Count], 0);
        }

        if (original is null || !ReversalPlan.IsReversible(original.Entry.Kind)) { return null; }

        // An original of this very batch may be taken back with the group that it came in.
        _originals.Add(key, original);
        books.OnTakeBack(() => _originals.Remove(key));
        return original;
    }

    private sealed class Original(LedgerEntry entry, long amount, long[] reversed, int seq)
    {
        public LedgerEntry Entry { get; } = entry;

        public long Amount { get; } = amount;

        public int Seq { get; private set; } = seq;

        public long Total => reversed.Sum();

        public IReadOnlyList<long> Left => [.. Entry.Credits.Select((leg, i) => leg.Amount - reversed[i])];

        public void Add(long[] shares)
        {
            for (var leg = 0; leg < shares.Length; leg++) { reversed[leg] += shares[leg]; }
            Seq++;
        }

        public void Remove(long[] shares)
        {
            for (var leg = 0; leg < shares.Length; leg++) { reversed[leg] -= shares[leg]; }
            Seq--;
        }
    }
}
