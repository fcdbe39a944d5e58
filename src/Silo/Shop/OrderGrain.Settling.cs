using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Shop;

/// <summary>What follows from an order's stage: selling, booking, refunding, giving back, telling. Each step may be repeated.</summary>
internal sealed partial class OrderGrain
{
    Task ICardPaymentMachine<OrderRecord, OrderStage, OrderHappened>.FinishAsync() => FinishAsync();

    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if (record.State.Stage == OrderStage.Created && now >= record.State.ExpiresAt)
        {
            // The process died around the reservation, so no payment was ever made.
            await Run.ApplyAsync(OrderHappened.TimeIsUp, record.State with { PaymentEnded = true, Problem = OrderProblems.Expired });
        }

        if (record.State.Stage is OrderStage.Paying or OrderStage.RequiresAction && now >= record.State.ExpiresAt + CancelGrace)
        {
            // The provider does not say. The stock goes back to other buyers; should the money come, it is sold again or refunded.
            await Run.ApplyAsync(OrderHappened.TimeIsUp, record.State with { Problem = OrderProblems.Expired });
        }

        if (record.State.Stage == OrderStage.MoneyTaken && !await TrySettleAsync(SellAsync))
        {
            await Run.LookAgainAsync(now + CardPaymentTimes.PostAgain);
            return;
        }

        if (record.State.Stage == OrderStage.Refunding && !await TrySettleAsync(RefundAsync))
        {
            await Run.LookAgainAsync(now + CardPaymentTimes.LookEvery);
            return;
        }

        if (record.State.Stage is OrderStage.Declined or OrderStage.Expired) { await Product.Release(Id); }
        var kept = !record.State.IsSold || await TrySettleAsync(KeepSoldAsync);
        if (kept && record.State.IsOver)
        {
            Run.Tell();
            await Run.NothingIsDueAsync();
            return;
        }

        await Run.LookAgainAsync(kept ? NextLook(now) : now + KeepAgain);
        if (record.State.Stage is not (OrderStage.Created or OrderStage.Paying)) { Run.Tell(); }
        if (record.State is { Told: false } and ({ IsSold: true } or { Stage: OrderStage.RefundedLate }) && _telling.IsCompleted) { _telling = TellAsync(); }
    }

    private DateTimeOffset NextLook(DateTimeOffset now)
    {
        var state = record.State;
        return state.Stage switch
        {
            _ when !state.Told && (state.IsSold || state.Stage == OrderStage.RefundedLate) => now + TellAgain,
            OrderStage.Fulfilled => state.DeliveryAt ?? now + CardPaymentTimes.LookSeldom,
            OrderStage.Delivered => state.ReleaseAt ?? now + CardPaymentTimes.LookSeldom,
            OrderStage.Expired => CardPaymentTimes.NextLook(state.PlacedAt, now),
            OrderStage.Created => state.ExpiresAt,
            _ when now < state.ExpiresAt && state.ExpiresAt - now < CardPaymentTimes.LookEvery => state.ExpiresAt,
            _ => now + CardPaymentTimes.LookEvery,
        };
    }

    private async Task<bool> TrySettleAsync(Func<Task<bool>> settle)
    {
        try
        {
            return await settle();
        }
        catch (Exception error)
        {
            Log.SettleFailed(logger, error, Id, record.State.Stage);
            return false;
        }
    }

    private async Task<bool> SellAsync()
    {
        var sold = await Product.Commit(Id, record.State.Quantity);
        if (!sold.Ok)
        {
            await Run.ApplyAsync(OrderHappened.StockGone, record.State with { Problem = OrderProblems.RefundedLate });
            return true;
        }

        if (!await Run.TryPostAsync((key, state) => settlement.BookAsync(Id, key, state))) { return false; }

        var product = record.State.Product with { Stock = sold.Value.Card.Stock, Sold = sold.Value.Card.Sold };
        await Run.ApplyAsync(OrderHappened.SaleBooked, record.State with { Product = product, Problem = null, PaidAt = Time.GetUtcNow() });
        return true;
    }

    private async Task<bool> RefundAsync()
    {
        if (!await tools.Payments.RefundAsync(record.State.PaymentIntentId!, CardPayments.OrderId, Id)) { return false; }
        await Run.ApplyAsync(OrderHappened.MoneyReturned, record.State);
        return true;
    }

    /// <summary>Tells everybody who must know, beside the turns: a slow room must not keep the buyer waiting. Each may be told twice.</summary>
    private async Task TellAsync()
    {
        try
        {
            await settlement.TellAsync(Id, record.State);

            using var turn = await Run.EnterAsync();
            await Run.StoreAsync(record.State with { Told = true });
            await FinishAsync();
        }
        catch (Exception error)
        {
            Log.TellFailed(logger, error, Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6479, Level = LogLevel.Error,
            Message = "Refund {RefundId} of order {OrderId} ({AmountMinor}) failed at the buyer's bank after it was taken; what was booked is sold again: pay the buyer in another way")]
        public static partial void RefundCameBack(ILogger logger, string orderId, string refundId, long amountMinor);

        [LoggerMessage(EventId = 6405, Level = LogLevel.Error, Message = "Order {OrderId} could not be settled ({Stage}); it is tried again")]
        public static partial void SettleFailed(ILogger logger, Exception error, string orderId, OrderStage stage);

        [LoggerMessage(EventId = 6452, Level = LogLevel.Error, Message = "Order {OrderId}: the ledger answered {Outcome} to {Step}; it is tried again")]
        public static partial void LedgerRefused(ILogger logger, string orderId, string step, LedgerOutcome outcome);

        [LoggerMessage(EventId = 6453, Level = LogLevel.Warning, Message = "Dispute {DisputeId} ({Move}) names order {OrderId}, which is {Stage}: nothing follows")]
        public static partial void DisputeOfNothing(ILogger logger, string orderId, string disputeId, DisputeMove move, OrderStage stage);

        [LoggerMessage(EventId = 6407, Level = LogLevel.Warning, Message = "Not everybody could be told of order {OrderId}; they are told when it is due")]
        public static partial void TellFailed(ILogger logger, Exception error, string orderId);
    }
}
