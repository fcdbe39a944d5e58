using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>
/// A store in memory that keeps what an <see cref="ILedgerStore"/> promises and nothing more, so that thousands of trials take seconds.
/// It has none of the database's checks: what the engine decides wrongly is stored, and must be found.
/// </summary>
internal sealed class MemoryLedgerStore : ILedgerStore
{
    private readonly Lock _lock = new();
    private readonly List<LedgerBatch> _batches = [];
    private readonly List<FreezeRecord> _freezes = [];
    private readonly Dictionary<Guid, (DecidedEntry Entry, LedgerBatch Batch)> _entries = [];
    private readonly Dictionary<LedgerAccount, AccountRecord> _accounts = [];
    private readonly Dictionary<Guid, HoldChange> _holds = [];
    private readonly List<ReversalRecord> _reversals = [];
    private string _owner = "";
    private long _epoch;
    private long _lastSeq;
    private byte[] _lastHash = LedgerHash.Genesis;

    /// <summary>Whether it forgets what was given back: what the checks must catch.</summary>
    public bool ForgetsReversals { get; init; }

    /// <summary>The journal, with the freezes after each commit.</summary>
    public (IReadOnlyList<LedgerBatch> Batches, IReadOnlyList<FreezeRecord> Freezes) Journal
    {
        get
        {
            lock (_lock) { return ([.. _batches], [.. _freezes]); }
        }
    }

    public Task<LedgerHead> TakeOverAsync(int shard, string owner) => Run(() =>
    {
        _owner = owner;
        return Head();
    });

    public Task<LedgerHead> TakeOverAgainAsync(int shard, string owner) => Run(() =>
        _owner == owner ? Head() : throw new InconsistentStateException("Taken over by another owner."));

    public Task AppendAsync(LedgerBatch batch) => Run(() =>
    {
        if (batch.Epoch != _epoch || batch.Seq != _lastSeq + 1 || !batch.PreviousHash.AsSpan().SequenceEqual(_lastHash))
        {
            throw new InconsistentStateException("Fenced.");
        }

        foreach (var change in batch.Accounts)
        {
            var stored = _accounts.GetValueOrDefault(change.Before.Account);
            if (change.IsNew ? stored is not null : stored != change.Before with { Indebted = false }) { throw new InvalidOperationException("An account differs."); }
        }

        if (batch.Entries.Any(entry => _entries.ContainsKey(entry.Request.Key))) { throw new InvalidOperationException("A key is there."); }
        foreach (var change in batch.Accounts) { _accounts[change.Before.Account] = change.After with { Indebted = false }; }
        foreach (var entry in batch.Entries) { _entries.Add(entry.Request.Key, (entry, batch)); }
        foreach (var hold in batch.Holds) { _holds[hold.Key] = hold; }
        _reversals.AddRange(batch.Reversals);
        _batches.Add(batch);
        (_lastSeq, _lastHash) = (batch.Seq, batch.Hash);
        return true;
    });

    public Task FreezeAsync(FreezeRecord freeze) => Run(() =>
    {
        if (freeze.Epoch != _epoch || freeze.AfterSeq != _lastSeq) { throw new InconsistentStateException("Fenced."); }
        _accounts[freeze.Before.Account] = freeze.Before with { Flags = freeze.Flags, Indebted = false };
        _freezes.Add(freeze);
        return true;
    });

    public Task CheckAsync(int shard, long epoch) => Run(() => epoch == _epoch ? true : throw new InconsistentStateException("Fenced."));

    public Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals) => Run(() => new LedgerFound(
            keys.Where(_entries.ContainsKey).ToDictionary(key => key, Answer),
            accounts.Where(_accounts.ContainsKey).ToDictionary(account => account, account => _accounts[account] with { Indebted = Owes(account) }))
        {
            Originals = originals.Where(_entries.ContainsKey).ToDictionary(key => key, Original),
        });

    public Task<StoredFreeze?> FindFreezeAsync(Guid key) => Run(() => _freezes.Find(freeze => freeze.Freeze.Key == key) is { } found
        ? new StoredFreeze(found.Freeze, _accounts[found.Freeze.Account].Spendable)
        : null);

    public Task<IReadOnlyList<DueHold>> GetDueHoldsAsync(int shard, DateTimeOffset now, int take) => Run(() => (IReadOnlyList<DueHold>)[.. _holds.Values
        .Where(hold => hold.State == LedgerHoldState.Open && hold.ExpiresAt <= now).Take(take).Select(hold => new DueHold(hold.Key, hold.Account))]);

    public Task<IReadOnlyList<LedgerLine>> GetLinesAsync(int shard, LedgerAccount account, int take) => throw new NotSupportedException();

    public Task<IReadOnlyList<SettledGift>> GetGiftsAfterAsync(int shard, string roomId, long batch, int order, int take) => throw new NotSupportedException();

    public Task<IReadOnlyList<SettledGift>> GetLatestGiftsAsync(int shard, string roomId, int take) => throw new NotSupportedException();

    public Task<IReadOnlyList<string>> FindUnsafeSettingsAsync() => throw new NotSupportedException();

    private LedgerHead Head() => new(
        ++_epoch, _lastSeq, _lastHash, _accounts.Count == 0 ? 0 : _accounts.Values.Max(account => account.Id),
        _entries.Count == 0 ? null : _entries.Keys.MaxBy(key => key.ToString("N"), StringComparer.Ordinal));

    private RememberedAnswer Answer(Guid key)
    {
        var entry = _entries[key].Entry;
        var amount = _reversals.Find(reversal => reversal.Key == key)?.Amount ?? entry.Amount;
        return new RememberedAnswer(entry.Request.Fingerprint, LedgerOutcome.Moved, entry.DebitAfter, amount);
    }

    private StoredEntry Original(Guid key)
    {
        var entry = _entries[key].Entry;
        var back = ForgetsReversals ? [] : _reversals.Where(reversal => reversal.Original == key).ToList();
        return new StoredEntry(
            entry.Request, entry.Amount, _holds.GetValueOrDefault(key),
            [.. Enumerable.Range(0, LedgerRules.LegsMax).Select(leg => back.Sum(reversal => reversal.Legs.ElementAtOrDefault(leg)))], back.Count);
    }

    private bool Owes(LedgerAccount account) => account.Kind is LedgerAccountKind.Streamer or LedgerAccountKind.Agency
        && _accounts.TryGetValue(LedgerAccount.Receivable(account.Owner, account.Unit), out var receivable) && receivable.Balance < 0;

    private async Task<T> Run<T>(Func<T> work)
    {
        await Task.Yield();
        lock (_lock) { return work(); }
    }
}
