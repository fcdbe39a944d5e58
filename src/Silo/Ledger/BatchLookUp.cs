using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// Gathers what a batch is decided on: from memory, and what memory does not know from the store, all in one go, and a second time only
/// for what the first has shown to matter. Reads are safe: nobody but the owner's loop writes.
/// </summary>
internal sealed class BatchLookUp(int shard, ILedgerStore store, OwnerMemory memory)
{
    private readonly Dictionary<Guid, RememberedAnswer> _keys = [];
    private readonly Dictionary<LedgerAccount, AccountRecord> _accounts = [];
    private readonly Dictionary<Guid, StoredEntry> _originals = [];
    private readonly HashSet<Guid> _reversed = [];
    private readonly HashSet<Guid> _missingKeys = [];
    private readonly HashSet<LedgerAccount> _missingAccounts = [];
    private readonly HashSet<Guid> _missingOriginals = [];

    /// <summary>The keys that were decided before.</summary>
    public IReadOnlyDictionary<Guid, RememberedAnswer> Keys => _keys;

    /// <summary>The accounts that exist.</summary>
    public IReadOnlyDictionary<LedgerAccount, AccountRecord> Accounts => _accounts;

    /// <summary>The entries that requests are about.</summary>
    public IReadOnlyDictionary<Guid, StoredEntry> Originals => _originals;

    /// <summary>Looks everything up that the requests of a batch need.</summary>
    public async Task RunAsync(IReadOnlyList<LedgerRequest> batch)
    {
        memory.Look((accounts, refusals, keys) =>
        {
            for (var i = 0; i < batch.Count; i++) { Collect(batch[i], accounts, refusals, keys); }
        });
        await FindMissingAsync();
        if (_originals.Count > 0 || _reversed.Count > 0) { memory.Look((accounts, _, _) => CollectOriginals(batch, accounts)); }

        await FindMissingAsync();
    }

    private void Collect(
        LedgerRequest request, AccountMemory accounts, HalvingMap<Guid, RememberedAnswer> refusals, KeyMemory keys)
    {
        if (request.Entry is { } single)
        {
            Collect(single, accounts, refusals, keys);
            return;
        }

        foreach (var entry in request.Together) { Collect(entry, accounts, refusals, keys); }
        if (request.Reversal is not { } reversal) { return; }
        Collect(reversal.Key, refusals, keys);
        _missingOriginals.Add(reversal.Original);
        _reversed.Add(reversal.Original);
    }

    private void Collect(Guid key, HalvingMap<Guid, RememberedAnswer> refusals, KeyMemory keys)
    {
        if (keys.TryGet(key, out var answer) || refusals.TryGet(key, out answer)) { _keys[key] = answer; }
        else if (keys.MayBeStored(key)) { _missingKeys.Add(key); }
    }

    private void Collect(
        LedgerEntry entry, AccountMemory accounts, HalvingMap<Guid, RememberedAnswer> refusals, KeyMemory keys)
    {
        Collect(entry.Key, refusals, keys);
        var frees = LedgerRules.Frees(entry.Kind);
        if (frees ? !LedgerRules.IsHeadWellFormed(entry) : LedgerRules.AmountOf(entry) is null) { return; }
        if (entry.Original is { } original && (frees || entry.Kind == LedgerEntryKind.HoldPosted)) { _missingOriginals.Add(original); }
        Collect(entry.Debit, accounts);
        if (frees) { return; }
        foreach (var leg in entry.Credits) { Collect(leg.Account, accounts); }
    }

    // What an entry is about is stored, or stands in the same batch.
    private void CollectOriginals(IReadOnlyList<LedgerRequest> batch, AccountMemory accounts)
    {
        foreach (var original in _originals.Values) { Collect(original.Entry, accounts); }
        if (_reversed.Count == 0) { return; }
        foreach (var request in batch)
        {
            if (request.Entry is { } entry && _reversed.Contains(entry.Key)) { Collect(entry, accounts); }
            foreach (var other in request.Together.Where(other => _reversed.Contains(other.Key))) { Collect(other, accounts); }
        }
    }

    private void Collect(LedgerEntry original, AccountMemory accounts)
    {
        if (!LedgerRules.IsWellFormed(original.Debit) || original.Credits is not { Count: >= 1 and <= LedgerRules.LegsMax }) { return; }
        Collect(original.Debit, accounts);
        foreach (var leg in original.Credits.Where(leg => LedgerRules.IsWellFormed(leg.Account)))
        {
            foreach (var source in _reversed.Contains(original.Key) ? ReversalPlan.Sources(leg.Account) : [leg.Account]) { Collect(source, accounts); }
        }
    }

    private void Collect(LedgerAccount account, AccountMemory accounts)
    {
        if (_accounts.ContainsKey(account)) { return; }
        if (!accounts.TryGet(account, out var record))
        {
            _missingAccounts.Add(account);
            return;
        }

        _accounts.Add(account, record);
        if (record.Indebted) { Collect(LedgerAccount.Receivable(account.Owner, account.Unit), accounts); }
    }

    private async Task FindMissingAsync()
    {
        while (_missingKeys.Count > 0 || _missingAccounts.Count > 0 || _missingOriginals.Count > 0)
        {
            var found = await store.FindAsync(shard, _missingKeys, _missingAccounts, _missingOriginals);
            _missingKeys.Clear();
            _missingAccounts.Clear();
            _missingOriginals.Clear();
            foreach (var (key, answer) in found.Keys) { _keys[key] = answer; }
            foreach (var (key, original) in found.Originals) { _originals[key] = original; }
            foreach (var (account, record) in found.Accounts) { _accounts[account] = record; }
            memory.Keep(found.Accounts.Values);

            // Whoever owes repays from what comes in: then what they owe matters as well.
            foreach (var (account, record) in found.Accounts)
            {
                var receivable = LedgerAccount.Receivable(account.Owner, account.Unit);
                if (!record.Indebted || _accounts.ContainsKey(receivable)) { continue; }
                if (memory.Find(receivable) is { } owed) { _accounts.Add(receivable, owed); }
                else { _missingAccounts.Add(receivable); }
            }
        }
    }
}
