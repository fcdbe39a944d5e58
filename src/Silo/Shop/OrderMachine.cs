using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>Where an order is. Stored by name.</summary>
internal enum OrderStage
{
    /// <summary>Noted; the items are not taken from the stock yet.</summary>
    Created = 0,
    Reserved = 1,
    Paying = 2,
    RequiresAction = 3,

    /// <summary>The provider has the money; the sale is not booked yet.</summary>
    MoneyTaken = 4,
    Paid = 5,
    Declined = 6,
    Expired = 7,

    /// <summary>Paid when the items were gone: the money is on its way back.</summary>
    Refunding = 8,
    RefundedLate = 9,

    /// <summary>On its way to the buyer.</summary>
    Fulfilled = 10,
    Delivered = 11,

    /// <summary>The seller can withdraw the money.</summary>
    Released = 12,

    /// <summary>The whole amount went back.</summary>
    Refunded = 13,

    // The bank has the money for the time being. Each remembers where the order was, so that it goes on there.
    PaidDisputed = 14,
    FulfilledDisputed = 15,
    DeliveredDisputed = 16,
    ReleasedDisputed = 17,
    DisputeLost = 18,
}

/// <summary>What can happen to an order.</summary>
internal enum OrderHappened
{
    StockTaken = 0,
    PaymentSent = 1,
    ActionNeeded = 2,
    PaymentFailed = 3,
    TimeIsUp = 4,
    MoneyTaken = 5,
    SaleBooked = 6,
    StockGone = 7,
    MoneyReturned = 8,
    Shipped = 9,
    Arrived = 10,
    HeldLongEnough = 11,
    AllRefunded = 12,
    DisputeOpened = 13,
    DisputeWon = 14,
    DisputeLost = 15,

    /// <summary>The buyer's bank did not take the refund after all.</summary>
    MoneyCameBack = 16,
}

/// <summary>
/// The arrows of an order; what is not here changes nothing. An event implies its predecessors, and neither a decline nor the end of
/// the reservation is final against money that was taken after all: then it is sold if there is stock, else refunded.
/// </summary>
internal static class OrderMachine
{
    public static readonly StateTable<OrderStage, OrderHappened> Table =
        new(new Dictionary<(OrderStage, OrderHappened), OrderStage>
        {
            [(OrderStage.Created, OrderHappened.StockTaken)] = OrderStage.Reserved,
            [(OrderStage.Reserved, OrderHappened.PaymentSent)] = OrderStage.Paying,

            [(OrderStage.Reserved, OrderHappened.ActionNeeded)] = OrderStage.RequiresAction,
            [(OrderStage.Paying, OrderHappened.ActionNeeded)] = OrderStage.RequiresAction,

            [(OrderStage.Reserved, OrderHappened.PaymentFailed)] = OrderStage.Declined,
            [(OrderStage.Paying, OrderHappened.PaymentFailed)] = OrderStage.Declined,
            [(OrderStage.RequiresAction, OrderHappened.PaymentFailed)] = OrderStage.Declined,

            [(OrderStage.Created, OrderHappened.TimeIsUp)] = OrderStage.Expired,
            [(OrderStage.Reserved, OrderHappened.TimeIsUp)] = OrderStage.Expired,
            [(OrderStage.Paying, OrderHappened.TimeIsUp)] = OrderStage.Expired,
            [(OrderStage.RequiresAction, OrderHappened.TimeIsUp)] = OrderStage.Expired,

            [(OrderStage.Reserved, OrderHappened.MoneyTaken)] = OrderStage.MoneyTaken,
            [(OrderStage.Paying, OrderHappened.MoneyTaken)] = OrderStage.MoneyTaken,
            [(OrderStage.RequiresAction, OrderHappened.MoneyTaken)] = OrderStage.MoneyTaken,
            [(OrderStage.Declined, OrderHappened.MoneyTaken)] = OrderStage.MoneyTaken,
            [(OrderStage.Expired, OrderHappened.MoneyTaken)] = OrderStage.MoneyTaken,

            [(OrderStage.MoneyTaken, OrderHappened.SaleBooked)] = OrderStage.Paid,
            [(OrderStage.MoneyTaken, OrderHappened.StockGone)] = OrderStage.Refunding,
            [(OrderStage.Refunding, OrderHappened.MoneyReturned)] = OrderStage.RefundedLate,

            // A buyer may have the items before the seller has said that they are on their way.
            [(OrderStage.Paid, OrderHappened.Shipped)] = OrderStage.Fulfilled,
            [(OrderStage.Paid, OrderHappened.Arrived)] = OrderStage.Delivered,
            [(OrderStage.Fulfilled, OrderHappened.Arrived)] = OrderStage.Delivered,
            [(OrderStage.Delivered, OrderHappened.HeldLongEnough)] = OrderStage.Released,

            [(OrderStage.Paid, OrderHappened.AllRefunded)] = OrderStage.Refunded,
            [(OrderStage.Fulfilled, OrderHappened.AllRefunded)] = OrderStage.Refunded,
            [(OrderStage.Delivered, OrderHappened.AllRefunded)] = OrderStage.Refunded,
            [(OrderStage.Released, OrderHappened.AllRefunded)] = OrderStage.Refunded,

            // Sold again; where the order was then, its times say.
            [(OrderStage.Refunded, OrderHappened.MoneyCameBack)] = OrderStage.Paid,

            [(OrderStage.Paid, OrderHappened.DisputeOpened)] = OrderStage.PaidDisputed,
            [(OrderStage.Fulfilled, OrderHappened.DisputeOpened)] = OrderStage.FulfilledDisputed,
            [(OrderStage.Delivered, OrderHappened.DisputeOpened)] = OrderStage.DeliveredDisputed,
            [(OrderStage.Released, OrderHappened.DisputeOpened)] = OrderStage.ReleasedDisputed,

            [(OrderStage.PaidDisputed, OrderHappened.DisputeWon)] = OrderStage.Paid,
            [(OrderStage.FulfilledDisputed, OrderHappened.DisputeWon)] = OrderStage.Fulfilled,
            [(OrderStage.DeliveredDisputed, OrderHappened.DisputeWon)] = OrderStage.Delivered,
            [(OrderStage.ReleasedDisputed, OrderHappened.DisputeWon)] = OrderStage.Released,

            // News comes out of order: a loss implies that it was disputed.
            [(OrderStage.Paid, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.Fulfilled, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.Delivered, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.Released, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.PaidDisputed, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.FulfilledDisputed, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.DeliveredDisputed, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
            [(OrderStage.ReleasedDisputed, OrderHappened.DisputeLost)] = OrderStage.DisputeLost,
        });

    /// <summary>What an outcome is to an order, and what its buyer is told.</summary>
    /// <param name="timeIsUp">Whether the reservation has ended: then a cancellation is its end and no decline.</param>
    public static CardReading<OrderHappened>? Read(CardOutcome outcome, string? problem, bool timeIsUp) => outcome switch
    {
        CardOutcome.Succeeded => new(OrderHappened.MoneyTaken, Problem: null),
        CardOutcome.ActionNeeded => new(OrderHappened.ActionNeeded, Problem: null),
        CardOutcome.Canceled or CardOutcome.Absent when timeIsUp => new(OrderHappened.TimeIsUp, OrderProblems.Expired),
        CardOutcome.Failed or CardOutcome.Refused or CardOutcome.Canceled => new(OrderHappened.PaymentFailed, problem ?? OrderProblems.Canceled),
        CardOutcome.Absent => new(OrderHappened.PaymentFailed, OrderProblems.NeverArrived),
        _ => null,
    };
}
