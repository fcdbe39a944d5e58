using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Refunds;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Finds rows that are woken again and again and never become final: whoever is done clears its due time.</summary>
internal sealed class StuckRows(DueTimes dueTimes, IOptions<ReconciliationOptions> options, TimeProvider time)
{
    /// <summary>Rows that one look names.</summary>
    private const int Max = 500;

    /// <summary>A bank may take so long over a refund.</summary>
    private static readonly TimeSpan RefundLimit = TimeSpan.FromDays(14);

    public async Task<IReadOnlyList<FoundBreak>> FindAsync()
    {
        var now = time.GetUtcNow();
        var limit = TimeSpan.FromMinutes(options.Value.StuckAfterMinutes);
        return [.. (await dueTimes.ReadUnfinishedAsync(now - limit, Max))
            .Where(row => row.Grain.GrainType != RefundGrain.DueType || now - row.Since >= RefundLimit)
            .Select(row => new FoundBreak(
                ReconciliationBreakKind.Stuck, $"{row.Grain.GrainType}/{row.Grain.GrainKey}", $"{row.Grain.GrainType}/{row.Grain.GrainKey}",
                ProviderMinor: null, LedgerMinor: null, "", row.Since))];
    }
}
