using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What an owner remembers of its shard: committed state only. The owner's loop changes it, any thread may read.</summary>
internal sealed class OwnerMemory(LedgerOptions options)
{
    private readonly Lock _lock = new();
    private readonly AccountMemory _accounts = new(options.AccountsInMemoryMax);
    private readonly HalvingMap<Guid, RememberedAnswer> _refusals = new(options.RefusalsInMemoryMax);
    private readonly KeyMemory _keys = new(options.KeysInMemoryMax);

    /// <summary>How far the shard has come.</summary>
    public LedgerHead Head { get; private set; } = null!;

    /// <summary>Forgets everything but refusals: somebody else may have written.</summary>
    public void Begin(LedgerHead head)
    {
        lock (_lock)
        {
            Head = head;
            _accounts.Clear();
            _keys.Reset(head.NewestKey);
        }
    }

    /// <summary>What is known of a key: its answer, or that only the store can tell, or that it is new.</summary>
    public (RememberedAnswer? Answer, bool MayBeStored, long Epoch) Recall(Guid key)
    {
        lock (_lock)
        {
            if (_keys.TryGet(key, out var moved)) { return (moved, true, Head.Epoch); }
            return _refusals.TryGet(key, out var refused) ? (refused, true, Head.Epoch) : (null, _keys.MayBeStored(key), Head.Epoch);
        }
    }

    /// <summary>The account, if it is remembered.</summary>
    public AccountRecord? Find(LedgerAccount account)
    {
        lock (_lock) { return _accounts.TryGet(account, out var known) ? known : null; }
    }

    /// <summary>Runs <paramref name="look"/> over the whole memory at once.</summary>
    public void Look(Action<AccountMemory, HalvingMap<Guid, RememberedAnswer>, KeyMemory> look)
    {
        lock (_lock) { look(_accounts, _refusals, _keys); }
    }

    /// <summary>Keeps what was read from the store.</summary>
    public void Keep(IEnumerable<AccountRecord> records)
    {
        lock (_lock)
        {
            foreach (var record in records) { _accounts.Set(record.Account, record); }
        }
    }

    /// <summary>The commit is stored.</summary>
    public void Committed(LedgerBatch commit, long lastAccountId)
    {
        lock (_lock)
        {
            Head = Head with { LastSeq = commit.Seq, LastHash = commit.Hash, LastAccountId = lastAccountId };
            foreach (var change in commit.Accounts) { _accounts.Set(change.Before.Account, change.After); }
            foreach (var change in commit.Accounts)
            {
                if (change.Before.Account.Kind == LedgerAccountKind.Receivable) { Mark(change.After); }
            }
        }
    }

    /// <summary>The freeze is stored.</summary>
    public void Committed(FreezeRecord freeze)
    {
        lock (_lock)
        {
            Head = Head with { LastAccountId = Math.Max(Head.LastAccountId, freeze.Before.Id) };
            _accounts.Set(freeze.Before.Account, freeze.Before with { Flags = freeze.Flags });
        }
    }

    /// <summary>The answers can be given.</summary>
    public void Remember(IReadOnlyDictionary<Guid, RememberedAnswer> decided)
    {
        lock (_lock)
        {
            foreach (var (key, answer) in decided)
            {
                if (answer.Outcome == LedgerOutcome.Moved) { _keys.Add(key, answer); }
                else { _refusals.Set(key, answer); }
            }
        }
    }

    // The earnings of somebody who owes say so themselves, so that those of everybody else cost nothing.
    private void Mark(AccountRecord receivable)
    {
        foreach (var kind in (ReadOnlySpan<LedgerAccountKind>)[LedgerAccountKind.Streamer, LedgerAccountKind.Agency])
        {
            var account = receivable.Account with { Kind = kind };
            if (_accounts.TryGet(account, out var earnings)) { _accounts.Set(account, earnings with { Indebted = receivable.Balance < 0 }); }
        }
    }
}
