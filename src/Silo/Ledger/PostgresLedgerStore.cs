using System.Data.Common;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;
using Npgsql;
using NpgsqlTypes;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// The ledger in PostgreSQL: one round trip writes a batch, each table's rows as arrays; of a large one, what is only added follows by COPY
/// in the same transaction.
/// </summary>
internal sealed class PostgresLedgerStore(Database database) : SqlLedgerStore(database)
{
    /// <summary>Entries from which COPY is worth its round trips.</summary>
    public const int CopyEntriesMin = 500;

    private const string CopyPostings =
        "copy ledger_posting(account, batch, shard, debit, credit, entries, seq, balance_after, first_ord, last_ord) from stdin (format binary)";

    private const int PostingColumns = 10;
    private const int PostingBytes = 100;

    private const string CopyEntries =
        "copy ledger_entry(id, shard, batch, ord, kind, unit, debit, amount, credit1, amount1, credit2, amount2, credit3, amount3, "
        + "debit_after, rate, fingerprint, reference, room, sender, sender_name, gift, quantity, original, expires_at, lot) from stdin (format binary)";

    private const int EntryColumns = 26;
    private const int EntryBytes = 360;

    private const string InsertEntries =
        "insert into ledger_entry(id, shard, batch, ord, kind, unit, debit, amount, credit1, amount1, credit2, amount2, credit3, amount3, "
        + "debit_after, rate, fingerprint, reference, room, sender, sender_name, gift, quantity) "
        + "select t.id, $1, $2, t.place - 1, t.kind, t.unit, t.debit, t.amount, t.credit1, t.amount1, t.credit2, t.amount2, t.credit3, t.amount3, "
        + "t.debit_after, t.rate, t.fingerprint, t.reference, t.room, t.sender, t.sender_name, t.gift, t.quantity "
        + "from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22) with ordinality "
        + "as t(id, kind, unit, debit, amount, credit1, amount1, credit2, amount2, credit3, amount3, "
        + "debit_after, rate, fingerprint, reference, room, sender, sender_name, gift, quantity, place)";

    // Gifts have none of the three: their batches do not pay for them.
    private static readonly string InsertEntriesWithMore = InsertEntries
        .Replace("gift, quantity) ", "gift, quantity, original, expires_at, lot) ", StringComparison.Ordinal)
        .Replace("t.quantity ", "t.quantity, t.original, t.expires_at, t.lot ", StringComparison.Ordinal)
        .Replace("$22)", "$22, $23, $24, $25)", StringComparison.Ordinal)
        .Replace("quantity, place)", "quantity, original, expires_at, lot, place)", StringComparison.Ordinal);

    public override Task AppendAsync(LedgerBatch batch) => Database.WriteAsync(async (connection, transaction) =>
    {
        await using var commands = new NpgsqlBatch((NpgsqlConnection)connection, (NpgsqlTransaction)transaction);
        var fence = Fence(batch);
        var turned = batch.IsPlain ? batch.Accounts : [.. batch.Accounts.Where(change => change.Moves && change.Held == 0)];
        var held = batch.IsPlain ? [] : batch.Accounts.Where(change => change.Held != 0).ToList();
        var turn = Turn(turned);
        var hold = Hold(held);
        commands.BatchCommands.Add(ByIndex());
        commands.BatchCommands.Add(fence);
        commands.BatchCommands.Add(Head(batch));
        if (Open(batch) is { } open) { commands.BatchCommands.Add(open); }
        commands.BatchCommands.Add(turn);
        if (held.Count > 0) { commands.BatchCommands.Add(hold); }
        var posted = batch.IsPlain ? batch.Accounts : [.. batch.Accounts.Where(change => change.Moves)];
        var isLarge = batch.Entries.Count >= CopyEntriesMin;
        if (!isLarge)
        {
            commands.BatchCommands.Add(Post(batch, posted));
            commands.BatchCommands.Add(Entries(batch));
        }

        // Always the same few statements: once a connection has them, the database neither reads nor plans them again, which for a small
        // commit is most of what it costs. A round trip of its own only the first time.
        await commands.PrepareAsync();
        var turning = commands.ExecuteNonQueryAsync();
        CopyRows? postings = null, entries = null;
        try
        {
            // While the database turns the accounts over, the rows that follow are put together.
            if (isLarge) { (postings, entries) = (PostingRows(batch, posted), EntryRows(batch)); }
        }
        finally
        {
            await turning;
        }

        if (fence.RecordsAffected != 1) { throw Fenced(batch); }
        if (turn.RecordsAffected != turned.Count || (held.Count > 0 && hold.RecordsAffected != held.Count)) { throw Differs(batch); }
        using (postings)
        using (entries)
        {
            if (postings is not null) { await postings.WriteAsync((NpgsqlConnection)connection, CopyPostings); }
            if (entries is not null) { await entries.WriteAsync((NpgsqlConnection)connection, CopyEntries); }
        }

        if (batch.Holds.Count > 0 || batch.Reversals.Count > 0) { await WriteConsequencesAsync(connection, transaction, batch); }
    });

