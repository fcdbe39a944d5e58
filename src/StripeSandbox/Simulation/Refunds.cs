using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Refunds, whole or in parts, never more than was charged.</summary>
internal static class Refunds
{
    public static ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        if (ChargeOf(transaction, parameters, out var refusal) is not { } charge) { return refusal!; }
        var id = (string)charge["id"]!;
        if ((string)charge["status"]! != "succeeded")
        {
            return ApiAnswer.Invalid($"Charge {id} took no money, so there is nothing to refund.", code: "charge_not_refundable");
        }

        var dispute = Disputes.Of(transaction, id);
        if (dispute is not null && Disputes.HoldsMoney(dispute))
        {
            return ApiAnswer.Invalid($"Charge {id} has been charged back: the cardholder's bank has the money already.", code: "charge_disputed");
        }

        var left = (long)charge["amount"]! - (long)charge["amount_refunded"]!;
        if (left == 0) { return ApiAnswer.Invalid($"Charge {id} has already been refunded.", code: "charge_already_refunded"); }
        if ((string?)parameters["currency"] is { } currency && !currency.Equals((string)charge["currency"]!, StringComparison.OrdinalIgnoreCase))
        {
            return ApiAnswer.Invalid($"The charge is in {(string)charge["currency"]!}, and the refund asks for {currency}.", "currency");
        }

        var amount = (long?)parameters["amount"] ?? left;
        if (amount < 1) { return ApiAnswer.Invalid("Invalid positive integer", "amount", "parameter_invalid_integer"); }
        if (amount > left) { return ApiAnswer.Invalid($"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})", "amount"); }

        var refund = New(transaction, parameters, charge, amount);
        var moved = BalanceTransactions.Add(
            transaction, "refund", -amount, 0, (string)charge["currency"]!, (string)refund["id"]!,
            BalanceTransactions.AvailabilityOf(transaction, (string?)charge["balance_transaction"]), description: "Refund");
        refund["balance_transaction"] = (string)moved["id"]!;
        charge["amount_refunded"] = (long)charge["amount_refunded"]! + amount;
        charge["refunded"] = amount == left;
        transaction.Update(charge);
        var course = CourseOf(charge);
        if (course is RefundCourse.PendsThenSucceeds or RefundCourse.PendsThenFails)
        {
            refund["status"] = "pending";
            refund["pending_reason"] = "processing";
        }

        transaction.Insert("refund", refund);
        if (course != RefundCourse.Succeeds)
        {
            DueTimes.Set(transaction, (string)refund["id"]!, transaction.Now.AddSeconds(transaction.Options.RefundSeconds));
        }

        transaction.Emit("refund.created", refund);
        transaction.Emit("charge.refunded", charge);
        if (amount == left)
        {
            FraudWarnings.NothingLeftToDo(transaction, id);
            if (dispute is not null) { Disputes.EndInquiry(transaction, dispute); }
        }

