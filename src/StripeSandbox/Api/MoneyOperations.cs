using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Simulation;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>The operations of balances, transfers, payouts and connected accounts.</summary>
internal sealed class MoneyOperations(AccountLinks links)
{
    /// <summary>What a request may do in the name of a connected account. Payments are the platform's: there are no direct charges.</summary>
    private static readonly HashSet<string> ForConnectedAccounts =
    [
        "Balance.retrieve", "BalanceTransaction.list", "BalanceTransaction.retrieve", "Payout.list", "Payout.retrieve",
        "Charge.list", "Charge.retrieve", "Refund.list", "Refund.retrieve", "Event.list", "Event.retrieve",
    ];

    /// <summary>Carries out a checked request; null when it is none of these.</summary>
    public ApiAnswer? Execute(SandboxTransaction transaction, ApiOperation operation, string id, JsonObject parameters) => operation.Name switch
    {
        "Balance.retrieve" => BalanceTransactions.Balance(transaction),
        "BalanceTransaction.list" => BalanceTransactions.List(transaction, parameters),
        "BalanceTransaction.retrieve" => Reading.Retrieve(transaction, "balance_transaction", id, "id"),
        "Payout.list" => Payouts.List(transaction, parameters),
        "Payout.retrieve" => Reading.Retrieve(transaction, "payout", id, "payout"),
        "Transfer.create" => Transfers.Create(transaction, parameters),
        "Transfer.list" => Transfers.List(transaction, parameters),
        "Transfer.retrieve" => Reading.Retrieve(transaction, "transfer", id, "transfer"),
        "Transfer.update" => Transfers.Update(transaction, id, parameters),
        "Transfer.createReversal" => TransferReversals.Create(transaction, id, parameters),
        "Transfer.listReversals" => TransferReversals.List(transaction, id, parameters),
        "Account.retrieve" => transaction.Find(Accounts.Kind, id) is { } account
            ? ApiAnswer.Ok(AccountViews.Old(account))
            : ApiAnswer.Missing("account", id, "account"),
        "V2.Account.create" => Accounts.Create(transaction, parameters),
        "V2.Account.list" => Accounts.List(transaction, parameters),
        "V2.Account.retrieve" => Accounts.Retrieve(transaction, id, parameters),
        "V2.Account.update" => Accounts.Update(transaction, id, parameters),
        "V2.Account.close" => Accounts.Close(transaction, id),
        "V2.AccountLink.create" => links.Create(transaction, parameters),
        "V2.Event.list" => V2Events.List(transaction, parameters),
        "V2.Event.retrieve" => V2Events.Retrieve(transaction, id),
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
