using System.Diagnostics.Metrics;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>
/// One run: reads what is new on both sides, matches it, posts the fees of what is matched, and stores what does not agree. Every step
/// may be cut off and repeated; one run at a time, which is the grain's business.
/// </summary>
internal sealed partial class Reconciler(
    BalanceReader provider, ILedgerMovements movements, ReconciliationStore store, FeePoster fees, StuckRows stuck, IGrainFactory grains,
    ReconciliationMetrics metrics, IOptions<ReconciliationOptions> options, TimeProvider time, ILogger<Reconciler> logger)
{
    /// <summary>References matched at once.</summary>
    private const int ReferencesAtOnce = 300;

    /// <summary>Breaks that are kept: with more, something else than single payments is wrong.</summary>
    private const int BreaksMax = 2_000;

    /// <summary>Transactions are read again from this long before the newest: their list need not be in the order in which they became visible.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromHours(1);

    /// <summary>Runs.</summary>
    /// <param name="cancellationToken">Ends it between two of its steps; the next run goes on from where this one came to.</param>
    /// <returns>What it found; null when the provider did not answer: then the next run goes on from where this one came to.</returns>
    public async Task<ReconciliationRun?> RunAsync(CancellationToken cancellationToken = default)
    {
        var started = time.GetUtcNow();
        if (await ReadProviderAsync(cancellationToken) is null) { return null; }
        await ReadLedgerAsync(cancellationToken);
        await MatchAsync(cancellationToken);
        var posted = await fees.PostAsync(cancellationToken);
        await ReadLedgerAsync(cancellationToken);
        var (breaks, waiting) = await MatchAsync(cancellationToken);
        var feesOpen = (await store.ReadOpenFeesAsync("", ReferencesAtOnce)).Count;
        breaks.AddRange(await stuck.FindAsync());

        var balances = default(Balances);
        if (waiting == 0 && feesOpen == 0 && !breaks.Exists(one => one.Kind != ReconciliationBreakKind.Stuck))
        {
            balances = await CompareAsync(cancellationToken);
            if (balances is { Provider: { } there, Ledger: { } here } && there != here)
            {
                breaks.Add(new FoundBreak(ReconciliationBreakKind.Balance, "balance", "balance", there, here, BalanceItems.Currency, started));
            }
        }

        breaks = [.. breaks.Take(BreaksMax)];
        var run = new ReconciliationRun(
            started, time.GetUtcNow(), await store.CountMatchedAsync(), waiting, posted, feesOpen, breaks.Count, balances.Provider, balances.Ledger);
        foreach (var one in await store.ReplaceBreaksAsync(breaks, run))
        {
            metrics.Found(one.Kind);
            Log.Found(logger, one.Kind, one.Subject, one.Reference, one.ProviderMinor, one.LedgerMinor, one.Currency, one.Since);
        }

        Log.Done(logger, run.Matched, run.Waiting, run.FeesPosted, run.Breaks);
        return run;
    }

    /// <summary>How many new transactions there were; null when the provider did not answer.</summary>
    private async Task<int?> ReadProviderAsync(CancellationToken cancellationToken)
    {
        var known = await store.ReadNewestAsync();
        var found = 0;
        var newest = await provider.ReadAsync(
            known - Overlap,
            async page =>
            {
                var ids = await store.FindKnownAsync([.. page.Select(one => one.Id)]);
                IReadOnlyList<StripeBalanceTransaction> unknown = [.. page.Where(one => !ids.Contains(one.Id))];
                found += unknown.Count;
                return unknown;
            },
            store.AddAsync,
            cancellationToken);
        if (newest is null)
        {
            Log.NotRead(logger);
            return null;
        }

        // Only now: a reading that was cut off begins where this one began.
        if (newest > known || known is null) { await store.WriteNewestAsync(newest.Value); }
        return found;
    }

    /// <summary>How many new changes there were.</summary>
    private async Task<int> ReadLedgerAsync(CancellationToken cancellationToken)
    {
        var found = 0;
        await foreach (var page in movements.ReadAsync(BalanceItems.Clearing, await store.ReadLastBatchAsync()))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (page.Count == 0) { continue; }
            IReadOnlyList<BalanceItem> items = [.. BalanceItems.Of(page)];
            found += items.Count;
            await store.AddAsync(items, page[^1].Place.Batch);
        }

        return found;
    }

    private async Task<(List<FoundBreak> Breaks, int Waiting)> MatchAsync(CancellationToken cancellationToken)
    {
        var settledBefore = time.GetUtcNow() - TimeSpan.FromSeconds(options.Value.GraceSeconds);
        var (breaks, waiting) = (new List<FoundBreak>(), 0);
        for (var after = ""; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var references = await store.ReadOpenReferencesAsync(after, ReferencesAtOnce);
            if (references.Count == 0) { return (breaks, waiting); }
            after = references[^1];
            var results = (await store.ReadItemsAsync(references))
                .GroupBy(item => item.Reference, StringComparer.Ordinal)
                .Select(group => Matcher.Match([.. group], settledBefore)).ToList();
            await store.MatchAsync([.. results.SelectMany(result => result.Matched)]);
            breaks.AddRange(results.SelectMany(result => result.Breaks));
            waiting += results.Sum(result => result.Waiting);
        }
    }

    /// <summary>Compares the balances. Both go on moving: only what nothing has moved meanwhile counts.</summary>
    private async Task<Balances> CompareAsync(CancellationToken cancellationToken)
    {
        if (await provider.ReadBalanceAsync() is not { } there) { return default; }
        var here = -(await grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).GetBalances([BalanceItems.Clearing]))[0].Balance;
        return there == here || (await ReadProviderAsync(cancellationToken) == 0 && await ReadLedgerAsync(cancellationToken) == 0) ? new Balances(there, here) : default;
    }

    /// <summary>What the provider holds for us, as both say; null: not compared.</summary>
    private readonly record struct Balances(long? Provider, long? Ledger);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6601, Level = LogLevel.Warning, Message = "The payment provider's balance transactions could not be read; nothing was reconciled, the next run tries again")]
        public static partial void NotRead(ILogger logger);

        [LoggerMessage(EventId = 6602, Level = LogLevel.Error,
            Message = "Break {Kind}: {Subject} of {Reference}, the provider {ProviderMinor}, the ledger {LedgerMinor} {Currency}, since {Since}; nothing is posted for it, check it by hand")]
        public static partial void Found(
            ILogger logger, ReconciliationBreakKind kind, string subject, string reference, long? providerMinor, long? ledgerMinor, string currency,
            DateTimeOffset since);

        [LoggerMessage(EventId = 6603, Level = LogLevel.Information,
            Message = "Reconciled: {Matched} changes agree, {Waiting} wait, {FeesPosted} fees were posted, {Breaks} breaks")]
        public static partial void Done(ILogger logger, long matched, int waiting, int feesPosted, int breaks);
    }
}

/// <summary>What an operator sees of the reconciliation. Meter <c>LiveCommerce.Reconciliation</c>.</summary>
internal sealed class ReconciliationMetrics
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "LiveCommerce.Reconciliation";

    private readonly Counter<long> _breaks;

    public ReconciliationMetrics(IMeterFactory meters) => _breaks = meters.Create(MeterName)
        .CreateCounter<long>("livecommerce.reconciliation.breaks", "{break}", "Breaks found, each once.");

    public void Found(ReconciliationBreakKind kind) => _breaks.Add(1, new KeyValuePair<string, object?>("kind", kind.ToString()));
}
