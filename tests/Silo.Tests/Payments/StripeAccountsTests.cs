using System.Text.Json.Nodes;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>The part of the API that takes JSON. The bodies were recorded with the official library for the same calls.</summary>
public sealed class StripeAccountsTests
{
    private const string Account = """
        {"id":"acct_1","object":"v2.core.account","applied_configurations":["recipient"],"created":"2026-11-22T07:00:00.000Z","livemode":false,
        "dashboard":"express","metadata":{"streamer_id":"s1"},
        "configuration":{"recipient":{"applied":true,"capabilities":{"stripe_balance":{"stripe_transfers":{"status":"STATUS",
        "status_details":[{"code":"requirements_past_due","resolution":"provide_info"}]}}}}},
        "requirements":{"entries":[{"awaiting_action_from":"user","description":"external_account","errors":[],"impact":{},
        "minimum_deadline":{"status":"past_due"},"requested_reasons":[]}],
        "summary":{"minimum_deadline":{"status":"past_due","time":"2026-11-22T00:00:00Z"}}}}
        """;

    [Fact]
    public async Task NewAccount_IsARecipientOfTransfersWithTheSmallDashboard()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        await server.Client.CreateAccountAsync(
            new CreateAccount(
                "ana@example.com", "Ana é <3", "us", new Dictionary<string, string> { ["streamer_id"] = "s1" }, StripeEntityType.NonProfit),
            "key-1");

        AssertBody(server, "/v2/core/accounts", """
            {"contact_email":"ana@example.com","display_name":"Ana é <3","dashboard":"express","identity":{"country":"us","entity_type":"non_profit"},
            "configuration":{"recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{"requested":true}}}}},
            "defaults":{"responsibilities":{"fees_collector":"application","losses_collector":"application"}},
            "metadata":{"streamer_id":"s1"},"include":["configuration.recipient","requirements"]}
            """);
    }

    [Fact]
    public async Task ChangedAccount_IsSentWhatChangesAndNothingElse()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        await server.Client.UpdateAccountAsync("acct_1", new UpdateAccount(DisplayName: "Ana"), "key-1");
        AssertBody(server, "/v2/core/accounts/acct_1", """{"display_name":"Ana","include":["configuration.recipient","requirements"]}""");

        await server.Client.UpdateAccountAsync(
            "acct_1", new UpdateAccount(RequestTransfers: false, Metadata: new Dictionary<string, string> { ["a"] = "" }), "key-2");
        AssertBody(server, "/v2/core/accounts/acct_1", """
            {"configuration":{"recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{"requested":false}}}}},"metadata":{"a":""},
            "include":["configuration.recipient","requirements"]}
            """);
    }

    [Fact]
    public async Task PageForTheOwner_HasItsSettingsUnderTheNameOfItsUse()
    {
        await using var server = await ScriptedStripe.StartAsync(
            [new(200, """{"object":"v2.core.account_link","url":"https://connect.example/x","expires_at":"2026-11-22T07:05:00.000Z"}""")]);

        var answer = await server.Client.CreateAccountLinkAsync(
            new CreateAccountLink("acct_1", StripeAccountLinkUse.AccountOnboarding, "https://a/b?c=d&e", "https://a"), "key-1");
        AssertBody(server, "/v2/core/account_links", """
            {"account":"acct_1","use_case":{"type":"account_onboarding","account_onboarding":{"refresh_url":"https://a/b?c=d&e","return_url":"https://a"}}}
            """);
        Assert.Equal(
            new StripeAccountLink("https://connect.example/x", new DateTimeOffset(2026, 11, 22, 7, 5, 0, TimeSpan.Zero)),
            Assert.IsType<StripeAnswer<StripeAccountLink>.Ok>(answer).Value);

        await server.Client.CreateAccountLinkAsync(new CreateAccountLink("acct_1", StripeAccountLinkUse.AccountUpdate, "https://a/b", "https://a"), "key-2");
        AssertBody(server, "/v2/core/account_links", """
            {"account":"acct_1","use_case":{"type":"account_update","account_update":{"refresh_url":"https://a/b","return_url":"https://a"}}}
            """);
    }

    [Theory]
    [InlineData("active", true)]
    [InlineData("restricted", false)]
    public async Task AccountTellsWhetherItCanReceiveAndWhatIsWanted(string status, bool canReceive)
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, Account.Replace("STATUS", status, StringComparison.Ordinal))]);

        var account = Assert.IsType<StripeAnswer<StripeAccount>.Ok>(await server.Client.GetAccountAsync("acct_1")).Value;

        Assert.Equal("include[0]=configuration.recipient&include[1]=requirements", server.Requests[^1].Query);
        Assert.Equal((status, canReceive), (account.StripeTransfersStatus, account.CanReceive));
        Assert.Equal("external_account", Assert.Single(account.Requirements!.Entries!).Description);
        Assert.Equal("past_due", account.Requirements.Summary!.MinimumDeadline!.Status);
    }

    [Fact]
    public async Task ErrorOfThisPart_IsARefusalLikeAnyOther()
    {
        await using var server = await ScriptedStripe.StartAsync(
            [new(400, """{"error":{"code":"invalid_fields","message":"No.","type":"invalid_request_error","user_message":"No."}}""")]);

        var answer = await server.Client.GetAccountAsync("acct_1");

        Assert.Equal("invalid_fields", Assert.IsType<StripeAnswer<StripeAccount>.Refused>(answer).Error.Code);
    }

    private static void AssertBody(ScriptedStripe server, string path, string body)
    {
        var request = server.Requests[^1];
        Assert.Equal(("POST", path, "application/json"), (request.Method, request.Path, request.ContentType));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(body), JsonNode.Parse(request.Body)), request.Body);
    }
}
