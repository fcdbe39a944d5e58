using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Connected accounts.</summary>
internal static partial class Accounts
{
    /// <summary>The kind under which they are kept.</summary>
    public const string Kind = "account";

    /// <summary>The member that holds what only the sandbox knows of an account; no answer shows it.</summary>
    public const string Hidden = "_sim";

    /// <summary>The bank account to which an account is paid out; null while it is not.</summary>
    public static string? BankOf(SandboxTransaction transaction, string id) =>
        transaction.Find(Kind, id) is { } account && CanReceive(account) ? $"ba_sim_{id[^12..]}" : null;

    /// <summary>Whether transfers can go there.</summary>
    public static bool CanReceive(JsonObject account) =>
        (bool?)account["closed"] != true &&
        (string?)account["configuration"]?["recipient"]?["capabilities"]?["stripe_balance"]?["stripe_transfers"]?["status"] == "active";
}
