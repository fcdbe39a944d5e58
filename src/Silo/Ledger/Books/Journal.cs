using System.Data.Common;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>
/// Reads the journal of one account in its order. Cheap on big ledgers: posting rows say which commits touch the account and where
/// in them, so nobody else's entries are read.
/// </summary>
internal sealed class Journal(Database database)
{
    /// <summary>Posting rows that one query reads.</summary>
    public const int PostingsAtOnce = 512;

    /// <summary>
    /// The entries <c>e</c> of a posting <c>p</c>. To be used behind <c>ledger_posting p cross join ledger_entry e</c>: SQLite keeps that
    /// order, and else reads the whole journal between two commits and looks the postings up. The plus keeps it from doing the same by way
    /// of the bounds of <c>p.batch</c>.
    /// </summary>
    public const string InPosting = "e.shard = @shard and e.batch = +p.batch and e.ord between p.first_ord and p.last_ord";

    // A hold and its end move nothing by themselves; only what is posted of it does.
    private const string Change = """
        case when e.kind in (4, 6, 7) then 0 when e.debit = @account then -e.amount when e.credit1 = @account then e.amount1
            when e.credit2 = @account then e.amount2 else e.amount3 end
        """;

    /// <summary>The account's entries of its postings from one commit to another, in their order.</summary>
    public const string EntriesOfPostings = $"""
        select e.batch, e.ord, e.id, e.kind, {Change}, e.amount, b.at, e.room, e.sender_name, e.gift, e.quantity, e.rate, e.reference,
            e.original, e.lot
        from ledger_posting p cross join ledger_entry e cross join ledger_batch b
        {Where}
        """;

    /// <summary>The same, with whose earnings each is about: the streamer's, or what the streamer owed and so repaid.</summary>
    public const string EntriesAndEarners = $"""
        select e.batch, e.ord, e.id, e.kind, {Change}, e.amount, b.at, e.room, e.sender_name, e.gift, e.quantity, e.rate, e.reference,
            e.original, e.lot,
            (select s.owner from ledger_account s
             where s.id in (e.credit1, e.credit2, e.credit3, o.credit1, o.credit2, o.credit3) and s.kind in (2, 7) and s.owner <> @owner
             order by s.kind, s.id limit 1)
        from ledger_posting p cross join ledger_entry e cross join ledger_batch b left join ledger_entry o on o.id = e.original
        {Where}
        """;

    private const string Where = $"""
        where p.account = @account and p.batch between @from and @upTo and {InPosting}
            and (e.debit = @account or e.credit1 = @account or e.credit2 = @account or e.credit3 = @account)
            and b.shard = @shard and b.seq = p.batch
        order by p.batch, e.ord
        """;

