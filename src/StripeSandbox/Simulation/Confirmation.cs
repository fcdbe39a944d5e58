using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>The moment a card is charged: it pays, declines, asks the cardholder first, or takes a while.</summary>
/// <param name="pageOf">The page on which the cardholder decides about a payment, by its id and client secret.</param>
internal sealed class Confirmation(StripeSandboxOptions options, Func<string, string, Uri> pageOf)
{
    /// <summary>Charges the card. The payment is stored already.</summary>
    public ApiAnswer Attempt(SandboxTransaction transaction, JsonObject intent, TestCard card, JsonObject parameters)
    {
        // true, or one of the texts that say why the payer is away.
        var away = parameters["off_session"] is JsonValue session && (session.GetValueKind() == System.Text.Json.JsonValueKind.String || (bool)session);
        var asks = card.Outcome == CardOutcome.AsksTheCardholder;
        if (card.Outcome == CardOutcome.Declines) { return Decline(transaction, intent, card, "card_declined"); }
        if (asks && (away || (bool?)parameters["error_on_requires_action"] == true)) { return Decline(transaction, intent, card, "authentication_required"); }

        if (asks)
        {
            Ask(transaction, intent, (string?)parameters["return_url"]);
        }
        else if (card.Outcome == CardOutcome.Processes)
        {
            Process(transaction, intent);
        }
        else
        {
            Succeed(transaction, intent, card);
        }

        return ApiAnswer.Ok(intent);
    }

    /// <summary>Takes the money.</summary>
    public static void Succeed(SandboxTransaction transaction, JsonObject intent, TestCard card)
    {
        var charge = Charges.Succeed(transaction, intent, card);
        intent["status"] = "succeeded";
        intent["amount_received"] = (long)intent["amount"]!;
        intent["latest_charge"] = (string)charge["id"]!;
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("payment_intent.succeeded", intent);
    }

    /// <summary>The cardholder did not prove to be the cardholder.</summary>
    public static void FailAuthentication(SandboxTransaction transaction, JsonObject intent, TestCard card)
    {
        intent["last_payment_error"] = new JsonObject
        {
            ["type"] = "invalid_request_error",
            ["code"] = "payment_intent_authentication_failure",
            ["doc_url"] = "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            ["message"] = "The payment was not authenticated. Try again, or use another card.",
            ["payment_method"] = card.ToPaymentMethod(),
        };
        BackToStart(transaction, intent);
    }

    private void Ask(SandboxTransaction transaction, JsonObject intent, string? returnUrl)
    {
        intent["status"] = "requires_action";
        intent["last_payment_error"] = null;
        intent["next_action"] = new JsonObject
        {
            ["type"] = "redirect_to_url",
            ["redirect_to_url"] = new JsonObject
            {
                ["return_url"] = returnUrl,
                ["url"] = pageOf((string)intent["id"]!, (string)intent["client_secret"]!).ToString(),
            },
        };
        transaction.Update(intent);
        transaction.Emit("payment_intent.requires_action", intent);
    }

    private void Process(SandboxTransaction transaction, JsonObject intent)
    {
        intent["status"] = "processing";
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Run(
            "INSERT INTO processing (payment_intent, due_ms) VALUES ($id, $due)",
            ("$id", (string)intent["id"]!), ("$due", transaction.Now.AddSeconds(options.ProcessingSeconds).ToUnixTimeMilliseconds()));
        transaction.Emit("payment_intent.processing", intent);
    }

    private static ApiAnswer Decline(SandboxTransaction transaction, JsonObject intent, TestCard card, string code)
    {
        var charge = Charges.Fail(transaction, intent, card, code, card.Message!);
        var answer = ApiAnswer.Error(402, "card_error", card.Message!, code: code);
        var error = answer.Body["error"]!.AsObject();
        error["charge"] = (string)charge["id"]!;
        error["decline_code"] = card.DeclineCode;
        error["payment_method"] = card.ToPaymentMethod();

        intent["latest_charge"] = (string)charge["id"]!;
        intent["last_payment_error"] = error.DeepClone();
        BackToStart(transaction, intent);
        error["payment_intent"] = intent.DeepClone();
        return answer;
    }

    private static void BackToStart(SandboxTransaction transaction, JsonObject intent)
    {
        intent["status"] = "requires_payment_method";
        intent["payment_method"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("payment_intent.payment_failed", intent);
    }
}
