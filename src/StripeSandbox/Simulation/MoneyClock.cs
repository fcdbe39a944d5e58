using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>What happens to balances by the clock alone: pending money becomes available, and what is available is paid out.</summary>
internal static class MoneyClock
{
    /// <summary>Does all that is due. Every request does this first, so that nobody sees a balance that is behind the clock.</summary>
    /// <returns>When the next is due, in Unix milliseconds.</returns>
    public static long? SettleDue(SandboxTransaction transaction)
    {
        var now = transaction.Now.ToUnixTimeMilliseconds();
        while (transaction.Scalar("SELECT payout FROM payouts_due WHERE due_ms <= $now ORDER BY due_ms, payout LIMIT 1", ("$now", now)) is string payout)
        {
            Payouts.Arrive(transaction, payout);
        }

        foreach (var (account, currency) in MakeAvailable(transaction, now)) { Payouts.PayOut(transaction, account, currency); }
        return transaction.Scalar(
            """
            SELECT min(due) FROM (
                SELECT min(available_ms) AS due FROM movements WHERE pending = 1
                UNION ALL SELECT min(due_ms) FROM payouts_due)
            """) as long?;
    }

    /// <summary>Whose available balance grew or shrank, in the order it happened.</summary>
    private static List<(string? Account, string Currency)> MakeAvailable(SandboxTransaction transaction, long now)
    {
        var due = new List<(string Id, string Account, string Currency, long Net)>();
        using (var command = transaction.Command(
            "SELECT id, account, currency, net FROM movements WHERE pending = 1 AND available_ms <= $now ORDER BY available_ms, id", ("$now", now)))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read()) { due.Add((reader.GetString(0), reader.GetString(1), reader.GetString(2), reader.GetInt64(3))); }
        }

        foreach (var (id, account, currency, net) in due)
        {
            transaction.Run("UPDATE movements SET pending = 0 WHERE id = $id", ("$id", id));
            transaction.Run(
                "UPDATE balances SET available = available + $net, pending = pending - $net WHERE account = $account AND currency = $currency",
                ("$net", net), ("$account", account), ("$currency", currency));
            var moved = transaction.Find("balance_transaction", id)!;
            moved["status"] = "available";
            transaction.Update(moved);
        }

        return [.. due.Select(movement => (movement.Account.Length == 0 ? null : movement.Account, movement.Currency)).Distinct()];
    }
}
