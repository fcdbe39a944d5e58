namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>Every way in which a card says no, at once or in the end.</summary>
public sealed class CardTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData("pm_card_chargeDeclinedLostCard", "card_declined", "lost_card")]
    [InlineData("pm_card_chargeDeclinedStolenCard", "card_declined", "stolen_card")]
    [InlineData("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card")]
    [InlineData("pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "incorrect_cvc")]
    [InlineData("pm_card_chargeDeclinedProcessingError", "processing_error", "processing_error")]
    [InlineData("pm_card_chargeDeclinedVelocityLimitExceeded", "card_declined", "card_velocity_exceeded")]
    [InlineData("pm_card_visa_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds")]
    public async Task DeclinedCard_SaysWhy(string card, string code, string declineCode)
    {
        await using var world = await SandboxWorld.Start();

        var declined = await world.Post("/v1/payment_intents", $"amount=500&currency=usd&payment_method={card}&confirm=true");

        Assert.Equal((402, code, declineCode), (declined.Status, declined.Code, (string?)declined.Error["decline_code"]));
        var charge = (await world.Get($"/v1/charges/{(string)declined.Error["charge"]!}")).Body;
        Assert.Equal((code, declineCode), ((string?)charge["failure_code"], (string?)charge["outcome"]!["reason"]));
        Assert.Equal("payment_intent.payment_failed", (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task CardThatIsApprovedAndThenDeclined_TakesNothing()
    {
        await using var world = await SandboxWorld.Start();
        var asking = await world.Post(
            "/v1/payment_intents",
            "amount=500&currency=usd&payment_method=pm_card_authenticationRequiredChargeDeclinedInsufficientFunds&confirm=true&return_url=https%3A%2F%2Fshop.example%2F");
        Assert.Equal("requires_action", asking.State);

        using var answer = await world.Client.PostAsync(
            new Uri((string)asking.Body["next_action"]!["redirect_to_url"]!["url"]!), new FormUrlEncodedContent([new("decision", "approve")]));

        Assert.EndsWith("redirect_status=failed", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        var payment = await world.Get($"/v1/payment_intents/{asking.Id}");
        Assert.Equal(("requires_payment_method", "insufficient_funds"), (payment.State, (string?)payment.Body["last_payment_error"]!["decline_code"]));
        Assert.Equal("succeeded", (await world.Post($"/v1/payment_intents/{asking.Id}/confirm", "payment_method=pm_card_visa")).State);
    }

    [Fact]
    public async Task ProcessingCardThatFails_SaysSoWhenItsTimeIsOver()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver, options => options.WebhookTimeoutSeconds = 60);
        var armed = world.Clock.WhenArmed(TimeSpan.FromSeconds(10));
        var payment = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_simProcessingFails&confirm=true");
        Assert.Equal("processing", payment.State);
        await receiver.Next(2);

        await armed.WaitAsync(Patience);
        world.Clock.Advance(TimeSpan.FromSeconds(10));

        Assert.Equal(["charge.failed", "payment_intent.payment_failed"], (await receiver.Next(2)).Select(webhook => webhook.Type));
        Assert.Equal("requires_payment_method", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Fact]
    public async Task EveryCard_IsListedWithItsLabel()
    {
        await using var world = await SandboxWorld.Start();

        var cards = (await world.Get("/_sandbox/cards")).Body["data"]!.AsArray();

        Assert.Equal(SandboxCard.All.Select(card => card.Id), cards.Select(card => (string)card!["id"]!));
        Assert.Equal(("visa", "4242", "Pays at once"), ((string?)cards[0]!["brand"], (string?)cards[0]!["last4"], (string?)cards[0]!["label"]));
    }

    [Fact]
    public async Task AbandonedPayment_WaitsUntilItIsCanceled()
    {
        await using var world = await SandboxWorld.Start();
        var asking = await world.Post("/v1/payment_intents", "amount=500&currency=usd&payment_method=pm_card_authenticationRequired&confirm=true");

        using var left = await world.Client.PostAsync(
            new Uri((string)asking.Body["next_action"]!["redirect_to_url"]!["url"]!), new FormUrlEncodedContent([new("decision", "abandon")]));
        world.Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("requires_action", (await world.Get($"/v1/payment_intents/{asking.Id}")).State);

        Assert.Equal("canceled", (await world.Post($"/v1/payment_intents/{asking.Id}/cancel", "cancellation_reason=abandoned")).State);
        using var late = await world.Client.PostAsync(
            new Uri((string)asking.Body["next_action"]!["redirect_to_url"]!["url"]!), new FormUrlEncodedContent([new("decision", "approve")]));
        Assert.Equal("canceled", (await world.Get($"/v1/payment_intents/{asking.Id}")).State);
        Assert.Empty((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }
}
