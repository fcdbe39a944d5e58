using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>Money that goes back to the buyer.</summary>
internal sealed partial class OrderGrain
{
    /// <summary>Metadata of a refund of an order: ours, whatever the provider calls it.</summary>
    private const string RefundIdName = "order_refund_id";

    public async ValueTask<Result<OrderView>> Refund(Caller caller, RefundOrder refund)
    {
        using (await Run.EnterAsync())
        {
            if (RefuseStranger(caller) is { } stranger) { return stranger; }
            if (record.State.Product.Seller.Id != caller.Id && !caller.Operates) { return OrderProblems.NotSeller; }

            var fingerprint = PaymentIds.Fingerprint(refund.AmountMinor, refund.Items, refund.Restock);
            if (KnownRefund(refund.RefundId) is { } known)
            {
                return known == fingerprint
                    ? View(caller)
                    : new Refusal(RefusalCode.KeyReused, "This key was used for another refund. Start again with a new one.");
            }

            if (RefuseRefund(refund) is { } refusal) { return refusal; }

            var state = record.State;
            var amount = refund.AmountMinor ?? state.LeftMinor;
            var all = amount == state.LeftMinor;
            await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
            await Run.StoreAsync(state with
            {
                Refund = new RunningRefund(
                    refund.RefundId, fingerprint, amount, all ? state.Quantity - state.RefundedItems : refund.Items, refund.Restock, all, caller.Id,
                    Time.GetUtcNow(), MoneySent: false),
                RefundReason = refund.Reason,
                RefundProblem = null,
            });
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(FinishInTurnAsync()), TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds), Time);
        return View(caller);
    }

    public async ValueTask<bool> RefundMoved(RefundNews news)
    {
        using var turn = await Run.EnterAsync();
        if (!record.RecordExists) { return true; }
        if (!record.State.IsSold) { return record.State.Stage is OrderStage.Refunding or OrderStage.RefundedLate; }
        if (KnownRefund(news.RefundId) is not null || record.State.LeftMinor == 0) { return true; }
        if (record.State.Refund is not null) { return false; } // one after the other

        // Sent back by hand, at the provider: the books follow.
        var amount = Math.Min(news.AmountMinor, record.State.LeftMinor);
        await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
        await Run.StoreAsync(record.State with
        {
            Refund = new RunningRefund(
                news.RefundId, PaymentIds.Fingerprint(news.RefundId, amount), amount,
                amount == record.State.LeftMinor ? record.State.Quantity - record.State.RefundedItems : 0,
                Restock: false, amount == record.State.LeftMinor, By: "", Time.GetUtcNow(), MoneySent: true),
        });
        await FinishAsync();
        return true;
    }

    /// <summary>The fingerprint of a refund that was asked for before.</summary>
    private long? KnownRefund(string refundId) =>
        record.State.Refund is { } running && running.Id == refundId ? running.Fingerprint
        : record.State.Refunds.TryGetValue(refundId, out var done) ? done
        : null;

    private Refusal? RefuseRefund(RefundOrder refund)
    {
        var state = record.State;
        if (PaymentIds.Check(refund.RefundId, Time.GetUtcNow()) is { } badId) { return badId; }
        if (OrderProblems.CheckReason(refund.Reason) is { } badText) { return badText; }
        if (!state.IsSold || state.IsDisputed || state.Stage is OrderStage.Refunded or OrderStage.DisputeLost) { return OrderProblems.NotNow(state); }
        if (state.Refund is not null) { return OrderProblems.RefundRunning; }
        if (state.Refunds.Count >= ShopLimits.RefundsPerOrderMax) { return OrderProblems.TooManyRefunds; }
        return refund.AmountMinor is { } amount && (amount < 1 || amount > state.LeftMinor)
            || refund.Items < 0 || refund.Items > state.Quantity - state.RefundedItems
            ? OrderProblems.RefundAmount(state.LeftMinor, state.Quantity - state.RefundedItems)
            : null;
    }

    /// <summary>First the money, then the books, then the stock; each is noted, and a crash between repeats nothing.</summary>
    private async Task<bool> CarryOutRefundAsync()
    {
        var refund = record.State.Refund!;
        if (!refund.MoneySent)
        {
            switch (await tools.Payments.RefundPartAsync(
                record.State.PaymentIntentId!, CardPayments.OrderId, Id, RefundIdName, refund.Id, refund.AmountMinor))
            {
                case PartRefundSight.Taken taken:
                    // The provider's news of it names its own id: known from now on.
                    refund = refund with { MoneySent = true };
                    await Run.StoreAsync(record.State with
                    {
                        Refund = refund,
                        Refunds = record.State.Refunds.SetItem(taken.RefundId, refund.Fingerprint),
                        SentRefunds = record.State.SentRefunds.SetItem(taken.RefundId, refund.Id),
                    });
                    break;
                case PartRefundSight.Refused refused:
                    await Run.StoreAsync(record.State with
                    {
                        Refund = null,
                        Refunds = record.State.Refunds.SetItem(refund.Id, refund.Fingerprint),
                        RefundReason = null,
                        RefundProblem = refused.Problem,
                    });
                    return true;
                default:
                    return false;
            }
        }

        if (!await GiveBackAsync($"refund:{refund.Id}", refund.All ? null : refund.AmountMinor, (_, _, _) => [])) { return false; }
        await Product.TakeBack(refund.Id, refund.Items, refund.Restock);

        var next = record.State with
        {
            Refund = null,
            Refunds = record.State.Refunds.SetItem(refund.Id, refund.Fingerprint),
            RefundedMinor = record.State.RefundedMinor + refund.AmountMinor,
            RefundedItems = record.State.RefundedItems + refund.Items,
            RefundedAt = Time.GetUtcNow(),
        };
        if (refund.All) { await Run.ApplyAsync(OrderHappened.AllRefunded, next); }
        else { await Run.StoreAsync(next); }
        await Product.Close(refund.Id);
        return true;
    }

    /// <summary>Takes the shares of the sale back to where the money came from.</summary>
    /// <param name="amount">Null: all that is left.</param>
    /// <param name="together">What else is of a commit, by its key, what it takes back and whether it is the last.</param>
    private async Task<bool> GiveBackAsync(string reference, long? amount, Func<Guid, long, bool, IReadOnlyList<LedgerEntry>> together)
    {
        // A reversal takes pending earnings first. Those of a released order are not pending any more: they go back to be, so that other
        // orders keep theirs.
        if (record.State.ReleasedAt is not null && !await TookAsync($"back:{reference}", () => SellerPartAsync(amount), BackAsync)) { return false; }

        var rest = amount ?? record.State.LeftMinor;
        var sales = Sales;
        for (var i = 0; i < sales.Count && rest > 0; i++)
        {
            var (sale, step) = (sales[i], PartStep(reference, i));
            if (!await TookAsync(
                step,
                async () => Math.Min(rest, (await SaleAsync(sale)).Credits.Sum(leg => leg.Left)),
                (key, part) => Ledger.Reverse(new LedgerReversal(
                    key, PaymentIds.Fingerprint(step, Id, amount), sale, part, reference, together(key, part, part == rest)))))
            {
                return false;
            }

            rest -= Steps.Find(step)!.Amount;
        }

        return rest == 0 ? true : throw new InvalidOperationException($"Of order {Id}, the ledger has {rest} less than was to be given back.");

        ValueTask<LedgerAnswer> BackAsync(Guid key, long back) => Ledger.Post(new LedgerEntry(
            key,
            PaymentIds.Fingerprint("back", reference, Id, back),
            LedgerEntryKind.Maturity,
            LedgerAccount.Available(record.State.Product.Seller.Id, LedgerUnit.UsdCents),
            [new LedgerLeg(LedgerAccount.Sales(record.State.Product.Seller.Id), back)],
            Rate: 0,
            Reference: $"maturity:order:{Id}"));
    }

    private async ValueTask<long> SellerPartAsync(long? amount)
    {
        // As the ledger shares it: in proportion to what is left, and the platform takes what rounding leaves.
        var (rest, part) = (amount ?? record.State.LeftMinor, 0L);
        foreach (var sale in Sales)
        {
            var legs = (await SaleAsync(sale)).Credits;
            var left = legs.Sum(leg => leg.Left);
            if (left == 0) { continue; }
            var some = Math.Min(rest, left);
            rest -= some;
            if (IsReleased(sale)) { part += (long)((Int128)legs[0].Left * some / left); }
        }

        return Math.Min(part, await FreeAsync(LedgerAccount.Available(record.State.Product.Seller.Id, LedgerUnit.UsdCents)));
    }

    private async Task<bool> TookAsync(string step, Func<ValueTask<long>> amount, Func<Guid, long, ValueTask<LedgerAnswer>> post)
    {
        var outcome = await Steps.TakeAsync(step, amount, post);
        switch (outcome)
        {
            case LedgerOutcome.Moved or LedgerOutcome.HoldOver:
                return true;
            case LedgerOutcome.Insufficient or LedgerOutcome.Frozen:
                await Steps.DropAsync(step); // somebody was faster: what there is now is decided anew
                return false;
            default:
                Log.LedgerRefused(logger, Id, step, outcome);
                return false;
        }
    }

    private async Task FinishInTurnAsync()
    {
        using var turn = await Run.EnterAsync();
        await FinishAsync();
    }
}
