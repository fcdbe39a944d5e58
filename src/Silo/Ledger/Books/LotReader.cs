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

    /// <summary>Wallets whose lots are kept in memory up to a commit, so that the next question reads only what came since.</summary>
    public const int WalletsMax = 512;

    /// <summary>A book that keeps more than this is computed anew for each question.</summary>
    public const int KeptSizeMax = 4_000;

    private readonly Lock _lock = new();
    private readonly HalvingMap<long, KeptBook> _kept = new(WalletsMax);
    private long _entriesRead;

    /// <summary>Entries that were read so far.</summary>
    internal long EntriesRead => Interlocked.Read(ref _entriesRead);

    /// <summary>The account's lots as of its last commit; empty for an account never used.</summary>
    public async Task<IReadOnlyList<CoinLot>> GetLotsAsync(int shard, string owner)
    {
        if (await journal.FindAsync(shard, LedgerAccount.Coins(owner)) is not { } account) { return []; }

        // As of one commit: what is written meanwhile is for the next question.
        var upTo = await journal.LastBatchAsync(shard);
        var book = Borrow(account.Id) is { } kept && await GoOnAsync(shard, account, kept, upTo)
            ? kept.Book
            : await ReplayAsync(shard, account, upTo, traced: null);
        var lots = book.Lots;
        if (book.Size <= KeptSizeMax) { Keep(account.Id, new KeptBook(book, upTo)); }
        return lots;
    }

    /// <summary>What one lot paid for; null when there is no such lot.</summary>
    public async Task<CoinLotTrace?> TraceAsync(int shard, string owner, Guid topUp) =>
        await journal.FindAsync(shard, LedgerAccount.Coins(owner)) is { } account
            ? (await ReplayAsync(shard, account, await journal.LastBatchAsync(shard), topUp)).Trace
            : null;

    /// <summary>The kept book of an account, for one question alone: another that comes meanwhile computes its own.</summary>
    private KeptBook? Borrow(long account)
    {
        lock (_lock)
        {
            if (!_kept.TryGet(account, out var kept) || kept.Book is null) { return null; }
            _kept.Set(account, default);
            return kept;
        }
    }

    private void Keep(long account, KeptBook book)
    {
        lock (_lock)
        {
            if (!_kept.TryGet(account, out var other) || other.Book is null || other.UpTo < book.UpTo) { _kept.Set(account, book); }
        }
    }

    /// <summary>Tells a kept book what came since. False: something was given back whose payers it had no reason to remember.</summary>
    private async Task<bool> GoOnAsync(int shard, BookAccount account, KeptBook kept, long upTo)
    {
        if (upTo < kept.UpTo) { return false; }
        var givenBack = await GivenBackAsync(shard, account, kept.UpTo, upTo);
        if (givenBack.Any(entry => entry.Value <= kept.UpTo && !kept.Book.Knows(entry.Key))) { return false; }
        kept.Book.Remember(givenBack.Keys);
        await TellAsync(shard, account, kept.Book, kept.UpTo, upTo);
        return true;
    }

    private async Task<LotBook> ReplayAsync(int shard, BookAccount account, long upTo, Guid? traced)
    {
        var book = new LotBook(traced);
        book.Remember((await GivenBackAsync(shard, account, after: 0, upTo)).Keys);
        await TellAsync(shard, account, book, after: 0, upTo);
        return book;
    }

    private async Task TellAsync(int shard, BookAccount account, LotBook book, long after, long upTo)
    {
        var holds = new Queue<HoldEvent>(await HoldsAsync(account, after, upTo));
        var entries = 0;
        await foreach (var page in journal.PagesAsync(shard, account, after + 1, upTo, EntriesAtOnce))
        {
            Interlocked.Add(ref _entriesRead, page.Count);
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
    }

    private static void Apply(LotBook book, HoldEvent hold)
    {
        if (hold.Lot is { } lot) { book.Freeze(hold.Key, lot, hold.Amount); }
        else { book.Thaw(hold.Key); }
    }

    // Credits of a viewer are few; only the commits that have one are looked into.
    private async Task<Dictionary<Guid, long>> GivenBackAsync(int shard, BookAccount account, long after, long upTo)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select distinct e.original, o.batch from ledger_posting p cross join ledger_entry e left join ledger_entry o on o.id = e.original
            where p.account = @account and p.credit > 0 and p.batch > @after and p.batch <= @upTo and {Journal.InPosting}
                and e.kind in (3, 21) and (e.credit1 = @account or e.credit2 = @account or e.credit3 = @account)
            """);
        command.With("shard", shard).With("account", account.Id).With("after", after).With("upTo", upTo);
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new Dictionary<Guid, long>();
        while (await reader.ReadAsync()) { keys[journal.Key(reader, 0)] = reader.IsDBNull(1) ? 0 : reader.GetInt64(1); }
        return keys;
    }

    // Holds move nothing, so no posting leads to them; their rows do. One row for the beginning, one for the end unless it is posted:
    // then the entry that moves ends it.
    private async Task<IReadOnlyList<HoldEvent>> HoldsAsync(BookAccount account, long after, long upTo)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select e.batch, e.ord, h.id, e.lot, h.amount from ledger_hold h join ledger_entry e on e.id = h.id
            where h.account = @account and e.lot is not null and e.batch > @after and e.batch <= @upTo
            union all
            select r.batch, r.ord, h.id, null, 0 from ledger_hold h join ledger_entry e on e.id = h.id join ledger_entry r on r.id = h.resolved_by
            where h.account = @account and h.state in (2, 3) and e.lot is not null and r.batch > @after and r.batch <= @upTo
            order by 1, 2
            """);
        command.With("account", account.Id).With("after", after).With("upTo", upTo);
        await using var reader = await command.ExecuteReaderAsync();
        var holds = new List<HoldEvent>();
        while (await reader.ReadAsync())
        {
            holds.Add(new HoldEvent(
                new LedgerPlace(reader.GetInt64(0), reader.GetInt32(1)), journal.Key(reader, 2), journal.KeyOrNull(reader, 3), reader.GetInt64(4)));
        }

        return holds;
    }

    /// <summary>A book as of a commit.</summary>
    private readonly record struct KeptBook(LotBook Book, long UpTo);

    /// <summary>Where a hold begins or ends.</summary>
    /// <param name="Lot">Set where it begins, null where it ends.</param>
    private readonly record struct HoldEvent(LedgerPlace Place, Guid Key, Guid? Lot, long Amount)
    {
        public bool IsBefore(LedgerPlace place) => Place.Batch < place.Batch || (Place.Batch == place.Batch && Place.Order < place.Order);
    }
}
