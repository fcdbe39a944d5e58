using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Transferred money that is taken back, whole or in parts, as long as the connected account still has it.</summary>
internal static class TransferReversals
{
    /// <summary>Reversals that a transfer shows in itself; the rest is listed.</summary>
    private const int ShownMax = 10;

    public static ApiAnswer Create(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.FindOwn("transfer", id) is not { } transfer) { return ApiAnswer.Missing("transfer", id, "id"); }
        var left = (long)transfer["amount"]! - (long)transfer["amount_reversed"]!;
        if (left == 0) { return ApiAnswer.Invalid($"Transfer {id} has already been fully reversed."); }
        var amount = (long?)parameters["amount"] ?? left;
        if (amount < 1) { return ApiAnswer.Invalid("Invalid positive integer", "amount", "parameter_invalid_integer"); }
        if (amount > left) { return ApiAnswer.Invalid($"Reversal amount ({amount}) is greater than the unreversed amount of the transfer ({left})", "amount"); }

        var account = (string)transfer["destination"]!;
        var currency = (string)transfer["currency"]!;
        var payment = transaction.Find("charge", (string)transfer["destination_payment"]!)!;

        // Out of the pot in which the transfer still is: pending, or available. A payout may have emptied that.
        var payableAt = BalanceTransactions.AvailabilityOf(transaction, (string?)payment["balance_transaction"]);
        var funds = BalanceTransactions.Of(transaction, account, currency);
        if ((payableAt > transaction.Now ? funds.Pending : funds.Available) < amount)
        {
            return ApiAnswer.Invalid(
                $"The recipient of transfer {id} does not have enough available funds for a reversal of {amount}.", "amount", "balance_insufficient");
        }

        return ApiAnswer.Ok(TakeBack(transaction, transfer, payment, parameters, amount, payableAt));
    }

    public static ApiAnswer List(SandboxTransaction transaction, string id, JsonObject parameters) =>
        transaction.FindOwn("transfer", id) is null
            ? ApiAnswer.Missing("transfer", id, "id")
            : Reading.List(
                transaction, "transfer_reversal", $"/v1/transfers/{id}/reversals", parameters, new Dictionary<string, object> { ["transfer"] = id });

    private static JsonObject TakeBack(
        SandboxTransaction transaction, JsonObject transfer, JsonObject payment, JsonObject parameters, long amount, DateTimeOffset payableAt)
    {
        var id = Ids.New("trr");
        var currency = (string)transfer["currency"]!;
        var refund = DestinationPayments.GiveBack(transaction, payment, (string)transfer["destination"]!, amount, payableAt);
        var moved = BalanceTransactions.Add(
            transaction, "transfer_refund", amount, 0, currency, id,
            BalanceTransactions.AvailabilityOf(transaction, (string?)transfer["balance_transaction"]), description: (string?)parameters["description"]);
        var reversal = new JsonObject
        {
            ["id"] = id,
            ["object"] = "transfer_reversal",
            ["amount"] = amount,
            ["balance_transaction"] = (string)moved["id"]!,
            ["created"] = transaction.NowSeconds,
            ["currency"] = currency,
            ["destination_payment_refund"] = (string)refund["id"]!,
            ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
            ["source_refund"] = null,
            ["transfer"] = (string)transfer["id"]!,
        };
        transaction.Insert("transfer_reversal", reversal);

        transfer["amount_reversed"] = (long)transfer["amount_reversed"]! + amount;
        transfer["reversed"] = (long)transfer["amount_reversed"]! == (long)transfer["amount"]!;
        var list = transfer["reversals"]!.AsObject();
        var shown = list["data"]!.AsArray();
        shown.Insert(0, reversal.DeepClone());
        if (shown.Count > ShownMax)
        {
            shown.RemoveAt(ShownMax);
            list["has_more"] = true;
        }

        transaction.Update(transfer);
        transaction.Emit("transfer.reversed", transfer);
        return reversal;
    }
}
