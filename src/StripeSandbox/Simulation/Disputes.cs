using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>
/// Disputes: the cardholder's bank takes the money back, the shop answers with evidence, the bank decides. An inquiry is the bank asking first:
/// its states begin with <c>warning_</c> and no money moves.
/// </summary>
internal static class Disputes
{
    private const string Kind = "dispute";
    private const string InquiryPrefix = "warning_";

    /// <summary>Words in the evidence that decide at once.</summary>
    private const string Winning = "winning_evidence";
    private const string Losing = "losing_evidence";

    /// <summary>Takes a charge back, or asks about it.</summary>
    /// <param name="amount">Null for all that is not refunded.</param>
    public static ApiAnswer Open(SandboxTransaction transaction, JsonObject charge, string reason, long? amount, bool inquiry)
    {
        var id = (string)charge["id"]!;
        if ((string)charge["status"]! != "succeeded") { return ApiAnswer.Invalid($"Charge {id} took no money, so nobody disputes it.", "charge"); }
        if (Of(transaction, id) is not null) { return ApiAnswer.Invalid($"Charge {id} is disputed already.", "charge", "charge_disputed"); }
        var left = (long)charge["amount"]! - (long)charge["amount_refunded"]!;
        if (left == 0) { return ApiAnswer.Invalid($"Charge {id} is refunded already.", "charge", "charge_already_refunded"); }
        if (amount is < 1 || amount > left) { return ApiAnswer.Invalid($"The disputed amount must be between 1 and {left}.", "amount"); }

        var dispute = New(transaction, charge, reason, amount ?? left, inquiry);
        if (!inquiry) { Withdraw(transaction, dispute, charge); }
        charge["disputed"] = true;
        transaction.Update(charge);
        transaction.Insert(Kind, dispute);
        DueTimes.Set(transaction, (string)dispute["id"]!, transaction.Now.AddSeconds(transaction.Options.DisputeAnswerSeconds));
        transaction.Emit("charge.dispute.created", dispute);
        if (!inquiry) { transaction.Emit("charge.dispute.funds_withdrawn", dispute); }
        FraudWarnings.NothingLeftToDo(transaction, id);
        return ApiAnswer.Ok(dispute);
    }

    /// <summary>Takes evidence in; unless it is only staged, the bank then has it.</summary>
    public static ApiAnswer Update(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find(Kind, id) is not { } dispute) { return ApiAnswer.Missing("dispute", id, "dispute"); }
        var submits = (bool?)parameters["submit"] ?? parameters["evidence"] is not null;
        if ((submits || parameters["evidence"] is not null) && !WaitsForAnswer(dispute)) { return Closed(dispute, "no longer takes evidence"); }

        Metadata.Merge(dispute, parameters);
        var evidence = dispute["evidence"]!.AsObject();
        if (parameters["evidence"] is JsonObject given)
        {
            foreach (var (name, text) in given) { evidence[name] = (string?)text; }
        }

        var details = dispute["evidence_details"]!;
        var texts = evidence.Where(entry => entry.Key != "enhanced_evidence").Select(entry => (string?)entry.Value).Where(text => text is not null).ToList();
        details["has_evidence"] = texts.Count > 0;
        if (submits)
        {
            details["submission_count"] = (long)details["submission_count"]! + 1;
            details["submission_method"] = "manual";
            dispute["status"] = IsInquiry(dispute) ? InquiryPrefix + "under_review" : "under_review";
            DueTimes.Set(transaction, id, transaction.Now.AddSeconds(transaction.Options.DisputeReviewSeconds));
        }

