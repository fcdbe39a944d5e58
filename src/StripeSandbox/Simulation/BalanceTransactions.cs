using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>What an account has in one currency, in minor units.</summary>
internal readonly record struct Funds(long Available, long Pending);

/// <summary>
/// Every movement of money, one balance transaction each: nothing else changes a balance. The sum of an account's nets is what it has, available and
/// pending together.
/// </summary>
internal static class BalanceTransactions
{
    private static readonly string[] Filters = ["currency", "source"];

    /// <summary>Moves money and notes it. What is available at or before now changes the available balance at once, the rest when its time has come.</summary>
    /// <param name="type">Such as <c>charge</c>, <c>refund</c>, <c>adjustment</c>.</param>
    /// <param name="amount">Before the fee, in minor units; negative for money that goes out.</param>
    /// <param name="fee">Taken off the amount; 0 for most.</param>
    /// <param name="source">The id of what moved the money.</param>
    /// <param name="account">The connected account whose balance changes; null for the platform's.</param>
    public static JsonObject Add(
        SandboxTransaction transaction, string type, long amount, long fee, string currency, string source, DateTimeOffset availableAt,
        string? account = null, string? description = null)
    {
        var pending = availableAt > transaction.Now;
        var moved = new JsonObject
        {
            ["id"] = Ids.New("txn"),
            ["object"] = "balance_transaction",
            ["amount"] = amount,
            ["available_on"] = (pending ? availableAt : transaction.Now).ToUnixTimeSeconds(),
            ["balance_type"] = "payments",
            ["created"] = transaction.NowSeconds,
            ["currency"] = currency,
            ["description"] = description,
            ["exchange_rate"] = null,
            ["fee"] = fee,
            ["fee_details"] = fee == 0 ? new JsonArray() : new JsonArray(FeeDetail(type, fee, currency)),
            ["net"] = amount - fee,
            ["reporting_category"] = ReportingCategory(type, amount),
            ["source"] = source,
            ["status"] = pending ? "pending" : "available",
            ["type"] = type,
        };
        transaction.Insert("balance_transaction", moved, account);
        transaction.Run(
            "INSERT INTO movements (id, account, currency, net, available_ms, pending) VALUES ($id, $account, $currency, $net, $at, $pending)",
            ("$id", (string)moved["id"]!), ("$account", account ?? ""), ("$currency", currency), ("$net", amount - fee),
            ("$at", availableAt.ToUnixTimeMilliseconds()), ("$pending", pending ? 1L : 0L));
        transaction.Run(
            """
            INSERT INTO balances (account, currency, available, pending) VALUES ($account, $currency, $available, $waiting)
            ON CONFLICT (account, currency) DO UPDATE SET available = available + $available, pending = pending + $waiting
            """,
            ("$account", account ?? ""), ("$currency", currency), ("$available", pending ? 0 : amount - fee), ("$waiting", pending ? amount - fee : 0));
        return moved;
    }

    /// <summary>When what an earlier movement brought can be spent: now, or later. Money that goes back comes out of the same pot.</summary>
    public static DateTimeOffset AvailabilityOf(SandboxTransaction transaction, string? id) =>
        transaction.Scalar("SELECT available_ms FROM movements WHERE id = $id AND pending = 1", ("$id", id)) is long at
            ? DateTimeOffset.FromUnixTimeMilliseconds(at)
            : transaction.Now;

    /// <summary>What an account has.</summary>
    /// <param name="account">Null for the platform.</param>
    public static Funds Of(SandboxTransaction transaction, string? account, string currency)
    {
        using var command = transaction.Command(
            "SELECT available, pending FROM balances WHERE account = $account AND currency = $currency", ("$account", account ?? ""), ("$currency", currency));
        using var reader = command.ExecuteReader();
        return reader.Read() ? new Funds(reader.GetInt64(0), reader.GetInt64(1)) : default;
    }

    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) =>
        Reading.List(transaction, "balance_transaction", "/v1/balance_transactions", parameters, Reading.Equal(parameters, Filters));

    /// <summary>The balance of whom the request speaks for, by currency.</summary>
    public static ApiAnswer Balance(SandboxTransaction transaction)
    {
        var available = new JsonArray();
        var pending = new JsonArray();
        using (var command = transaction.Command(
            "SELECT currency, available, pending FROM balances WHERE account = $account ORDER BY currency", ("$account", transaction.Account ?? "")))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                available.Add(Amount(reader.GetString(0), reader.GetInt64(1)));
                pending.Add(Amount(reader.GetString(0), reader.GetInt64(2)));
            }
        }

        if (available.Count == 0)
        {
            available.Add(Amount("usd", 0));
            pending.Add(Amount("usd", 0));
        }

        return ApiAnswer.Ok(new JsonObject { ["object"] = "balance", ["available"] = available, ["livemode"] = false, ["pending"] = pending });
    }

    private static JsonObject Amount(string currency, long amount) =>
        new() { ["amount"] = amount, ["currency"] = currency, ["source_types"] = new JsonObject { ["card"] = amount } };

    private static JsonObject FeeDetail(string type, long fee, string currency) => new()
    {
        ["amount"] = fee,
        ["application"] = null,
        ["currency"] = currency,
        ["description"] = type == "adjustment" ? "Dispute fee" : "Processing fees",
        ["type"] = "stripe_fee",
    };

    private static string ReportingCategory(string type, long amount) => type switch
    {
        "payment" => "charge",
        "payment_refund" => "refund",
        "transfer_refund" => "transfer_reversal",
        "payout_failure" => "payout_reversal",
        "adjustment" => amount < 0 ? "dispute" : "dispute_reversal",
        _ => type,
    };
}
