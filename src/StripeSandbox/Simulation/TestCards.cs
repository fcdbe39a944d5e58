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

/// <summary>A card that everybody has.</summary>
/// <param name="Id">Its payment method id.</param>
/// <param name="DeclineCode">Why it declines.</param>
/// <param name="Message">What the payer is told.</param>
internal sealed record TestCard(string Id, CardOutcome Outcome, string Last4, string Meaning, string? DeclineCode = null, string? Message = null)
{
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
        ["brand"] = "visa",
        ["checks"] = new JsonObject { ["address_line1_check"] = null, ["address_postal_code_check"] = null, ["cvc_check"] = "pass" },
        ["country"] = "US",
        ["display_brand"] = "visa",
        ["exp_month"] = 12,
        ["exp_year"] = 2034,
        ["fingerprint"] = $"sim{Last4}",
        ["funding"] = "credit",
        ["generated_from"] = null,
        ["last4"] = Last4,
        ["networks"] = new JsonObject { ["available"] = new JsonArray("visa"), ["preferred"] = null },
        ["regulated_status"] = "unregulated",
        ["three_d_secure_usage"] = new JsonObject { ["supported"] = true },
        ["wallet"] = null,
    };
}

/// <summary>The cards of the sandbox.</summary>
internal static class TestCards
{
    public static IReadOnlyList<TestCard> All { get; } =
    [
        new("pm_card_visa", CardOutcome.Pays, "4242", "Pays at once"),
        new("pm_card_chargeDeclined", CardOutcome.Declines, "0002", "Is declined", "generic_decline", "Your card was declined."),
        new("pm_card_chargeDeclinedInsufficientFunds", CardOutcome.Declines, "9995", "Is declined: not enough money on it",
            "insufficient_funds", "Your card has insufficient funds."),
        new("pm_card_authenticationRequired", CardOutcome.AsksTheCardholder, "3184", "Asks the cardholder first (3-D Secure)",
            "authentication_required", "Your card was declined. This transaction requires authentication."),
        new("pm_card_simProcessing", CardOutcome.Processes, "0077", "Is processing for some seconds, then pays (the sandbox's own)"),
    ];

    public static TestCard? Find(string id) => All.FirstOrDefault(card => card.Id == id);
}
