using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>The accounts and entries of one batch while it is decided, on top of what was last committed. Decides nothing itself.</summary>
/// <param name="accounts">Every account that a request names and that exists.</param>
/// <param name="lastAccountId">New accounts get the ids after it.</param>
internal sealed class DraftBooks(IReadOnlyDictionary<LedgerAccount, AccountRecord> accounts, long lastAccountId)
{
    private readonly Dictionary<LedgerAccount, DraftAccount> _working = [];
    private readonly List<DraftAccount> _named = [];
    private readonly List<DecidedEntry> _entries = [];
    private List<Action>? _undo;
    private HashSet<(string Owner, LedgerUnit Unit)>? _debtors;

    /// <summary>What will be stored, in order.</summary>
    public IReadOnlyList<DecidedEntry> Entries => _entries;

    /// <summary>The highest account id given so far.</summary>
    public long LastAccountId { get; private set; } = lastAccountId;

    /// <summary>The accounts that <see cref="Entries"/> name.</summary>
    public IReadOnlyList<AccountChange> Changes() =>
        [.. _named.Select(account => new AccountChange(
            account.Before, account.IsNew, account.Debit, account.Credit, account.Entries, account.FirstOrder, account.LastOrder, account.Held))];

    /// <summary>The account as the entries so far leave it.</summary>
    public DraftAccount Account(LedgerAccount account)
    {
        if (_working.TryGetValue(account, out var working)) { return working; }
        working = accounts.TryGetValue(account, out var stored)
            ? new DraftAccount(stored, isNew: false)
            : new DraftAccount(
                new AccountRecord(0, account, LedgerRules.MayBeNegative(account.Kind) ? AccountFlags.MayBeNegative : AccountFlags.None, 0, 0, 0),
                isNew: true);
        _working.Add(account, working);
        return working;
    }

    /// <summary>An entry of this batch; null when there is none with this key. A walk: only what is rare asks.</summary>
    public DecidedEntry? Find(Guid key) => _entries.Find(entry => entry.Request.Key == key);

    /// <summary>What the debit account could spend after the first of the newest entries.</summary>
    public long FirstDebitAfter(int newest) => _entries[^newest].DebitAfter;

    /// <summary>From here on, everything can be taken back.</summary>
    public void Begin() => _undo = [];

    /// <summary>What was done since <see cref="Begin"/> stays.</summary>
    public void Keep() => _undo = null;

    /// <summary>What was done since <see cref="Begin"/> was never done.</summary>
    public void TakeBack()
    {
        for (var i = _undo!.Count - 1; i >= 0; i--) { _undo[i](); }
        _undo = null;
    }

    /// <summary>What else must be done to take the last step back.</summary>
    public void OnTakeBack(Action action) => _undo?.Add(action);

    /// <summary>Adds an entry that moves its amount.</summary>
    public void Move(LedgerEntry entry, long amount)
    {
        var debit = Touch(entry.Debit);
        debit.Debit += amount;
        foreach (var leg in entry.Credits) { Touch(leg.Account).Credit += leg.Amount; }
        Add(entry, amount, debit);
    }

    /// <summary>Adds an entry that moves nothing: it changes what is held of its debit account. Its accounts are opened all the same.</summary>
    public void Hold(LedgerEntry entry, long amount, long change)
    {
        var debit = Name(entry.Debit);
        debit.Held += change;
        foreach (var leg in entry.Credits) { Name(leg.Account); }
        Add(entry, amount, debit);
    }

    /// <summary>Frees what was held for an entry that moves.</summary>
    public void Free(LedgerAccount account, long amount) => Name(account).Held -= amount;

    /// <summary>Whether the account's owner may owe; false is certain.</summary>
    public bool MayOwe(DraftAccount earnings) => earnings.Before.Indebted
        || (_debtors is not null && _debtors.Contains((earnings.Before.Account.Owner, earnings.Before.Account.Unit)));

    private void Add(LedgerEntry entry, long amount, DraftAccount debit)
    {
        if (_undo is not null) { OnTakeBack(() => _entries.RemoveAt(_entries.Count - 1)); }
        _entries.Add(new DecidedEntry(entry, amount, debit.Spendable));
    }

    private DraftAccount Touch(LedgerAccount named)
    {
        var account = Name(named);
        account.LastOrder = _entries.Count;
        if (account.Entries++ == 0) { account.FirstOrder = _entries.Count; }
        if (named.Kind == LedgerAccountKind.Receivable) { (_debtors ??= []).Add((named.Owner, named.Unit)); }
        return account;
    }

    private DraftAccount Name(LedgerAccount named)
    {
        var account = Account(named);
        if (_undo is not null)
        {
            var before = account.State;
            OnTakeBack(() => account.State = before);
        }

        if (account.IsNamed) { return account; }

        // Only now: an account that no entry names is never opened.
        account.IsNamed = true;
        if (account.IsNew) { account.Before = account.Before with { Id = ++LastAccountId }; }
        _named.Add(account);
        if (_undo is not null)
        {
            OnTakeBack(() =>
            {
                _named.RemoveAt(_named.Count - 1);
                if (account.IsNew) { LastAccountId--; }
            });
        }

        return account;
    }
}

/// <summary>An account within the batch.</summary>
internal sealed class DraftAccount(AccountRecord before, bool isNew)
{
    public AccountRecord Before { get; set; } = before;

    public bool IsNew { get; } = isNew;

    /// <summary>Whether an entry of the batch names it.</summary>
    public bool IsNamed { get; set; }

    public long Debit { get; set; }

    public long Credit { get; set; }

    /// <summary>By how much the batch changes what is held.</summary>
    public long Held { get; set; }

    public int Entries { get; set; }

    public int FirstOrder { get; set; }

    public int LastOrder { get; set; }

    public long Debits => Before.Debits + Debit;

    public long Credits => Before.Credits + Credit;

    public long Balance => Credits - Debits;

    public long Spendable => Balance - Before.Held - Held;

    public bool MayBeNegative => Before.Flags.HasFlag(AccountFlags.MayBeNegative);

    /// <summary>All that changes, to be put back.</summary>
    public (AccountRecord Before, bool IsNamed, long Debit, long Credit, long Held, int Entries, int FirstOrder, int LastOrder) State
    {
        get => (Before, IsNamed, Debit, Credit, Held, Entries, FirstOrder, LastOrder);
        set => (Before, IsNamed, Debit, Credit, Held, Entries, FirstOrder, LastOrder) = value;
    }
}
