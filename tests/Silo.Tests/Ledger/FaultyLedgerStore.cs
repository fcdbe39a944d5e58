using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>A real store whose calls the test holds up or breaks, before they are made or after they took effect.</summary>
internal sealed class FaultyLedgerStore(ILedgerStore store) : ILedgerStore
{
    public Func<LedgerBatch, Task> BeforeAppend { get; set; } = _ => Task.CompletedTask;

    public Func<LedgerBatch, Task> AfterAppend { get; set; } = _ => Task.CompletedTask;

    public Func<Task> BeforeFreeze { get; set; } = () => Task.CompletedTask;

    public Func<Task> AfterFreeze { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeTakeOver { get; set; } = () => Task.CompletedTask;

    public Func<Task> AfterTakeOver { get; set; } = () => Task.CompletedTask;

    public Func<Task> BeforeFind { get; set; } = () => Task.CompletedTask;

    /// <summary>Gets what was asked for of entries that others are about.</summary>
    public Func<IReadOnlyCollection<Guid>, Task> AfterFind { get; set; } = _ => Task.CompletedTask;

    /// <summary>Whether a commit is acknowledged and never stored: what the checks must catch.</summary>
    public Func<LedgerBatch, bool> Loses { get; set; } = _ => false;

    /// <summary>Whether keys that are stored are not found.</summary>
    public bool Forgets { get; set; }

    /// <summary>How often keys or accounts were looked up.</summary>
    public int Finds { get; private set; }

    public async Task<LedgerHead> TakeOverAsync(int shard, string owner)
    {
        await BeforeTakeOver();
        var head = await store.TakeOverAsync(shard, owner);
        await AfterTakeOver();
        return head;
    }

    public async Task<LedgerHead> TakeOverAgainAsync(int shard, string owner)
    {
        await BeforeTakeOver();
        var head = await store.TakeOverAgainAsync(shard, owner);
        await AfterTakeOver();
        return head;
    }

    public async Task AppendAsync(LedgerBatch batch)
    {
        await BeforeAppend(batch);
        if (Loses(batch)) { return; }
        await store.AppendAsync(batch);
        await AfterAppend(batch);
    }

    public Task CheckAsync(int shard, long epoch) => store.CheckAsync(shard, epoch);

    public async Task FreezeAsync(FreezeRecord freeze)
    {
        await BeforeFreeze();
        await store.FreezeAsync(freeze);
        await AfterFreeze();
    }

    public async Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals)
    {
        Finds++;
        await BeforeFind();
        var found = await store.FindAsync(shard, keys, accounts, originals);
        await AfterFind(originals);
        return Forgets ? found with { Keys = new Dictionary<Guid, RememberedAnswer>() } : found;
    }

    public Task<StoredFreeze?> FindFreezeAsync(Guid key) => store.FindFreezeAsync(key);

    public Task<IReadOnlyList<DueHold>> GetDueHoldsAsync(int shard, DateTimeOffset now, int take) => store.GetDueHoldsAsync(shard, now, take);

    public Task<IReadOnlyList<LedgerLine>> GetLinesAsync(int shard, LedgerAccount account, int take) => store.GetLinesAsync(shard, account, take);

    public Task<IReadOnlyList<SettledGift>> GetGiftsAfterAsync(int shard, string roomId, long batch, int order, int take) =>
        store.GetGiftsAfterAsync(shard, roomId, batch, order, take);

    public Task<IReadOnlyList<SettledGift>> GetLatestGiftsAsync(int shard, string roomId, int take) => store.GetLatestGiftsAsync(shard, roomId, take);

    public Task<IReadOnlyList<string>> FindUnsafeSettingsAsync() => store.FindUnsafeSettingsAsync();
}
