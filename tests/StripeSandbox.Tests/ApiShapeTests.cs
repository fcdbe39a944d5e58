using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using LiveCommerce.StripeSandbox.Api;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Who may ask, what a request may hold, and what an answer always holds.</summary>
public sealed class ApiShapeTests
{
    [Theory]
    [InlineData(null)]
    [InlineData("sk_live_51Real")]
    [InlineData("sk_test_51SomebodysTestKey")]
    [InlineData("rk_live_51Real")]
    public async Task AnyKeyButTheSandboxs_IsTurnedAwayAndNotRepeated(string? key)
    {
        await using var world = await SandboxWorld.Start();
        world.Client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);

        var refused = await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        Assert.Equal((401, "invalid_request_error"), (refused.Status, (string?)refused.Error["type"]));
        if (key is not null) { Assert.DoesNotContain(key, refused.Body.ToJsonString(), StringComparison.Ordinal); }
    }

    [Theory]
    [InlineData("amount=500&currency=usd&amuont=5", "amuont")]
    [InlineData("amount=500&currency=usd&automatic_payment_methods[enabled]=true&automatic_payment_methods[redirects]=never", "automatic_payment_methods[redirects]")]
    [InlineData("amount=500&currency=usd&shipping[address][town]=x&shipping[name]=y", "shipping[address][town]")]
    public async Task ParameterThatTheApiDoesNotKnow_IsNamed(string form, string param)
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/payment_intents", form);

        Assert.Equal((400, "parameter_unknown", param), (refused.Status, refused.Code, (string?)refused.Error["param"]));
    }

    [Theory]
    [InlineData("currency=usd", "amount")]
    [InlineData("amount=500", "currency")]
    [InlineData("amount=500&currency=usd&automatic_payment_methods[allow_redirects]=never", "automatic_payment_methods[enabled]")]
    public async Task MissingParameter_IsNamed(string form, string param)
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/payment_intents", form);

        Assert.Equal((400, "parameter_missing", param), (refused.Status, refused.Code, (string?)refused.Error["param"]));
    }

    [Theory]
    [InlineData("amount=five&currency=usd", "parameter_invalid_integer")]
    [InlineData("amount=500&currency=usd&confirm=yes", null)]
    [InlineData("amount=500&currency=usd&metadata=text", null)]
    [InlineData("amount=500&currency=usd&metadata[a][b]=text", null)]
    [InlineData("amount=500&currency=usd&setup_future_usage=sometimes", null)]
    [InlineData("amount=500&currency=usd&customer=", "parameter_invalid_empty")]
    [InlineData("amount[x]=500&currency=usd", null)]
    [InlineData("amount=1&amount[x]=500&currency=usd", null)]
    [InlineData("amount=500&currency=usd&expand[x]=customer", null)]
    [InlineData("amount=500&currency=usd&a[b][c][d][e][f][g][h][i][j]=deep", null)]
    [InlineData("amount=500&currency=usd&transfer_data[destination]=acct_1", "sandbox_not_simulated")]
    public async Task ParameterOfTheWrongForm_IsRefused(string form, string? code)
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/payment_intents", form);

        Assert.Equal((400, "invalid_request_error", code), (refused.Status, (string?)refused.Error["type"], refused.Code));
    }

    [Fact]
    public async Task PaymentMethodTypes_AreRefusedByTheirOwnCode()
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method_types[0]=card");

        Assert.Equal((400, "payment_method_types_no_longer_supported"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task FilterThatIsNotSimulated_IsRefusedRatherThanIgnored()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal("sandbox_not_simulated", (await world.Get("/v1/payment_intents?customer_account=acct_1")).Code);
        Assert.Equal("sandbox_not_simulated", (await world.Get("/v1/charges?transfer_group=g")).Code);
    }

    [Fact]
    public async Task MetadataBeyondItsLimits_IsRefused()
    {
        await using var world = await SandboxWorld.Start();
        var many = string.Concat(Enumerable.Range(0, 51).Select(i => $"&metadata[k{i}]=v"));

        Assert.Equal(400, (await world.Post("/v1/payment_intents", "amount=500&currency=usd" + many)).Status);
        Assert.Equal(400, (await world.Post("/v1/payment_intents", $"amount=500&currency=usd&metadata[{new string('k', 41)}]=v")).Status);
        Assert.Equal(400, (await world.Post("/v1/payment_intents", $"amount=500&currency=usd&metadata[k]={new string('v', 501)}")).Status);
    }

    [Fact]
    public async Task BodyThatIsTooLargeOrNoForm_IsRefused()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal(413, (await world.Post("/v1/customers", "name=" + new string('x', StripeSandboxServer.RequestBytesMax))).Status);
        Assert.Equal(400, (await world.Post("/v1/customers", string.Join('&', Enumerable.Range(0, FormBody.PairsMax + 1).Select(i => $"a{i}=1")))).Status);
        using var json = new HttpRequestMessage(HttpMethod.Post, "/v1/customers") { Content = new StringContent("{}", Encoding.UTF8, "application/json") };
        Assert.Equal(400, (await world.Send(json)).Status);
    }

    [Fact]
    public async Task UnknownPath_OtherVersion_AndUnknownObjects_AreRefused()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal(404, (await world.Get("/v1/application_fees")).Status);
        foreach (var path in new[] { "payment_intents/pi_x", "customers/cus_x", "payment_methods/pm_x", "refunds/re_x", "charges/ch_x", "events/evt_x" })
        {
            var missing = await world.Get("/v1/" + path);
            Assert.Equal((404, "resource_missing"), (missing.Status, missing.Code));
        }

        using var old = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        old.Headers.Add("Stripe-Version", "2020-08-27");
        Assert.Equal(400, (await world.Send(old)).Status);
        using var current = new HttpRequestMessage(HttpMethod.Get, "/v1/events");
        current.Headers.Add("Stripe-Version", "2026-10-28.endive");
        Assert.Equal(200, (await world.Send(current)).Status);
    }

    [Fact]
    public async Task EveryObject_HoldsWhatTheApiPromises()
    {
        await using var world = await SandboxWorld.Start();
        var required = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", "required-fields.json")))!;
        var customer = await world.Post("/v1/customers", "name=Ana");
        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay + $"&customer={customer.Id}&expand[]=latest_charge");
        var refund = await world.Post("/v1/refunds", $"payment_intent={payment.Id}");
        var card = (await world.Get("/v1/payment_methods/pm_card_visa")).Body;
        var setup = await world.Post("/v1/setup_intents", $"customer={customer.Id}&payment_method=pm_card_visa&confirm=true");
        var happened = (await world.Get("/v1/events?limit=1")).Body["data"]![0]!.AsObject();

        await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_createDispute&confirm=true");
        await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_createIssuerFraudRecord&confirm=true");
        var dispute = (await world.Get("/v1/disputes")).Body["data"]![0]!.AsObject();
        Holds("Dispute", dispute);
        Holds("Dispute.EvidenceDetails", dispute["evidence_details"]!.AsObject());
        Holds("EarlyFraudWarning", (await world.Get("/v1/radar/early_fraud_warnings")).Body["data"]![0]!.AsObject());
        Holds("Customer", customer.Body);
        Holds("SetupIntent", setup.Body);
        Holds("PaymentMethod", (await world.Get($"/v1/payment_methods/{(string)setup.Body["payment_method"]!}")).Body);
        Holds("PaymentIntent", payment.Body);
        Holds("Charge", payment.Body["latest_charge"]!.AsObject());
        Holds("Refund", refund.Body);
        Holds("PaymentMethod", card);
        Holds("PaymentMethod.Card", card["card"]!.AsObject());
        Holds("Event", happened);

        void Holds(string kind, JsonObject value) =>
            Assert.Superset(required[kind]!.AsArray().Select(name => (string)name!).ToHashSet(), value.Select(member => member.Key).ToHashSet());
    }

    [Fact]
    public async Task EveryObjectOfMoneyAndAccounts_HoldsWhatTheApiPromises()
    {
        await using var world = await ConnectedAccount.WithMoney();
        var required = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Data", "required-fields.json")))!;
        var account = await world.PostJson("/v2/core/accounts", ConnectedAccount.Recipient());
        var link = await world.Link(account.Id);
        using var finished = await world.Decide((string)link.Body["url"]!, "finish");
        var transfer = await world.Post("/v1/transfers", $"amount=700&currency=usd&destination={account.Id}");
        var reversal = await world.Post($"/v1/transfers/{transfer.Id}/reversals", "amount=100");
        world.Clock.Advance(TimeSpan.FromSeconds(2));

        Holds("V2.Account", account.Body);
        Holds("V2.Account.Requirements.Entry", account.Body["requirements"]!["entries"]![0]!.AsObject());
        Holds("V2.AccountLink", link.Body);
        Holds("V2.Event", (await world.Get("/v2/core/events")).Body["data"]![0]!.AsObject());
        Holds("Account", (await world.Get($"/v1/accounts/{account.Id}")).Body);
        Holds("Transfer", transfer.Body);
        Holds("TransferReversal", reversal.Body);
        Holds("Balance", (await world.Get("/v1/balance")).Body);
        Holds("BalanceTransaction", (await world.Get("/v1/balance_transactions")).Body["data"]![0]!.AsObject());
        Holds("Payout", (await world.Get("/v1/payouts", account.Id)).Body["data"]![0]!.AsObject());
        Holds("Charge", (await world.Get("/v1/charges", account.Id)).Body["data"]![0]!.AsObject());
        Holds("Refund", (await world.Get("/v1/refunds", account.Id)).Body["data"]![0]!.AsObject());
        Assert.Equal("sandbox_not_simulated", (await world.Get("/v1/customers/cus_x", account.Id)).Code);

        void Holds(string kind, JsonObject value) =>
            Assert.Superset(required[kind]!.AsArray().Select(name => (string)name!).ToHashSet(), value.Select(member => member.Key).ToHashSet());
    }

    public static TheoryData<string> FormVectors()
    {
        var vectors = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "form-vectors.json")))!.AsArray();
        return [.. vectors.Select(vector => (string)vector!["name"]!)];
    }

    [Theory]
    [MemberData(nameof(FormVectors))]
    public void FormOfTheOfficialSdk_IsReadAsItWasMeant(string name)
    {
        var vectors = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "form-vectors.json")))!.AsArray();
        var vector = vectors.Single(candidate => (string)candidate!["name"]! == name)!;
        var url = (string)vector["url"]!;
        var text = (string)vector["method"]! == "GET" ? url[(url.IndexOf('?', StringComparison.Ordinal) + 1)..] : (string)vector["body"]!;

        var form = FormBody.Read(text, out var problem);

        Assert.Null(problem);
        Assert.Equal(Flat(vector["params"]!, ""), Flat(form!, "").OrderBy(entry => entry, StringComparer.Ordinal));
    }

    private static List<string> Flat(FormNode node, string at) => node is FormText text
        ? [$"{at}={text.Value}"]
        : [.. ((FormMap)node).Values.SelectMany(entry => Flat(entry.Value, $"{at}/{entry.Key}"))];

    /// <summary>The parameters as the SDK was given them; it sends null as an empty text and a date as seconds.</summary>
    private static List<string> Flat(JsonNode? node, string at)
    {
        IEnumerable<string> entries = node switch
        {
            JsonObject fields => fields.SelectMany(field => Flat(field.Value, $"{at}/{field.Key}")),
            JsonArray items => items.SelectMany((item, index) => Flat(item, $"{at}/{index}")),
            null => [$"{at}="],
            JsonValue value when at == "/created" =>
                [$"{at}={DateTimeOffset.Parse((string)value!, System.Globalization.CultureInfo.InvariantCulture).ToUnixTimeSeconds()}"],
            _ => [$"{at}={node}"],
        };
        return [.. entries.OrderBy(entry => entry, StringComparer.Ordinal)];
    }
}
