using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Statements: exact to the entry, because a period is a stretch of the journal and not a question of clocks.</summary>
internal sealed class StatementReader(Journal journal)
{
    /// <summary>Periods whose turnover is remembered for the next page. It never changes: what is committed stays.</summary>
    private const int PeriodsInMemoryMax = 512;

    private readonly Lock _lock = new();
    private readonly HalvingMap<Period, BookTurnover> _turnovers = new(PeriodsInMemoryMax);

    public async Task<LedgerStatement> ReadAsync(int shard, LedgerStatementRequest request)
    {
        if (await journal.FindAsync(shard, request.Account) is not { } account)
        {
            return new LedgerStatement(request.Account, request.From, request.Until, 0, 0, 0, 0, 0, [], null);
        }

        var first = await journal.LastBatchBeforeAsync(shard, request.From);
        var last = Math.Max(first, await journal.LastBatchBeforeAsync(shard, request.Until));
        var turnover = await TurnoverAsync(account, first, last);
        var (lines, next) = await LinesAsync(shard, account, first, last, request.After, request.Take);
        return new LedgerStatement(
            request.Account, request.From, request.Until, turnover.Opening, turnover.Debits, turnover.Credits, turnover.Closing, turnover.Entries, lines, next);
    }

    private async Task<BookTurnover> TurnoverAsync(BookAccount account, long first, long last)
    {
        var period = new Period(account.Id, first, last);
        lock (_lock)
        {
            if (_turnovers.TryGet(period, out var known)) { return known; }
        }

        var turnover = await journal.TurnoverAsync(account, first, last);
        lock (_lock) { _turnovers.Set(period, turnover); }
        return turnover;
    }

    private async Task<(IReadOnlyList<LedgerStatementLine> Lines, LedgerPlace? Next)> LinesAsync(
        int shard, BookAccount account, long first, long last, LedgerPlace? after, int take)
    {
        var begun = after is { } place && place.Batch > first;
        var from = begun ? after!.Value.Batch : first + 1;
        var balance = await journal.BalanceAtAsync(account, from - 1);
        var lines = new List<LedgerStatementLine>();
        LedgerPlace? end = null;
        await foreach (var page in journal.PagesAsync(shard, account, from, last, take + 1, withEarners: true))
        {
            foreach (var entry in page)
            {
                balance += entry.Change;

                // What moves nothing is no line of a statement; and the balance of a commit that a page before began is counted anew.
                if (entry.Change == 0 || (begun && IsUpTo(entry.Place, after!.Value))) { continue; }
                if (lines.Count == take) { return (lines, end); }
                lines.Add(Line(entry, balance));
                end = entry.Place;
            }
        }

        return (lines, null);
    }

    private static bool IsUpTo(LedgerPlace place, LedgerPlace end) => place.Batch < end.Batch || (place.Batch == end.Batch && place.Order <= end.Order);

    private static LedgerStatementLine Line(BookEntry entry, long balance) => new(
        entry.Key, entry.Kind, entry.Change, balance, entry.At, entry.RoomId, entry.SenderName, entry.GiftId, entry.Quantity, entry.Rate,
        entry.Reference, entry.Original, entry.Earner);

    private readonly record struct Period(long Account, long After, long UpTo);
}
