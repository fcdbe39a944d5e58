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
