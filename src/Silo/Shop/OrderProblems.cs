using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Shop;

/// <summary>What a buyer is told when an order does not happen.</summary>
internal static class OrderProblems
{
    public const string Expired = "The payment was not finished in time, so the items went back. Nothing was charged. Order again.";
    public const string NeverArrived = "The payment did not reach the payment provider and nothing was charged. Order again.";
    public const string Canceled = "The payment was canceled and nothing was charged. Order again.";
    public const string RefundedLate = "The payment came after the items were gone. The whole amount goes back to your card.";

    public static readonly Refusal NotSetUp = new(RefusalCode.PaymentUnavailable, "Payments are not set up on this server. Ask its operator.");

    public static readonly Refusal NoProduct = new(RefusalCode.ProductNotFound, "This product does not exist (any more). Look for another.");

    public static readonly Refusal OwnProduct = new(RefusalCode.NotAllowed, "You cannot buy your own product.");

    public static readonly Refusal OtherCurrency = new(RefusalCode.AmountNotAllowed, "Only products priced in US dollars can be bought for now.");

    public static readonly Refusal NotFound = new(RefusalCode.OrderNotFound, "There is no such order among yours.");

    public static readonly Refusal NotSeller = new(RefusalCode.NotOrderSeller, "Only the seller of an order can do this. Write to the seller.");

    public static readonly Refusal RefundRunning =
        new(RefusalCode.RefundRunning, "A refund of this order is on its way. Wait until it is done, then look again.") { RetryAfterMs = 5_000 };

    public static readonly Refusal TooManyRefunds =
        new(RefusalCode.RefundNotAllowed, $"An order can have at most {ShopLimits.RefundsPerOrderMax} refunds. Ask the platform's operator.");

    private static readonly Refusal BadShipment = new(
        RefusalCode.ShipmentNotAllowed,
        $"The carrier and the tracking number have at most {ShopLimits.ShipmentTextMax} plain characters each. Shorten them and try again.");

    private static readonly Refusal BadReason = new(
        RefusalCode.RefundNotAllowed, $"The reason has at most {ShopLimits.RefundReasonMax} plain characters. Shorten it and try again.");

    /// <summary>Why the words about the shipment are not taken; null when they are.</summary>
    public static Refusal? Check(Shipment shipment) =>
        IsText(shipment.Carrier, ShopLimits.ShipmentTextMax) && IsText(shipment.Tracking, ShopLimits.ShipmentTextMax) ? null : BadShipment;

    /// <summary>Why the reason is not taken; null when it is.</summary>
    public static Refusal? CheckReason(string? reason) => IsText(reason, ShopLimits.RefundReasonMax) ? null : BadReason;

    /// <summary>A refund that is booked has failed at the buyer's bank.</summary>
    public const string RefundCameBack =
        "The buyer's bank did not take the money back after all, so the order counts as sold again. Send it back once more, or pay the buyer in another way.";

    /// <summary>Why the seller cannot say that the items have arrived.</summary>
    public static Refusal NotArrived(int hours) =>
        new(RefusalCode.ShipmentNotAllowed, $"Say first that the items are on their way; {hours} hours later you can say that they arrived. The buyer can at any time.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["hours"] = hours },
        };

    /// <summary>Why nothing can be done with an order as it is now.</summary>
    public static Refusal NotNow(OrderRecord order) => order switch
    {
        { IsDisputed: true } => new(
            RefusalCode.OrderDisputed, "The buyer's bank looks into this payment. Wait until it has decided, or ask the platform's operator."),
        { IsSold: true } => new(RefusalCode.OrderClosed, "This order is past that. Reload the page and see where it is."),
        _ => new(RefusalCode.OrderNotPaid, "This order is not paid. Wait until it is."),
    };

    public static Refusal RefundAmount(long left, int items) =>
        new(RefusalCode.RefundNotAllowed, "Send back at least one cent and at most what is left of the order, and no more items than were bought.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["left"] = left, ["items"] = items },
        };

    private static bool IsText(string? text, int max) => text is null || (text.Length <= max && !text.Any(char.IsControl));

    public static Refusal Quantity(int quantity) =>
        new(RefusalCode.AmountNotAllowed, $"You can buy 1 to {ShopLimits.QuantityPerOrderMax} items at once. Change the number.")
        {
            Amounts = new Dictionary<string, long> { ["quantity"] = quantity, ["max"] = ShopLimits.QuantityPerOrderMax },
        };

    public static Refusal TooExpensive(long total, long max) =>
        new(RefusalCode.AmountNotAllowed, "One order can cost at most $999,999.99. Choose a smaller number.")
        {
            Amounts = new Dictionary<string, long> { ["total"] = total, ["max"] = max },
        };
}
