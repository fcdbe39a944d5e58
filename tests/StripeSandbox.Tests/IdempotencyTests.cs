using LiveCommerce.StripeSandbox.Faults;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>A key makes a request happen once.</summary>
public sealed class IdempotencyTests
{
    [Fact]
    public async Task SameKeyAndContent_IsAnsweredAgainAndHappensOnce()
    {
        await using var world = await SandboxWorld.Start();

        var first = await world.Post("/v1/payment_intents", "amount=500&currency=usd&confirm=true&payment_method=pm_card_visa", "topup:1:1");
        var again = await world.Post("/v1/payment_intents", "currency=usd&amount=500&payment_method=pm_card_visa&confirm=true", "topup:1:1");

        Assert.Equal(first.Body.ToJsonString(), again.Body.ToJsonString());
        Assert.Null(first.Header("Idempotent-Replayed"));
        Assert.Equal("true", again.Header("Idempotent-Replayed"));
        Assert.Equal(first.Header("Request-Id"), again.Header("Original-Request"));
        Assert.Single((await world.Get("/v1/payment_intents")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task DeclineIsReplayed_EvenThoughTheCardWouldPayNow()
    {
        await using var world = await SandboxWorld.Start();
        const string Form = "amount=500&currency=usd&payment_method=pm_card_chargeDeclined&confirm=true";

        var first = await world.Post("/v1/payment_intents", Form, "topup:1:1");
        var again = await world.Post("/v1/payment_intents", Form, "topup:1:1");

        Assert.Equal((402, 402), (first.Status, again.Status));
        Assert.Equal(first.Body.ToJsonString(), again.Body.ToJsonString());
        Assert.Single((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task ServerErrorIsReplayed()
    {
        await using var world = await SandboxWorld.Start();
        world.Server.Arm(new ArmedApiFault { Fault = ApiFault.ServerError, Operation = "PaymentIntent.create" });

        Assert.Equal(500, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Status);
        Assert.Equal(500, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Status);
        Assert.Equal(200, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k2")).Status);
    }

    [Fact]
    public async Task RequestThatFailsItsCheck_LeavesTheKeyFree()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal(400, (await world.Post("/v1/payment_intents", "amount=500", "k1")).Status);
        Assert.Equal(200, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Status);
    }

    [Theory]
    [InlineData("/v1/payment_intents", "amount=501&currency=usd")]
    [InlineData("/v1/customers", "name=Ana")]
    public async Task SameKeyForSomethingElse_IsAnIdempotencyError(string path, string form)
    {
        await using var world = await SandboxWorld.Start();
        await world.Post("/v1/payment_intents", "amount=500&currency=usd", "k1");

        var refused = await world.Post(path, form, "k1");

        Assert.Equal((400, "idempotency_error"), (refused.Status, (string?)refused.Error["type"]));
    }

    [Fact]
    public async Task KeyInUse_IsAConflictUntilTheFirstIsAnswered()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        var open = new TaskCompletionSource();
        receiver.AnswerOnlyAfter(open.Task);
        world.Server.Arm(new ArmedWebhookFault { Fault = WebhookFault.BeforeAnswer, EventType = "payment_intent.succeeded" });

        var first = world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");
        await receiver.Next();
        var second = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");

        Assert.Equal((409, "idempotency_key_in_use"), (second.Status, second.Code));
        Assert.False(first.IsCompleted);
        open.SetResult();
        Assert.Equal("succeeded", (await first).State);
        Assert.Equal("succeeded", (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).State);
    }

    [Fact]
    public async Task KeyIsKeptForADayAndThenForgotten()
    {
        await using var world = await SandboxWorld.Start();
        var first = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");

        world.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal(first.Id, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Id);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotEqual(first.Id, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Id);
    }

    [Fact]
    public async Task KeyThatIsTooLong_IsRefused()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Equal(200, (await world.Post("/v1/customers", "", new string('k', 255))).Status);
        Assert.Equal(400, (await world.Post("/v1/customers", "", new string('k', 256))).Status);
    }
}
