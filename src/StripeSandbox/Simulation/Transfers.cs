using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Money from the platform's balance to that of a connected account. What comes back is in <see cref="TransferReversals"/>.</summary>
internal static class Transfers
{
    private static readonly string[] Filters = ["destination", "transfer_group"];

    public static ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        var currency = ((string)parameters["currency"]!).ToLowerInvariant();
        if (!Currencies.IsKnown(currency)) { return ApiAnswer.Invalid($"Invalid currency: {currency}", "currency"); }
        var destination = (string)parameters["destination"]!;
        if (transaction.Find(Accounts.Kind, destination) is not { } account)
        {
            return ApiAnswer.Missing("destination", destination, "destination", status: 400);
        }

        if (!Accounts.CanReceive(account))
        {
            return ApiAnswer.Invalid(
                "Your destination account needs to have at least one of the following capabilities enabled: transfers, crypto_transfers, legacy_payments",
                "destination", "insufficient_capabilities_for_transfer");
        }

        JsonObject? charge = null;
        if ((string?)parameters["source_transaction"] is { } source && (charge = transaction.FindOwn("charge", source)) is null)
        {
            return ApiAnswer.Missing("charge", source, "source_transaction", status: 400);
        }

        var amount = (long?)parameters["amount"] ?? (long?)charge?["amount"];
        if (amount is null) { return ApiAnswer.Rejected("Missing required param: amount.", "amount", "parameter_missing"); }
        if (amount < 1) { return ApiAnswer.Invalid("Invalid positive integer", "amount", "parameter_invalid_integer"); }
        return (charge is null ? RefuseBalance(transaction, currency, amount.Value) : RefuseSource(transaction, charge, currency, amount.Value))
            ?? ApiAnswer.Ok(Send(transaction, parameters, destination, currency, amount.Value, charge));
    }

    /// <summary>Words and metadata can change, the money cannot.</summary>
    public static ApiAnswer Update(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.FindOwn("transfer", id) is not { } transfer) { return ApiAnswer.Missing("transfer", id, "transfer"); }
        if (parameters.ContainsKey("description")) { transfer["description"] = (string?)parameters["description"]; }
        Metadata.Merge(transfer, parameters);
        transaction.Update(transfer);
        transaction.Emit("transfer.updated", transfer);
        return ApiAnswer.Ok(transfer);
    }

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, "transfer", "/v1/transfers", parameters, Reading.Equal(parameters, Filters));

    private static ApiAnswer? RefuseBalance(SandboxTransaction transaction, string currency, long amount) =>
        BalanceTransactions.Of(transaction, account: null, currency).Available >= amount
            ? null
            : ApiAnswer.Invalid(
                "You have insufficient available funds in your Stripe account. Try again once charged money has become available.", "amount", "balance_insufficient");

    /// <summary>Of a charge, at most what it took can be sent on; it does not matter whether the money is available yet.</summary>
    private static ApiAnswer? RefuseSource(SandboxTransaction transaction, JsonObject charge, string currency, long amount)
    {
        var id = (string)charge["id"]!;
        if ((string)charge["status"]! != "succeeded")
        {
            return ApiAnswer.Invalid($"Charge {id} took no money, so it cannot be a source_transaction.", "source_transaction");
        }

        if ((string)charge["currency"]! != currency)
        {
            return ApiAnswer.Invalid($"The currency of source_transaction's balance transaction ({(string)charge["currency"]!}) must be the same as the transfer currency ({currency})", "currency");
        }

        var sent = (long)transaction.Scalar(
            """
            SELECT coalesce(sum(json_extract(json, '$.amount') - json_extract(json, '$.amount_reversed')), 0)
            FROM objects WHERE kind = 'transfer' AND charge = $charge
            """,
            ("$charge", id))!;
        return amount <= (long)charge["amount"]! - sent
            ? null
            : ApiAnswer.Invalid($"Cannot use source_transaction {id} for more than its amount: {(long)charge["amount"]! - sent} of it can still be transferred.", "amount");
    }

    private static JsonObject Send(
        SandboxTransaction transaction, JsonObject parameters, string destination, string currency, long amount, JsonObject? charge)
    {
        var id = Ids.New("tr");
        var description = (string?)parameters["description"];
        var sourceAt = charge is null ? transaction.Now : BalanceTransactions.AvailabilityOf(transaction, (string?)charge["balance_transaction"]);
        var arrival = transaction.Now.AddSeconds(transaction.Options.TransferPendingSeconds);
        var moved = BalanceTransactions.Add(transaction, "transfer", -amount, 0, currency, id, sourceAt, description: description);
        var payment = DestinationPayments.Receive(transaction, id, destination, currency, amount, arrival > sourceAt ? arrival : sourceAt);
        var transfer = new JsonObject
        {
            ["id"] = id,
            ["object"] = "transfer",
            ["amount"] = amount,
            ["amount_reversed"] = 0L,
            ["balance_transaction"] = (string)moved["id"]!,
            ["created"] = transaction.NowSeconds,
            ["currency"] = currency,
            ["description"] = description,
            ["destination"] = destination,
            ["destination_payment"] = (string)payment["id"]!,
            ["livemode"] = false,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["reversals"] = new JsonObject
            {
                ["object"] = "list",
                ["data"] = new JsonArray(),
                ["has_more"] = false,
                ["url"] = $"/v1/transfers/{id}/reversals",
            },
            ["reversed"] = false,
            ["source_transaction"] = (string?)charge?["id"],
            ["source_type"] = "card",
            ["transfer_group"] = (string?)parameters["transfer_group"] ?? (string?)charge?["transfer_group"],
        };
        transaction.Insert("transfer", transfer, charge: (string?)charge?["id"]);
        transaction.Emit("transfer.created", transfer);
        return transfer;
    }
}
