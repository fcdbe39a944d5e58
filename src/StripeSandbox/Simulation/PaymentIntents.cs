using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Payments and how they move. A charge happens in <see cref="Confirmation"/>.</summary>
internal sealed class PaymentIntents(Confirmation confirmation)
{
    private static readonly string[] Confirmable = ["requires_payment_method", "requires_confirmation", "requires_action"];
    private static readonly string[] Cancelable = ["requires_payment_method", "requires_confirmation", "requires_action"];

    public ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        var currency = ((string)parameters["currency"]!).ToLowerInvariant();
        if (Refuse(transaction, parameters, currency) is { } refusal) { return refusal; }

        var intent = New(transaction, parameters, currency);
        var confirm = (bool?)parameters["confirm"] == true;
        var paying = (string?)parameters["payment_method"] is { } method ? PaymentMethods.Find(transaction, method) : null;
        if (confirm && paying is null)
        {
            return ApiAnswer.Invalid(
                "A payment cannot be confirmed without a payment method. Send payment_method, or leave confirm out.", "payment_method", "parameter_missing");
        }

        intent["payment_method"] = paying?.Id;
        intent["status"] = paying is null ? "requires_payment_method" : "requires_confirmation";
        transaction.Insert("payment_intent", intent);
        transaction.Emit("payment_intent.created", intent);
        return confirm ? confirmation.Attempt(transaction, intent, paying!, parameters) : ApiAnswer.Ok(intent);
    }

    public ApiAnswer Confirm(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find("payment_intent", id) is not { } intent) { return ApiAnswer.Missing("payment_intent", id, "intent"); }
        if (!Confirmable.Contains((string)intent["status"]!, StringComparer.Ordinal)) { return Unexpected(intent, "confirmed", Confirmable); }
        if (RefuseCommon(parameters) is { } refusal) { return refusal; }
        if (((string?)parameters["payment_method"] ?? (string?)intent["payment_method"]) is not { } method)
        {
            return ApiAnswer.Invalid("This payment has no payment method yet. Send payment_method.", "payment_method", "payment_intent_unexpected_state");
        }

        if (PaymentMethods.Find(transaction, method) is not { } paying) { return ApiAnswer.Missing("PaymentMethod", method, "payment_method", status: 400); }
        if (PaymentMethods.RefuseUse(paying, (string?)intent["customer"]) is { } unusable) { return unusable; }
        foreach (var name in new[] { "receipt_email", "shipping", "setup_future_usage" })
        {
            if (parameters.ContainsKey(name)) { intent[name] = parameters[name]?.DeepClone(); }
        }

        intent["payment_method"] = paying.Id;
        return confirmation.Attempt(transaction, intent, paying, parameters);
    }

    public static ApiAnswer Cancel(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find("payment_intent", id) is not { } intent) { return ApiAnswer.Missing("payment_intent", id, "intent"); }
        if (!Cancelable.Contains((string)intent["status"]!, StringComparer.Ordinal)) { return Unexpected(intent, "canceled", Cancelable); }
        intent["status"] = "canceled";
        intent["canceled_at"] = transaction.NowSeconds;
        intent["cancellation_reason"] = (string?)parameters["cancellation_reason"];
        intent["next_action"] = null;
        transaction.Update(intent);
        transaction.Emit("payment_intent.canceled", intent);
        return ApiAnswer.Ok(intent);
    }

    private static ApiAnswer? Refuse(SandboxTransaction transaction, JsonObject parameters, string currency)
    {
        if (!Currencies.IsKnown(currency)) { return ApiAnswer.Invalid($"Invalid currency: {currency}", "currency"); }
        var amount = (long)parameters["amount"]!;
        if (amount < 1) { return ApiAnswer.Invalid("Invalid positive integer", "amount", "parameter_invalid_integer"); }
        if (amount < Currencies.AmountMin(currency))
        {
            return ApiAnswer.Invalid($"Amount must be at least {Currencies.AmountMin(currency)} in {currency}.", "amount", "amount_too_small");
        }

        if (amount > Currencies.AmountMax) { return ApiAnswer.Invalid($"Amount must be no more than {Currencies.AmountMax}.", "amount", "amount_too_large"); }
        if ((string?)parameters["capture_method"] == "manual")
        {
            return ApiAnswer.Invalid("The sandbox does not simulate capture_method=manual yet.", "capture_method", "sandbox_not_simulated");
        }

        if (parameters["off_session"] is not null && (bool?)parameters["confirm"] != true)
        {
            return ApiAnswer.Invalid("off_session only goes with confirm=true.", "off_session");
        }

        if ((string?)parameters["customer"] is { } customer && transaction.Find("customer", customer) is null)
        {
            return ApiAnswer.Missing("customer", customer, "customer", status: 400);
        }

        if ((string?)parameters["payment_method"] is { } method)
        {
            if (PaymentMethods.Find(transaction, method) is not { } paying) { return ApiAnswer.Missing("PaymentMethod", method, "payment_method", status: 400); }
            if (PaymentMethods.RefuseUse(paying, (string?)parameters["customer"]) is { } unusable) { return unusable; }
        }

        return RefuseCommon(parameters);
    }

    /// <summary>What every confirmation may get wrong, also that of a card that is to be saved.</summary>
    internal static ApiAnswer? RefuseCommon(JsonObject parameters)
    {
        if (parameters["allowed_payment_method_types"] is JsonArray allowed && !allowed.Any(type => (string?)type == "card"))
        {
            return ApiAnswer.Invalid("The sandbox only has cards: allow card, or leave the list out.", "allowed_payment_method_types", "sandbox_not_simulated");
        }

        if ((string?)parameters["return_url"] is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            return ApiAnswer.Invalid("Not a valid URL", "return_url", "url_invalid");
        }

        return null;
    }

    private static ApiAnswer Unexpected(JsonObject intent, string wanted, string[] from)
    {
        var answer = ApiAnswer.Invalid(
            $"This PaymentIntent could not be {wanted} because it has a status of {(string)intent["status"]!}. " +
            $"Only one with a status of {string.Join(", ", from)} can be {wanted}.",
            code: "payment_intent_unexpected_state");
        answer.Body["error"]!["payment_intent"] = intent.DeepClone();
        return answer;
    }

    private static JsonObject New(SandboxTransaction transaction, JsonObject parameters, string currency)
    {
        var id = Ids.New("pi");
        return new JsonObject
        {
            ["id"] = id,
            ["object"] = "payment_intent",
            ["allowed_payment_method_types"] = parameters["allowed_payment_method_types"]?.DeepClone(),
            ["amount"] = (long)parameters["amount"]!,
            ["amount_capturable"] = 0,
            ["amount_details"] = new JsonObject { ["tip"] = new JsonObject() },
            ["amount_received"] = 0,
            ["application"] = null,
            ["application_fee_amount"] = null,
            ["automatic_payment_methods"] = parameters["automatic_payment_methods"]?.DeepClone(),
            ["canceled_at"] = null,
            ["cancellation_reason"] = null,
            ["capture_method"] = (string?)parameters["capture_method"] ?? "automatic_async",
            ["client_secret"] = Ids.ClientSecret(id),
            ["confirmation_method"] = "automatic",
            ["created"] = transaction.NowSeconds,
            ["currency"] = currency,
            ["customer"] = (string?)parameters["customer"],
            ["customer_account"] = null,
            ["description"] = (string?)parameters["description"],
            ["excluded_payment_method_types"] = parameters["excluded_payment_method_types"]?.DeepClone(),
            ["last_payment_error"] = null,
            ["latest_charge"] = null,
            ["livemode"] = false,
            ["managed_payments"] = null,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["next_action"] = null,
            ["on_behalf_of"] = null,
            ["payment_method"] = null,
            ["payment_method_configuration_details"] = null,
            ["payment_method_options"] = new JsonObject(),
            ["payment_method_types"] = new JsonArray("card"),
            ["payment_record"] = null,
            ["processing"] = null,
            ["receipt_email"] = (string?)parameters["receipt_email"],
            ["review"] = null,
            ["setup_future_usage"] = (string?)parameters["setup_future_usage"],
            ["shipping"] = parameters["shipping"]?.DeepClone(),
            ["source"] = null,
            ["statement_descriptor"] = (string?)parameters["statement_descriptor"],
            ["statement_descriptor_suffix"] = (string?)parameters["statement_descriptor_suffix"],
            ["status"] = "requires_payment_method",
            ["transfer_data"] = null,
            ["transfer_group"] = (string?)parameters["transfer_group"],
        };
    }
}
