using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Decides the requests of one batch, in the order they arrived, on top of what was last committed. Pure: nothing is changed
/// but the draft, so a batch that fails is dropped and decided again.
/// </summary>
/// <param name="accounts">Every account that a request names and that exists.</param>
/// <param name="known">Every key of the requests that was decided before.</param>
/// <param name="lastAccountId">New accounts get the ids after it.</param>
internal sealed class LedgerDraft(
    IReadOnlyDictionary<LedgerAccount, AccountRecord> accounts,
    IReadOnlyDictionary<Guid, RememberedAnswer> known,
    long lastAccountId,
    DateTimeOffset now)
{
    private readonly Dictionary<LedgerAccount, Working> _working = [];
    private readonly Dictionary<Guid, RememberedAnswer> _decided = [];
    private readonly List<Working> _touched = [];
    private readonly List<DecidedEntry> _entries = [];
    private long _lastAccountId = lastAccountId;

    /// <summary>What will be stored, in order.</summary>
    public IReadOnlyList<DecidedEntry> Entries => _entries;

    /// <summary>The keys decided here, moved and refused; not those that were known.</summary>
    public IReadOnlyDictionary<Guid, RememberedAnswer> Decided => _decided;

    /// <summary>The highest account id given so far.</summary>
    public long LastAccountId => _lastAccountId;

    /// <summary>The accounts that <see cref="Entries"/> touch.</summary>
    public IReadOnlyList<AccountChange> Changes() =>
        [.. _touched.Select(account => new AccountChange(
            account.Before, account.IsNew, account.Debit, account.Credit, account.Entries, account.FirstOrder, account.LastOrder))];

    /// <summary>The answer to one request. Checked in the order of <see cref="LedgerOutcome"/>.</summary>
    public LedgerAnswer Decide(LedgerEntry entry)
    {
        // A known key is answered whatever its age and whatever has changed since: the coins have moved.
        if (known.TryGetValue(entry.Key, out var earlier) || _decided.TryGetValue(entry.Key, out earlier))
        {
            return earlier.To(entry.Fingerprint);
        }

        if (!LedgerRules.IsKeyInTime(entry.Key, now)) { return new LedgerAnswer(LedgerOutcome.KeyOutOfTime, 0, 0); }
        if (LedgerRules.AmountOf(entry) is not { } amount) { return new LedgerAnswer(LedgerOutcome.Malformed, 0, 0); }

        var debit = Account(entry.Debit);
        if (WouldOverflow(debit, entry, amount)) { return new LedgerAnswer(LedgerOutcome.Malformed, debit.Balance, amount); }
        if (debit.Before.Flags.HasFlag(AccountFlags.Frozen)) { return Refuse(entry, LedgerOutcome.Frozen, debit.Balance, amount); }
        if (!debit.Before.Flags.HasFlag(AccountFlags.MayBeNegative) && debit.Balance < amount)
        {
            return Refuse(entry, LedgerOutcome.Insufficient, debit.Balance, amount);
        }

        Touch(debit).Debit += amount;
        foreach (var leg in entry.Credits) { Touch(Account(leg.Account)).Credit += leg.Amount; }
        _entries.Add(new DecidedEntry(entry, amount, debit.Balance));
        return Remember(entry, new RememberedAnswer(entry.Fingerprint, LedgerOutcome.Moved, debit.Balance, amount));
    }

    private LedgerAnswer Refuse(LedgerEntry entry, LedgerOutcome outcome, long balance, long amount) =>
        Remember(entry, new RememberedAnswer(entry.Fingerprint, outcome, balance, amount));

    private LedgerAnswer Remember(LedgerEntry entry, RememberedAnswer answer)
    {
        _decided.Add(entry.Key, answer);
        return answer.To(entry.Fingerprint);
    }

    private Working Account(LedgerAccount account)
    {
        if (_working.TryGetValue(account, out var working)) { return working; }
        working = accounts.TryGetValue(account, out var stored)
            ? new Working(stored, isNew: false)
            : new Working(
                new AccountRecord(0, account, LedgerRules.MayBeNegative(account.Kind) ? AccountFlags.MayBeNegative : AccountFlags.None, 0, 0, 0),
                isNew: true);
        _working.Add(account, working);
        return working;
    }

    private Working Touch(Working account)
    {
        account.LastOrder = _entries.Count;
        if (account.Entries++ > 0) { return account; }

        account.FirstOrder = _entries.Count;

        // Only now: an account that nothing moved to or from is never opened.
        if (account.IsNew) { account.Before = account.Before with { Id = ++_lastAccountId }; }
        _touched.Add(account);
        return account;
    }

    private bool WouldOverflow(Working debit, LedgerEntry entry, long amount) =>
        amount > long.MaxValue - debit.Debits || entry.Credits.Any(leg => leg.Amount > long.MaxValue - Account(leg.Account).Credits);

    /// <summary>An account within the batch.</summary>
    private sealed class Working(AccountRecord before, bool isNew)
    {
        public AccountRecord Before { get; set; } = before;

        public bool IsNew { get; } = isNew;

        public long Debit { get; set; }

        public long Credit { get; set; }

        public int Entries { get; set; }

        public int FirstOrder { get; set; }

        public int LastOrder { get; set; }

        public long Debits => Before.Debits + Debit;

        public long Credits => Before.Credits + Credit;

        public long Balance => Credits - Debits;
    }
}