        transaction.Update(dispute);
        transaction.Emit("charge.dispute.updated", dispute);
        if (submits && texts.Exists(text => text!.Contains(Winning, StringComparison.Ordinal))) { Finish(transaction, dispute, won: true); }
        else if (submits && texts.Exists(text => text!.Contains(Losing, StringComparison.Ordinal))) { Finish(transaction, dispute, won: false); }
        return ApiAnswer.Ok(dispute);
    }

    /// <summary>The shop gives in.</summary>
    public static ApiAnswer Close(SandboxTransaction transaction, string id)
    {
        if (transaction.Find(Kind, id) is not { } dispute) { return ApiAnswer.Missing("dispute", id, "dispute"); }
        if (!WaitsForAnswer(dispute)) { return Closed(dispute, "cannot be closed any more"); }
        Finish(transaction, dispute, won: false);
        return ApiAnswer.Ok(dispute);
    }

    /// <summary>The bank decides now.</summary>
    public static ApiAnswer Decide(SandboxTransaction transaction, string id, DisputeOutcome outcome)
    {
        if (transaction.Find(Kind, id) is not { } dispute) { return ApiAnswer.Missing("dispute", id, "dispute"); }
        if (!IsOpen(dispute)) { return Closed(dispute, "is decided"); }
        if (outcome != DisputeOutcome.Escalated)
        {
            Finish(transaction, dispute, won: outcome == DisputeOutcome.Won);
            return ApiAnswer.Ok(dispute);
        }

        if (!IsInquiry(dispute)) { return Closed(dispute, "is no inquiry that could become one"); }
        Withdraw(transaction, dispute, transaction.Find("charge", (string)dispute["charge"]!)!);
        dispute["status"] = "needs_response";
        dispute["is_charge_refundable"] = false;
        dispute["payment_method_details"]!["card"]!["case_type"] = "chargeback";
        dispute["evidence_details"]!["due_by"] = transaction.NowSeconds + transaction.Options.DisputeAnswerSeconds;
        transaction.Update(dispute);
        DueTimes.Set(transaction, id, transaction.Now.AddSeconds(transaction.Options.DisputeAnswerSeconds));
        transaction.Emit("charge.dispute.updated", dispute);
        transaction.Emit("charge.dispute.funds_withdrawn", dispute);
        return ApiAnswer.Ok(dispute);
    }

    /// <summary>Its time is over: one with evidence is won, one without is lost, an inquiry ends.</summary>
    public static void Settle(SandboxTransaction transaction, JsonObject dispute)
    {
        if (!IsOpen(dispute)) { return; }
        var details = dispute["evidence_details"]!;
        details["past_due"] = WaitsForAnswer(dispute);
        Finish(transaction, dispute, won: !WaitsForAnswer(dispute) && (bool)details["has_evidence"]!);
    }

    /// <summary>The dispute of a charge.</summary>
    public static JsonObject? Of(SandboxTransaction transaction, string charge) =>
        transaction.List(new ListQuery(Kind) { Charge = charge, Limit = 1 })!.Value.Items.FirstOrDefault();

    /// <summary>The bank has the money of this charge, or kept it: it cannot be refunded as well.</summary>
    public static bool HoldsMoney(JsonObject dispute) => !IsInquiry(dispute) && (string)dispute["status"]! != "won";

    /// <summary>The shop gave the money back: there is nothing to ask any more.</summary>
    public static void EndInquiry(SandboxTransaction transaction, JsonObject dispute)
    {
        if (IsInquiry(dispute) && IsOpen(dispute)) { Finish(transaction, dispute, won: true); }
    }

    private static void Finish(SandboxTransaction transaction, JsonObject dispute, bool won)
    {
        DueTimes.Clear(transaction, (string)dispute["id"]!);
        var inquiry = IsInquiry(dispute);
        dispute["status"] = inquiry ? InquiryPrefix + "closed" : won ? "won" : "lost";
        if (won && !inquiry)
        {
            Note(dispute, BalanceTransactions.Add(
                transaction, "adjustment", (long)dispute["amount"]!, 0, (string)dispute["currency"]!, (string)dispute["id"]!, transaction.Now,
                description: $"Chargeback reversal for {(string)dispute["charge"]!}"));
        }

        transaction.Update(dispute);
        if (won && !inquiry) { transaction.Emit("charge.dispute.funds_reinstated", dispute); }
        transaction.Emit("charge.dispute.closed", dispute);
    }

    /// <summary>The amount and the fee; winning brings the amount back, not the fee.</summary>
    private static void Withdraw(SandboxTransaction transaction, JsonObject dispute, JsonObject charge) => Note(dispute, BalanceTransactions.Add(
        transaction, "adjustment", -(long)dispute["amount"]!, transaction.Options.DisputeFeeMinor, (string)dispute["currency"]!, (string)dispute["id"]!,
        BalanceTransactions.AvailabilityOf(transaction, (string?)charge["balance_transaction"]), description: $"Chargeback withdrawal for {(string)charge["id"]!}"));

    private static void Note(JsonObject dispute, JsonObject moved) => dispute["balance_transactions"]!.AsArray().Add(moved.DeepClone());

    private static bool IsInquiry(JsonObject dispute) => ((string)dispute["status"]!).StartsWith(InquiryPrefix, StringComparison.Ordinal);

    private static bool WaitsForAnswer(JsonObject dispute) => ((string)dispute["status"]!).EndsWith("needs_response", StringComparison.Ordinal);

    private static bool IsOpen(JsonObject dispute) => WaitsForAnswer(dispute) || ((string)dispute["status"]!).EndsWith("under_review", StringComparison.Ordinal);

    private static ApiAnswer Closed(JsonObject dispute, string what) =>
        ApiAnswer.Invalid($"Dispute {(string)dispute["id"]!} {what}: its status is {(string)dispute["status"]!}.", "dispute");

    private static JsonObject New(SandboxTransaction transaction, JsonObject charge, string reason, long amount, bool inquiry) => new()
    {
        ["id"] = Ids.New("du"),
        ["object"] = "dispute",
        ["amount"] = amount,
        ["balance_transactions"] = new JsonArray(),
        ["charge"] = (string)charge["id"]!,
        ["created"] = transaction.NowSeconds,
        ["currency"] = (string)charge["currency"]!,
        ["enhanced_eligibility_types"] = new JsonArray(),
        ["evidence"] = new JsonObject([.. EvidenceNames.Select(name => KeyValuePair.Create<string, JsonNode?>(name, null)), new("enhanced_evidence", new JsonObject())]),
        ["evidence_details"] = new JsonObject
        {
            ["due_by"] = transaction.NowSeconds + transaction.Options.DisputeAnswerSeconds,
            ["enhanced_eligibility"] = new JsonObject(),
            ["has_evidence"] = false,
            ["past_due"] = false,
            ["submission_count"] = 0L,
            ["submission_method"] = "not_submitted",
        },
        ["intended_submission_method"] = null,
        ["is_charge_refundable"] = inquiry,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["network_reason_code"] = NetworkReason(reason),
        ["payment_intent"] = (string?)charge["payment_intent"],
        ["payment_method_details"] = new JsonObject
        {
            ["card"] = new JsonObject
            {
                ["brand"] = (string?)charge["payment_method_details"]!["card"]!["brand"],
                ["case_type"] = inquiry ? "inquiry" : "chargeback",
                ["network"] = (string?)charge["payment_method_details"]!["card"]!["brand"],
                ["network_reason_code"] = NetworkReason(reason),
            },
            ["type"] = "card",
        },
        ["reason"] = reason,
        ["status"] = inquiry ? InquiryPrefix + "needs_response" : "needs_response",
    };

    private static string NetworkReason(string reason) => reason switch
    {
        "fraudulent" => "10.4",
        "product_not_received" => "13.1",
        "product_unacceptable" => "13.3",
        "credit_not_processed" => "13.6",
        "duplicate" => "12.6",
        _ => "13.9",
    };

    /// <summary>What the evidence of a dispute may hold, besides enhanced evidence.</summary>
    private static readonly string[] EvidenceNames =
    [
        .. ("access_activity_log billing_address cancellation_policy cancellation_policy_disclosure cancellation_rebuttal customer_communication " +
            "customer_email_address customer_name customer_purchase_ip customer_signature duplicate_charge_documentation duplicate_charge_explanation " +
            "duplicate_charge_id product_description receipt refund_policy refund_policy_disclosure refund_refusal_explanation service_date " +
            "service_documentation shipping_address shipping_carrier shipping_date shipping_documentation shipping_tracking_number uncategorized_file " +
            "uncategorized_text").Split(' '),
    ];
}
