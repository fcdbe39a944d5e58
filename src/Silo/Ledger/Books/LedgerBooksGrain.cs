using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>The books of one shard. Reads committed rows only, beside the owner of the shard, and decides nothing.</summary>
internal sealed class LedgerBooksGrain(StatementReader statements, LotReader lots, EarnerReader earners, EarningsReader earnings) : Grain, ILedgerBooksGrain
{
    /// <summary>Lines of one page.</summary>
    private const int LinesMax = 500;

    /// <summary>Days of one answer: a leap year.</summary>
    private const int DaysMax = 366;

    private int Shard => int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);

    public async ValueTask<LedgerStatement> GetStatement(LedgerStatementRequest request)
    {
        if (request.Take is < 1 or > LinesMax || request.From > request.Until)
        {
            throw new ArgumentOutOfRangeException(nameof(request), request, $"A page has 1 to {LinesMax} lines, and a period does not end before it begins.");
        }

        return await statements.ReadAsync(Shard, request);
    }

    public async ValueTask<IReadOnlyList<CoinLot>> GetLots(string accountId) => await lots.GetLotsAsync(Shard, accountId);

    public async ValueTask<CoinLotTrace?> TraceLot(string accountId, Guid topUp) =>
        await lots.TraceAsync(Shard, accountId, topUp) is { } trace ? await earners.FillAsync(trace) : null;

    public async ValueTask<EarningsSummary> GetEarnings(string accountId) => await earnings.GetAsync(Shard, accountId);

    public async ValueTask<IReadOnlyList<EarningsDay>> GetEarningsByDay(string accountId, int days)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(days, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(days, DaysMax);
        return await earnings.GetByDayAsync(Shard, accountId, DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime), days);
    }
}
