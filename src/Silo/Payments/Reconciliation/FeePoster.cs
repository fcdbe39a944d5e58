using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>Posts what the provider kept of transactions that the ledger knows: the only thing that a reconciliation posts.</summary>
internal sealed partial class FeePoster(ReconciliationStore store, IGrainFactory grains, TimeProvider time, ILogger<FeePoster> logger)
{
    /// <summary>Fees read, and posted, at once: the ledger takes them together.</summary>
    private const int BatchMax = 128;

    /// <summary>Posts every fee that is open. A repeat posts nothing twice: each fee's key is stored before.</summary>
    /// <returns>How many the ledger has now that it had not, or of which we did not know it.</returns>
    public async Task<int> PostAsync(CancellationToken cancellationToken)
    {
        var posted = 0;
        for (var after = ""; ;)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var fees = await store.ReadOpenFeesAsync(after, BatchMax);
            if (fees.Count == 0) { return posted; }
            after = fees[^1].Id;
            posted += (await Task.WhenAll(fees.Select(PostAsync))).Count(done => done);
        }
    }

    private async Task<bool> PostAsync(BalanceItem fee)
    {
        var (kept, clearing) = (LedgerAccount.ProviderFees(LedgerUnit.UsdCents), BalanceItems.Clearing);
        var amount = -fee.AmountMinor;
        var answer = await grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            fee.FeeKey!.Value,
            PaymentIds.Fingerprint("provider-fee", fee.FeeOf, amount),
            LedgerEntryKind.ProviderFee,
            amount > 0 ? kept : clearing,
            [new LedgerLeg(amount > 0 ? clearing : kept, Math.Abs(amount))],
            Rate: 0,
            Reference: fee.Reference));
        switch (answer.Outcome)
        {
            case LedgerOutcome.Moved:
                return true;
            case LedgerOutcome.KeyOutOfTime:
                // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
                await store.SetFeeKeyAsync(fee.Id, Guid.CreateVersion7(time.GetUtcNow()));
                return false;
            default:
                Log.NotPosted(logger, fee.FeeOf, answer.Outcome);
                return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6605, Level = LogLevel.Error, Message = "The fee of {TransactionId} could not be posted ({Outcome}); the next run tries again")]
        public static partial void NotPosted(ILogger logger, string? transactionId, LedgerOutcome outcome);
    }
}
