using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>What happens to an order after it is paid: sent, delivered, kept for good.</summary>
internal sealed partial class OrderGrain
{
    private const string ReleaseStep = "release";

    private LedgerSteps Steps => field ??= new(() => record.State.Steps, steps => Run.StoreAsync(record.State with { Steps = steps }), Time);

    public async ValueTask<Result<OrderView>> Ship(Caller caller, Shipment shipment)
    {
        using (await Run.EnterAsync())
        {
            if (RefuseStranger(caller) is { } stranger) { return stranger; }
            if (record.State.Product.Seller.Id != caller.Id) { return OrderProblems.NotSeller; }
            if (OrderProblems.Check(shipment) is { } badText) { return badText; }

            var now = Time.GetUtcNow();
            switch (record.State)
            {
                case { Stage: OrderStage.Fulfilled }:
                    await Run.StoreAsync(record.State with { Shipment = shipment });
                    break;
                case { Refund: not null }:
                    return OrderProblems.RefundRunning;
                case { Stage: OrderStage.Paid }:
                    await Run.LookAgainAsync(now + CardPaymentTimes.FirstLook);
                    await Run.ApplyAsync(
                        OrderHappened.Shipped,
                        record.State with { FulfilledAt = now, Shipment = shipment, DeliveryAt = now + TimeSpan.FromDays(options.Value.DeliveredAfterDays) });
                    await FinishAsync();
                    break;
                default:
                    return OrderProblems.NotNow(record.State);
            }
        }

        return View(caller);
    }

    public async ValueTask<Result<OrderView>> Deliver(Caller caller)
    {
        using (await Run.EnterAsync())
        {
            if (RefuseStranger(caller) is { } stranger) { return stranger; }
            switch (record.State)
            {
                case { Stage: OrderStage.Delivered or OrderStage.Released }:
                    break;
                case { Refund: not null }:
                    return OrderProblems.RefundRunning;
                case { Stage: OrderStage.Paid or OrderStage.Fulfilled } state when state.Product.Seller.Id == caller.Id
                    && (state.FulfilledAt is not { } sent || Time.GetUtcNow() < sent + TimeSpan.FromHours(options.Value.SellerMayDeliverAfterHours)):
                    return OrderProblems.NotArrived(options.Value.SellerMayDeliverAfterHours);
                case { Stage: OrderStage.Paid or OrderStage.Fulfilled }:
                    await Run.LookAgainAsync(Time.GetUtcNow() + CardPaymentTimes.FirstLook);
                    await ArriveAsync(Time.GetUtcNow());
                    await FinishAsync();
                    break;
                default:
                    return OrderProblems.NotNow(record.State);
            }
        }

        return View(caller);
    }

    /// <summary>Does for a sold order what its stage and the time ask for. False: something could not be done now.</summary>
    private async Task<bool> KeepSoldAsync()
    {
        if (!await FreezeOrThawAsync()) { return false; }
        if (record.State.Stage == OrderStage.DisputeLost && !await BookLossAsync()) { return false; }
        if (record.State.Refund is not null && !await CarryOutRefundAsync()) { return false; }

        if (!await ReleaseAgainAsync()) { return false; }
        var now = Time.GetUtcNow();
        if (record.State is { Stage: OrderStage.Fulfilled, DeliveryAt: { } delivery } && now >= delivery) { await ArriveAsync(delivery); }
        return record.State is not { Stage: OrderStage.Delivered, ReleaseAt: { } release } || now < release || await ReleaseAsync(now);
    }

    private Task<bool> ArriveAsync(DateTimeOffset at) => Run.ApplyAsync(
        OrderHappened.Arrived, record.State with { DeliveredAt = at, ReleaseAt = at + TimeSpan.FromHours(options.Value.ReleaseAfterHours) });

    /// <summary>What is left of the seller's share can be withdrawn from now on.</summary>
    private async Task<bool> ReleaseAsync(DateTimeOffset now) => await TakeReleaseAsync() == LedgerOutcome.Moved
        && await Run.ApplyAsync(OrderHappened.HeldLongEnough, record.State with { ReleasedAt = now });

    /// <summary>Moves what is left of the seller's share to what can be withdrawn. While an operator has frozen the seller's money it stays.</summary>
    private Task<LedgerOutcome> TakeReleaseAsync() => TakeReleaseAsync(ReleaseStep, SellerLeftAsync);

    private async Task<LedgerOutcome> TakeReleaseAsync(string step, Func<ValueTask<long>> left)
    {
        var seller = record.State.Product.Seller.Id;
        if (Steps.Find(step) is null && (await Ledger.GetBalances([LedgerAccount.Sales(seller)]))[0].Frozen) { return LedgerOutcome.Frozen; }

        // A refund that the seller had no released money for was taken from what other orders have pending: no more than there is moves.
        var outcome = await Steps.TakeAsync(step, async () => Math.Min(await left(), await FreeAsync(LedgerAccount.Sales(seller))), (key, amount) => Ledger.Post(new LedgerEntry(
            key,
            PaymentIds.Fingerprint(step, Id, amount),
            LedgerEntryKind.Maturity,
            LedgerAccount.Sales(seller),
            [new LedgerLeg(LedgerAccount.Available(seller, LedgerUnit.UsdCents), amount)],
            Rate: 0,
            Reference: $"maturity:order:{Id}")));
        if (outcome == LedgerOutcome.Moved) { return outcome; }

        // Taken meanwhile by a refund of another order of this seller, or frozen: what there is then is decided anew, under another key,
        // for the ledger remembers a no.
        Log.LedgerRefused(logger, Id, step, outcome);
        if (outcome is LedgerOutcome.Insufficient or LedgerOutcome.Frozen) { await Steps.DropAsync(step); }
        return outcome;
    }

    /// <summary>The seller's share of this order without what was given back.</summary>
    private async ValueTask<long> SellerLeftAsync()
    {
        var left = 0L;
        foreach (var sale in Sales) { left += (await SaleAsync(sale)).Credits[0].Left; }
        return left;
    }

    private async ValueTask<LedgerEntryView> SaleAsync(Guid sale) =>
        await GrainFactory.GetGrain<ILedgerEntriesGrain>(IGiftLedgerGrain.Key).Find(sale)
            ?? throw new InvalidOperationException($"The ledger does not know the sale of order {Id}.");

    private async ValueTask<long> FreeAsync(LedgerAccount account)
    {
        var balance = (await Ledger.GetBalances([account]))[0];
        return balance.Frozen ? 0 : Math.Max(0, balance.Balance - balance.Held);
    }

    private Refusal? RefuseStranger(Caller caller) =>
        record.RecordExists && (record.State.Buyer.Id == caller.Id || record.State.Product.Seller.Id == caller.Id || caller.Operates)
            ? null
            : OrderProblems.NotFound;

    /// <summary>The order for one who may see it: the page of the buyer's bank is the buyer's alone, problems of a refund are not the buyer's.</summary>
    private OrderView View(Caller caller)
    {
        var view = record.State.ToView(Id);
        return record.State.Buyer.Id == caller.Id
            ? view with { Refunds = view.Refunds with { Problem = null } }
            : view with { ActionUrl = null };
    }
}
