using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Connected accounts, as version 2 of the API has them. How one looks is in <see cref="AccountViews"/>.</summary>
internal static class Accounts
{
    /// <summary>The kind under which they are kept.</summary>
    public const string Kind = "account";

    /// <summary>The member that holds what only the sandbox knows of an account; no answer shows it.</summary>
    public const string Hidden = "_sim";

    private static readonly string[] Words = ["contact_email", "contact_phone", "dashboard", "display_name"];
    private static readonly string[] Sections = ["identity", "defaults"];

    public static ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        if (Refuse(parameters) is { } refusal) { return refusal; }
        var recipient = parameters["configuration"]?["recipient"];
        if (recipient is not null && (string?)parameters["identity"]?["country"] is null)
        {
            return ApiAnswer.Rejected("Missing required param: identity.country. A recipient needs a country.", "identity.country", "parameter_missing");
        }

        if ((string?)parameters["dashboard"] == "express" && (string?)parameters["contact_email"] is null)
        {
            return ApiAnswer.Rejected("Missing required param: contact_email. An account with the express dashboard needs one.", "contact_email", "parameter_missing");
        }

        var account = new JsonObject
        {
            ["id"] = Ids.New("acct"),
            ["object"] = "v2.core.account",
            ["applied_configurations"] = new JsonArray(),
            ["closed"] = false,
            ["configuration"] = new JsonObject { ["customer"] = null, ["merchant"] = null, ["recipient"] = null },
            ["contact_email"] = null,
            ["contact_phone"] = null,
            ["created"] = Moments.Text(transaction.Now),
            ["dashboard"] = "none",
            ["defaults"] = new JsonObject { ["currency"] = null, ["locales"] = new JsonArray(), ["profile"] = null, ["responsibilities"] = null },
            ["display_name"] = null,
            ["future_requirements"] = new JsonObject { ["alternatives"] = new JsonArray(), ["entries"] = new JsonArray(), ["summary"] = null },
            ["identity"] = new JsonObject { ["country"] = null, ["entity_type"] = null, ["individual"] = null },
            ["livemode"] = false,
            ["metadata"] = new JsonObject(),
            ["requirements"] = null,
            [Hidden] = new JsonObject { ["onboarding"] = Onboarding.Open, ["requested"] = false, ["recipient"] = false, ["payout"] = BankAnswer.Paid },
        };
        Apply(account, parameters);
        AccountStates.Settle(account);
        transaction.Insert(Kind, account);
        transaction.Announce("v2.core.account.created", account);
        return ApiAnswer.Ok(AccountViews.Current(account, parameters["include"]));
    }

    public static ApiAnswer Update(SandboxTransaction transaction, string id, JsonObject parameters)
    {
        if (transaction.Find(Kind, id) is not { } account) { return Missing(id); }
        if ((bool)account["closed"]!) { return ApiAnswer.Invalid($"Account {id} is closed.", code: "account_closed"); }
        if (Refuse(parameters) is { } refusal) { return refusal; }
        Apply(account, parameters);
        var changed = AccountStates.Settle(account);
        transaction.Update(account);
        transaction.Announce("v2.core.account.updated", account);
        foreach (var section in Sections)
        {
            if (parameters.ContainsKey(section)) { transaction.Announce($"v2.core.account[{section}].updated", account); }
        }

        if (parameters["configuration"]?["recipient"] is not null) { transaction.Announce("v2.core.account[configuration.recipient].updated", account); }
        AccountStates.Tell(transaction, account, changed);
        return ApiAnswer.Ok(AccountViews.Current(account, parameters["include"]));
    }

    public static ApiAnswer Close(SandboxTransaction transaction, string id)
    {
        if (transaction.Find(Kind, id) is not { } account) { return Missing(id); }
        if ((bool)account["closed"]!) { return ApiAnswer.Ok(AccountViews.Current(account, include: null)); }
        if (transaction.Scalar("SELECT 1 FROM balances WHERE account = $id AND (available <> 0 OR pending <> 0)", ("$id", id)) is not null)
        {
            return ApiAnswer.Invalid($"Account {id} still has a balance. It can be closed once that is zero.", code: "account_balance_not_zero");
        }

        account["closed"] = true;
        transaction.Update(account);
        transaction.Announce("v2.core.account.closed", account);
        return ApiAnswer.Ok(AccountViews.Current(account, include: null));
    }

    public static ApiAnswer Retrieve(SandboxTransaction transaction, string id, JsonObject parameters) =>
        transaction.Find(Kind, id) is { } account ? ApiAnswer.Ok(AccountViews.Current(account, parameters["include"])) : Missing(id);

    /// <summary>Those that are open, or those that are closed.</summary>
    public static ApiAnswer List(SandboxTransaction transaction, JsonObject parameters) => V2Lists.Page(
        transaction, Kind, "/v2/core/accounts", parameters, new Dictionary<string, object> { ["closed"] = (bool?)parameters["closed"] == true },
        account => AccountViews.Current(account, include: null));

    public static ApiAnswer Missing(string id) => ApiAnswer.Invalid($"Account {id} not found.", code: "not_found", status: 404);

    /// <summary>The bank account to which an account is paid out; null while it is not.</summary>
    public static string? BankOf(SandboxTransaction transaction, string id) =>
        transaction.Find(Kind, id) is { } account && CanReceive(account) ? AccountViews.Bank(id) : null;

    /// <summary>Whether transfers can go there.</summary>
    public static bool CanReceive(JsonObject account) =>
        (bool?)account["closed"] != true &&
        (string?)account["configuration"]?["recipient"]?["capabilities"]?["stripe_balance"]?["stripe_transfers"]?["status"] == "active";

    private static ApiAnswer? Refuse(JsonObject parameters)
    {
        if ((string?)parameters["contact_email"] is { } email && !email.Contains('@', StringComparison.Ordinal))
        {
            return ApiAnswer.Invalid($"Invalid email address: {email}", "contact_email", "email_invalid");
        }

        if ((string?)parameters["identity"]?["country"] is { } country && !(country.Length == 2 && country.All(char.IsAsciiLetter)))
        {
            return ApiAnswer.Invalid($"A country has two letters, and {country} has not.", "identity.country", "country_code_invalid");
        }

        return (string?)parameters["metadata"]?[BankAnswer.MetadataKey] is { } setting && !BankAnswer.IsSetting(setting)
            ? ApiAnswer.Invalid(
                $"metadata {BankAnswer.MetadataKey} is {BankAnswer.Paid} or one of {string.Join(", ", BankAnswer.Failures.Select(failure => failure.Code))}.",
                $"metadata.{BankAnswer.MetadataKey}")
            : null;
    }

    private static void Apply(JsonObject account, JsonObject parameters)
    {
        foreach (var name in Words)
        {
            if (parameters.ContainsKey(name)) { account[name] = (string?)parameters[name]; }
        }

        foreach (var name in Sections)
        {
            if (parameters[name] is not JsonObject given) { continue; }
            foreach (var (key, value) in given) { account[name]![key] = value?.DeepClone(); }
        }

        // The sandbox always collects what is needed itself.
        if (account["defaults"]!["responsibilities"] is JsonObject responsibilities) { responsibilities["requirements_collector"] = "stripe"; }
        Metadata.Merge(account, parameters);
        if (parameters["configuration"]?["recipient"] is not JsonObject recipient) { return; }
        account[Hidden]!["recipient"] = (bool?)recipient["applied"] ?? true;
        if ((bool?)recipient["capabilities"]?["stripe_balance"]?["stripe_transfers"]?["requested"] is { } requested) { account[Hidden]!["requested"] = requested; }
    }
}
