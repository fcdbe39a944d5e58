using System.Collections.Immutable;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>What a client of the simulation asks: entries of one commit, a reversal, or a freeze.</summary>
internal sealed record LedgerAsk(IReadOnlyList<LedgerEntry> Entries, LedgerReversal? Reversal = null, LedgerFreeze? Freeze = null)
{
    public Guid Key => Freeze?.Key ?? Reversal?.Key ?? Entries[0].Key;

    public long Fingerprint => Reversal?.Fingerprint ?? (Freeze is null ? Entries[0].Fingerprint : 0);

    public Task<LedgerAnswer> SendAsync(LedgerOwner owner) => Freeze is not null ? owner.SetFrozenAsync(Freeze)
        : Reversal is not null ? owner.ReverseAsync(Reversal)
        : Entries.Count == 1 ? owner.PostAsync(Entries[0])
        : owner.PostTogetherAsync(Entries);

    public override string ToString() => Freeze is not null ? $"{Freeze}"
        : $"{Reversal} {string.Join(" + ", Entries.Select(entry => $"{entry.Kind} {entry.Key}: {entry.Debit} to {string.Join(", ", entry.Credits)}, about {entry.Original}, until {entry.ExpiresAt:T}"))}";

    /// <summary>The same key for something else.</summary>
    public LedgerAsk Forged() => Freeze is not null ? this with { Freeze = Freeze with { Reason = "forged" } }
        : Reversal is not null ? this with { Reversal = Reversal with { Fingerprint = 99 } }
        : this with { Entries = [Entries[0] with { Fingerprint = 99 }, .. Entries.Skip(1)] };
}

/// <summary>An entry as the model writes it.</summary>
internal sealed record ModelEntry(
    LedgerEntryKind Kind, LedgerAccount Debit, string Credits, long Amount, long DebitAfter, Guid? Original, Guid Key);

/// <summary>
/// The ledger once more, as simply as it can be said: one request after the other over values that never change, so that taking back is
/// keeping the old ones. It shares no code with the engine but the contract's types.
/// </summary>
internal sealed class LedgerModel
{
    private readonly Dictionary<Guid, (long Fingerprint, LedgerAnswer Answer)> _answers = [];
    private State _state = State.Empty;

    public IEnumerable<LedgerAccount> Accounts => _state.Balances.Keys;

    public (long Balance, long Held, bool Frozen) this[LedgerAccount account] =>
        (_state.Balance(account), _state.Held(account), _state.Frozen.Contains(account));

    /// <summary>Decides one request.</summary>
    public (LedgerAnswer Answer, IReadOnlyList<ModelEntry> Written) Decide(LedgerAsk ask, DateTimeOffset now)
    {
        if (_answers.TryGetValue(ask.Key, out var earlier))
        {
            return (earlier.Fingerprint == ask.Fingerprint ? earlier.Answer : new LedgerAnswer(LedgerOutcome.KeyReused, 0, 0), []);
        }

        var state = _state with { Written = [] };
        var answers = new List<LedgerAnswer>();
        foreach (var entry in ask.Entries)
        {
            (var outcome, var amount, state) = Apply(state, entry, now);
            answers.Add(new LedgerAnswer(outcome, state.Spendable(entry.Debit), amount));
            if (outcome != LedgerOutcome.Moved) { return (Remember(ask.Key, ask.Fingerprint, answers[^1]), []); }
        }

        if (ask.Freeze is { } freeze)
        {
            _state = _state with { Frozen = freeze.Frozen ? _state.Frozen.Add(freeze.Account) : _state.Frozen.Remove(freeze.Account) };
            return (Remember(ask.Key, 0, new LedgerAnswer(LedgerOutcome.Moved, _state.Spendable(freeze.Account), 0)), []);
        }

        if (ask.Reversal is { } reversal)
        {
            (var answer, state) = Reverse(state, reversal);
            if (answer.Outcome != LedgerOutcome.Moved) { return (Remember(ask.Key, ask.Fingerprint, answer), []); }
            for (var i = 0; i < answers.Count; i++) { Remember(ask.Entries[i].Key, ask.Entries[i].Fingerprint, answers[i]); }
            answers.Insert(0, answer);
        }
        else
        {
            for (var i = 1; i < answers.Count; i++) { Remember(ask.Entries[i].Key, ask.Entries[i].Fingerprint, answers[i]); }
        }

        _state = state;
        return (Remember(ask.Key, ask.Fingerprint, answers[0]), state.Written);
    }

