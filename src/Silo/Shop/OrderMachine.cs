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
