using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments;

/// <summary>Reads the provider's objects into news, and its errors into sentences for payers.</summary>
internal static class PaymentNewsReader
{
    /// <summary>The provider's statuses that something follows from.</summary>
    public const string Succeeded = "succeeded";
    public const string RequiresAction = "requires_action";
    public const string Processing = "processing";
    public const string RequiresPaymentMethod = "requires_payment_method";
    public const string Canceled = "canceled";

    /// <summary>
    /// Events about a PaymentIntent that are news. <c>payment_intent.created</c> is not: its object has the status
    /// <c>requires_payment_method</c> because nothing was tried yet, not because something failed.
    /// </summary>
    private static readonly Dictionary<string, string> StatusByEvent = new(StringComparer.Ordinal)
    {
        ["payment_intent.succeeded"] = Succeeded,
        ["payment_intent.requires_action"] = RequiresAction,
        ["payment_intent.processing"] = Processing,
        ["payment_intent.payment_failed"] = RequiresPaymentMethod,
        ["payment_intent.canceled"] = Canceled,
    };

    /// <summary>What a PaymentIntent tells.</summary>
    public static PaymentNews Read(StripePaymentIntent intent) => new(
        intent.Id,
        intent.Status,
        intent is { Status: Succeeded, AmountReceived: > 0 } ? intent.AmountReceived.Value : intent.Amount,
        intent.Currency,
        intent.Status == RequiresAction ? intent.NextAction?.RedirectToUrl?.Url : null,
        intent.LastPaymentError is { } error && intent.Status != Succeeded ? ProblemOf(402, error) : null,
        intent.LastPaymentError?.DeclineCode ?? intent.LastPaymentError?.Code);

    /// <summary>Whether events of this type are read at all.</summary>
    public static bool IsNews(string eventType) => StatusByEvent.ContainsKey(eventType);

    /// <summary>What a PaymentIntent tells in an event. The event's type counts, not the object's status: the object may be newer than the event.</summary>
    /// <param name="eventType">One that <see cref="IsNews"/>.</param>
    public static PaymentNews Read(string eventType, StripePaymentIntent intent) => Read(intent with { Status = StatusByEvent[eventType] });

    /// <summary>Why a payment failed, in words that say what to do next.</summary>
    public static string ProblemOf(int status, StripeError error) => (error.DeclineCode ?? error.Code) switch
    {
        "insufficient_funds" => "There is not enough money on the card. Use another card.",
        "expired_card" => "The card has expired. Use another card.",
        "incorrect_cvc" or "invalid_cvc" => "The card's security code is wrong. Check it and try again.",
        "lost_card" or "stolen_card" or "pickup_card" or "fraudulent" or "generic_decline" or "do_not_honor" or "card_declined" =>
            "The card was declined and nothing was charged. Use another card, or ask your bank.",
        "payment_intent_authentication_failure" or "authentication_required" =>
            "The bank could not confirm that it was you, and nothing was charged. Try again, or use another card.",
        "resource_missing" => "This card is not known to the payment provider. Choose another card.",
        "amount_too_small" or "amount_too_large" => "The payment provider does not take this amount. Choose another.",
        _ => status switch
        {
            401 or 403 => "Payments are not available just now and nothing was charged. Try again later.",
            402 => "The payment failed and nothing was charged. Use another card, or ask your bank.",
            _ => "The payment provider refused the payment and nothing was charged. Try another card.",
        },
    };
}
