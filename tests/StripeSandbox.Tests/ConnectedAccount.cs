using System.Text;
using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>What tests do with connected accounts.</summary>
internal static class ConnectedAccount
{
    /// <summary>Money enough for every test, available at once.</summary>
    public const string Fill = "amount=1000000&currency=usd&payment_method=pm_card_visa&confirm=true";

    public static JsonObject Recipient() => new()
    {
        ["contact_email"] = "ana@example.org",
        ["display_name"] = "Ana",
        ["dashboard"] = "express",
        ["identity"] = new JsonObject { ["country"] = "us", ["entity_type"] = "individual" },
        ["defaults"] = new JsonObject
        {
            ["responsibilities"] = new JsonObject { ["fees_collector"] = "application", ["losses_collector"] = "application" },
        },
        ["configuration"] = new JsonObject
        {
            ["recipient"] = new JsonObject
            {
                ["capabilities"] = new JsonObject
                {
                    ["stripe_balance"] = new JsonObject { ["stripe_transfers"] = new JsonObject { ["requested"] = true } },
                },
            },
        },
        ["include"] = new JsonArray("configuration.recipient", "requirements"),
    };

    public static async Task<Answer> PostJson(this SandboxWorld world, string path, JsonNode body, string? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        if (key is not null) { request.Headers.Add("Idempotency-Key", key); }
        return await world.Send(request);
    }

    public static Task<Answer> Link(this SandboxWorld world, string account) => world.PostJson("/v2/core/account_links", new JsonObject
    {
        ["account"] = account,
        ["use_case"] = new JsonObject
        {
            ["type"] = "account_onboarding",
            ["account_onboarding"] = new JsonObject
            {
                ["refresh_url"] = "https://shop.example/again",
                ["return_url"] = "https://shop.example/back",
            },
        },
    });

    /// <summary>What the owner does on the page of a link.</summary>
    public static async Task<HttpResponseMessage> Decide(this SandboxWorld world, string url, string decision, string payout = "paid")
    {
        using var form = new FormUrlEncodedContent([KeyValuePair.Create("decision", decision), KeyValuePair.Create("payout", payout)]);
        return await world.Client.PostAsync(url, form);
    }

    /// <summary>An account that can receive transfers.</summary>
    public static async Task<string> Onboarded(this SandboxWorld world, string payout = "paid")
    {
        var account = await world.PostJson("/v2/core/accounts", Recipient());
        Assert.Equal(200, account.Status);
        var link = await world.Link(account.Id);
        using var back = await world.Decide((string)link.Body["url"]!, "finish", payout);
        Assert.Equal("https://shop.example/back", back.Headers.Location?.ToString());
        return account.Id;
    }

    /// <summary>A platform that can send at once.</summary>
    public static async Task<SandboxWorld> WithMoney(Action<StripeSandboxOptions>? change = null, ManualClock? clock = null)
    {
        var world = await SandboxWorld.Start(
            options =>
            {
                change?.Invoke(options);
                options.PendingSeconds = 0;
            },
            clock);
        Assert.Equal(200, (await world.Post("/v1/payment_intents", Fill)).Status);
        return world;
    }

    public static string? TransfersStatus(this Answer account) =>
        (string?)account.Body["configuration"]?["recipient"]?["capabilities"]?["stripe_balance"]?["stripe_transfers"]?["status"];
}
