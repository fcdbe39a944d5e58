using System.Data.Common;
using System.Globalization;
using System.Text.Json;
using Dapper;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>What was read of both sides, what does not agree, and how far the last run came.</summary>
internal sealed class ReconciliationStore(Database database)
{
    private const string Provider = "provider";
    private const string Ledger = "ledger";
    private const string Run = "run";

    private const string ItemColumns =
        "side as Side, id as Id, reference as Reference, amount_minor as AmountMinor, currency as Currency, at as At, fee_of as FeeOf, fee_key as FeeKey, is_matched as IsMatched, is_correction as IsCorrection";

    /// <summary>Which of some transactions are stored.</summary>
    public async Task<HashSet<string>> FindKnownAsync(IReadOnlyList<string> ids)
    {
        await using var connection = await database.OpenAsync();
        return [.. await connection.QueryAsync<string>($"select id from reconciliation_item where side = 0 and id {In("ids")}", new { ids = ids.ToArray() })];
    }

    /// <summary>Stores items of a page. Known ones stay as they are.</summary>
    public Task AddAsync(IReadOnlyList<BalanceItem> items) => database.WriteAsync((connection, transaction) => InsertAsync(connection, transaction, items));

    /// <summary>Stores items of the ledger and how far it was read, in one commit.</summary>
    public Task AddAsync(IReadOnlyList<BalanceItem> items, long lastBatch) => database.WriteAsync(async (connection, transaction) =>
    {
        await InsertAsync(connection, transaction, items);
        await SetAsync(connection, transaction, Ledger, lastBatch.ToString(CultureInfo.InvariantCulture));
    });

