using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>What is said when something cannot be refunded.</summary>
internal static class RefundProblems
{
    public static readonly Refusal NotFound = new(RefusalCode.PaymentNotFound, "There is no such refund.");

    public static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only the platform's operators may do this.");

    public static readonly Refusal Malformed =
        new(RefusalCode.Malformed, "Name either a top-up or a gift, at least one coin, and a reason of at most 200 characters.");

    /// <summary>What operators are told of a refund that failed after it was sent.</summary>
    public const string CameBack = "The buyer's bank did not take it after all, and the books have it as sold again. See that the buyer gets the money in another way.";

    public static readonly Refusal NoGift = new(RefusalCode.NotFound, "There is no such gift. Look for its entry in the sender's statement.");

    public static readonly Refusal GivenBack = new(RefusalCode.NotRefundable, "This gift was given back already, or not as much of it is left.");
}