    /// <summary>The answer to a key that has moved; null when it has not.</summary>
    public LedgerAnswer? Moved(Guid key) =>
        _answers.TryGetValue(key, out var known) && known.Answer.Outcome == LedgerOutcome.Moved ? known.Answer : null;

    private LedgerAnswer Remember(Guid key, long fingerprint, LedgerAnswer answer)
    {
        if (answer.Outcome is LedgerOutcome.Moved or LedgerOutcome.Insufficient or LedgerOutcome.Frozen) { _answers[key] = (fingerprint, answer); }
        return answer;
    }

    private static (LedgerOutcome Outcome, long Amount, State After) Apply(State state, LedgerEntry entry, DateTimeOffset now)
    {
        var amount = entry.Credits.Sum(leg => leg.Amount);
        var isFrozen = state.Frozen.Contains(entry.Debit);
        var lacks = entry.Debit.Kind <= LedgerAccountKind.Agency || entry.Debit.Kind is LedgerAccountKind.Available or LedgerAccountKind.Packet
            ? state.Spendable(entry.Debit) < amount
            : false;
        switch (entry.Kind)
        {
            case LedgerEntryKind.Hold:
                if (now >= entry.ExpiresAt) { return (LedgerOutcome.Malformed, amount, state); }
                if (isFrozen) { return (LedgerOutcome.Frozen, amount, state); }
                if (lacks) { return (LedgerOutcome.Insufficient, amount, state); }
                var held = state with { Holds = state.Holds.Add(entry.Key, (entry, amount, true)) };
                return (LedgerOutcome.Moved, amount, held.Write(entry, amount));

            case LedgerEntryKind.HoldPosted or LedgerEntryKind.HoldVoided or LedgerEntryKind.HoldExpired:
                if (!state.Holds.TryGetValue(entry.Original!.Value, out var hold)) { return (LedgerOutcome.OriginalUnknown, amount, state); }
                var isPost = entry.Kind == LedgerEntryKind.HoldPosted;
                amount = isPost ? amount : hold.Amount;
                if (!hold.IsOpen) { return (LedgerOutcome.HoldOver, amount, state); }
                if (amount > hold.Amount) { return (LedgerOutcome.TooMuch, amount, state); }
                if (entry.Kind == LedgerEntryKind.HoldExpired && now < hold.Entry.ExpiresAt) { return (LedgerOutcome.NotYet, amount, state); }
                var freed = state with { Holds = state.Holds.SetItem(hold.Entry.Key, hold with { IsOpen = false }) };
                return (LedgerOutcome.Moved, amount, isPost ? Earn(freed.Move(entry, amount), entry) : freed.Write(entry with { Credits = hold.Entry.Credits }, amount));

            default:
                if (isFrozen) { return (LedgerOutcome.Frozen, amount, state); }
                if (lacks) { return (LedgerOutcome.Insufficient, amount, state); }
                return (LedgerOutcome.Moved, amount, Earn(state.Move(entry, amount), entry));
        }
    }

    private static State Earn(State state, LedgerEntry entry)
    {
        if (entry.Kind is not (LedgerEntryKind.Gift or LedgerEntryKind.Sale or LedgerEntryKind.HoldPosted)) { return state; }
        for (var leg = 0; leg < entry.Credits.Count; leg++)
        {
            var (account, earned) = entry.Credits[leg];
            var debt = LedgerAccount.Receivable(account.Owner, account.Unit);
            if (account.Kind is not (LedgerAccountKind.Streamer or LedgerAccountKind.Agency) || state.Balance(debt) >= 0 || earned == 0) { continue; }
            var repaid = Math.Min(earned, -state.Balance(debt));
            state = state.Move(
                new LedgerEntry(
                    LedgerKeys.DeriveOwn(entry.Key, $"repayment:{leg}"), 0, LedgerEntryKind.Repayment, account, [new LedgerLeg(debt, repaid)], 0, Original: entry.Key),
                repaid);
        }

        return state;
    }

