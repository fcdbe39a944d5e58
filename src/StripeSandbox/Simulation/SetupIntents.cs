using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Saves cards for later payments; the cardholder may be asked first.</summary>
/// <param name="pageOf">The page on which the cardholder decides, by the id and its client secret.</param>
internal sealed class SetupIntents(Func<string, string, Uri> pageOf)
{
    private static readonly string[] Filters = ["payment_method"];
    private static readonly string[] Open = ["requires_payment_method", "requires_confirmation", "requires_action"];

    public ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        var customer = (string?)parameters["customer"];
        if (customer is not null && transaction.Find("customer", customer) is null) { return ApiAnswer.Missing("customer", customer, "customer", status: 400); }
        if (PaymentIntents.RefuseCommon(parameters) is { } refusal) { return refusal; }
        var confirm = (bool?)parameters["confirm"] == true;
        PayingCard? paying = null;
        if ((string?)parameters["payment_method"] is { } method)
        {
            paying = PaymentMethods.Find(transaction, method);
            if (paying is null) { return ApiAnswer.Missing("PaymentMethod", method, "payment_method", status: 400); }
            if (PaymentMethods.RefuseUse(paying, customer) is { } unusable) { return unusable; }
        }

        if (confirm && paying is null)
        {
            return ApiAnswer.Invalid(
                "A card cannot be set up without a payment method. Send payment_method, or leave confirm out.", "payment_method", "parameter_missing");
        }