    /// <summary>The newest transaction's time; null: nothing was read.</summary>
    public async Task<DateTimeOffset?> ReadNewestAsync() => await GetAsync(Provider) is { } text
        ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(text, CultureInfo.InvariantCulture))
        : null;

    /// <summary>Notes the newest transaction's time.</summary>
    public Task WriteNewestAsync(DateTimeOffset newest) => database.WriteAsync((connection, transaction) =>
        SetAsync(connection, transaction, Provider, newest.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));

    /// <summary>The last commit that was read; 0: none.</summary>
    public async Task<long> ReadLastBatchAsync() => await GetAsync(Ledger) is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : 0;

    /// <summary>References with items that are not matched, in their order. Fees stand alone for their transactions and are left out unless the ledger has them.</summary>
    /// <param name="after">The last one before; empty for the first.</param>
    public async Task<IReadOnlyList<string>> ReadOpenReferencesAsync(string after, int take)
    {
        await using var connection = await database.OpenAsync();
        return (await connection.QueryAsync<string>(
            """
            select distinct reference from reconciliation_item
            where is_matched = 0 and reference > @after and (side = 1 or fee_of is null) order by reference limit @take
            """,
            new { after, take })).AsList();
    }

    /// <summary>All items of some references.</summary>
    public async Task<IReadOnlyList<BalanceItem>> ReadItemsAsync(IReadOnlyList<string> references)
    {
        await using var connection = await database.OpenAsync();
        return [.. (await connection.QueryAsync<Item>(
            $"select {ItemColumns} from reconciliation_item where reference {In("references")}", new { references = references.ToArray() })).Select(item => item.Read())];
    }

    /// <summary>Notes that the other side has these too.</summary>
    public Task MatchAsync(IReadOnlyList<BalanceItem> items) => items.Count == 0 ? Task.CompletedTask : database.WriteAsync(
        (connection, transaction) => connection.ExecuteAsync(
            "update reconciliation_item set is_matched = 1 where side = @side and id = @id",
            items.Select(item => new { side = (int)item.Side, id = item.Id }), transaction));

    /// <summary>Fees that are not in the ledger, of transactions that are, in the order of their ids.</summary>
    /// <param name="after">The last one before; empty for the first.</param>
    public async Task<IReadOnlyList<BalanceItem>> ReadOpenFeesAsync(string after, int take)
    {
        await using var connection = await database.OpenAsync();
        return [.. (await connection.QueryAsync<Item>(
            $"""
            select {ItemColumns} from reconciliation_item fee
            where side = 0 and is_matched = 0 and fee_of is not null and id > @after
                and exists (select 1 from reconciliation_item moved where moved.side = 0 and moved.id = fee.fee_of and moved.is_matched = 1)
            order by id limit @take
            """,
            new { after, take })).Select(item => item.Read())];
    }

    /// <summary>Gives a fee another key: the one before was never used and is too old by now.</summary>
    public Task SetFeeKeyAsync(string id, Guid key) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "update reconciliation_item set fee_key = @key where side = 0 and id = @id", new { id, key = key.ToString("N") }, transaction));

    /// <summary>How many of the provider's items are matched.</summary>
    public async Task<long> CountMatchedAsync()
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<long>("select count(*) from reconciliation_item where side = 0 and is_matched = 1");
    }

    /// <summary>Replaces what does not agree by what this run found. What was known keeps the time it was found.</summary>
    /// <returns>What is new.</returns>
    public Task<IReadOnlyList<FoundBreak>> ReplaceBreaksAsync(IReadOnlyList<FoundBreak> found, ReconciliationRun run) =>
        database.WriteAsync<IReadOnlyList<FoundBreak>>(async (connection, transaction) =>
        {
            var known = (await connection.QueryAsync<Break>("select kind as Kind, subject as Subject from reconciliation_break", transaction: transaction))
                .Select(row => (row.Kind, row.Subject)).ToHashSet();
            var now = found.Select(one => ((int)one.Kind, one.Subject)).ToHashSet();
            foreach (var (kind, subject) in known.Except(now))
            {
                await connection.ExecuteAsync("delete from reconciliation_break where kind = @kind and subject = @subject", new { kind, subject }, transaction);
            }

            var added = found.Where(one => !known.Contains(((int)one.Kind, one.Subject))).DistinctBy(one => (one.Kind, one.Subject)).ToList();
            await connection.ExecuteAsync(
                """
                insert into reconciliation_break(kind, subject, reference, provider_minor, ledger_minor, currency, since, found_at)
                values (@kind, @Subject, @Reference, @ProviderMinor, @LedgerMinor, @Currency, @since, @at)
                """,
                added.Select(one => new
                {
                    kind = (int)one.Kind,
                    one.Subject,
                    one.Reference,
                    one.ProviderMinor,
                    one.LedgerMinor,
                    one.Currency,
                    since = Microseconds.Of(one.Since),
                    at = Microseconds.Of(run.FinishedAt),
                }),
                transaction);
            await SetAsync(connection, transaction, Run, JsonSerializer.Serialize(run));
            return added;
        });

    /// <summary>The last run that came to its end; null: none.</summary>
    public async Task<ReconciliationRun?> ReadRunAsync() => await GetAsync(Run) is { } text ? JsonSerializer.Deserialize<ReconciliationRun>(text) : null;

    /// <summary>What does not agree, the oldest first.</summary>
    public Task<IReadOnlyList<ReconciliationBreak>> ReadBreaksAsync(int take) => ReadBreaksAsync("", new { take });

    /// <summary>What does not agree and has this subject or reference, a bounded number.</summary>
    public Task<IReadOnlyList<ReconciliationBreak>> FindBreaksAsync(string name, int take) =>
        ReadBreaksAsync("where subject = @name or reference = @name", new { name, take });

    /// <summary>How many there are.</summary>
    public async Task<int> CountBreaksAsync()
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<int>("select count(*) from reconciliation_break");
    }

    /// <summary>Forgets one: it is levelled. The next run finds it again if it is not.</summary>
    public Task ForgetBreakAsync(ReconciliationBreakKind kind, string subject) => database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
        "delete from reconciliation_break where kind = @kind and subject = @subject", new { kind = (int)kind, subject }, transaction));

    private async Task<IReadOnlyList<ReconciliationBreak>> ReadBreaksAsync(string where, object parameters)
    {
        await using var connection = await database.OpenAsync();
        return [.. (await connection.QueryAsync<Break>(
            $"""
            select kind as Kind, subject as Subject, reference as Reference, provider_minor as ProviderMinor, ledger_minor as LedgerMinor,
                currency as Currency, since as Since, found_at as FoundAt
            from reconciliation_break {where} order by since, kind, subject limit @take
            """,
            parameters)).Select(row => new ReconciliationBreak(
                (ReconciliationBreakKind)row.Kind, row.Subject, row.Reference, row.ProviderMinor, row.LedgerMinor, row.Currency,
                Microseconds.ToTime(row.Since), Microseconds.ToTime(row.FoundAt)))];
    }

    private string In(string list) => database.Dialect == SqlDialect.Sqlite ? $"in @{list}" : $"= any(@{list})";

    private static Task<int> InsertAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<BalanceItem> items) => connection.ExecuteAsync(
        """
        insert into reconciliation_item(side, id, reference, amount_minor, currency, at, fee_of, fee_key, is_matched, is_correction)
        values (@side, @Id, @Reference, @AmountMinor, @Currency, @at, @FeeOf, @key, @matched, @correction) on conflict (side, id) do nothing
        """,
        items.Select(item => new
        {
            side = (int)item.Side,
            item.Id,
            item.Reference,
            item.AmountMinor,
            item.Currency,
            at = Microseconds.Of(item.At),
            item.FeeOf,
            key = item.FeeKey?.ToString("N"),
            matched = item.IsMatched ? 1 : 0,
            correction = item.IsCorrection ? 1 : 0,
        }),
        transaction);

    private static Task<int> SetAsync(DbConnection connection, DbTransaction transaction, string name, string value) => connection.ExecuteAsync(
        "insert into reconciliation_state(name, value) values (@name, @value) on conflict (name) do update set value = excluded.value",
        new { name, value }, transaction);

    private async Task<string?> GetAsync(string name)
    {
        await using var connection = await database.OpenAsync();
        return await connection.ExecuteScalarAsync<string?>("select value from reconciliation_state where name = @name", new { name });
    }

    private sealed class Item
    {
        public int Side { get; set; }

        public string Id { get; set; } = "";

        public string Reference { get; set; } = "";

        public long AmountMinor { get; set; }

        public string Currency { get; set; } = "";

        public long At { get; set; }

        public string? FeeOf { get; set; }

        public string? FeeKey { get; set; }

        public int IsMatched { get; set; }

        public int IsCorrection { get; set; }

        public BalanceItem Read() => new(
            (BalanceSide)Side, Id, Reference, AmountMinor, Currency, Microseconds.ToTime(At), FeeOf, FeeKey is null ? null : Guid.ParseExact(FeeKey, "N"),
            IsMatched != 0, IsCorrection != 0);
    }

    private sealed class Break
    {
        public int Kind { get; set; }

        public string Subject { get; set; } = "";

        public string Reference { get; set; } = "";

        public long? ProviderMinor { get; set; }

        public long? LedgerMinor { get; set; }

        public string Currency { get; set; } = "";

        public long Since { get; set; }

        public long FoundAt { get; set; }
    }
}
