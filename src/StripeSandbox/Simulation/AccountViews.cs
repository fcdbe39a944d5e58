using System.Globalization;
using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>How a connected account looks from outside, in both versions of the API.</summary>
internal static class AccountViews
{
    /// <summary>Parts that are only shown when they are asked for.</summary>
    private static readonly string[] Parts = ["configuration", "defaults", "future_requirements", "identity", "requirements"];

    /// <summary>As version 2 shows it.</summary>
    /// <param name="include">The parts that were asked for; the others are null.</param>
    public static JsonObject Current(JsonObject account, JsonNode? include)
    {
        var wanted = (include as JsonArray)?.Select(part => (string?)part ?? "").ToHashSet(StringComparer.Ordinal) ?? [];
        var shown = account.DeepClone().AsObject();
        shown.Remove(Accounts.Hidden);
        foreach (var part in Parts)
        {
            if (!wanted.Any(name => name == part || name.StartsWith(part + ".", StringComparison.Ordinal))) { shown[part] = null; }
        }

        if (shown["configuration"] is JsonObject configuration)
        {
            foreach (var name in configuration.Select(member => member.Key).ToList())
            {
                if (!wanted.Contains($"configuration.{name}")) { configuration[name] = null; }
            }
        }

        return shown;
    }

    /// <summary>As version 1 shows it.</summary>
    public static JsonObject Old(JsonObject account)
    {
        var active = Accounts.CanReceive(account);
        var onboarding = (string)account[Accounts.Hidden]!["onboarding"]!;
        var due = new JsonArray([.. account["requirements"]!["entries"]!.AsArray().Select(entry => entry!["description"]!.DeepClone())]);
        var disabled = onboarding switch
        {
            Onboarding.Rejected => "rejected.other",
            _ => due.Count > 0 ? "requirements.past_due" : null,
        };
        return new JsonObject
        {
            ["id"] = (string)account["id"]!,
            ["object"] = "account",
            ["business_type"] = (string?)account["identity"]?["entity_type"],
            ["capabilities"] = new JsonObject { ["transfers"] = active ? "active" : "inactive" },
            ["charges_enabled"] = false,
            ["country"] = ((string?)account["identity"]?["country"])?.ToUpperInvariant(),
            ["created"] = DateTimeOffset.Parse((string)account["created"]!, CultureInfo.InvariantCulture).ToUnixTimeSeconds(),
            ["default_currency"] = (string?)account["defaults"]?["currency"],
            ["details_submitted"] = onboarding != Onboarding.Open,
            ["email"] = (string?)account["contact_email"],
            ["metadata"] = account["metadata"]!.DeepClone(),
            ["payouts_enabled"] = active,
            ["requirements"] = new JsonObject
            {
                ["alternatives"] = new JsonArray(),
                ["current_deadline"] = null,
                ["currently_due"] = due.DeepClone(),
                ["disabled_reason"] = disabled,
                ["errors"] = new JsonArray(),
                ["eventually_due"] = due.DeepClone(),
                ["past_due"] = due.DeepClone(),
                ["pending_verification"] = new JsonArray(),
            },
            ["type"] = (string?)account["dashboard"] == "express" ? "express" : "none",
        };
    }

    /// <summary>The id of an account's pretend bank account.</summary>
    public static string Bank(string account) => $"ba_sim_{account[^12..]}";
}