    /// <summary>An account by name; null when nothing ever moved to or from it.</summary>
    public async Task<BookAccount?> FindAsync(int shard, LedgerAccount account)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(
            null, "select id, debits, credits, held from ledger_account where shard = @shard and kind = @kind and owner = @owner and unit = @unit");
        command.With("shard", shard).With("kind", (int)account.Kind).With("owner", account.Owner).With("unit", (int)account.Unit);
        await using var reader = await command.ExecuteReaderAsync();
        return await reader.ReadAsync() ? new BookAccount(reader.GetInt64(0), account, reader.GetInt64(1), reader.GetInt64(2), reader.GetInt64(3)) : null;
    }

    /// <summary>Some accounts of one owner, in every unit, as they are at one moment.</summary>
    public async Task<IReadOnlyList<BookAccount>> FindAsync(int shard, string owner, IReadOnlyList<LedgerAccountKind> kinds)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select id, kind, unit, debits, credits, held from ledger_account
            where shard = @shard and kind in ({string.Join(", ", kinds.Select(kind => (int)kind))}) and owner = @owner
            """);
        command.With("shard", shard).With("owner", owner);
        await using var reader = await command.ExecuteReaderAsync();
        var accounts = new List<BookAccount>();
        while (await reader.ReadAsync())
        {
            accounts.Add(new BookAccount(
                reader.GetInt64(0), new LedgerAccount((LedgerAccountKind)reader.GetInt32(1), owner, (LedgerUnit)reader.GetInt32(2)),
                reader.GetInt64(3), reader.GetInt64(4), reader.GetInt64(5)));
        }

        return accounts;
    }

    /// <summary>The last commit before a moment; 0 when there is none. Commits are stamped in their order.</summary>
    public async Task<long> LastBatchBeforeAsync(int shard, DateTimeOffset moment)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(
            null, "select seq from ledger_batch where shard = @shard and at < @moment order by at desc, seq desc limit 1");
        command.With("shard", shard).With("moment", Microseconds.Of(moment));
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? 0L);
    }

    /// <summary>The last commit of all; 0 when there is none.</summary>
    public async Task<long> LastBatchAsync(int shard)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, "select last_seq from ledger_shard where shard = @shard");
        command.With("shard", shard);
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? 0L);
    }

    /// <summary>The balance when a commit was done.</summary>
    public async Task<long> BalanceAtAsync(BookAccount account, long batch)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(
            null, "select balance_after from ledger_posting where account = @account and batch <= @batch order by batch desc limit 1");
        command.With("account", account.Id).With("batch", batch);
        return Convert.ToInt64(await command.ExecuteScalarAsync() ?? 0L);
    }

    /// <summary>What moved after one commit, up to another one included.</summary>
    public async Task<BookTurnover> TurnoverAsync(BookAccount account, long after, long upTo)
    {
        var opening = await BalanceAtAsync(account, after);
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select coalesce(sum(debit), 0), coalesce(sum(credit), 0), coalesce(sum(entries), 0) from ledger_posting
            where account = @account and batch > @after and batch <= @upTo
            """);
        command.With("account", account.Id).With("after", after).With("upTo", upTo);
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        var (debits, credits) = (Convert.ToInt64(reader.GetValue(0)), Convert.ToInt64(reader.GetValue(1)));
        return new BookTurnover(opening, debits, credits, opening + credits - debits, Convert.ToInt64(reader.GetValue(2)));
    }

    /// <summary>The account's postings from a commit (included) up to one (included), oldest first.</summary>
    public async Task<IReadOnlyList<BookPosting>> PostingsAsync(BookAccount account, long from, long upTo, int take)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select batch, debit, credit, entries, balance_after from ledger_posting
            where account = @account and batch >= @from and batch <= @upTo order by batch limit @take
            """);
        command.With("account", account.Id).With("from", from).With("upTo", upTo).With("take", take);
        await using var reader = await command.ExecuteReaderAsync();
        var postings = new List<BookPosting>();
        while (await reader.ReadAsync())
        {
            postings.Add(new BookPosting(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetInt32(3), reader.GetInt64(4)));
        }

        return postings;
    }

    /// <summary>The account's entries in commits <paramref name="from"/> to <paramref name="upTo"/>, both included, oldest first.</summary>
    public async Task<IReadOnlyList<BookEntry>> EntriesAsync(int shard, BookAccount account, long from, long upTo, bool withEarners = false)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, withEarners ? EntriesAndEarners : EntriesOfPostings);
        command.With("shard", shard).With("account", account.Id).With("from", from).With("upTo", upTo);
        if (withEarners) { command.With("owner", account.Account.Owner); }
        await using var reader = await command.ExecuteReaderAsync();
        var entries = new List<BookEntry>();
        while (await reader.ReadAsync())
        {
            entries.Add(new BookEntry(
                new LedgerPlace(reader.GetInt64(0), reader.GetInt32(1)), Key(reader, 2), (LedgerEntryKind)reader.GetInt32(3), reader.GetInt64(4),
                reader.GetInt64(5), Microseconds.ToTime(reader.GetInt64(6)), reader.TextOrNull(7), reader.TextOrNull(8), reader.TextOrNull(9),
                reader.GetInt32(10), reader.GetInt32(11), reader.TextOrNull(12), KeyOrNull(reader, 13), KeyOrNull(reader, 14),
                withEarners ? reader.TextOrNull(15) : null));
        }

        return entries;
    }

    /// <summary>Reads an account's entries page by page, so that a long history never stands in memory as a whole.</summary>
    /// <param name="entriesAtOnce">About how many entries one page holds; a commit is never split.</param>
    public async IAsyncEnumerable<IReadOnlyList<BookEntry>> PagesAsync(
        int shard, BookAccount account, long from, long upTo, int entriesAtOnce, bool withEarners = false)
    {
        while (true)
        {
            var postings = await PostingsAsync(account, from, upTo, Math.Min(entriesAtOnce, PostingsAtOnce));
            if (postings.Count == 0) { yield break; }

            var (running, last) = (0, 0);
            while (last < postings.Count && running < entriesAtOnce) { running += postings[last++].Entries; }

            var lastBatch = postings[last - 1].Batch;
            yield return await EntriesAsync(shard, account, from, lastBatch, withEarners);
            from = lastBatch + 1;
        }
    }

    /// <summary>A stored key.</summary>
    public Guid Key(DbDataReader reader, int ordinal) =>
        database.Dialect == SqlDialect.Sqlite ? new Guid(reader.GetFieldValue<byte[]>(ordinal), bigEndian: true) : reader.GetGuid(ordinal);

    /// <summary>A stored key that may be missing.</summary>
    public Guid? KeyOrNull(DbDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : Key(reader, ordinal);
}
