namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Payments from creation to their end.</summary>
public sealed class PaymentIntentTests
{
    [Fact]
    public async Task PaymentWithAGoodCard_SucceedsAtOnceAndTellsSo()
    {
        await using var world = await SandboxWorld.Start();

        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay + "&metadata[topup_id]=t1&description=100%20coins");

        Assert.Equal(200, payment.Status);
        Assert.Equal("succeeded", payment.State);
        Assert.StartsWith("pi_sim_", payment.Id, StringComparison.Ordinal);
        Assert.False((bool)payment.Body["livemode"]!);
        Assert.Equal(500, (long)payment.Body["amount_received"]!);
        Assert.Equal("t1", (string?)payment.Body["metadata"]!["topup_id"]);
        Assert.Equal("100 coins", (string?)payment.Body["description"]);
        Assert.StartsWith("req_sim_", payment.Header("Request-Id"), StringComparison.Ordinal);
        Assert.Equal("2026-10-28.endive", payment.Header("Stripe-Version"));
        Assert.Equal(["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"], await world.EventTypes());
    }

    [Theory]
    [InlineData("pm_card_chargeDeclined", "card_declined", "generic_decline")]
    [InlineData("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    public async Task PaymentWithADeclinedCard_Answers402AndCanBeTriedWithAnother(string card, string code, string declineCode)
    {
        await using var world = await SandboxWorld.Start();

        var declined = await world.Post("/v1/payment_intents", $"amount=500&currency=usd&payment_method={card}&confirm=true");

        Assert.Equal(402, declined.Status);
        Assert.Equal("card_error", (string?)declined.Error["type"]);
        Assert.Equal(code, declined.Code);
        Assert.Equal(declineCode, (string?)declined.Error["decline_code"]);
        var id = (string)declined.Error["payment_intent"]!["id"]!;
        var stored = await world.Get($"/v1/payment_intents/{id}");
        Assert.Equal("requires_payment_method", stored.State);
        Assert.Equal(declineCode, (string?)stored.Body["last_payment_error"]!["decline_code"]);
        Assert.Equal(["payment_intent.created", "charge.failed", "payment_intent.payment_failed"], await world.EventTypes());

        var again = await world.Post($"/v1/payment_intents/{id}/confirm", "payment_method=pm_card_visa");

        Assert.Equal("succeeded", again.State);
        Assert.Null(again.Body["last_payment_error"]);
    }

    [Fact]
    public async Task PaymentConfirmedLater_GoesThroughEveryState()
    {
        await using var world = await SandboxWorld.Start();

        var payment = await world.Post("/v1/payment_intents", "amount=500&currency=usd");
        Assert.Equal("requires_payment_method", payment.State);
        var early = await world.Post($"/v1/payment_intents/{payment.Id}/confirm");
        Assert.Equal((400, "payment_intent_unexpected_state"), (early.Status, early.Code));

        var ready = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_visa");
        Assert.Equal("requires_confirmation", ready.State);
        Assert.Equal("succeeded", (await world.Post($"/v1/payment_intents/{ready.Id}/confirm")).State);
        var twice = await world.Post($"/v1/payment_intents/{ready.Id}/confirm");
        Assert.Equal((400, "payment_intent_unexpected_state"), (twice.Status, twice.Code));
        Assert.Equal(ready.Id, (string?)twice.Error["payment_intent"]!["id"]);
    }

    [Fact]
    public async Task CanceledPayment_StaysCanceled()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_visa");

        var canceled = await world.Post($"/v1/payment_intents/{payment.Id}/cancel", "cancellation_reason=abandoned");

        Assert.Equal("canceled", canceled.State);
        Assert.Equal("abandoned", (string?)canceled.Body["cancellation_reason"]);
        Assert.Equal(400, (await world.Post($"/v1/payment_intents/{payment.Id}/cancel")).Status);
        Assert.Equal(400, (await world.Post($"/v1/payment_intents/{payment.Id}/confirm")).Status);
        Assert.Equal("payment_intent.canceled", (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task PaidPayment_CannotBeCanceled()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay);

        var refused = await world.Post($"/v1/payment_intents/{payment.Id}/cancel");

        Assert.Equal((400, "payment_intent_unexpected_state"), (refused.Status, refused.Code));
    }

    [Fact]
    public async Task ProcessingCard_SucceedsWhenItsTimeIsOver()
    {
        await using var receiver = await WebhookReceiver.Start();
        // A webhook's own time limit must not look like the timer that this test waits for.
        await using var world = await SandboxWorld.Start(receiver, options => options.WebhookTimeoutSeconds = 60);
        var armed = world.Clock.WhenArmed(TimeSpan.FromSeconds(10));

        var payment = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_simProcessing&confirm=true");
        Assert.Equal("processing", payment.State);
        Assert.Equal(["payment_intent.created", "payment_intent.processing"], (await receiver.Next(2)).Select(webhook => webhook.Type));

        await armed.WaitAsync(TimeSpan.FromSeconds(120));
        world.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["charge.succeeded", "payment_intent.succeeded"], (await receiver.Next(2)).Select(webhook => webhook.Type));
        Assert.Equal("succeeded", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Theory]
    [InlineData("amount=49&currency=usd", "amount_too_small", "amount")]
    [InlineData("amount=100000000&currency=usd", "amount_too_large", "amount")]
    [InlineData("amount=-5&currency=usd", "parameter_invalid_integer", "amount")]
    [InlineData("amount=500&currency=zzz", null, "currency")]
    [InlineData("amount=500&currency=usd&customer=cus_sim_nobody", "resource_missing", "customer")]
    [InlineData("amount=500&currency=usd&payment_method=pm_card_nobody", "resource_missing", "payment_method")]
    [InlineData("amount=500&currency=usd&confirm=true", "parameter_missing", "payment_method")]
    [InlineData("amount=500&currency=usd&off_session=true", null, "off_session")]
    [InlineData("amount=500&currency=usd&return_url=javascript:alert(1)", "url_invalid", "return_url")]
    [InlineData("amount=500&currency=usd&capture_method=manual", "sandbox_not_simulated", "capture_method")]
    [InlineData("amount=500&currency=usd&allowed_payment_method_types[]=klarna", "sandbox_not_simulated", "allowed_payment_method_types")]
    public async Task PaymentThatCannotBe_IsRefusedAndNotStored(string form, string? code, string param)
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/payment_intents", form);

        Assert.Equal((400, code, param), (refused.Status, refused.Code, (string?)refused.Error["param"]));
        Assert.Empty((await world.Get("/v1/payment_intents")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task List_FiltersByCustomerAndTimeAndPages()
    {
        await using var world = await SandboxWorld.Start();
        var customer = await world.Post("/v1/customers", "name=Ana&email=ana%40example.org&metadata[person]=p1");
        Assert.StartsWith("cus_sim_", customer.Id, StringComparison.Ordinal);
        Assert.Equal("Ana", (string?)(await world.Get($"/v1/customers/{customer.Id}")).Body["name"]);
        var first = await world.Post("/v1/payment_intents", $"amount=500&currency=usd&customer={customer.Id}");
        await world.Post("/v1/payment_intents", "amount=600&currency=usd");
        var before = world.Clock.GetUtcNow().ToUnixTimeSeconds();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        var second = await world.Post("/v1/payment_intents", $"amount=700&currency=usd&customer={customer.Id}");

        Assert.Equal([second.Id, first.Id], Ids(await world.Get($"/v1/payment_intents?customer={customer.Id}")));
        Assert.Equal([second.Id], Ids(await world.Get($"/v1/payment_intents?customer={customer.Id}&created[gt]={before}")));
        Assert.Equal([first.Id], Ids(await world.Get($"/v1/payment_intents?customer={customer.Id}&created[lte]={before}")));
        Assert.Equal([first.Id], Ids(await world.Get($"/v1/payment_intents?customer={customer.Id}&starting_after={second.Id}")));
        Assert.Equal([second.Id], Ids(await world.Get($"/v1/payment_intents?customer={customer.Id}&ending_before={first.Id}")));
        var page = await world.Get("/v1/payment_intents?limit=2");
        Assert.True((bool)page.Body["has_more"]!);
        Assert.Equal(2, page.Body["data"]!.AsArray().Count);
        Assert.Equal(400, (await world.Get("/v1/payment_intents?limit=101")).Status);
        Assert.Equal(400, (await world.Get("/v1/payment_intents?starting_after=pi_sim_nothing")).Status);
    }

    [Fact]
    public async Task Expand_PutsObjectsInThePlaceOfTheirIds()
    {
        await using var world = await SandboxWorld.Start();

        var payment = await world.Post("/v1/payment_intents", SandboxWorld.Pay + "&expand[0]=latest_charge&expand[1]=payment_method&expand[2]=latest_charge.balance_transaction");

        Assert.Equal("charge", (string?)payment.Body["latest_charge"]!["object"]);
        Assert.Equal("4242", (string?)payment.Body["payment_method"]!["card"]!["last4"]);
        var list = await world.Get("/v1/payment_intents?expand[]=data.latest_charge");
        Assert.Equal("succeeded", (string?)list.Body["data"]![0]!["latest_charge"]!["status"]);
        Assert.Equal(400, (await world.Get($"/v1/payment_intents/{payment.Id}?expand[]=amount")).Status);
    }

    private static List<string> Ids(Answer list) => [.. list.Body["data"]!.AsArray().Select(item => (string)item!["id"]!)];
}
