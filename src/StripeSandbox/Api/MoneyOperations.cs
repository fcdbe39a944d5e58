using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>The operations of balances, transfers, payouts and connected accounts.</summary>
internal static class MoneyOperations
{
    /// <summary>What a request may do in the name of a connected account. Payments are the platform's: there are no direct charges.</summary>
    private static readonly HashSet<string> ForConnectedAccounts =
    [
        "Balance.retrieve", "BalanceTransaction.list", "BalanceTransaction.retrieve", "Payout.list", "Payout.retrieve",
        "Charge.list", "Charge.retrieve", "Refund.list", "Refund.retrieve", "Event.list", "Event.retrieve",
    ];

    /// <summary>Carries out a checked request; null when it is none of these.</summary>
    public static ApiAnswer? Execute(SandboxTransaction transaction, ApiOperation operation, string id, JsonObject parameters) => operation.Name switch
    {
        "Balance.retrieve" => BalanceTransactions.Balance(transaction),
        "BalanceTransaction.list" => BalanceTransactions.List(transaction, parameters),
        "BalanceTransaction.retrieve" => Reading.Retrieve(transaction, "balance_transaction", id, "id"),
        "Payout.list" => Payouts.List(transaction, parameters),
        "Payout.retrieve" => Reading.Retrieve(transaction, "payout", id, "payout"),
        _ => null,
    };

    /// <summary>Refuses a connected account that is not there, and what the sandbox does not do for one.</summary>
    public static ApiAnswer? RefuseAccount(SandboxTransaction transaction, ApiOperation operation)
    {
        if (transaction.Account is not { } account) { return null; }
        if (transaction.Find(Accounts.Kind, account) is null)
        {
            return ApiAnswer.Rejected(
                $"The provided key does not have access to account '{account}' (or that account does not exist).", code: "account_invalid", status: 403);
        }

        return ForConnectedAccounts.Contains(operation.Name)
            ? null
            : ApiAnswer.Rejected(
                $"The sandbox does not simulate {operation.Name} in the name of a connected account. Leave Stripe-Account out.", code: "sandbox_not_simulated");
    }
}
