using LiveCommerce.Contracts;

namespace LiveCommerce.Silo.Gifts.Cards;

/// <summary>What a sender is told when a card gift does not happen.</summary>
internal static class CardGiftProblems
{
    public const string Canceled = "The payment was not confirmed in time, so the gift was not sent. Nothing was charged.";
    public const string NeverArrived = "The payment did not reach the payment provider, so the gift was not sent. Nothing was charged.";

    public static readonly Refusal KeyReused = new(RefusalCode.KeyReused, "This key was used for another gift. Start again with a new one.");

    public static readonly Refusal NotSetUp = new(RefusalCode.PaymentUnavailable, "Payments are not set up on this server. Ask its operator.");

    public static readonly Refusal NotFound = new(RefusalCode.GiftNotFound, "There is no such gift among yours. Look into your wallet for what was sent.");

    public static readonly Refusal OperatorsOnly = new(RefusalCode.NotAllowed, "Only the platform's operator can send a gift's money back. Write to the operator.");

    public static readonly Refusal NotNow = new(RefusalCode.NotAllowed, "This gift cannot be sent back as it is now. Reload and see where it is.");

    public static Refusal TooSmall(long coins, long min) =>
        new(RefusalCode.CardGiftTooSmall, $"Gifts from {min:N0} coins on can be paid by card. Send this one from your wallet, or more of it.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["coins"] = coins, ["min"] = min },
        };

    public static Refusal TooLarge(long coins, long max) =>
        new(RefusalCode.CardGiftTooLarge, $"A gift that is paid by card can have at most {max:N0} coins. Send fewer at once.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["coins"] = coins, ["max"] = max },
        };

    public static Refusal OtherPrice(long price, long seen) =>
        new(RefusalCode.PriceChanged, "The price in money has changed. Look at the new one and decide again.")
        {
            Amounts = new Dictionary<string, long>(StringComparer.Ordinal) { ["price"] = price, ["seen"] = seen },
        };
}
