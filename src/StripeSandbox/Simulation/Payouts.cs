using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Payouts to a pretend bank: everything that is available goes out by itself, arrives after a while, or comes back.</summary>
internal static class Payouts
{
    private static readonly string[] Filters = ["destination", "status"];

    /// <summary>Pays out all that an account has available, if it is paid out by itself.</summary>
    /// <param name="account">Null for the platform.</param>
    public static void PayOut(SandboxTransaction transaction, string? account, string currency)
    {
        var amount = BalanceTransactions.Of(transaction, account, currency).Available;
        if (amount <= 0 || BankOf(transaction, account) is not { } bank) { return; }

        var arrival = transaction.Now.AddSeconds(transaction.Options.PayoutSeconds);
        var payout = New(transaction, amount, currency, bank, arrival);
        var id = (string)payout["id"]!;
        var moved = BalanceTransactions.Add(transaction, "payout", -amount, 0, currency, id, transaction.Now, account, "Payout");
        payout["balance_transaction"] = (string)moved["id"]!;
        transaction.Run(
            "UPDATE movements SET payout = $payout WHERE account = $account AND currency = $currency AND pending = 0 AND payout IS NULL",
            ("$payout", id), ("$account", account ?? ""), ("$currency", currency));
        transaction.Insert("payout", payout, account);
        transaction.Run("INSERT INTO payouts_due (payout, due_ms) VALUES ($id, $due)", ("$id", id), ("$due", arrival.ToUnixTimeMilliseconds()));
        transaction.Emit("payout.created", payout, account);
    }

    /// <summary>The bank has decided.</summary>
    public static void Arrive(SandboxTransaction transaction, string id)
    {
        transaction.Run("DELETE FROM payouts_due WHERE payout = $id", ("$id", id));
        var payout = transaction.Find("payout", id)!;
        var account = transaction.Scalar("SELECT account FROM objects WHERE id = $id", ("$id", id)) as string;
        if (BankAnswer.Of(transaction, account) is not { } failure)
        {
            payout["status"] = "paid";
            payout["reconciliation_status"] = "completed";
            payout["trace_id"] = new JsonObject { ["status"] = "supported", ["value"] = $"SIM{id[^10..].ToUpperInvariant()}" };
            transaction.Update(payout);
            transaction.Emit("payout.paid", payout, account);
            return;
        }

        var back = BalanceTransactions.Add(
            transaction, "payout_failure", (long)payout["amount"]!, 0, (string)payout["currency"]!, id, transaction.Now, account, "Payout failure");
        payout["status"] = "failed";
        payout["failure_code"] = failure.Code;
        payout["failure_message"] = failure.Message;
        payout["failure_balance_transaction"] = (string)back["id"]!;
        transaction.Update(payout);
        transaction.Emit("payout.failed", payout, account);
    }

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, "payout", "/v1/payouts", parameters, Reading.Equal(parameters, Filters));

    private static string? BankOf(SandboxTransaction transaction, string? account) => account is null
        ? transaction.Options.PlatformPayouts ? "ba_sim_platform" : null
        : Accounts.BankOf(transaction, account);

    private static JsonObject New(SandboxTransaction transaction, long amount, string currency, string bank, DateTimeOffset arrival) => new()
    {
        ["id"] = Ids.New("po"),
        ["object"] = "payout",
        ["amount"] = amount,
        ["application_fee"] = null,
        ["application_fee_amount"] = null,
        ["arrival_date"] = arrival.ToUnixTimeSeconds(),
        ["automatic"] = true,
        ["balance_transaction"] = null,
        ["created"] = transaction.NowSeconds,
        ["currency"] = currency,
        ["description"] = "SANDBOX PAYOUT",
        ["destination"] = bank,
        ["failure_balance_transaction"] = null,
        ["failure_code"] = null,
        ["failure_message"] = null,
        ["livemode"] = false,
        ["metadata"] = new JsonObject(),
        ["method"] = "standard",
        ["original_payout"] = null,
        ["payout_method"] = null,
        ["reconciliation_status"] = "in_progress",
        ["reversed_by"] = null,
        ["source_type"] = "card",
        ["statement_descriptor"] = null,
        ["status"] = "in_transit",
        ["trace_id"] = null,
        ["type"] = "bank_account",
    };
}