        if (!confirm && parameters["return_url"] is not null) { return ApiAnswer.Invalid("return_url only goes with confirm=true.", "return_url"); }
        var intent = New(transaction, parameters);
        intent["payment_method"] = paying?.Id;
        intent["status"] = paying is null ? "requires_payment_method" : "requires_confirmation";
        transaction.Insert("setup_intent", intent);
        transaction.Emit("setup_intent.created", intent);
        return confirm ? Attempt(transaction, intent, paying!, parameters) : ApiAnswer.Ok(intent);
    }

    /// <summary>Tries to save the card.</summary>
    /// <param name="page">The sandbox's own page that the bank's leads back to; it may be a path, which callers may not send.</param>
    public ApiAnswer Confirm(SandboxTransaction transaction, string id, JsonObject parameters, string? page = null)
    {
        if (transaction.Find("setup_intent", id) is not { } intent) { return ApiAnswer.Missing("setupintent", id, "intent"); }
        if (!IsOpen(intent)) { return Unexpected(intent, "confirmed"); }
        if (PaymentIntents.RefuseCommon(parameters) is { } refusal) { return refusal; }
        if (((string?)parameters["payment_method"] ?? (string?)intent["payment_method"]) is not { } method)
        {
            return ApiAnswer.Invalid("This SetupIntent has no payment method yet. Send payment_method.", "payment_method", "setup_intent_unexpected_state");
        }

        if (PaymentMethods.Find(transaction, method) is not { } paying) { return ApiAnswer.Missing("PaymentMethod", method, "payment_method", status: 400); }
        if (PaymentMethods.RefuseUse(paying, (string?)intent["customer"]) is { } unusable) { return unusable; }
        intent["payment_method"] = paying.Id;
        if (page is not null) { parameters["return_url"] = page; }
        return Attempt(transaction, intent, paying, parameters);
    }

    public static ApiAnswer Cancel(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find("setup_intent", id) is not { } intent) { return ApiAnswer.Missing("setupintent", id, "intent"); }
        if (!IsOpen(intent)) { return Unexpected(intent, "canceled"); }
        intent["status"] = "canceled";
        intent["cancellation_reason"] = (string?)parameters["cancellation_reason"];
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("setup_intent.canceled", intent);
        return ApiAnswer.Ok(intent);
    }

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, "setup_intent", "/v1/setup_intents", parameters, Reading.Equal(parameters, Filters));

    /// <summary>The card is kept.</summary>
    public static void Succeed(SandboxTransaction transaction, JsonObject intent, PayingCard paying)
    {
        // Without a customer there is nobody to keep it for.
        var kept = (string?)intent["customer"] is { } customer
            ? PaymentMethods.Save(transaction, paying, customer, setUp: (string)intent["usage"]! == "off_session")
            : paying;
        intent["status"] = "succeeded";
        intent["payment_method"] = kept.Id;
        intent["last_setup_error"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("setup_intent.succeeded", intent);
    }

    /// <summary>The cardholder did not prove to be the cardholder.</summary>
    public static void FailAuthentication(SandboxTransaction transaction, JsonObject intent, PayingCard paying) => Fail(transaction, intent, new JsonObject
    {
        ["type"] = "invalid_request_error",
        ["code"] = "setup_intent_authentication_failure",
        ["doc_url"] = "https://stripe.com/docs/error-codes/setup-intent-authentication-failure",
        ["message"] = "The card was not authenticated. Try again, or use another card.",
        ["payment_method"] = paying.Method.DeepClone(),
    });

    private static void Fail(SandboxTransaction transaction, JsonObject intent, JsonObject error)
    {
        intent["last_setup_error"] = error;
        intent["status"] = "requires_payment_method";
        intent["payment_method"] = null;
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("setup_intent.setup_failed", intent);
    }

    private ApiAnswer Attempt(SandboxTransaction transaction, JsonObject intent, PayingCard paying, JsonObject parameters)
    {
        if (PaymentMethods.DeclineToSave(paying) is { } declined)
        {
            var error = declined.Body["error"]!.AsObject();
            error["payment_method"] = paying.Method.DeepClone();
            Fail(transaction, intent, error.DeepClone().AsObject());
            error["setup_intent"] = intent.DeepClone();
            return declined;
        }

        if (!paying.Asks)
        {
            Succeed(transaction, intent, paying);
            return ApiAnswer.Ok(intent);
        }

        intent["status"] = "requires_action";
        intent["last_setup_error"] = null;
        intent["next_action"] = NextAction.Redirect(pageOf, intent, (string?)parameters["return_url"]);
        transaction.Update(intent);
        transaction.Emit("setup_intent.requires_action", intent);
        return ApiAnswer.Ok(intent);
    }

    private static bool IsOpen(JsonObject intent) => Open.Contains((string)intent["status"]!, StringComparer.Ordinal);

    private static ApiAnswer Unexpected(JsonObject intent, string wanted)
    {
        var answer = ApiAnswer.Invalid(
            $"This SetupIntent could not be {wanted} because it has a status of {(string)intent["status"]!}. " +
            $"Only one with a status of {string.Join(", ", Open)} can be {wanted}.",
            code: "setup_intent_unexpected_state");
        answer.Body["error"]!["setup_intent"] = intent.DeepClone();
        return answer;
    }

    private static JsonObject New(SandboxTransaction transaction, JsonObject parameters)
    {
        var id = Ids.New("seti");
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "setup_intent",
            ["allowed_payment_method_types"] = parameters["allowed_payment_method_types"]?.DeepClone(),
            ["application"] = null,
            ["automatic_payment_methods"] = parameters["automatic_payment_methods"]?.DeepClone(),
            ["cancellation_reason"] = null,
            ["client_secret"] = Ids.ClientSecret(id),
            ["created"] = transaction.NowSeconds,
            ["customer"] = (string?)parameters["customer"],
            ["customer_account"] = null,
            ["description"] = (string?)parameters["description"],
            ["excluded_payment_method_types"] = null,
            ["flow_directions"] = null,
            ["last_setup_error"] = null,
            ["latest_attempt"] = null,
            ["livemode"] = false,
            ["managed_payments"] = null,
            ["mandate"] = null,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["next_action"] = null,
            ["on_behalf_of"] = null,
            ["payment_method"] = null,
            ["payment_method_configuration_details"] = null,
            ["payment_method_options"] = new JsonObject(),
            ["payment_method_types"] = new JsonArray("card"),
            ["single_use_mandate"] = null,
            ["status"] = "requires_payment_method",
            ["usage"] = (string?)parameters["usage"] ?? "off_session",
        };
    }
}

/// <summary>What a payer has to do next.</summary>
internal static class NextAction
{
    /// <summary>Go to the page of the pretend bank.</summary>
    public static JsonObject Redirect(Func<string, string, Uri> pageOf, JsonObject intent, string? returnUrl) => new()
    {
        ["type"] = "redirect_to_url",
        ["redirect_to_url"] = new JsonObject
        {
            ["return_url"] = returnUrl,
            ["url"] = pageOf((string)intent["id"]!, (string)intent["client_secret"]!).ToString(),
        },
    };
}
