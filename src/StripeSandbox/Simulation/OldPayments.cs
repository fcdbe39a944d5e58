using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Payments and refunds of a file that is older than balance transactions. Their money has long been available.</summary>
internal static class OldPayments
{
    /// <summary>Books what was never booked, in the order it happened.</summary>
    public static void Book(SandboxTransaction transaction)
    {
        foreach (var (kind, id) in Unbooked(transaction))
        {
            var value = transaction.Find(kind, id)!;
            var amount = (long)value["amount"]!;
            var moved = BalanceTransactions.Add(
                transaction, kind, kind == "charge" ? amount : -amount, kind == "charge" ? Charges.FeeOf(transaction.Options, amount) : 0,
                (string)value["currency"]!, id, transaction.Now, description: (string?)value["description"]);
            value["balance_transaction"] = (string)moved["id"]!;
            transaction.Update(value);
        }
    }

    private static List<(string Kind, string Id)> Unbooked(SandboxTransaction transaction)
    {
        using var command = transaction.Command(
            """
            SELECT kind, id FROM objects
            WHERE kind IN ('charge', 'refund') AND json_extract(json, '$.status') = 'succeeded' AND json_extract(json, '$.balance_transaction') IS NULL
            ORDER BY seq
            """);
        using var reader = command.ExecuteReader();
        var found = new List<(string Kind, string Id)>();
        while (reader.Read()) { found.Add((reader.GetString(0), reader.GetString(1))); }
        return found;
    }
}
