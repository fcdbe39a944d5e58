using System.Globalization;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;
using LiveCommerce.StripeSandbox.Store;

namespace LiveCommerce.StripeSandbox.Simulation;

/// <summary>Links to the page where the owner of an account gives what is wanted. One opens once, and for a few minutes.</summary>
/// <param name="pageOf">The address of the page, by the link's id.</param>
internal sealed class AccountLinks(Func<string, Uri> pageOf)
{
    public const string Kind = "account_link";

    /// <summary>How long a link can be opened.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(10);

    public ApiAnswer Create(SandboxTransaction transaction, JsonObject parameters)
    {
        var id = (string)parameters["account"]!;
        if (transaction.Find(Accounts.Kind, id) is not { } account) { return Accounts.Missing(id); }
        if ((bool)account["closed"]!) { return ApiAnswer.Invalid($"Account {id} is closed.", "account", "account_closed"); }
        var use = parameters["use_case"]!;
        var type = (string)use["type"]!;
        if (use[type] is not JsonObject page)
        {
            return ApiAnswer.Rejected($"Missing required param: use_case.{type}.", $"use_case.{type}", "parameter_missing");
        }

        foreach (var name in new[] { "refresh_url", "return_url" })
        {
            if ((string?)page[name] is { } url && !(Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
            {
                return ApiAnswer.Invalid("Not a valid URL", $"use_case.{type}.{name}", "url_invalid");
            }
        }

        // The id is what opens the page, so nothing else shows it.
        var key = Ids.New("alink");
        var link = new JsonObject
        {
            ["id"] = key,
            ["object"] = "v2.core.account_link",
            ["account"] = id,
            ["created"] = Moments.Text(transaction.Now),
            ["expires_at"] = Moments.Text(transaction.Now + Life),
            ["livemode"] = false,
            ["url"] = pageOf(key).ToString(),
            ["use_case"] = use.DeepClone(),
            ["used"] = false,
        };
        transaction.Insert(Kind, link);
        var shown = link.DeepClone().AsObject();
        shown.Remove("id");
        shown.Remove("used");
        return ApiAnswer.Ok(shown);
    }

    /// <summary>Whether it opens now.</summary>
    public static bool IsOpen(SandboxTransaction transaction, JsonObject link) =>
        !(bool)link["used"]! && DateTimeOffset.Parse((string)link["expires_at"]!, CultureInfo.InvariantCulture) > transaction.Now;

    /// <summary>Where the owner goes when done; null when nobody said.</summary>
    public static string? ReturnUrl(JsonObject link) => (string?)Page(link)["return_url"];

    /// <summary>Where a link leads that no longer opens.</summary>
    public static string RefreshUrl(JsonObject link) => (string)Page(link)["refresh_url"]!;

    /// <summary>The owner is done with the page.</summary>
    /// <param name="onboarding">How it went; null for an owner who gave up.</param>
    /// <param name="payout">What the bank will do with payouts.</param>
    public static void Finish(SandboxTransaction transaction, JsonObject link, JsonObject account, string? onboarding, string payout)
    {
        link["used"] = true;
        transaction.Update(link);
        if (onboarding is not null)
        {
            account[Accounts.Hidden]!["onboarding"] = onboarding;
            account[Accounts.Hidden]!["payout"] = payout;
            var changed = AccountStates.Settle(account);
            transaction.Update(account);
            transaction.Announce("v2.core.account[requirements].updated", account);
            AccountStates.Tell(transaction, account, changed);
        }

        transaction.Announce(
            "v2.core.account_link.returned", account: null,
            new JsonObject
            {
                ["account_id"] = (string)account["id"]!,
                ["configurations"] = account["applied_configurations"]!.DeepClone(),
                ["use_case"] = (string)link["use_case"]!["type"]!,
            });
    }

    private static JsonNode Page(JsonObject link) => link["use_case"]![(string)link["use_case"]!["type"]!]!;
}