    public override async Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals)
    {
        await using var connection = await Database.OpenAsync();
        var foundKeys = new Dictionary<Guid, RememberedAnswer>();
        if (keys.Count > 0)
        {
            await using var byKey = connection.Command(null, $"select {KeyColumns} where e.id = any(@ids)");
            byKey.With("ids", keys.ToArray());
            await ReadKeysAsync(byKey, foundKeys);
        }

        var foundAccounts = new Dictionary<LedgerAccount, AccountRecord>();
        if (accounts.Count > 0)
        {
            await using var byName = connection.Command(null, $"""
                select {AccountColumns}
                from unnest(@kinds, @owners, @units) as t(kind, owner, unit)
                join ledger_account a on a.shard = @shard and a.kind = t.kind and a.owner = t.owner and a.unit = t.unit
                """);
            byName.With("shard", shard)
                .With("kinds", accounts.Select(account => (int)account.Kind).ToArray())
                .With("owners", accounts.Select(account => account.Owner).ToArray())
                .With("units", accounts.Select(account => (int)account.Unit).ToArray());
            await ReadAccountsAsync(byName, foundAccounts);
        }

        return new LedgerFound(foundKeys, foundAccounts) { Originals = await ReadOriginalsAsync(connection, shard, originals) };
    }

    public override async Task<IReadOnlyList<string>> FindUnsafeSettingsAsync()
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, """
            select name from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'off' order by name
            """);
        await using var reader = await command.ExecuteReaderAsync();
        var unsafeSettings = new List<string>();
        while (await reader.ReadAsync())
        {
            unsafeSettings.Add($"PostgreSQL runs with {reader.GetString(0)} = off: a crash can lose acknowledged gifts.");
        }

        return unsafeSettings;
    }

    protected override object Key(Guid key) => key;

    protected override void WithKeyOrNull(DbCommand command, string name, Guid? key) =>
        command.Parameters.Add(new NpgsqlParameter(name, NpgsqlDbType.Uuid) { Value = (object?)key ?? DBNull.Value });

    protected override Guid ReadKey(DbDataReader reader, int ordinal) => reader.GetGuid(ordinal);

    // For thousands of rows the planner would read the whole table of accounts once, at every commit, however many millions they are.
    private static NpgsqlBatchCommand ByIndex() => Command("select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)");

    private static NpgsqlBatchCommand Fence(LedgerBatch batch) => Command(
        "update ledger_shard set last_seq = $1, last_hash = $2 where shard = $3 and epoch = $4 and last_seq = $1 - 1 and last_hash = $5",
        Value(batch.Seq), Value(batch.Hash), Value(batch.Shard), Value(batch.Epoch), Value(batch.PreviousHash));

    private static NpgsqlBatchCommand Head(LedgerBatch batch) => Command(
        "insert into ledger_batch(shard, seq, epoch, entries, prev_hash, hash, at) values ($1, $2, $3, $4, $5, $6, $7)",
        Value(batch.Shard), Value(batch.Seq), Value(batch.Epoch), Value(batch.Entries.Count), Value(batch.PreviousHash), Value(batch.Hash),
        Value(LedgerTime.ToMicroseconds(batch.At)));

    private static NpgsqlBatchCommand? Open(LedgerBatch batch)
    {
        var opened = batch.Accounts.Where(change => change.IsNew).Select(change => change.Before).ToList();
        return opened.Count == 0
            ? null
            : Command(
                "insert into ledger_account(id, shard, kind, owner, unit, flags) select t.id, $1, t.kind, t.owner, t.unit, t.flags "
                + "from unnest($2, $3, $4, $5, $6) as t(id, kind, owner, unit, flags)",
                Value(batch.Shard), Column(opened, account => account.Id), Column(opened, account => (int)account.Account.Kind),
                Column(opened, account => account.Account.Owner), Column(opened, account => (int)account.Account.Unit),
                Column(opened, account => (int)account.Flags));
    }

    // The turnover that the owner knew is part of the condition: what it decided on is what is stored.
    private static NpgsqlBatchCommand Turn(IReadOnlyList<AccountChange> accounts) => Command(
        "update ledger_account a set debits = a.debits + t.debit, credits = a.credits + t.credit, postings = a.postings + 1 "
        + "from unnest($1, $2, $3, $4, $5, $6) as t(id, debit, credit, debits, credits, postings) "
        + "where a.id = t.id and a.debits = t.debits and a.credits = t.credits and a.postings = t.postings",
        Column(accounts, change => change.Before.Id), Column(accounts, change => change.Debit),
        Column(accounts, change => change.Credit), Column(accounts, change => change.Before.Debits),
        Column(accounts, change => change.Before.Credits), Column(accounts, change => change.Before.Postings));

    // In one statement with the turnover: neither alone need satisfy the checks.
    private static NpgsqlBatchCommand Hold(IReadOnlyList<AccountChange> accounts) => Command(
        "update ledger_account a set debits = a.debits + t.debit, credits = a.credits + t.credit, postings = a.postings + t.posted, held = a.held + t.hold "
        + "from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as t(id, debit, credit, posted, hold, debits, credits, postings, held) "
        + "where a.id = t.id and a.debits = t.debits and a.credits = t.credits and a.postings = t.postings and a.held = t.held",
        Column(accounts, change => change.Before.Id), Column(accounts, change => change.Debit), Column(accounts, change => change.Credit),
        Column(accounts, change => change.Moves ? 1L : 0L), Column(accounts, change => change.Held), Column(accounts, change => change.Before.Debits),
        Column(accounts, change => change.Before.Credits), Column(accounts, change => change.Before.Postings), Column(accounts, change => change.Before.Held));

    private static NpgsqlBatchCommand Post(LedgerBatch batch, IReadOnlyList<AccountChange> accounts) => Command(
        "insert into ledger_posting(account, batch, shard, debit, credit, entries, seq, balance_after, first_ord, last_ord) "
        + "select t.account, $1, $2, t.debit, t.credit, t.entries, t.seq, t.after, t.first_ord, t.last_ord "
        + "from unnest($3, $4, $5, $6, $7, $8, $9, $10) as t(account, debit, credit, entries, seq, after, first_ord, last_ord)",
        Value(batch.Seq), Value(batch.Shard), Column(accounts, change => change.Before.Id), Column(accounts, change => change.Debit),
        Column(accounts, change => change.Credit), Column(accounts, change => change.Entries),
        Column(accounts, change => change.PostingsAfter), Column(accounts, change => change.BalanceAfter),
        Column(accounts, change => change.FirstOrder), Column(accounts, change => change.LastOrder));

    private static NpgsqlBatchCommand Entries(LedgerBatch batch)
    {
        var ids = batch.Accounts.ToDictionary(change => change.Before.Account, change => change.Before.Id);
        var entries = batch.Entries;
        long? Credit(DecidedEntry entry, int leg) => leg < entry.Request.Credits.Count ? ids[entry.Request.Credits[leg].Account] : null;
        long Amount(DecidedEntry entry, int leg) => leg < entry.Request.Credits.Count ? entry.Request.Credits[leg].Amount : 0;
        var command = Command(
            entries.Any(HasMore) ? InsertEntriesWithMore : InsertEntries,
            Value(batch.Shard), Value(batch.Seq), Column(entries, entry => entry.Request.Key), Column(entries, entry => (int)entry.Request.Kind),
            Column(entries, entry => (int)entry.Request.Debit.Unit), Column(entries, entry => ids[entry.Request.Debit]),
            Column(entries, entry => entry.Amount), Column(entries, entry => ids[entry.Request.Credits[0].Account]),
            Column(entries, entry => Amount(entry, 0)), Column(entries, entry => Credit(entry, 1)), Column(entries, entry => Amount(entry, 1)),
            Column(entries, entry => Credit(entry, 2)), Column(entries, entry => Amount(entry, 2)), Column(entries, entry => entry.DebitAfter),
            Column(entries, entry => entry.Request.Rate), Column(entries, entry => entry.Request.Fingerprint),
            Column(entries, entry => entry.Request.Reference), Column(entries, entry => entry.Request.Gift?.RoomId),
            Column(entries, entry => entry.Request.Gift?.Sender.Id), Column(entries, entry => entry.Request.Gift?.Sender.Name),
            Column(entries, entry => entry.Request.Gift?.GiftId), Column(entries, entry => entry.Request.Gift?.Quantity ?? 0));
        if (command.CommandText == InsertEntries) { return command; }
        command.Parameters.Add(Column(entries, entry => entry.Request.Original));
        command.Parameters.Add(Column(entries, entry => entry.Request.ExpiresAt is { } end ? LedgerTime.ToMicroseconds(end) : (long?)null));
        command.Parameters.Add(Column(entries, entry => entry.Request.Lot));
        return command;
    }

    private static CopyRows PostingRows(LedgerBatch batch, IReadOnlyList<AccountChange> accounts)
    {
        var rows = new CopyRows(PostingColumns, accounts.Count * PostingBytes);
        foreach (var change in accounts)
        {
            rows.Row();
            rows.Add(change.Before.Id);
            rows.Add(batch.Seq);
            rows.Add(batch.Shard);
            rows.Add(change.Debit);
            rows.Add(change.Credit);
            rows.Add(change.Entries);
            rows.Add(change.PostingsAfter);
            rows.Add(change.BalanceAfter);
            rows.Add(change.FirstOrder);
            rows.Add(change.LastOrder);
        }

        return rows;
    }

    private static CopyRows EntryRows(LedgerBatch batch)
    {
        var ids = batch.Accounts.ToDictionary(change => change.Before.Account, change => change.Before.Id);
        var rows = new CopyRows(EntryColumns, batch.Entries.Count * EntryBytes);
        for (var order = 0; order < batch.Entries.Count; order++)
        {
            var (request, amount, debitAfter) = batch.Entries[order];
            rows.Row();
            rows.Add(request.Key);
            rows.Add(batch.Shard);
            rows.Add(batch.Seq);
            rows.Add(order);
            rows.Add((int)request.Kind);
            rows.Add((int)request.Debit.Unit);
            rows.Add(ids[request.Debit]);
            rows.Add(amount);
            for (var leg = 0; leg < LedgerRules.LegsMax; leg++)
            {
                var isThere = leg < request.Credits.Count;
                rows.Add(isThere ? ids[request.Credits[leg].Account] : default(long?));
                rows.Add(isThere ? request.Credits[leg].Amount : 0L);
            }

            rows.Add(debitAfter);
            rows.Add(request.Rate);
            rows.Add(request.Fingerprint);
            rows.Add(request.Reference);
            rows.Add(request.Gift?.RoomId);
            rows.Add(request.Gift?.Sender.Id);
            rows.Add(request.Gift?.Sender.Name);
            rows.Add(request.Gift?.GiftId);
            rows.Add(request.Gift?.Quantity ?? 0);
            rows.Add(request.Original);
            rows.Add(request.ExpiresAt is { } end ? LedgerTime.ToMicroseconds(end) : default(long?));
            rows.Add(request.Lot);
        }

        return rows;
    }

    private static bool HasMore(DecidedEntry entry) => entry.Request is not { Original: null, ExpiresAt: null, Lot: null };

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
#pragma warning disable CA2100 // Constant text; values are parameters.
        var command = new NpgsqlBatchCommand(sql);
#pragma warning restore CA2100
        foreach (var parameter in parameters) { command.Parameters.Add(parameter); }
        return command;
    }

    private static NpgsqlParameter<T> Value<T>(T value) => new() { TypedValue = value };

    private static NpgsqlParameter<T[]> Column<TRow, T>(IReadOnlyList<TRow> rows, Func<TRow, T> value)
    {
        var column = new T[rows.Count];
        for (var i = 0; i < column.Length; i++) { column[i] = value(rows[i]); }
        return new NpgsqlParameter<T[]> { TypedValue = column };
    }
}
