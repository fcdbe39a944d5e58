using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Where a ledger is kept. SQLite and PostgreSQL, behind one test suite.</summary>
/// <remarks>Everything read is committed. An exception of a write leaves its outcome unknown: take over, look, decide again.</remarks>
internal interface ILedgerStore
{
    /// <summary>Makes <paramref name="owner"/> the only writer of a shard, whoever it was before.</summary>
    /// <remarks>Waits for a commit that is under way; when it returns, every earlier batch is stored for good or never will be.</remarks>
    Task<LedgerHead> TakeOverAsync(int shard, string owner);

    /// <summary>As <see cref="TakeOverAsync"/>, for an owner in doubt about its own last commit.</summary>
    /// <exception cref="InconsistentStateException">Somebody else has taken over.</exception>
    Task<LedgerHead> TakeOverAgainAsync(int shard, string owner);

    /// <summary>Stores a batch in one commit; durable on completion.</summary>
    /// <exception cref="InconsistentStateException">The epoch or the sequence is not the stored one: fenced, nothing was stored.</exception>
    Task AppendAsync(LedgerBatch batch);

    /// <summary>Makes sure that nobody has taken over since: a refusal is only as good as the balance it was decided on.</summary>
    /// <exception cref="InconsistentStateException">Somebody has.</exception>
    Task CheckAsync(int shard, long epoch);

    /// <summary>Stores a freeze or a thaw and the account's flag in one commit; durable on completion.</summary>
    /// <exception cref="InconsistentStateException">As of <see cref="AppendAsync"/>.</exception>
    Task FreezeAsync(FreezeRecord freeze);

    /// <summary>Looks keys (of every shard) and accounts and originals (of this one) up.</summary>
    Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals);

    /// <summary>A freeze by its key; null when there is none.</summary>
    Task<StoredFreeze?> FindFreezeAsync(Guid key);

    /// <summary>Open holds that end at a time or before, the oldest first.</summary>
    Task<IReadOnlyList<DueHold>> GetDueHoldsAsync(int shard, DateTimeOffset now, int take);

    /// <summary>The newest entries that touch an account, newest first.</summary>
    Task<IReadOnlyList<LedgerLine>> GetLinesAsync(int shard, LedgerAccount account, int take);

    /// <summary>Gifts of a room after a place, oldest first.</summary>
    Task<IReadOnlyList<SettledGift>> GetGiftsAfterAsync(int shard, string roomId, long batch, int order, int take);

    /// <summary>The newest gifts of a room, oldest first.</summary>
    Task<IReadOnlyList<SettledGift>> GetLatestGiftsAsync(int shard, string roomId, int take);

    /// <summary>Settings of the database that can lose acknowledged commits, each as a sentence; empty when it is safe.</summary>
    Task<IReadOnlyList<string>> FindUnsafeSettingsAsync();
}
