using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Connected accounts, from the first request to the one that closes them.</summary>
public sealed class AccountTests
{
    [Fact]
    public async Task NewRecipient_IsRestrictedUntilItsOwnerFinishes()
    {
        await using var world = await SandboxWorld.Start();
        var body = ConnectedAccount.Recipient();
        body["metadata"] = new JsonObject { ["streamer_id"] = "s1" };
        var account = await world.PostJson("/v2/core/accounts", body);

        Assert.Equal((200, "restricted", "v2.core.account"), (account.Status, account.TransfersStatus(), (string)account.Body["object"]!));
        Assert.StartsWith("acct_sim_", account.Id, StringComparison.Ordinal);
        Assert.NotEmpty(account.Body["requirements"]!["entries"]!.AsArray());
        Assert.Equal(("s1", false), ((string)account.Body["metadata"]!["streamer_id"]!, (bool)account.Body["livemode"]!));
        Assert.False((bool)(await world.Get($"/v1/accounts/{account.Id}")).Body["payouts_enabled"]!);

        var link = await world.Link(account.Id);
        Assert.Null(link.Body["id"]);
        var page = await world.Client.GetStringAsync((string)link.Body["url"]!);
        Assert.Contains("no money moves", page, StringComparison.Ordinal);
        Assert.Contains("<strong>Ana</strong>", page, StringComparison.Ordinal);
        using var back = await world.Decide((string)link.Body["url"]!, "finish");

        Assert.Equal((303, "https://shop.example/back"), ((int)back.StatusCode, back.Headers.Location!.ToString()));
        var finished = await world.Get($"/v2/core/accounts/{account.Id}?include[0]=configuration.recipient&include[1]=requirements");
        Assert.Equal("active", finished.TransfersStatus());
        Assert.Empty(finished.Body["requirements"]!["entries"]!.AsArray());
        Assert.True((bool)(await world.Get($"/v1/accounts/{account.Id}")).Body["payouts_enabled"]!);
    }

    [Fact]
    public async Task OwnerWhoGivesUpOrIsRejected_CannotReceive()
    {
        await using var world = await SandboxWorld.Start();
        var account = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient());

        using var gaveUp = await world.Decide((string)(await world.Link(account.Id)).Body["url"]!, "leave");
        Assert.Equal("https://shop.example/back", gaveUp.Headers.Location!.ToString());
        Assert.Equal("restricted", (await Read()).TransfersStatus());

        using var rejected = await world.Decide((string)(await world.Link(account.Id)).Body["url"]!, "reject");
        Assert.Equal("https://shop.example/back", rejected.Headers.Location!.ToString());
        var after = await Read();
        Assert.Equal("rejected", after.TransfersStatus());
        var details = after.Body["configuration"]!["recipient"]!["capabilities"]!["stripe_balance"]!["stripe_transfers"]!["status_details"]!;
        Assert.Equal("rejected_other", (string)details[0]!["code"]!);

