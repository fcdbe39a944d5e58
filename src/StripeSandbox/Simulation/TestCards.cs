using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>What a card does when it is charged.</summary>
internal enum CardOutcome
{
    Pays = 1,
    Declines = 2,
    AsksTheCardholder = 3,
    Processes = 4,
}

/// <summary>What comes after a card has paid.</summary>
internal enum CardSequel
{
    Nothing = 0,

    /// <summary>The cardholder takes the money back through the bank.</summary>
    Dispute = 1,

    /// <summary>The bank asks first; no money moves.</summary>
    Inquiry = 2,

    /// <summary>The bank warns that the card may be stolen.</summary>
    FraudWarning = 3,
}

/// <summary>How a refund to a card goes.</summary>
internal enum RefundCourse
{
    Succeeds = 0,
    PendsThenSucceeds = 1,
    PendsThenFails = 2,
    SucceedsThenFails = 3,
}

/// <summary>A card that everybody has.</summary>
/// <param name="Id">Its payment method id.</param>
/// <param name="DeclineCode">Why it declines.</param>
/// <param name="Message">What the payer is told.</param>
internal sealed record TestCard(string Id, CardOutcome Outcome, string Last4, string Meaning, string? DeclineCode = null, string? Message = null)
{
    public string Brand { get; init; } = "visa";

    public string Funding { get; init; } = "credit";

    /// <summary>The error code of its decline.</summary>
    public string ErrorCode { get; init; } = "card_declined";

    /// <summary>Declines payments, but can be saved.</summary>
    public bool CanBeSaved { get; init; }

    /// <summary>Asks the cardholder only until it is saved for payments without them.</summary>
    public bool AsksUntilSaved { get; init; }

    /// <summary>What it does once the cardholder approved or its processing is over: declines, though it seemed to pay.</summary>
    public bool DeclinesInTheEnd { get; init; }

    public CardSequel Sequel { get; init; }

    /// <summary>The cardholder's reason for a dispute.</summary>
    public string DisputeReason { get; init; } = "fraudulent";

    public RefundCourse Refunds { get; init; }

    /// <summary>The same for every saved copy of this card, whoever saved it.</summary>
    public string Fingerprint => $"sim{Last4}";

    public JsonObject ToPaymentMethod() => new()
    {
        ["id"] = Id,
        ["object"] = "payment_method",
        ["allow_redisplay"] = "unspecified",
        ["billing_details"] = new JsonObject { ["address"] = null, ["email"] = null, ["name"] = null, ["phone"] = null, ["tax_id"] = null },
        ["card"] = Card(),
        ["created"] = 1_735_689_600,
        ["customer"] = null,
        ["customer_account"] = null,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["type"] = "card",
    };

    public JsonObject Card() => new()
    {
        ["brand"] = Brand,
        ["checks"] = new JsonObject
        {
            ["address_line1_check"] = null,
            ["address_postal_code_check"] = null,
            ["cvc_check"] = DeclineCode == "incorrect_cvc" ? "fail" : "pass",
        },
        ["country"] = "US",
        ["display_brand"] = Brand,
        ["exp_month"] = 12,
        ["exp_year"] = 2034,
        ["fingerprint"] = Fingerprint,
        ["funding"] = Funding,
        ["generated_from"] = null,
        ["last4"] = Last4,
        ["networks"] = new JsonObject { ["available"] = new JsonArray(Brand), ["preferred"] = null },
        ["regulated_status"] = "unregulated",
        ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
        ["wallet"] = null,
    };
}

/// <summary>The cards of the sandbox: the one table of them.</summary>
internal static class TestCards
{
    private const string Declined = "Your card was declined.";

