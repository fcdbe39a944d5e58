using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Reads the provider's balance transactions page by page, newest first, with what they are about.</summary>
internal sealed partial class BalanceReader(StripeClient stripe, SourceReferences sources, TimeProvider time, ILogger<BalanceReader> logger)
{
    /// <summary>Pages of 100 transactions that one reading has at most.</summary>
    private const int PagesMax = 5_000;

    /// <summary>Reads what was made at <paramref name="from"/> or later.</summary>
    /// <param name="from">Null: everything.</param>
    /// <param name="findNew">Which of a page are to be looked at.</param>
    /// <param name="take">Keeps the items of a page.</param>
    /// <returns>When the newest was made; null when not everything could be read.</returns>
    public async Task<DateTimeOffset?> ReadAsync(
        DateTimeOffset? from, Func<IReadOnlyList<StripeBalanceTransaction>, Task<IReadOnlyList<StripeBalanceTransaction>>> findNew,
        Func<IReadOnlyList<BalanceItem>, Task> take, CancellationToken cancellationToken = default)
    {
        var newest = from ?? DateTimeOffset.UnixEpoch;
        var page = default(StripePage);
        for (var pages = 1; pages <= PagesMax; pages++)
        {
            if (await stripe.ListBalanceTransactionsAsync(new ListBalanceTransactions(From: from), page).WaitAsync(cancellationToken)
                is not StripeAnswer<StripeList<StripeBalanceTransaction>>.Ok { Value: var list })
            {
                return null;
            }

            if (list.Data.Count == 0) { return newest; }

            var made = DateTimeOffset.FromUnixTimeSeconds(list.Data.Max(one => one.Created));
            if (made > newest) { newest = made; }
            var unknown = await findNew(list.Data);
            if (await sources.FindAsync(unknown).WaitAsync(cancellationToken) is not { } references) { return null; }
            var now = time.GetUtcNow();
            await take([.. unknown.SelectMany(one => BalanceItems.Of(one, references[one.Id], now))]);
            if (!list.HasMore) { return newest; }
            page = StripePage.After(list.Data[^1].Id);
        }

        Log.TooMany(logger, PagesMax, from);
        return null;
    }

    /// <summary>What the provider holds for us, available and pending, in cents; null when it could not be asked.</summary>
    public async Task<long?> ReadBalanceAsync() => await stripe.GetBalanceAsync() is StripeAnswer<StripeBalance>.Ok { Value: var balance }
        ? balance.Available.Concat(balance.Pending).Where(money => money.Currency == BalanceItems.Currency).Sum(money => money.Amount)
        : null;

    private static partial class Log
    {
        [LoggerMessage(EventId = 6600, Level = LogLevel.Error, Message = "More than {Pages} pages of balance transactions since {From}: they could not be reconciled")]
        public static partial void TooMany(ILogger logger, int pages, DateTimeOffset? from);
    }
}