    private static (LedgerAnswer Answer, State After) Reverse(State state, LedgerReversal reversal)
    {
        if (!state.Entries.TryGetValue(reversal.Original, out var original)
            || original.Kind is LedgerEntryKind.Reversal or LedgerEntryKind.Repayment or LedgerEntryKind.Maturity or LedgerEntryKind.Hold
                or LedgerEntryKind.HoldVoided or LedgerEntryKind.HoldExpired)
        {
            return (new LedgerAnswer(LedgerOutcome.OriginalUnknown, 0, 0), state);
        }

        var back = state.Reversed.GetValueOrDefault(reversal.Original) ?? original.Credits.Select(_ => 0L).ToImmutableArray().ToArray();
        var left = original.Credits.Select((leg, i) => leg.Amount - back[i]).ToArray();
        var amount = reversal.Amount ?? left.Sum();
        if (amount == 0 || amount > left.Sum()) { return (new LedgerAnswer(LedgerOutcome.TooMuch, left.Sum(), amount), state); }

        // By hand for the two legs that there are here: the platform's leg takes what rounding leaves, and never more than it has.
        var shares = left.Length == 1 ? [amount] : new[] { left[0] * amount / left.Sum(), 0 };
        if (left.Length == 2)
        {
            shares[1] = Math.Min(amount - shares[0], left[1]);
            shares[0] = amount - shares[1];
        }

        var moved = 0;
        for (var leg = 0; leg < shares.Length; leg++)
        {
            var account = original.Credits[leg].Account;
            LedgerAccount[] sources = account.Kind switch
            {
                LedgerAccountKind.Streamer => [account, LedgerAccount.Available(account.Owner, account.Unit), LedgerAccount.Receivable(account.Owner, account.Unit)],
                LedgerAccountKind.Fee => [account, LedgerAccount.Losses(account.Unit)],
                _ => [account],
            };
            var rest = shares[leg];
            var had = state.Spendable(sources[^1]);
            foreach (var source in sources)
            {
                var mayOwe = source.Kind is LedgerAccountKind.Receivable or LedgerAccountKind.Losses or LedgerAccountKind.CoinFloat or LedgerAccountKind.PayoutClearing;
                var taken = mayOwe ? rest : Math.Min(rest, Math.Max(0, state.Spendable(source)));
                if (taken == 0) { continue; }
                var key = moved == 0 ? reversal.Key : LedgerKeys.DeriveOwn(reversal.Key, $"reversal:{moved}");
                state = state.Move(
                    new LedgerEntry(key, 0, LedgerEntryKind.Reversal, source, [new LedgerLeg(original.Debit, taken)], 0, Original: reversal.Original), taken);
                moved++;
                rest -= taken;
            }

            if (rest > 0) { return (new LedgerAnswer(LedgerOutcome.Insufficient, had, amount), state); }
        }

        state = state with { Reversed = state.Reversed.SetItem(reversal.Original, [.. back.Select((sum, i) => sum + shares[i])]) };
        return (new LedgerAnswer(LedgerOutcome.Moved, state.Written[^moved].DebitAfter, amount), state);
    }

    private sealed record State(
        ImmutableDictionary<LedgerAccount, long> Balances,
        ImmutableDictionary<Guid, (LedgerEntry Entry, long Amount, bool IsOpen)> Holds,
        ImmutableDictionary<Guid, LedgerEntry> Entries,
        ImmutableDictionary<Guid, long[]> Reversed,
        ImmutableHashSet<LedgerAccount> Frozen,
        ImmutableList<ModelEntry> Written)
    {
        public static readonly State Empty = new(
            ImmutableDictionary<LedgerAccount, long>.Empty, ImmutableDictionary<Guid, (LedgerEntry, long, bool)>.Empty,
            ImmutableDictionary<Guid, LedgerEntry>.Empty, ImmutableDictionary<Guid, long[]>.Empty, [], []);

        public long Balance(LedgerAccount account) => Balances.GetValueOrDefault(account);

        public long Held(LedgerAccount account) => Holds.Values.Where(hold => hold.IsOpen && hold.Entry.Debit == account).Sum(hold => hold.Amount);

        public long Spendable(LedgerAccount account) => Balance(account) - Held(account);

        public State Move(LedgerEntry entry, long amount)
        {
            var balances = Balances.SetItem(entry.Debit, Balance(entry.Debit) - amount);
            foreach (var leg in entry.Credits) { balances = balances.SetItem(leg.Account, balances.GetValueOrDefault(leg.Account) + leg.Amount); }
            return (this with { Balances = balances }).Write(entry, amount);
        }

        public State Write(LedgerEntry entry, long amount) => this with
        {
            Entries = Entries.Add(entry.Key, entry),
            Written = Written.Add(new ModelEntry(
                entry.Kind, entry.Debit, string.Join(";", entry.Credits), amount, Spendable(entry.Debit), entry.Original, entry.Key)),
        };
    }
}
