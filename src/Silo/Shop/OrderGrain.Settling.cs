using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Shop;

/// <summary>What follows from an order's stage: selling, booking, refunding, giving back, telling. Each step may be repeated.</summary>
internal sealed partial class OrderGrain
{
    /// <summary>Does what the stage asks for, and says when to look again.</summary>
    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if (record.State.Stage is OrderStage.Paying or OrderStage.RequiresAction && now >= record.State.ExpiresAt + CancelGrace)
        {
            // The provider does not say. The stock goes back to other buyers; should the money come, it is sold again or refunded.
            await ApplyAsync(OrderHappened.TimeIsUp, record.State with { Problem = OrderProblems.Expired });
        }

        if (record.State.Stage == OrderStage.MoneyTaken && !await TrySettleAsync(SellAsync))
        {
            await dueTimes.SetAsync(DueType, Id, now + SettleAgain);
            return;
        }

        if (record.State.Stage == OrderStage.Refunding && !await TrySettleAsync(RefundAsync))
        {
            await dueTimes.SetAsync(DueType, Id, now + LookEvery);
            return;
        }

        if (record.State.Stage is OrderStage.Declined or OrderStage.Expired) { await Product.Release(Id); }
        if (record.State.IsOver)
        {
            _moved.TrySetResult();
            await dueTimes.ClearAsync(DueType, Id);
            return;
        }

        await dueTimes.SetAsync(DueType, Id, NextLook(now));
        if (record.State.Stage is not (OrderStage.Created or OrderStage.Paying)) { _moved.TrySetResult(); }
        if (record.State.Stage is OrderStage.Paid or OrderStage.RefundedLate && _telling.IsCompleted) { _telling = TellAsync(); }
    }

    private DateTimeOffset NextLook(DateTimeOffset now)
    {
        var state = record.State;
        return state.Stage switch
        {
            OrderStage.Paid or OrderStage.RefundedLate => now + TellAgain,
            OrderStage.Expired => now + (now - state.PlacedAt < LookSeldom ? LookEvery : LookSeldom),
            OrderStage.Created => state.ExpiresAt,
            _ when now < state.ExpiresAt && state.ExpiresAt - now < LookEvery => state.ExpiresAt,
            _ => now + LookEvery,
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
            await ApplyAsync(OrderHappened.StockGone, record.State with { Problem = OrderProblems.RefundedLate });
            return true;
        }

        if (record.State.LedgerKey is null)
        {
            await StoreAsync(record.State with { LedgerKey = Guid.CreateVersion7(Time.GetUtcNow()) });
        }

        var state = record.State;
        switch (await settlement.BookAsync(Id, state))
        {
            case SaleBooking.Booked:
                var product = state.Product with { Stock = sold.Value.Card.Stock, Sold = sold.Value.Card.Sold };
                await ApplyAsync(OrderHappened.SaleBooked, state with { Product = product, Problem = null });
                return true;
            case SaleBooking.KeyTooOld:
                // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
                await StoreAsync(state with { LedgerKey = null });
                return false;
            default:
                return false;
        }
    }

    private async Task<bool> RefundAsync()
    {
        if (!await payments.RefundAsync(record.State.PaymentIntentId!, CardPayments.OrderId, Id)) { return false; }
        await ApplyAsync(OrderHappened.MoneyReturned, record.State);
        return true;
    }

    /// <summary>Tells everybody who must know, beside the turns: a slow room must not keep the buyer waiting. Each may be told twice.</summary>
    private async Task TellAsync()
    {
        try
        {
            await settlement.TellAsync(Id, record.State);

            using var turn = await _turn.EnterAsync();
            await StoreAsync(record.State with { Told = true });
            await dueTimes.ClearAsync(DueType, Id);
        }
        catch (Exception error)
        {
            Log.TellFailed(logger, error, Id);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6405, Level = LogLevel.Error, Message = "Order {OrderId} could not be settled ({Stage}); it is tried again")]
        public static partial void SettleFailed(ILogger logger, Exception error, string orderId, OrderStage stage);

        [LoggerMessage(EventId = 6407, Level = LogLevel.Warning, Message = "Not everybody could be told of order {OrderId}; they are told when it is due")]
        public static partial void TellFailed(ILogger logger, Exception error, string orderId);
    }
}
