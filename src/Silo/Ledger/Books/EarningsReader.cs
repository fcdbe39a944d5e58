using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>A streamer's earnings, from the balances and the journal.</summary>
internal sealed class EarningsReader(Database database, Journal journal, IOptions<LedgerOptions> options)
{
    private const string Currency = "usd";
    private const long MicrosecondsADay = 86_400_000_000;

    private const string Paid = $"""
        a.shard = @shard and a.kind = 8 and a.owner = @owner and a.unit = @unit and p.account = a.id and p.batch > @after and p.debit > 0
            and {Journal.InPosting} and e.debit = a.id and e.kind in (5, 8) and b.shard = @shard and b.seq = p.batch
        """;

    /// <summary>Postings of the holding time that are looked at for the oldest pending part.</summary>
    private const int PendingPostingsMax = 20_000;

    /// <summary>What there is now, read at once: what becomes available meanwhile is not counted twice.</summary>
    public async Task<EarningsSummary> GetAsync(int shard, string owner)
    {
        var accounts = await journal.FindAsync(
            shard, owner, [LedgerAccountKind.Streamer, LedgerAccountKind.Agency, LedgerAccountKind.Available, LedgerAccountKind.Receivable]);
        return new EarningsSummary(
            await OfAsync(shard, accounts, LedgerUnit.Coins), await OfAsync(shard, accounts, LedgerUnit.UsdCents), Currency, options.Value.GiftHoldingDays);
    }

    /// <summary>Each of the last days that end with <paramref name="today"/>.</summary>
    public async Task<IReadOnlyList<EarningsDay>> GetByDayAsync(int shard, string owner, DateOnly today, int days)
    {
        var first = today.AddDays(1 - days);
        var coins = await IncomeAsync(shard, owner, LedgerUnit.Coins, first);
        var sales = await IncomeAsync(shard, owner, LedgerUnit.UsdCents, first);
        var paid = await PaidAsync(shard, owner, first);
        return [.. Enumerable.Range(0, days).Select(first.AddDays).Select(
            day => new EarningsDay(day, coins.GetValueOrDefault(day), sales.GetValueOrDefault(day), paid.GetValueOrDefault(day)))];
    }

    private async Task<EarningsOf> OfAsync(int shard, IReadOnlyList<BookAccount> accounts, LedgerUnit unit)
    {
        var own = accounts.Where(account => account.Account.Unit == unit).ToList();

        // Who leads an agency has its share among the own earnings: both become available in the same account.
        var pending = own.Where(account => LedgerRules.IsEarning(account.Account.Kind)).ToList();
        var available = own.Find(account => account.Account.Kind == LedgerAccountKind.Available);
        var owed = own.Find(account => account.Account.Kind == LedgerAccountKind.Receivable);
        return new EarningsOf(
            pending.Sum(account => account.Free),
            available?.Free ?? 0,
            pending.Sum(account => account.Held) + (available?.Held ?? 0),
            available is null ? 0 : await PaidOutAsync(shard, available),
            -(owed?.Balance ?? 0),
            // Each order decides for itself when its sale is kept for good.
            unit == LedgerUnit.Coins ? await NextAtAsync(shard, pending) : null);
    }

    private async Task<DateTimeOffset?> NextAtAsync(int shard, IReadOnlyList<BookAccount> pending)
    {
        DateTimeOffset? next = null;
        foreach (var account in pending.Where(account => account.Balance > 0))
        {
            if (await NextAtAsync(shard, account) is { } at && !(at >= next)) { next = at; }
        }

        return next;
    }

