using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>Refunds that the buyer's bank did not take after all, days later: the money is here again, and so the sale is.</summary>
internal sealed partial class OrderGrain
{
    public async ValueTask<bool> RefundFailed(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }
        if (record.State.Refund is { } running)
        {
            // Its books first; one that was never taken is seen by its own next look.
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
            return !running.MoneySent && KnownRefund(news.RefundId) is null;
        }

        if (record.State is { Stage: OrderStage.DisputeLost, IsLossBooked: false }) { return false; } // the bank's books first

        // One that was made at the provider is known by the provider's id. What is booked is undone: no more, and once.
        var refund = record.State.SentRefunds.GetValueOrDefault(news.RefundId) ?? news.RefundId;
        if (record.State.SoldAgain.Exists(one => one.RefundId == refund)) { return true; }

        Log.RefundCameBack(logger, Id, news.RefundId, news.AmountMinor);
        var booked = BookedParts(refund);
        if (booked.Count == 0)
        {
            await Run.StoreAsync(record.State with { RefundProblem = OrderProblems.RefundCameBack });
            return true;
        }

        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        if (!await TrySettleAsync(() => SellAgainAsync(refund, booked))) { return false; }
        await FinishAsync();
        return true;
    }

    /// <summary>The sale, and what was booked again of it; oldest first. What goes back to the buyer is taken from them in this order.</summary>
    private IReadOnlyList<Guid> Sales =>
        [record.State.LedgerKey!.Value, .. record.State.SoldAgain.Where(one => one.AmountMinor > 0).Select(one => one.Key)];

    /// <summary>The step of a refund or a lost dispute for one of the <see cref="Sales"/>.</summary>
    private static string PartStep(string reference, int sale) => sale == 0 ? reference : $"{reference}:{sale}";

    /// <summary>What the books have taken back for a refund.</summary>
    private List<LedgerStep> BookedParts(string refund) =>
        [.. Enumerable.Range(0, Sales.Count).Select(sale => Steps.Find(PartStep($"refund:{refund}", sale))).OfType<LedgerStep>().Where(step => step is { Done: true, Amount: > 0 })];

    /// <summary>Books again what a refund has taken back, and puts the order where it was. The items stay as they are.</summary>
    private async Task<bool> SellAgainAsync(string refund, List<LedgerStep> booked)
    {
        var reference = $"refund:{refund}";
        var (loss, again) = ($"again-loss:{refund}", $"again:{refund}");
        var all = booked.Sum(step => step.Amount);

        // The platform may have paid for a dispute of the same money: that is made good first.
        if (!await TookAsync(loss, () => ValueTask.FromResult(Math.Min(all, LostMinor())), (key, minor) => Ledger.Post(new LedgerEntry(
            key,
            PaymentIds.Fingerprint(loss, Id, minor),
            LedgerEntryKind.Dispute,
            LedgerAccount.Clearing(LedgerUnit.UsdCents),
            [new LedgerLeg(LedgerAccount.Losses(LedgerUnit.UsdCents), minor)],
            Rate: 0,
            Reference: reference))))
        {
            return false;
        }

        var left = all - Steps.Find(loss)!.Amount;
        var (seller, platform) = await SharesOfAsync(booked, left);
        if (!await TookAsync(again, () => ValueTask.FromResult(left), (key, minor) => Ledger.Post(new LedgerEntry(
            key,
            PaymentIds.Fingerprint(again, Id, minor),
            LedgerEntryKind.Sale,
            LedgerAccount.Clearing(LedgerUnit.UsdCents),
            [
                new LedgerLeg(LedgerAccount.Sales(record.State.Product.Seller.Id), seller),
                new LedgerLeg(LedgerAccount.Fee(LedgerUnit.UsdCents), platform),
            ],
            SaleShares.RateVersion,
            Reference: reference))))
        {
            return false;
        }

        await Run.StoreAsync(AsBefore(refund, left, all));
        return true;
    }

    private OrderRecord AsBefore(string refund, long left, long all)
    {
        var (state, now) = (record.State, Time.GetUtcNow());
        var sold = new SoldAgain(refund, Steps.Find($"again:{refund}")!.Key, left, WasReleased: state.ReleasedAt is not null);
        var next = state with
        {
            SoldAgain = state.SoldAgain.Add(sold),
            RefundedMinor = state.RefundedMinor - left,
            RefundedAt = state.RefundedMinor == left ? null : state.RefundedAt,
            CameBackMinor = state.CameBackMinor + all,
            CameBackAt = now,
            RefundProblem = OrderProblems.RefundCameBack,
        };
        if (state.Stage != OrderStage.Refunded || left == 0) { return next; }

        // To where it was: several arrows and one write. Before the seller can withdraw it, there is time to pay the buyer in another way.
        var stage = Arrow(state.Stage, OrderHappened.MoneyCameBack);
        if (state.FulfilledAt is not null) { stage = Arrow(stage, OrderHappened.Shipped); }
        if (state.DeliveredAt is not null) { stage = Arrow(stage, OrderHappened.Arrived); }
        if (state.ReleasedAt is not null) { stage = Arrow(stage, OrderHappened.HeldLongEnough); }
        var release = now + TimeSpan.FromHours(options.Value.ReleaseAfterHours);
        return next with { Stage = stage, ReleaseAt = state.ReleaseAt is { } at && at < release ? release : state.ReleaseAt };

        static OrderStage Arrow(OrderStage from, OrderHappened happened)
        {
            OrderMachine.Table.TryApply(from, happened, out var to);
            return to;
        }
    }

    /// <summary>What the platform has paid for disputes of this order beyond what was left of it.</summary>
    private long LostMinor()
    {
        var steps = record.State.Steps.Where(step => step.Value.Done).ToList();
        long SumOf(string prefix) => steps.Where(step => step.Key.StartsWith(prefix, StringComparison.Ordinal)).Sum(step => step.Value.Amount);
        return Math.Max(0, record.State.LostBeyondMinor + SumOf("loss:") - SumOf("unloss:") - SumOf("again-loss:"));
    }

    /// <summary>Whom the refund took it from, the seller or the platform; of a part, in proportion, and the platform takes what rounding leaves.</summary>
    private async Task<(long Seller, long Platform)> SharesOfAsync(List<LedgerStep> booked, long part)
    {
        var entries = GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key);
        var (seller, all) = (0L, 0L);
        foreach (var step in booked)
        {
            for (var i = 0; await entries.Find(LedgerKeys.OfReversal(step.Key, i)) is { } entry; i++)
            {
                all += entry.Amount;
                if (entry.Debit.Owner == record.State.Product.Seller.Id) { seller += entry.Amount; }
            }
        }

        if (all < part) { throw new InvalidOperationException($"The ledger does not know what a refund of order {Id} has taken back."); }
        seller = part == 0 ? 0 : (long)((Int128)seller * part / all);
        return (seller, part - seller);
    }

    /// <summary>What was booked again after the seller could withdraw the rest can be withdrawn as well.</summary>
    private async Task<bool> ReleaseAgainAsync()
    {
        if (record.State.IsDisputed) { return true; }
        foreach (var sold in record.State.SoldAgain.Where(one => one is { WasReleased: true, AmountMinor: > 0 }))
        {
            if (await TakeReleaseAsync(ReleaseAgainStep(sold), async () => (await SaleAsync(sold.Key)).Credits[0].Left) != LedgerOutcome.Moved) { return false; }
        }

        return true;
    }

    private static string ReleaseAgainStep(SoldAgain sold) => $"{ReleaseStep}:{sold.RefundId}";

    /// <summary>Whether the seller can withdraw the share of one of the <see cref="Sales"/>.</summary>
    private bool IsReleased(Guid sale) => record.State.ReleasedAt is not null
        && (record.State.SoldAgain.Find(one => one.Key == sale) is not { WasReleased: true } late || Steps.Find(ReleaseAgainStep(late)) is { Done: true });
}
