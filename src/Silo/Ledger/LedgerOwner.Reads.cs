using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What can be asked of an owner beside its queue: committed state only.</summary>
internal sealed partial class LedgerOwner
{
    /// <summary>The first answer to a key; null when it is new.</summary>
    public async Task<LedgerAnswer?> RecallAsync(Guid key, long fingerprint)
    {
        var (answer, mayBeStored, epoch) = _memory.Recall(key);
        if (answer is { } known)
        {
            // What moved stays moved whoever says so; a refusal is only as good as its owner.
            if (known.Outcome != LedgerOutcome.Moved) { await _store.CheckAsync(_shard, epoch); }
            return known.To(fingerprint);
        }

        if (!mayBeStored) { return null; }
        var found = await _store.FindAsync(_shard, [key], [], []);
        return found.Keys.TryGetValue(key, out var stored) ? stored.To(fingerprint) : null;
    }

    /// <summary>What can be spent of the committed balance; 0 for an account never used.</summary>
    public async Task<long> GetBalanceAsync(LedgerAccount account) => (await FindAsync([account]))[0]?.Spendable ?? 0;

    /// <summary>Committed accounts, in the order asked; null for one never used.</summary>
    public async Task<IReadOnlyList<AccountRecord?>> FindAsync(IReadOnlyList<LedgerAccount> accounts)
    {
        var records = new AccountRecord?[accounts.Count];
        List<LedgerAccount>? missing = null;
        for (var i = 0; i < records.Length; i++)
        {
            records[i] = _memory.Find(accounts[i]);
            if (records[i] is null) { (missing ??= []).Add(accounts[i]); }
        }

        if (missing is null) { return records; }
        var found = await _store.FindAsync(_shard, [], [.. missing.Distinct()], []);
        for (var i = 0; i < records.Length; i++) { records[i] ??= found.Accounts.GetValueOrDefault(accounts[i]); }
        return records;
    }

    /// <summary>A hold as it is committed; null when there is none.</summary>
    public async Task<StoredEntry?> FindHoldAsync(Guid key)
    {
        var found = await _store.FindAsync(_shard, [], [], [key]);
        return found.Originals.TryGetValue(key, out var stored) && stored.Hold is not null ? stored : null;
    }
}
