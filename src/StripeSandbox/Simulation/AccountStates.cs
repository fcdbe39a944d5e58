using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>How far the owner of an account has come on the page where the provider asks for what it needs.</summary>
internal static class Onboarding
{
    /// <summary>Not done yet.</summary>
    public const string Open = "open";

    public const string Finished = "finished";

    public const string Rejected = "rejected";
}

/// <summary>What an account may do and what it still owes, from what was asked for and how far its owner came.</summary>
internal static class AccountStates
{
    private static readonly string[] Capabilities = ["stripe_transfers", "payouts"];

    /// <summary>What the provider asks of everybody who receives money.</summary>
    private static readonly string[] Wanted =
    [
        "identity.individual.given_name", "identity.individual.surname", "identity.individual.date_of_birth", "identity.individual.address",
        "identity.attestations.terms_of_service", "payout_method",
    ];

    /// <summary>Works out capabilities and requirements.</summary>
    /// <returns>The capabilities whose status is another now.</returns>
    public static List<string> Settle(JsonObject account)
    {
        var hidden = account[Accounts.Hidden]!;
        var onboarding = (string)hidden["onboarding"]!;
        var isRecipient = (bool)hidden["recipient"]!;
        var requested = isRecipient && (bool)hidden["requested"]!;
        var before = account["configuration"]!["recipient"]?["capabilities"]?["stripe_balance"]?.DeepClone();
        account["applied_configurations"] = isRecipient ? new JsonArray("recipient") : new JsonArray();
        account["configuration"]!["recipient"] = isRecipient
            ? new JsonObject
            {
                ["applied"] = true,
                ["capabilities"] = new JsonObject
                {
                    ["bank_accounts"] = null,
                    ["cards"] = null,
                    ["stripe_balance"] = requested
                        ? new JsonObject { ["payouts"] = Capability(onboarding), ["stripe_transfers"] = Capability(onboarding) }
                        : null,
                },
            }
            : null;
        account["requirements"] = Requirements(requested && onboarding != Onboarding.Finished ? onboarding : Onboarding.Finished);
        var after = account["configuration"]!["recipient"]?["capabilities"]?["stripe_balance"];
        return [.. Capabilities.Where(name => (string?)before?[name]?["status"] != (string?)after?[name]?["status"])];
    }

    /// <summary>Announces capabilities that changed, and the account as version 1 of the API sees it.</summary>
    public static void Tell(SandboxTransaction transaction, JsonObject account, List<string> changed)
    {
        foreach (var name in changed)
        {
            transaction.Announce(
                "v2.core.account[configuration.recipient].capability_status_updated", account,
                new JsonObject { ["updated_capability"] = $"stripe_balance.{name}" });
        }

        transaction.Emit("account.updated", AccountViews.Old(account), (string)account["id"]!);
    }

    private static JsonObject Capability(string onboarding)
    {
        var (status, code, resolution) = onboarding switch
        {
            Onboarding.Finished => ("active", null, null),
            Onboarding.Rejected => ("rejected", "rejected_other", "contact_stripe"),
            _ => ("restricted", "requirements_past_due", "provide_info"),
        };
        return new JsonObject
        {
            ["status"] = status,
            ["status_details"] = code is null ? new JsonArray() : new JsonArray(new JsonObject { ["code"] = code, ["resolution"] = resolution }),
        };
    }

    private static JsonObject Requirements(string onboarding)
    {
        var wanted = onboarding switch
        {
            Onboarding.Finished => [],
            Onboarding.Rejected => [("Contact the provider about the rejected account.", "stripe")],
            _ => Wanted.Select(name => (Description: name, From: "user")),
        };
        var entries = new JsonArray([.. wanted.Select(entry => (JsonNode)Entry(entry.Description, entry.From))]);
        return new JsonObject
        {
            ["alternatives"] = new JsonArray(),
            ["entries"] = entries,
            ["summary"] = new JsonObject { ["minimum_deadline"] = entries.Count == 0 ? null : new JsonObject { ["status"] = "past_due" } },
        };
    }

    private static JsonObject Entry(string description, string from) => new()
    {
        ["awaiting_action_from"] = from,
        ["description"] = description,
        ["errors"] = new JsonArray(),
        ["impact"] = new JsonObject
        {
            ["restricts_capabilities"] = new JsonArray([.. Capabilities.Select(name => (JsonNode)new JsonObject
            {
                ["capability"] = $"stripe_balance.{name}",
                ["configuration"] = "recipient",
                ["deadline"] = new JsonObject { ["status"] = "past_due" },
            })]),
        },
        ["minimum_deadline"] = new JsonObject { ["status"] = "past_due" },
        ["requested_reasons"] = new JsonArray(new JsonObject { ["code"] = "routine_onboarding" }),
    };
}
