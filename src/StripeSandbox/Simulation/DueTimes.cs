using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>What the clock will do to objects: kept with them, so that a restart forgets nothing. One due time an object.</summary>
internal static class DueTimes
{
    /// <summary>Sets or moves the due time of an object.</summary>
    public static void Set(SandboxTransaction transaction, string id, DateTimeOffset at) => transaction.Run(
        "INSERT OR REPLACE INTO processing (payment_intent, due_ms) VALUES ($id, $due)", ("$id", id), ("$due", at.ToUnixTimeMilliseconds()));

    public static void Clear(SandboxTransaction transaction, string id) => transaction.Run("DELETE FROM processing WHERE payment_intent = $id", ("$id", id));

    /// <summary>Does what is due.</summary>
    /// <returns>When the next is, in Unix milliseconds.</returns>
    public static long? SettleDue(SandboxTransaction transaction)
    {
        var now = transaction.Now.ToUnixTimeMilliseconds();
        while (transaction.Scalar("SELECT payment_intent FROM processing WHERE due_ms <= $now ORDER BY due_ms, payment_intent LIMIT 1", ("$now", now)) is string id)
        {
            // First, since what is done may set the next due time.
            Clear(transaction, id);
            if (transaction.Find("payment_intent", id) is { } intent)
            {
                if ((string)intent["status"]! == "processing") { Confirmation.Finish(transaction, intent); }
            }
            else if (transaction.Find("refund", id) is { } refund)
            {
                Refunds.Settle(transaction, refund);
            }
            else if (transaction.Find("dispute", id) is { } dispute)
            {
                Disputes.Settle(transaction, dispute);
            }
        }

        return transaction.Scalar("SELECT min(due_ms) FROM processing") as long?;
    }
}