    // Debits are taken from the oldest credits, so what is pending is the newest: the posting where they reach the balance is its oldest part.
    private async Task<DateTimeOffset?> NextAtAsync(int shard, BookAccount pending)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select p.credit, p.batch from ledger_posting p where p.account = @account and p.credit > 0 order by p.batch desc limit @max
            """);
        command.With("account", pending.Id).With("max", PendingPostingsMax);
        var (rest, batch) = (pending.Balance, 0L);
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (rest > 0 && await reader.ReadAsync())
            {
                rest -= reader.GetInt64(0);
                batch = reader.GetInt64(1);
            }
        }

        await using var when = connection.Command(null, "select at from ledger_batch where shard = @shard and seq = @batch");
        when.With("shard", shard).With("batch", batch);
        return await when.ExecuteScalarAsync() is { } at
            ? Microseconds.ToTime(Convert.ToInt64(at)) + TimeSpan.FromDays(options.Value.GiftHoldingDays)
            : null;
    }

    // A payout that was taken back has brought its earnings back.
    private async Task<long> PaidOutAsync(int shard, BookAccount available)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select coalesce(sum(case when e.debit = @account then e.amount else -e.amount1 end), 0) from ledger_posting p cross join ledger_entry e
            where p.account = @account and {Journal.InPosting} and ((e.debit = @account and e.kind in (5, 8)) or (e.credit1 = @account and e.kind = 8))
            """);
        command.With("shard", shard).With("account", available.Id);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }

    // What came in on a day, minus what was given back on it, whichever of the streamer's accounts had to give.
    private async Task<Dictionary<DateOnly, long>> IncomeAsync(int shard, string owner, LedgerUnit unit, DateOnly first) =>
        await ByDayAsync(shard, first, $"""
            select b.at / {MicrosecondsADay}, sum(x.amount) from (
                select p.batch, p.credit as amount from ledger_account a
                join ledger_posting p on p.account = a.id and p.batch > @after and p.credit > 0
                where a.shard = @shard and a.kind in (2, 4) and a.owner = @owner and a.unit = @unit
                union all
                select p.batch, -e.amount from ledger_account a cross join ledger_posting p cross join ledger_entry e
                where a.shard = @shard and a.kind in (2, 4, 7, 8) and a.owner = @owner and a.unit = @unit
                    and p.account = a.id and p.batch > @after and p.debit > 0 and {Journal.InPosting} and e.debit = a.id and e.kind = 3) x
            join ledger_batch b on b.shard = @shard and b.seq = x.batch
            group by b.at / {MicrosecondsADay}
            """, owner, unit);

    // Sales are paid out as they are; coins at the rate of the payout, whose money side stands in the same commit.
    private async Task<Dictionary<DateOnly, long>> PaidAsync(int shard, string owner, DateOnly first)
    {
        var sales = await ByDayAsync(shard, first, $"""
            select b.at / {MicrosecondsADay}, sum(e.amount)
            from ledger_account a cross join ledger_posting p cross join ledger_entry e cross join ledger_batch b
            where {Paid}
            group by b.at / {MicrosecondsADay}
            """, owner, LedgerUnit.UsdCents);
        var coins = await ByDayAsync(shard, first, $"""
            select b.at / {MicrosecondsADay}, sum(m.amount)
            from ledger_account a cross join ledger_posting p cross join ledger_entry e cross join ledger_batch b cross join ledger_entry m
            where {Paid} and m.shard = @shard and m.batch = +p.batch and m.kind = 8 and m.unit = 2 and m.reference = e.reference
            group by b.at / {MicrosecondsADay}
            """, owner, LedgerUnit.Coins);
        foreach (var (day, amount) in coins) { sales[day] = sales.GetValueOrDefault(day) + amount; }
        return sales;
    }

    private async Task<Dictionary<DateOnly, long>> ByDayAsync(int shard, DateOnly first, string sql, string owner, LedgerUnit unit)
    {
        var after = await journal.LastBatchBeforeAsync(shard, new DateTimeOffset(first, TimeOnly.MinValue, TimeSpan.Zero));
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, sql);
        command.With("shard", shard).With("owner", owner).With("unit", (int)unit).With("after", after);
        await using var reader = await command.ExecuteReaderAsync();
        var days = new Dictionary<DateOnly, long>();
        while (await reader.ReadAsync())
        {
            var day = DateOnly.FromDateTime(Microseconds.ToTime(reader.GetInt64(0) * MicrosecondsADay).UtcDateTime);
            days[day] = Convert.ToInt64(reader.GetValue(1));
        }

        return days;
    }
}
