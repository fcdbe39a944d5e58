using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Payments;

/// <summary>What is said when a top-up cannot be refunded.</summary>
internal static class TopUpProblems
{
    public static readonly Refusal NotFound =
        new(RefusalCode.PaymentNotFound, "There is no such top-up. Look into your wallet for what was credited.");

    public static readonly Refusal Touched =
        new(RefusalCode.NotRefundable, "Some of these coins are spent, so you cannot send the top-up back by yourself. Ask the operator for what is left.");

    public static readonly Refusal Busy = new(RefusalCode.Busy, "The ledger is busy and nothing was refunded. Try again in a moment.") { RetryAfterMs = 1_000 };

    public static Refusal TooLate(int days) =>
        new(RefusalCode.NotRefundable, $"A top-up can be sent back within {days} days. Ask the operator.");

    public static Refusal NotNow(TopUpStage stage) => stage switch
    {
        TopUpStage.Frozen => new(RefusalCode.NotRefundable, "The card's bank has doubts about this payment, so it cannot be refunded now. Wait until that is decided."),
        TopUpStage.Clawed or TopUpStage.Refunded => new(RefusalCode.NotRefundable, "This payment went back to the card already."),
        _ => new(RefusalCode.NotRefundable, "These coins are not credited yet, or an earlier refund is on its way. Try again later."),
    };

    public static Refusal Spent(long coins, long left) =>
        new(RefusalCode.CoinsSpent, $"{left:N0} coins of this top-up are left. Choose 1 to {left:N0}, or ask for all that is left.")
        {
            Amounts = new Dictionary<string, long> { ["coins"] = coins, ["left"] = left },
        };
}