        Task<Answer> Read() => world.Get($"/v2/core/accounts/{account.Id}?include[0]=configuration.recipient");
    }

    [Fact]
    public async Task LinkThatWasUsedOrIsOld_LeadsToTheRefreshUrl()
    {
        await using var world = await SandboxWorld.Start();
        var account = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient());
        var used = (string)(await world.Link(account.Id)).Body["url"]!;
        using var first = await world.Decide(used, "leave");
        var old = (string)(await world.Link(account.Id)).Body["url"]!;
        world.Clock.Advance(TimeSpan.FromMinutes(10));

        foreach (var url in new[] { used, old })
        {
            using var shown = await world.Client.GetAsync(url);
            using var decided = await world.Decide(url, "finish");
            Assert.Equal("https://shop.example/again", shown.Headers.Location!.ToString());
            Assert.Equal("https://shop.example/again", decided.Headers.Location!.ToString());
        }

        using var unknown = await world.Client.GetAsync("/_sandbox/onboarding/alink_x");
        Assert.Equal(404, (int)unknown.StatusCode);
        Assert.Equal("restricted", (await world.Get($"/v2/core/accounts/{account.Id}?include[0]=configuration.recipient")).TransfersStatus());
    }

    [Fact]
    public async Task PartsThatWereNotAskedFor_AreNull()
    {
        await using var world = await SandboxWorld.Start();
        var body = ConnectedAccount.Recipient();
        body.Remove("include");
        var account = await world.PostJson("/v2/core/accounts", body);

        Assert.Null(account.Body["configuration"]);
        Assert.Null(account.Body["requirements"]);
        Assert.Null(account.Body["_sim"]);
        var identity = await world.Get($"/v2/core/accounts/{account.Id}?include[0]=identity");
        Assert.Equal("us", (string)identity.Body["identity"]!["country"]!);
        Assert.Null(identity.Body["configuration"]);
        Assert.Equal(400, (await world.Get($"/v2/core/accounts/{account.Id}?include[0]=everything")).Status);
    }

    [Theory]
    [InlineData("""{"contact_mail":"ana@example.org"}""", "parameter_unknown")]
    [InlineData("""{"configuration":{"merchant":{}}}""", "sandbox_not_simulated")]
    [InlineData("""{"configuration":{"recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{}}}}}}""", "parameter_missing")]
    [InlineData("""{"configuration":{"recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{"requested":"true"}}}}}}""", null)]
    [InlineData("""{"configuration":{"recipient":{}}}""", "parameter_missing")]
    [InlineData("""{"dashboard":"express"}""", "parameter_missing")]
    [InlineData("""{"contact_email":"nowhere"}""", "email_invalid")]
    [InlineData("""{"contact_email":5}""", null)]
    [InlineData("""{"identity":{"country":"usa"}}""", "country_code_invalid")]
    [InlineData("""{"metadata":{"sim_payout":"sometimes"}}""", null)]
    [InlineData("""{"metadata":{"a":"1","a":"2"}}""", null)]
    [InlineData("""["contact_email"]""", null)]
    [InlineData("""{"contact_email":""", null)]
    public async Task WrongAccount_IsRefused(string json, string? code)
    {
        await using var world = await SandboxWorld.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/core/accounts");
        request.Content = new StringContent(json, System.Text.Encoding.UTF8, "application/json");

        var refused = await world.Send(request);

        Assert.Equal((400, code), (refused.Status, refused.Code));
        Assert.Empty((await world.Get("/v2/core/accounts")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task FormWhereJsonBelongs_IsRefused()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal(400, (await world.Post("/v2/core/accounts", "display_name=Ana")).Status);
        Assert.Equal(400, (await world.PostJson("/v1/customers", new JsonObject { ["name"] = "Ana" })).Status);
    }

    [Fact]
    public async Task SameKeyOnV2_GivesTheSameAccount_AndARefusalMayBeTriedAgain()
    {
        await using var world = await SandboxWorld.Start();
        var wrong = await world.PostJson("/v2/core/account_links", LinkTo("acct_x"), "k0");
        Assert.Equal((404, "not_found"), (wrong.Status, wrong.Code));

        var first = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient(), "k1");
        var again = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient(), "k1");
        Assert.Equal((first.Id, "true"), (again.Id, again.Header("Idempotent-Replayed")));
        var other = ConnectedAccount.Recipient();
        other["display_name"] = "Bea";
        Assert.Equal("idempotency_error", (string?)(await world.PostJson("/v2/core/accounts", other, "k1")).Error["type"]);
        Assert.Single((await world.Get("/v2/core/accounts")).Body["data"]!.AsArray());

        // A key of v2 whose request failed is free again, even for other content.
        Assert.Equal(200, (await world.PostJson("/v2/core/account_links", LinkTo(first.Id), "k0")).Status);

        static JsonObject LinkTo(string account) => new()
        {
            ["account"] = account,
            ["use_case"] = new JsonObject { ["type"] = "account_update", ["account_update"] = new JsonObject { ["refresh_url"] = "https://shop.example/again" } },
        };
    }

    [Fact]
    public async Task UpdatedAccount_ChangesWhatWasGivenOnly_AndGivesUpTransfersWhenAsked()
    {
        await using var world = await SandboxWorld.Start();
        var account = await world.Onboarded();

        var updated = await world.PostJson($"/v2/core/accounts/{account}", new JsonObject
        {
            ["display_name"] = "Ana Live",
            ["configuration"] = new JsonObject
            {
                ["recipient"] = new JsonObject
                {
                    ["capabilities"] = new JsonObject
                    {
                        ["stripe_balance"] = new JsonObject { ["stripe_transfers"] = new JsonObject { ["requested"] = false } },
                    },
                },
            },
            ["include"] = new JsonArray("configuration.recipient"),
        });

        Assert.Equal(("Ana Live", "ana@example.org", null), ((string)updated.Body["display_name"]!, (string)updated.Body["contact_email"]!, updated.TransfersStatus()));
        Assert.Equal("insufficient_capabilities_for_transfer", (await world.Post("/v1/transfers", $"amount=1&currency=usd&destination={account}")).Code);
    }

    [Fact]
    public async Task AccountWithMoney_CannotBeClosed_AndAClosedOneReceivesNothing()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var account = await world.Onboarded();
        await world.Post("/v1/transfers", $"amount=100&currency=usd&destination={account}");
        Assert.Equal("account_balance_not_zero", (await world.PostJson($"/v2/core/accounts/{account}/close", new JsonObject())).Code);
        world.Clock.Advance(TimeSpan.FromSeconds(2));

        var closed = await world.PostJson($"/v2/core/accounts/{account}/close", new JsonObject());

        Assert.True((bool)closed.Body["closed"]!);
        Assert.Equal("insufficient_capabilities_for_transfer", (await world.Post("/v1/transfers", $"amount=1&currency=usd&destination={account}")).Code);
        Assert.Equal("account_closed", (await world.PostJson($"/v2/core/accounts/{account}", new JsonObject { ["display_name"] = "x" })).Code);
        Assert.Empty((await world.Get("/v2/core/accounts")).Body["data"]!.AsArray());
        Assert.Single((await world.Get("/v2/core/accounts?closed=true")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task Accounts_ArePagedByTheAddressOfTheNextPage()
    {
        await using var world = await SandboxWorld.Start();
        var ids = new List<string>();
        for (var i = 0; i < 5; i++) { ids.Insert(0, (await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient())).Id); }

        var seen = new List<string>();
        for (var next = "/v2/core/accounts?limit=2"; next is not null;)
        {
            var page = await world.Get(next);
            seen.AddRange(page.Body["data"]!.AsArray().Select(item => (string)item!["id"]!));
            next = (string?)page.Body["next_page_url"];
        }

        Assert.Equal(ids, seen);
    }
}
