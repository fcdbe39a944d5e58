using System.Text.Json;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>The moment a card is charged: it pays, declines, asks the cardholder first, or takes a while.</summary>
/// <param name="pageOf">The page on which the cardholder decides about a payment, by its id and client secret.</param>
internal sealed class Confirmation(StripeSandboxOptions options, Func<string, string, Uri> pageOf)
{
    /// <summary>A bank's no.</summary>
    private sealed record Refused(string Code, string DeclineCode, string Message)
    {
        public static Refused By(TestCard card) => new(card.ErrorCode, card.DeclineCode!, card.Message!);

        /// <summary>The bank wants to ask the cardholder, who is not there.</summary>
        public static Refused Unasked { get; } =
            new("authentication_required", "authentication_required", "Your card was declined. This transaction requires authentication.");
    }

    /// <summary>Charges the card. The payment is stored already.</summary>
    public ApiAnswer Attempt(SandboxTransaction transaction, JsonObject intent, PayingCard paying, JsonObject parameters)
    {
        // true, or one of the texts that say why the payer is away.
        var away = parameters["off_session"] is JsonValue session && (session.GetValueKind() == JsonValueKind.String || (bool)session);
        var card = paying.Card;
        if (card.Outcome == CardOutcome.Declines) { return Decline(transaction, intent, paying, Refused.By(card)); }
        if (paying.Asks && (away || (bool?)parameters["error_on_requires_action"] == true))
        {
            return Decline(transaction, intent, paying, Refused.Unasked);
        }

        if (paying.Asks)
        {
            Ask(transaction, intent, (string?)parameters["return_url"]);
        }
        else if (card.Outcome == CardOutcome.Processes)
        {
            Process(transaction, intent);
        }
        else if (card.DeclinesInTheEnd)
        {
            return Decline(transaction, intent, paying, Refused.By(card));
        }
        else
        {
            Succeed(transaction, intent, paying);
        }

        return ApiAnswer.Ok(intent);
    }

    /// <summary>The cardholder approved, or the processing is over: takes the money, or the bank says no after all.</summary>
    public static void Finish(SandboxTransaction transaction, JsonObject intent)
    {
        var paying = PaymentMethods.Find(transaction, (string)intent["payment_method"]!)!;
        if (paying.Card.DeclinesInTheEnd)
        {
            Decline(transaction, intent, paying, Refused.By(paying.Card));
        }
        else
        {
            Succeed(transaction, intent, paying);
        }
    }

    /// <summary>The cardholder did not prove to be the cardholder.</summary>
    public static void FailAuthentication(SandboxTransaction transaction, JsonObject intent)
    {
        intent["last_payment_error"] = new JsonObject
        {
            ["type"] = "invalid_request_error",
            ["code"] = "payment_intent_authentication_failure",
            ["doc_url"] = "https://stripe.com/docs/error-codes/payment-intent-authentication-failure",
            ["message"] = "The payment was not authenticated. Try again, or use another card.",
            ["payment_method"] = PaymentMethods.Find(transaction, (string)intent["payment_method"]!)!.Method,
        };
        BackToStart(transaction, intent);
    }

    private static void Succeed(SandboxTransaction transaction, JsonObject intent, PayingCard paying)
    {
        if ((string?)intent["setup_future_usage"] is { } usage && (string?)intent["customer"] is { } customer)
        {
            paying = PaymentMethods.Save(transaction, paying, customer, setUp: usage == "off_session");
            intent["payment_method"] = paying.Id;
        }

        var charge = Charges.Succeed(transaction, intent, paying);
        intent["status"] = "succeeded";
        intent["amount_received"] = (long)intent["amount"]!;
        intent["latest_charge"] = (string)charge["id"]!;
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("payment_intent.succeeded", intent);
        if (paying.Card.Sequel is CardSequel.Dispute or CardSequel.Inquiry)
        {
            Disputes.Open(transaction, charge, paying.Card.DisputeReason, amount: null, inquiry: paying.Card.Sequel == CardSequel.Inquiry);
        }

        if (paying.Card.Sequel == CardSequel.FraudWarning) { FraudWarnings.Warn(transaction, charge, "made_with_stolen_card"); }
    }

    private void Ask(SandboxTransaction transaction, JsonObject intent, string? returnUrl)
    {
        intent["status"] = "requires_action";
        intent["last_payment_error"] = null;
        intent["next_action"] = NextAction.Redirect(pageOf, intent, returnUrl);
        transaction.Update(intent);
        transaction.Emit("payment_intent.requires_action", intent);
    }

    private void Process(SandboxTransaction transaction, JsonObject intent)
    {
        intent["status"] = "processing";
        intent["last_payment_error"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        DueTimes.Set(transaction, (string)intent["id"]!, transaction.Now.AddSeconds(options.ProcessingSeconds));
        transaction.Emit("payment_intent.processing", intent);
    }

    private static ApiAnswer Decline(SandboxTransaction transaction, JsonObject intent, PayingCard paying, Refused refused)
    {
        var charge = Charges.Fail(transaction, intent, paying, refused.Code, refused.DeclineCode, refused.Message);
        var answer = ApiAnswer.Error(402, "card_error", refused.Message, code: refused.Code);
        var error = answer.Body["error"]!.AsObject();
        error["charge"] = (string)charge["id"]!;
        error["decline_code"] = refused.DeclineCode;
        error["payment_method"] = paying.Method.DeepClone();

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