        return ApiAnswer.Ok(refund);
    }

    /// <summary>Takes a refund back that is still pending.</summary>
    public static ApiAnswer Cancel(SandboxTransaction transaction, string id)
    {
        if (transaction.Find("refund", id) is not { } refund) { return ApiAnswer.Missing("refund", id, "refund"); }
        if ((string)refund["status"]! != "pending")
        {
            return ApiAnswer.Invalid($"Refund {id} cannot be canceled: its status is {(string)refund["status"]!}, and only a pending one can.", "refund");
        }

        DueTimes.Clear(transaction, id);
        TakeBack(transaction, refund, "canceled");
        Tell(transaction, refund);
        return ApiAnswer.Ok(refund);
    }

    /// <summary>A refund that took a while is over, or one that seemed to succeed comes back.</summary>
    public static void Settle(SandboxTransaction transaction, JsonObject refund)
    {
        if ((string)refund["status"]! is not ("pending" or "succeeded")) { return; }
        if (CourseOf(transaction.Find("charge", (string)refund["charge"]!)!) == RefundCourse.PendsThenSucceeds)
        {
            refund["status"] = "succeeded";
            refund.Remove("pending_reason");
            transaction.Update(refund);
            Tell(transaction, refund);
            return;
        }

        refund["failure_reason"] = "expired_or_canceled_card";
        TakeBack(transaction, refund, "failed");
        Tell(transaction, refund);
        transaction.Emit("refund.failed", refund);
    }

    /// <summary>The money is the shop's again, and can be refunded again.</summary>
    private static void TakeBack(SandboxTransaction transaction, JsonObject refund, string status)
    {
        var amount = (long)refund["amount"]!;
        var charge = transaction.Find("charge", (string)refund["charge"]!)!;
        var moved = BalanceTransactions.Add(
            transaction, "refund_failure", amount, 0, (string)refund["currency"]!, (string)refund["id"]!,
            BalanceTransactions.AvailabilityOf(transaction, (string?)refund["balance_transaction"]), description: "Refund failure");
        refund["failure_balance_transaction"] = (string)moved["id"]!;
        refund["status"] = status;
        refund.Remove("pending_reason");
        charge["amount_refunded"] = (long)charge["amount_refunded"]! - amount;
        charge["refunded"] = false;
        transaction.Update(charge);
        transaction.Update(refund);
    }

    private static void Tell(SandboxTransaction transaction, JsonObject refund)
    {
        transaction.Emit("refund.updated", refund);
        transaction.Emit("charge.refund.updated", refund);
    }

    private static RefundCourse CourseOf(JsonObject charge) =>
        TestCards.WithFingerprint((string)charge["payment_method_details"]!["card"]!["fingerprint"]!)?.Refunds ?? RefundCourse.Succeeds;

    private static JsonObject? ChargeOf(SandboxTransaction transaction, JsonObject parameters, out ApiAnswer? refusal)
    {
        refusal = null;
        var chargeId = (string?)parameters["charge"];
        if ((string?)parameters["payment_intent"] is { } intentId)
        {
            if (transaction.Find("payment_intent", intentId) is not { } intent)
            {
                refusal = ApiAnswer.Missing("payment_intent", intentId, "payment_intent");
                return null;
            }

            if ((string?)intent["latest_charge"] is not { } latest)
            {
                refusal = ApiAnswer.Invalid(
                    $"PaymentIntent {intentId} has no charge to refund: its status is {(string)intent["status"]!}.", "payment_intent");
                return null;
            }

            if (chargeId is not null && chargeId != latest)
            {
                refusal = ApiAnswer.Invalid($"Charge {chargeId} does not belong to PaymentIntent {intentId}.", "charge");
                return null;
            }

            chargeId = latest;
        }

        if (chargeId is null)
        {
            refusal = ApiAnswer.Rejected("Missing required param: charge or payment_intent.", "charge", "parameter_missing");
            return null;
        }

        if (transaction.Find("charge", chargeId) is { } charge) { return charge; }
        refusal = ApiAnswer.Missing("charge", chargeId, "charge");
        return null;
    }

    private static JsonObject New(SandboxTransaction transaction, JsonObject parameters, JsonObject charge, long amount) => new()
    {
        ["id"] = Ids.New("re"),
        ["object"] = "refund",
        ["amount"] = amount,
        ["balance_transaction"] = null,
        ["charge"] = (string)charge["id"]!,
        ["created"] = transaction.NowSeconds,
        ["currency"] = (string)charge["currency"]!,
        ["customer"] = (string?)charge["customer"],
        ["customer_account"] = null,
        ["destination_details"] = new JsonObject { ["card"] = new JsonObject { ["type"] = "refund" }, ["type"] = "card" },
        ["metadata"] = parameters["metadata"]?.DeepClone() ?? new JsonObject(),
        ["payment_intent"] = (string?)charge["payment_intent"],
        ["payment_method"] = (string?)charge["payment_method"],
        ["reason"] = (string?)parameters["reason"],
        ["receipt_number"] = null,
        ["source_transfer_reversal"] = null,
        ["status"] = "succeeded",
        ["transfer_reversal"] = null,
    };
}