    public static IReadOnlyList<TestCard> All { get; } =
    [
        new("pm_card_visa", CardOutcome.Pays, "4242", "Pays at once"),
        new("pm_card_visa_debit", CardOutcome.Pays, "5556", "Pays at once (debit)") { Funding = "debit" },
        new("pm_card_mastercard", CardOutcome.Pays, "4444", "Pays at once (Mastercard)") { Brand = "mastercard" },
        new("pm_card_amex", CardOutcome.Pays, "8431", "Pays at once (American Express)") { Brand = "amex" },

        new("pm_card_chargeDeclined", CardOutcome.Declines, "0002", "Is declined", "generic_decline", Declined),
        new("pm_card_chargeDeclinedInsufficientFunds", CardOutcome.Declines, "9995", "Is declined: not enough money on it",
            "insufficient_funds", "Your card has insufficient funds."),
        new("pm_card_chargeDeclinedLostCard", CardOutcome.Declines, "9987", "Is declined: reported lost", "lost_card", Declined),
        new("pm_card_chargeDeclinedStolenCard", CardOutcome.Declines, "9979", "Is declined: reported stolen", "stolen_card", Declined),
        new("pm_card_chargeDeclinedExpiredCard", CardOutcome.Declines, "0069", "Is declined: expired",
            "expired_card", "Your card has expired.") { ErrorCode = "expired_card" },
        new("pm_card_chargeDeclinedIncorrectCvc", CardOutcome.Declines, "0127", "Is declined: wrong security code",
            "incorrect_cvc", "Your card's security code is incorrect.") { ErrorCode = "incorrect_cvc" },
        new("pm_card_chargeDeclinedProcessingError", CardOutcome.Declines, "0119", "Is declined: the bank's system failed",
            "processing_error", "An error occurred while processing your card. Try again in a little bit.") { ErrorCode = "processing_error" },
        new("pm_card_chargeDeclinedVelocityLimitExceeded", CardOutcome.Declines, "6975", "Is declined: used too often",
            "card_velocity_exceeded", "Your card was declined for making repeated attempts too frequently or exceeding its amount limit."),
        new("pm_card_chargeCustomerFail", CardOutcome.Declines, "0341", "Can be saved, then every payment is declined", "generic_decline", Declined)
            { CanBeSaved = true },

        new("pm_card_authenticationRequired", CardOutcome.AsksTheCardholder, "3184", "Asks the cardholder every time (3-D Secure)"),
        new("pm_card_authenticationRequiredOnSetup", CardOutcome.AsksTheCardholder, "3155", "Asks the cardholder until it is saved (3-D Secure)")
            { AsksUntilSaved = true },
        new("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds", CardOutcome.AsksTheCardholder, "3178",
            "Asks the cardholder (3-D Secure), then is declined: not enough money on it", "insufficient_funds", "Your card has insufficient funds.")
            { DeclinesInTheEnd = true },

        new("pm_card_simProcessing", CardOutcome.Processes, "0077", "Is processing for some seconds, then pays (the sandbox's own)"),
        new("pm_card_simProcessingFails", CardOutcome.Processes, "0078", "Is processing for some seconds, then is declined (the sandbox's own)",
            "generic_decline", Declined) { DeclinesInTheEnd = true },

        new("pm_card_createDispute", CardOutcome.Pays, "0259", "Pays, then the cardholder disputes it as fraud") { Sequel = CardSequel.Dispute },
        new("pm_card_createDisputeProductNotReceived", CardOutcome.Pays, "2685", "Pays, then the cardholder disputes it: nothing came")
            { Sequel = CardSequel.Dispute, DisputeReason = "product_not_received" },
        new("pm_card_createDisputeInquiry", CardOutcome.Pays, "1976", "Pays, then the bank asks about it (an inquiry, no money moves)")
            { Sequel = CardSequel.Inquiry },
        new("pm_card_createIssuerFraudRecord", CardOutcome.Pays, "5423", "Pays, then the bank warns of fraud") { Sequel = CardSequel.FraudWarning },

        new("pm_card_pendingRefund", CardOutcome.Pays, "7726", "Pays; a refund is pending for some seconds, then succeeds")
            { Refunds = RefundCourse.PendsThenSucceeds },
        new("pm_card_refundFail", CardOutcome.Pays, "5126", "Pays; a refund succeeds at first, then fails") { Refunds = RefundCourse.SucceedsThenFails },
        new("pm_card_simRefundPendsThenFails", CardOutcome.Pays, "7727", "Pays; a refund is pending for some seconds, then fails (the sandbox's own)")
            { Refunds = RefundCourse.PendsThenFails },
    ];

    private static readonly Dictionary<string, TestCard> ById = All.ToDictionary(card => card.Id, StringComparer.Ordinal);
    private static readonly Dictionary<string, TestCard> ByFingerprint = All.ToDictionary(card => card.Fingerprint, StringComparer.Ordinal);

    /// <summary>By its id; the real service writes some with <c>pm_card_visa_</c>.</summary>
    public static TestCard? Find(string id) =>
        ById.GetValueOrDefault(id) ?? ById.GetValueOrDefault(id.Replace("pm_card_visa_charge", "pm_card_charge", StringComparison.Ordinal));

    public static TestCard? WithFingerprint(string fingerprint) => ByFingerprint.GetValueOrDefault(fingerprint);
}
