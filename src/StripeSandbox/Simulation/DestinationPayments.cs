using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>A transfer as the connected account sees it: a payment that came in, and refunds of it.</summary>
internal static class DestinationPayments
{
    /// <summary>The money arrives, without a fee.</summary>
    public static JsonObject Receive(SandboxTransaction transaction, string transfer, string account, string currency, long amount, DateTimeOffset availableAt)
    {
        var payment = Charges.Received(transaction, transfer, currency, amount);
        var moved = BalanceTransactions.Add(transaction, "payment", amount, 0, currency, (string)payment["id"]!, availableAt, account);
        payment["balance_transaction"] = (string)moved["id"]!;
        transaction.Insert("charge", payment, account);
        return payment;
    }

    /// <summary>The money leaves again.</summary>
    public static JsonObject GiveBack(SandboxTransaction transaction, JsonObject payment, string account, long amount, DateTimeOffset availableAt)
    {
        var id = Ids.New("pyr");
        var currency = (string)payment["currency"]!;
        var moved = BalanceTransactions.Add(transaction, "payment_refund", -amount, 0, currency, id, availableAt, account);
        var refund = new JsonObject
        {
            ["id"] = id,
            ["object"] = "refund",
            ["amount"] = amount,
            ["balance_transaction"] = (string)moved["id"]!,
            ["charge"] = (string)payment["id"]!,
            ["created"] = transaction.NowSeconds,
            ["currency"] = currency,
            ["customer"] = null,
            ["customer_account"] = null,
            ["destination_details"] = null,
            ["metadata"] = new JsonObject(),
            ["payment_intent"] = null,
            ["payment_method"] = null,
            ["reason"] = null,
            ["receipt_number"] = null,
            ["source_transfer_reversal"] = null,
            ["status"] = "succeeded",
            ["transfer_reversal"] = null,
        };
        transaction.Insert("refund", refund, account);
        payment["amount_refunded"] = (long)payment["amount_refunded"]! + amount;
        payment["refunded"] = (long)payment["amount_refunded"]! == (long)payment["amount"]!;
        transaction.Update(payment);
        return refund;
    }
}
