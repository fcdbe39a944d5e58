using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Tells a <see cref="LotBook"/> the history of a viewer's account, page by page.</summary>
internal sealed class LotReader(Database database, Journal journal)
{
    /// <summary>Entries of one account that are replayed for one question.</summary>
    public const int EntriesMax = 2_000_000;

    /// <summary>Entries in memory at once.</summary>
    public const int EntriesAtOnce = 2_000;

    /// <summary>The account's lots as of its last commit; empty for an account never used.</summary>
    public async Task<IReadOnlyList<CoinLot>> GetLotsAsync(int shard, string owner) => (await ReplayAsync(shard, owner, traced: null))?.Lots ?? [];

    /// <summary>What one lot paid for; null when there is no such lot.</summary>
    public async Task<CoinLotTrace?> TraceAsync(int shard, string owner, Guid topUp) => (await ReplayAsync(shard, owner, topUp))?.Trace;

    private async Task<LotBook?> ReplayAsync(int shard, string owner, Guid? traced)
    {
        if (await journal.FindAsync(shard, LedgerAccount.Coins(owner)) is not { } account) { return null; }

        // As of one commit: what is written meanwhile is for the next question.
        var upTo = await journal.LastBatchAsync(shard);
        var givenBack = await GivenBackAsync(shard, account, upTo);
        var book = new LotBook(givenBack.Contains, traced);
        var holds = new Queue<HoldEvent>(await HoldsAsync(shard, account, upTo));
        var entries = 0;
        await foreach (var page in journal.PagesAsync(shard, account, 1, upTo, EntriesAtOnce))
        {
            if ((entries += page.Count) > EntriesMax)
            {
                throw new InvalidOperationException($"An account with more than {EntriesMax} entries is too long to be replayed at once.");
            }

            foreach (var entry in page)
            {
                while (holds.TryPeek(out var next) && next.IsBefore(entry.Place)) { Apply(book, holds.Dequeue()); }
                book.Move(entry);
            }
        }

        while (holds.TryDequeue(out var last)) { Apply(book, last); }
        return book;
    }

    private static void Apply(LotBook book, HoldEvent hold)
    {
        if (hold.Lot is { } lot) { book.Freeze(hold.Key, lot, hold.Amount); }
        else { book.Thaw(hold.Key); }
    }

    // Credits of a viewer are few; only the commits that have one are looked into.
    private async Task<HashSet<Guid>> GivenBackAsync(int shard, BookAccount account, long upTo)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select distinct e.original from ledger_posting p cross join ledger_entry e
            where p.account = @account and p.credit > 0 and p.batch <= @upTo and {Journal.InPosting}
                and e.kind = 3 and (e.credit1 = @account or e.credit2 = @account or e.credit3 = @account)
            """);
        command.With("shard", shard).With("account", account.Id).With("upTo", upTo);
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new HashSet<Guid>();
        while (await reader.ReadAsync()) { keys.Add(journal.Key(reader, 0)); }
        return keys;
    }

    // Holds move nothing, so no posting leads to them; their rows do. One row for the beginning, one for the end unless it is posted:
    // then the entry that moves ends it.
    private async Task<IReadOnlyList<HoldEvent>> HoldsAsync(int shard, BookAccount account, long upTo)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select e.batch, e.ord, h.id, e.lot, h.amount from ledger_hold h join ledger_entry e on e.id = h.id
            where h.account = @account and e.lot is not null and e.batch <= @upTo
            union all
            select r.batch, r.ord, h.id, null, 0 from ledger_hold h join ledger_entry e on e.id = h.id join ledger_entry r on r.id = h.resolved_by
            where h.account = @account and h.state in (2, 3) and e.lot is not null and r.batch <= @upTo
            order by 1, 2
            """);
        command.With("account", account.Id).With("upTo", upTo);
        await using var reader = await command.ExecuteReaderAsync();
        var holds = new List<HoldEvent>();
        while (await reader.ReadAsync())
        {
            holds.Add(new HoldEvent(
                new LedgerPlace(reader.GetInt64(0), reader.GetInt32(1)), journal.Key(reader, 2), journal.KeyOrNull(reader, 3), reader.GetInt64(4)));
        }

        return holds;
    }

    /// <summary>Where a hold begins or ends.</summary>
    /// <param name="Lot">Set where it begins, null where it ends.</param>
    private readonly record struct HoldEvent(LedgerPlace Place, Guid Key, Guid? Lot, long Amount)
    {
        public bool IsBefore(LedgerPlace place) => Place.Batch < place.Batch || (Place.Batch == place.Batch && Place.Order < place.Order);
    }
}
