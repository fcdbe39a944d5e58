using System.Net;
using LiveCommerce.StripeSandbox.Simulation;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Cards that are kept for later: saved, paid with while nobody is there, listed and taken away.</summary>
public sealed class SavedCardTests
{
    [Fact]
    public async Task CardSavedBySetupIntent_PaysWhileTheCustomerIsAway()
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana");

        var setup = await world.Post("/v1/setup_intents", $"customer={customer.Id}&payment_method=pm_card_visa&confirm=true&usage=off_session&metadata[user]=u1");
        Assert.Equal((200, "succeeded", "off_session"), (setup.Status, setup.State, (string?)setup.Body["usage"]));
        Assert.StartsWith("seti_sim_", setup.Id, StringComparison.Ordinal);
        var card = (string)setup.Body["payment_method"]!;
        Assert.StartsWith("pm_sim_", card, StringComparison.Ordinal);
        Assert.Equal(["customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded"], await world.EventTypes());

        var paid = await world.Post(
            "/v1/payment_intents", $"amount=900&currency=usd&customer={customer.Id}&payment_method={card}&off_session=true&confirm=true&expand[]=latest_charge");
        Assert.Equal(("succeeded", card), (paid.State, (string?)paid.Body["payment_method"]));
        Assert.Equal((card, "4242"), (
            (string?)paid.Body["latest_charge"]!["payment_method"], (string?)paid.Body["latest_charge"]!["payment_method_details"]!["card"]!["last4"]));
        Assert.Equal("succeeded", (await world.Get($"/v1/setup_intents/{setup.Id}")).State);
        Assert.Single((await world.Get($"/v1/setup_intents?customer={customer.Id}")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("approve", "succeeded", "succeeded", "setup_intent.succeeded", 1)]
    [InlineData("fail", "requires_payment_method", "failed", "setup_intent.setup_failed", 0)]
    public async Task CardThatAsks_IsKeptOnlyAfterTheCardholderApproved(string decision, string status, string redirect, string lastEvent, int cards)
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana");
        var setup = await world.Post(
            "/v1/setup_intents",
            $"customer={customer.Id}&payment_method=pm_card_authenticationRequired&confirm=true&return_url=https%3A%2F%2Fshop.example%2Fcards");
        Assert.Equal("requires_action", setup.State);
        Assert.Equal("setup_intent.requires_action", (await world.EventTypes())[^1]);
        var page = new Uri((string)setup.Body["next_action"]!["redirect_to_url"]!["url"]!);
        Assert.Contains("keeps the test card ending in 3184", await world.Client.GetStringAsync(page), StringComparison.Ordinal);

        using var abandoned = await world.Client.PostAsync(page, new FormUrlEncodedContent([new("decision", "abandon")]));
        Assert.Equal("requires_action", (await world.Get($"/v1/setup_intents/{setup.Id}")).State);
        using var answer = await world.Client.PostAsync(page, new FormUrlEncodedContent([new("decision", decision)]));

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(
            $"https://shop.example/cards?setup_intent={setup.Id}&setup_intent_client_secret={(string)setup.Body["client_secret"]!}&redirect_status={redirect}",
            answer.Headers.Location!.ToString());
        Assert.Equal(status, (await world.Get($"/v1/setup_intents/{setup.Id}")).State);
        Assert.Equal(lastEvent, (await world.EventTypes())[^1]);
        Assert.Equal(cards, (await world.Get($"/v1/customers/{customer.Id}/payment_methods")).Body["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task SavedCardThatAlwaysAsks_IsRefusedWhileTheCustomerIsAway_AndAsksThemWhenTheyAreThere()
    {
        await using var world = await SandboxWorld.Start();
        var (customer, card) = await Save(world, "pm_card_authenticationRequired");
        var form = $"amount=900&currency=usd&customer={customer}&payment_method={card}&confirm=true";

        var away = await world.Post("/v1/payment_intents", form + "&off_session=true");
        Assert.Equal((402, "authentication_required", "authentication_required"), (away.Status, away.Code, (string?)away.Error["decline_code"]));
        Assert.Equal("requires_payment_method", (string?)away.Error["payment_intent"]!["status"]);
        Assert.Equal(card, (string?)away.Error["payment_method"]!["id"]);

        var there = await world.Post($"/v1/payment_intents/{(string)away.Error["payment_intent"]!["id"]!}/confirm", $"payment_method={card}");
        Assert.Equal("requires_action", there.State);
        await Decide(world, there, "approve");
        Assert.Equal("succeeded", (await world.Get($"/v1/payment_intents/{there.Id}")).State);
    }

    [Fact]
    public async Task CardThatAsksUntilItIsSaved_PaysWhileTheCustomerIsAway()
    {
        await using var world = await SandboxWorld.Start();
        var (customer, card) = await Save(world, "pm_card_authenticationRequiredOnSetup");

        var paid = await world.Post(
            "/v1/payment_intents", $"amount=900&currency=usd&customer={customer}&payment_method={card}&confirm=true&off_session=true");

        Assert.Equal("succeeded", paid.State);
        Assert.Equal("requires_action", (await world.Post(
            "/v1/payment_intents", "amount=900&currency=usd&payment_method=pm_card_authenticationRequiredOnSetup&confirm=true")).State);
    }

    [Fact]
    public async Task PaymentThatKeepsTheCard_LeavesItWithTheCustomer()
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana");

        var paid = await world.Post(
            "/v1/payment_intents", $"amount=900&currency=usd&customer={customer.Id}&payment_method=pm_card_mastercard&setup_future_usage=off_session&confirm=true");

        var card = (string)paid.Body["payment_method"]!;
        Assert.StartsWith("pm_sim_", card, StringComparison.Ordinal);
        var kept = (await world.Get($"/v1/customers/{customer.Id}/payment_methods?type=card")).Body["data"]!.AsArray();
        Assert.Equal((card, "mastercard", "4444"), ((string?)kept.Single()!["id"], (string?)kept[0]!["card"]!["brand"], (string?)kept[0]!["card"]!["last4"]));
        Assert.Contains("payment_method.attached", await world.EventTypes());
        var declined = await world.Post(
            "/v1/payment_intents",
            $"amount=900&currency=usd&customer={customer.Id}&payment_method=pm_card_chargeDeclined&setup_future_usage=off_session&confirm=true");
        Assert.Equal(402, declined.Status);
        Assert.Single((await world.Get($"/v1/customers/{customer.Id}/payment_methods")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task AttachedCard_HasAnIdOfItsOwnAndTheFingerprintOfItsNumber()
    {
        await using var world = await SandboxWorld.Start();
        var ana = await world.Post("/v1/customers", "name=Ana");
        var ben = await world.Post("/v1/customers", "name=Ben");

        var first = await world.Post("/v1/payment_methods/pm_card_visa/attach", $"customer={ana.Id}");
        var second = await world.Post("/v1/payment_methods/pm_card_visa/attach", $"customer={ben.Id}");
        var other = await world.Post("/v1/payment_methods/pm_card_amex/attach", $"customer={ana.Id}");

        Assert.NotEqual(first.Id, second.Id);
        Assert.Equal((string?)first.Body["card"]!["fingerprint"], (string?)second.Body["card"]!["fingerprint"]);
        Assert.NotEqual((string?)first.Body["card"]!["fingerprint"], (string?)other.Body["card"]!["fingerprint"]);
        Assert.Equal(ana.Id, (string?)(await world.Get($"/v1/payment_methods/{first.Id}")).Body["customer"]);
        Assert.Equal([other.Id, first.Id], (await world.Get($"/v1/customers/{ana.Id}/payment_methods")).Body["data"]!.AsArray().Select(item => (string)item!["id"]!));
        Assert.Equal((400, "payment_method_unexpected_state"), Refused(await world.Post($"/v1/payment_methods/{first.Id}/attach", $"customer={ben.Id}")));
        Assert.Equal(200, (await world.Post($"/v1/payment_methods/{first.Id}/attach", $"customer={ana.Id}")).Status);
    }

    [Fact]
    public async Task CardOfAnotherCustomer_OrADetachedOne_CannotPay()
    {
        await using var world = await SandboxWorld.Start();
        var (ana, card) = await Save(world, "pm_card_visa");
        var ben = await world.Post("/v1/customers", "name=Ben");

        var foreign = await world.Post("/v1/payment_intents", $"amount=900&currency=usd&customer={ben.Id}&payment_method={card}&confirm=true");
        var nobody = await world.Post("/v1/payment_intents", $"amount=900&currency=usd&payment_method={card}&confirm=true");
        var setup = await world.Post("/v1/setup_intents", $"customer={ben.Id}&payment_method={card}&confirm=true");
        Assert.All([foreign, nobody, setup], refused => Assert.Equal((400, "payment_method"), (refused.Status, (string?)refused.Error["param"])));

        Assert.Null((await world.Post($"/v1/payment_methods/{card}/detach")).Body["customer"]);
        Assert.Equal("payment_method.detached", (await world.EventTypes())[^1]);
        var pay = await world.Post("/v1/payment_intents", $"amount=900&currency=usd&customer={ana}&payment_method={card}&confirm=true");
        Assert.Equal((400, "payment_method_unexpected_state"), Refused(pay));
        Assert.Equal((400, "payment_method_unexpected_state"), Refused(await world.Post($"/v1/payment_methods/{card}/attach", $"customer={ana}")));
        Assert.Equal((400, "payment_method_unexpected_state"), Refused(await world.Post($"/v1/payment_methods/{card}/detach")));
        Assert.Empty((await world.Get($"/v1/customers/{ana}/payment_methods")).Body["data"]!.AsArray());
        Assert.Empty((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("pm_card_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card")]
    public async Task CardTheBankRefuses_IsNotSaved(string card, string code, string declineCode)
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana");

        var setup = await world.Post("/v1/setup_intents", $"customer={customer.Id}&payment_method={card}&confirm=true");
        var attach = await world.Post($"/v1/payment_methods/{card}/attach", $"customer={customer.Id}");

        Assert.Equal((402, code, declineCode), (setup.Status, setup.Code, (string?)setup.Error["decline_code"]));
        Assert.Equal("requires_payment_method", (string?)setup.Error["setup_intent"]!["status"]);
        Assert.Equal(code, (string?)setup.Error["setup_intent"]!["last_setup_error"]!["code"]);
        Assert.Equal((402, code), Refused(attach));
        Assert.Equal("setup_intent.setup_failed", (await world.EventTypes())[^1]);
        var again = await world.Post($"/v1/setup_intents/{(string)setup.Error["setup_intent"]!["id"]!}/confirm", "payment_method=pm_card_visa");
        Assert.Equal("succeeded", again.State);
        Assert.Null(again.Body["last_setup_error"]);
    }

    [Fact]
    public async Task CardThatFailsAfterItIsSaved_IsSavedAndThenDeclined()
    {
        await using var world = await SandboxWorld.Start();
        var (customer, card) = await Save(world, "pm_card_chargeCustomerFail");

        var declined = await world.Post("/v1/payment_intents", $"amount=900&currency=usd&customer={customer}&payment_method={card}&confirm=true&off_session=true");

        Assert.Equal((402, "card_declined"), Refused(declined));
    }

    [Fact]
    public async Task SetupThatIsOver_StaysAsItIs()
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana");
        var open = await world.Post("/v1/setup_intents", $"customer={customer.Id}");
        Assert.Equal("requires_payment_method", open.State);
        Assert.Equal((400, "setup_intent_unexpected_state"), Refused(await world.Post($"/v1/setup_intents/{open.Id}/confirm")));

        var canceled = await world.Post($"/v1/setup_intents/{open.Id}/cancel", "cancellation_reason=abandoned");

        Assert.Equal(("canceled", "abandoned"), (canceled.State, (string?)canceled.Body["cancellation_reason"]));
        Assert.Equal("setup_intent.canceled", (await world.EventTypes())[^1]);
        Assert.Equal((400, "setup_intent_unexpected_state"), Refused(await world.Post($"/v1/setup_intents/{open.Id}/confirm", "payment_method=pm_card_visa")));
        Assert.Equal((400, "setup_intent_unexpected_state"), Refused(await world.Post($"/v1/setup_intents/{open.Id}/cancel")));
        Assert.Equal(404, (await world.Get("/v1/setup_intents/seti_x")).Status);
        Assert.Equal(400, (await world.Post("/v1/setup_intents", "customer=cus_x")).Status);
        Assert.Equal("parameter_missing", (await world.Post("/v1/setup_intents", $"customer={customer.Id}&confirm=true")).Code);
        Assert.Equal("payment_method_types_no_longer_supported", (await world.Post("/v1/setup_intents", "payment_method_types[0]=card")).Code);
    }

    [Fact]
    public async Task Customer_IsChangedListedAndDeletedWithItsCards()
    {
        await using var world = await SandboxWorld.Start();
        var (ana, card) = await Save(world, "pm_card_visa");
        await world.Post("/v1/customers", "name=Ben");
        await world.Post($"/v1/customers/{ana}", "metadata[a]=1&metadata[b]=2");

        var changed = await world.Post($"/v1/customers/{ana}", $"email=ana%40example.org&metadata[a]=&metadata[c]=3&invoice_settings[default_payment_method]={card}");

        Assert.Equal(("Ana", "ana@example.org"), ((string?)changed.Body["name"], (string?)changed.Body["email"]));
        Assert.Equal("""{"b":"2","c":"3"}""", changed.Body["metadata"]!.ToJsonString());
        Assert.Equal(card, (string?)changed.Body["invoice_settings"]!["default_payment_method"]);
        Assert.Equal("customer.updated", (await world.EventTypes())[^1]);
        Assert.Equal("{}", (await world.Post($"/v1/customers/{ana}", "metadata=")).Body["metadata"]!.ToJsonString());
        Assert.Equal(400, (await world.Post($"/v1/customers/{ana}", "email=nonsense")).Status);
        Assert.Equal(400, (await world.Post($"/v1/customers/{ana}", "invoice_settings[default_payment_method]=pm_card_visa")).Status);
        Assert.Equal(2, (await world.Get("/v1/customers")).Body["data"]!.AsArray().Count);
        Assert.Equal(ana, (string?)(await world.Get("/v1/customers?email=ana%40example.org")).Body["data"]!.AsArray().Single()!["id"]);

        using var delete = new HttpRequestMessage(HttpMethod.Delete, $"/v1/customers/{ana}");
        var deleted = await world.Send(delete);

        Assert.True((bool)deleted.Body["deleted"]!);
        Assert.True((bool)(await world.Get($"/v1/customers/{ana}")).Body["deleted"]!);
        Assert.Single((await world.Get("/v1/customers")).Body["data"]!.AsArray());
        Assert.Null((await world.Get($"/v1/payment_methods/{card}")).Body["customer"]);
        Assert.Equal(["payment_method.detached", "customer.deleted"], (await world.EventTypes())[^2..]);
        Assert.Equal(404, (await world.Post($"/v1/customers/{ana}", "name=x")).Status);
        Assert.Equal("resource_missing", (await world.Post("/v1/payment_intents", SandboxWorld.Pay + $"&customer={ana}")).Code);
    }

    [Fact]
    public void CardsHaveTheirOwnIdsNumbersAndLabels()
    {
        Assert.Equal(TestCards.All.Count, TestCards.All.Select(card => card.Id).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(TestCards.All.Count, TestCards.All.Select(card => card.Fingerprint).Distinct(StringComparer.Ordinal).Count());
        Assert.All(TestCards.All, card => Assert.NotEmpty(card.Meaning));
        Assert.All(TestCards.All, card => Assert.Equal(card.DeclineCode is null, card.Message is null));
        Assert.Equal("lost_card", TestCards.Find("pm_card_visa_chargeDeclinedLostCard")!.DeclineCode);
    }

    private static (int Status, string? Code) Refused(Answer answer) => (answer.Status, answer.Code);

    /// <summary>A customer with a saved card; the cardholder approves when asked.</summary>
    private static async Task<(string Customer, string Card)> Save(SandboxWorld world, string card)
    {
        var customer = await world.Post("/v1/customers", "name=Ana");
        var setup = await world.Post("/v1/setup_intents", $"customer={customer.Id}&payment_method={card}&confirm=true");
        if (setup.State == "requires_action") { await Decide(world, setup, "approve"); }
        return (customer.Id, (string)(await world.Get($"/v1/setup_intents/{setup.Id}")).Body["payment_method"]!);
    }

    private static async Task Decide(SandboxWorld world, Answer asked, string decision)
    {
        using var answer = await world.Client.PostAsync(
            new Uri((string)asked.Body["next_action"]!["redirect_to_url"]!["url"]!), new FormUrlEncodedContent([new("decision", decision)]));
    }
}
