using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Charges: one for each try to take money.</summary>
internal static class Charges
{
    /// <summary>Money was taken.</summary>
    public static JsonObject Succeed(SandboxTransaction transaction, JsonObject intent, PayingCard paying)
    {
        var charge = New(transaction, intent, paying, declineCode: null);
        var amount = (long)charge["amount"]!;
        var moved = BalanceTransactions.Add(
            transaction, "charge", amount, FeeOf(transaction.Options, amount), (string)charge["currency"]!, (string)charge["id"]!,
            transaction.Now.AddSeconds(transaction.Options.PendingSeconds), description: (string?)charge["description"]);
        charge["balance_transaction"] = (string)moved["id"]!;
        transaction.Insert("charge", charge);
        transaction.Emit("charge.succeeded", charge);
        return charge;
    }

    /// <summary>The card said no.</summary>
    public static JsonObject Fail(
        SandboxTransaction transaction, JsonObject intent, PayingCard paying, string code, string declineCode, string message)
    {
        var charge = New(transaction, intent, paying, declineCode);
        charge["failure_code"] = code;
        charge["failure_message"] = message;
        transaction.Insert("charge", charge);
        transaction.Emit("charge.failed", charge);
        return charge;
    }

    /// <summary>Money that a transfer brings to a connected account.</summary>
    public static JsonObject Received(SandboxTransaction transaction, string transfer, string currency, long amount)
    {
        var payment = New(transaction, new JsonObject { ["amount"] = amount, ["currency"] = currency, ["metadata"] = new JsonObject() }, paying: null, declineCode: null);
        payment["id"] = Ids.New("py");
        payment["source_transfer"] = transfer;
        return payment;
    }

    /// <summary>What the provider keeps of a charge, in minor units.</summary>
    public static long FeeOf(StripeSandboxOptions options, long amount) => (((amount * options.FeeBasisPoints) + 5_000) / 10_000) + options.FeeFixedMinor;

    private static JsonObject New(SandboxTransaction transaction, JsonObject intent, PayingCard? paying, string? declineCode)
    {
        var paid = declineCode is null;
        var amount = (long)intent["amount"]!;
        return new JsonObject
        {
            ["id"] = Ids.New("ch"),
            ["object"] = "charge",
            ["amount"] = amount,
            ["amount_captured"] = paid ? amount : 0,
            ["amount_refunded"] = 0L,
            ["application"] = null,
            ["application_fee"] = null,
            ["application_fee_amount"] = null,
            ["balance_transaction"] = null,
            ["billing_details"] = new JsonObject { ["address"] = null, ["email"] = null, ["name"] = null, ["phone"] = null, ["tax_id"] = null },
            ["calculated_statement_descriptor"] = "SANDBOX",
            ["captured"] = paid,
            ["created"] = transaction.NowSeconds,
            ["currency"] = (string)intent["currency"]!,
            ["customer"] = (string?)intent["customer"],
            ["description"] = (string?)intent["description"],
            ["disputed"] = false,
            ["failure_balance_transaction"] = null,
            ["failure_code"] = null,
            ["failure_message"] = null,
            ["fraud_details"] = new JsonObject(),
            ["livemode"] = false,
            ["metadata"] = intent["metadata"]!.DeepClone(),
            ["on_behalf_of"] = null,
            ["outcome"] = new JsonObject
            {
                ["advice_code"] = null,
                ["network_advice_code"] = null,
                ["network_decline_code"] = null,
                ["network_status"] = paid ? "approved_by_network" : "declined_by_network",
                ["reason"] = declineCode,
                ["risk_level"] = "normal",
                ["seller_message"] = paid ? "Payment complete." : "The bank did not return any further details with this decline.",
                ["type"] = paid ? "authorized" : "issuer_declined",
            },
            ["paid"] = paid,
            ["payment_intent"] = (string?)intent["id"],
            ["payment_method"] = paying?.Id,
            ["payment_method_details"] = paying is null
                ? new JsonObject { ["stripe_account"] = new JsonObject(), ["type"] = "stripe_account" }
                : new JsonObject { ["card"] = paying.Card.Card(), ["type"] = "card" },
            ["receipt_email"] = (string?)intent["receipt_email"],
            ["receipt_number"] = null,
            ["receipt_url"] = null,
            ["refunded"] = false,
            ["review"] = null,
            ["shipping"] = intent["shipping"]?.DeepClone(),
            ["source"] = null,
            ["source_transfer"] = null,
            ["statement_descriptor"] = (string?)intent["statement_descriptor"],
            ["statement_descriptor_suffix"] = (string?)intent["statement_descriptor_suffix"],
            ["status"] = paid ? "succeeded" : "failed",
            ["transfer_data"] = null,
            ["transfer_group"] = (string?)intent["transfer_group"],
        };
    }
}
