using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>A whole reconciliation that only looks: it stores and posts nothing, so it may run beside the server.</summary>
public interface IReconciliationCheck
{
    /// <summary>Compares everything the provider and the ledger ever said.</summary>
    /// <returns>Null when the provider did not answer.</returns>
    Task<ReconciliationReport?> RunAsync();
}

/// <summary>What a whole reconciliation has found.</summary>
/// <param name="Matched">Changes of the provider's balance that the ledger has too, by what they are about (<c>topup</c>, <c>refund</c>, <c>fee</c>, …).</param>
/// <param name="Waiting">Changes too young to be breaks.</param>
/// <param name="FeesOpen">Fees that the server's next run will post.</param>
/// <param name="FeesOpenMinor">Their sum, in cents.</param>
/// <param name="ProviderMinor">What the provider holds for us, in cents.</param>
/// <param name="LedgerMinor">What the ledger says that it holds, in cents.</param>
public sealed record ReconciliationReport(
    IReadOnlyDictionary<string, int> Matched, int Waiting, int FeesOpen, long FeesOpenMinor, IReadOnlyList<ReconciliationBreak> Breaks, long ProviderMinor,
    long LedgerMinor);

/// <summary>Reads both sides into memory and matches them as the server does.</summary>
internal sealed class ReconciliationCheck(
    BalanceReader provider, ILedgerMovements movements, StuckRows stuck, IOptions<ReconciliationOptions> options, TimeProvider time) : IReconciliationCheck
{
    public async Task<ReconciliationReport?> RunAsync()
    {
        var items = new List<BalanceItem>();
        var read = await provider.ReadAsync(
            from: null,
            page => Task.FromResult<IReadOnlyList<StripeBalanceTransaction>>(page),
            page =>
            {
                items.AddRange(page);
                return Task.CompletedTask;
            });
        if (read is null || await provider.ReadBalanceAsync() is not { } there) { return null; }
        await foreach (var page in movements.ReadAsync(BalanceItems.Clearing, afterBatch: 0)) { items.AddRange(BalanceItems.Of(page)); }

        var now = time.GetUtcNow();
        var settledBefore = now - TimeSpan.FromSeconds(options.Value.GraceSeconds);
        var groups = items.DistinctBy(item => (item.Side, item.Id)).ToLookup(item => item.Reference, StringComparer.Ordinal);

        // Fees without an entry are no breaks: the server posts them once it knows their transactions.
        var alone = groups.Where(group => BalanceItems.IsFee(group.Key) && group.All(item => item.Side == BalanceSide.Provider)).ToList();
        var results = groups.Except(alone).Select(group => Matcher.Match([.. group], settledBefore)).ToList();
        var matched = results.SelectMany(result => result.Matched).Concat(items.Where(item => item.IsMatched))
            .Where(item => item.Side == BalanceSide.Provider).DistinctBy(item => item.Id, StringComparer.Ordinal).ToList();
        var known = matched.Select(item => item.Id).ToHashSet(StringComparer.Ordinal);
        var feesOpen = alone.SelectMany(group => group).Where(fee => known.Contains(fee.FeeOf!)).ToList();
        var waiting = results.Sum(result => result.Waiting);

        List<FoundBreak> breaks = [.. results.SelectMany(result => result.Breaks), .. await stuck.FindAsync()];
        var here = items.Where(item => item.Side == BalanceSide.Ledger).Sum(item => item.AmountMinor);
        var expected = here + feesOpen.Sum(fee => fee.AmountMinor);
        if (waiting == 0 && there != expected && !breaks.Exists(one => one.Kind != ReconciliationBreakKind.Stuck))
        {
            breaks.Add(new FoundBreak(ReconciliationBreakKind.Balance, "balance", "balance", there, expected, BalanceItems.Currency, now));
        }

        return new ReconciliationReport(
            matched.CountBy(item => item.Reference.Split(':')[0]).ToDictionary(count => count.Key, count => count.Value, StringComparer.Ordinal),
            waiting, feesOpen.Count, -feesOpen.Sum(fee => fee.AmountMinor),
            [.. breaks.OrderBy(one => one.Since).Select(one => new ReconciliationBreak(
                one.Kind, one.Subject, one.Reference, one.ProviderMinor, one.LedgerMinor, one.Currency, one.Since, now))],
            there, here);
    }
}
