using System.Net;
using System.Text;
using LiveCommerce.StripeSandbox.Faults;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>API calls that go wrong as they do in the world, and the admin endpoint that asks for it.</summary>
public sealed class FaultTests
{
    [Fact]
    public async Task TimeoutAfterCommit_HasTakenTheMoney_AndTheSameKeyFindsTheAnswer()
    {
        await using var receiver = await WebhookReceiver.Start();
        await using var world = await SandboxWorld.Start(receiver);
        await Arm(world, """{"api":[{"fault":"timeout_after_commit","operation":"PaymentIntent.create"}]}""");

        using var giveUp = new CancellationTokenSource();
        var hanging = Hang(world, "k1", giveUp.Token);
        var webhooks = await receiver.Next(3);
        Assert.False(hanging.IsCompleted);
        await giveUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hanging);
        var retry = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");

        Assert.Equal("true", retry.Header("Idempotent-Replayed"));
        Assert.Equal((string?)webhooks[^1].Event["data"]!["object"]!["id"], retry.Id);
        Assert.Single((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("reset_before", 0)]
    [InlineData("reset_after_commit", 1)]
    public async Task ConnectionThatIsReset_LeavesWhatWasDoneUntilThen(string fault, int charges)
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, $$"""{"api":[{"fault":"{{fault}}"}]}""");

        await Assert.ThrowsAnyAsync<HttpRequestException>(() => world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1"));

        Assert.Equal(charges, (await world.Get("/v1/charges")).Body["data"]!.AsArray().Count);
        Assert.Equal("succeeded", (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).State);
        Assert.Single((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Theory]
    [InlineData("bad_gateway_before", 0)]
    [InlineData("bad_gateway_after_commit", 1)]
    public async Task BadGateway_IsAPageAndNoJson(string fault, int charges)
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, $$"""{"api":[{"fault":"{{fault}}"}]}""");
        using var form = new StringContent(SandboxWorld.Pay, Encoding.UTF8, "application/x-www-form-urlencoded");

        using var answer = await world.Client.PostAsync("/v1/payment_intents", form);

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal(charges, (await world.Get("/v1/charges")).Body["data"]!.AsArray().Count);
    }

    [Fact]
    public async Task HalfAnAnswer_IsNoJson_AndTheSameKeyFindsTheWholeOne()
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, """{"api":[{"fault":"truncated_after_commit"}]}""");

        await Assert.ThrowsAnyAsync<System.Text.Json.JsonException>(() => world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1"));
        var retry = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");

        Assert.Equal(("succeeded", "true"), (retry.State, retry.Header("Idempotent-Replayed")));
        Assert.Single((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task KeyInUseFault_AsksForARetry_AndOnlyMeetsChangesWithAKey()
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, """{"api":[{"fault":"key_in_use"}]}""");

        Assert.Equal(200, (await world.Get("/v1/events")).Status);
        var used = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");

        Assert.Equal((409, "idempotency_key_in_use", "true"), (used.Status, used.Code, used.Header("Stripe-Should-Retry")));
        Assert.Empty((await world.Get("/v1/charges")).Body["data"]!.AsArray());
        Assert.Equal(200, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Status);
    }

    [Fact]
    public async Task ServerErrorKeptUnderAKey_SaysThatARetryIsOfNoUse()
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, """{"api":[{"fault":"server_error","operation":"PaymentIntent.create","times":2}]}""");

        Assert.Null((await world.Post("/v1/payment_intents", SandboxWorld.Pay)).Header("Stripe-Should-Retry"));
        Assert.Equal("false", (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Header("Stripe-Should-Retry"));
        Assert.Equal("false", (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Header("Stripe-Should-Retry"));
    }

    [Fact]
    public async Task RateLimitFault_Answers429AndDoesNothing()
    {
        await using var world = await SandboxWorld.Start();
        await Arm(world, """{"api":[{"fault":"rate_limit","operation":"PaymentIntent.create","times":2}]}""");

        for (var i = 0; i < 2; i++)
        {
            var limited = await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1");
            Assert.Equal((429, "rate_limit"), (limited.Status, limited.Code));
        }

        Assert.Equal(200, (await world.Post("/v1/payment_intents", SandboxWorld.Pay, "k1")).Status);
    }

    [Fact]
    public async Task RequestsBeyondTheLimitOfASecond_WaitForTheNext()
    {
        await using var world = await SandboxWorld.Start(options =>
        {
            options.OperationRequestsPerSecondMax = 2;
            options.RequestsPerSecondMax = 3;
        });

        Assert.Equal(200, (await world.Get("/v1/events")).Status);
        Assert.Equal(200, (await world.Get("/v1/events")).Status);
        var third = await world.Get("/v1/events");
        Assert.Equal((429, "endpoint-rate"), (third.Status, third.Header("Stripe-Rate-Limited-Reason")));
        Assert.Equal(200, (await world.Get("/v1/charges")).Status);
        Assert.Equal("global-rate", (await world.Get("/v1/charges")).Header("Stripe-Rate-Limited-Reason"));
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(200, (await world.Get("/v1/events")).Status);
    }

    [Theory]
    [InlineData("""{"api":[{"fault":"explode"}]}""")]
    [InlineData("""{"api":[{"fault":"rate_limit","operations":"x"}]}""")]
    [InlineData("""{"api":[{"fault":"rate_limit","times":0}]}""")]
    [InlineData("""{"webhooks":[{"fault":"delay","seconds":-1}]}""")]
    [InlineData("""{"webhooks":[{}]}""")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("no json")]
    public async Task FaultsThatMakeNoSense_AreRefused(string body)
    {
        await using var world = await SandboxWorld.Start();

        using var answer = await world.Client.PostAsync("/_sandbox/faults", new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Fact]
    public async Task ArmedFaults_AreShownCountedAndDisarmed()
    {
        await using var world = await SandboxWorld.Start(options => options.Faults.Api.Add(new ArmedApiFault { Fault = ApiFault.RateLimit, Times = 5 }));
        var webhooks = string.Join(',', Enumerable.Repeat("""{"fault":"drop"}""", FaultBoard.ArmedMax));

        using var tooMany = await world.Client.PostAsync(
            "/_sandbox/faults", new StringContent($$"""{"webhooks":[{{webhooks}}]}""", Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.Conflict, tooMany.StatusCode);
        var armed = (await world.Get("/_sandbox/faults")).Body;
        Assert.Equal(("rate_limit", 5), ((string?)armed["api"]![0]!["fault"], (int)armed["api"]![0]!["times"]!));

        using var cleared = await world.Client.DeleteAsync("/_sandbox/faults");
        Assert.Equal(200, (await world.Get("/v1/events")).Status);
    }

    [Fact]
    public async Task PageOfAStranger_CannotArmFaults()
    {
        await using var world = await SandboxWorld.Start();
        const string Body = """{"api":[{"fault":"rate_limit"}]}""";

        // What a browser sends across origins without asking first, and what it sends after a name was pointed at this machine.
        using var plain = await world.Client.PostAsync("/_sandbox/faults", new StringContent(Body, Encoding.UTF8, "text/plain"));
        using var rebound = new HttpRequestMessage(HttpMethod.Post, "/_sandbox/faults") { Content = new StringContent(Body, Encoding.UTF8, "application/json") };
        rebound.Headers.Host = "evil.example";
        using var foreign = await world.Client.SendAsync(rebound);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, plain.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, foreign.StatusCode);
        Assert.Empty((await world.Get("/_sandbox/faults")).Body["api"]!.AsArray());
    }

    private static async Task Arm(SandboxWorld world, string faults)
    {
        using var answer = await world.Client.PostAsync("/_sandbox/faults", new StringContent(faults, Encoding.UTF8, "application/json"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    private static async Task Hang(SandboxWorld world, string key, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/payment_intents");
        request.Content = new StringContent(SandboxWorld.Pay, Encoding.UTF8, "application/x-www-form-urlencoded");
        request.Headers.Add("Idempotency-Key", key);
        using var answer = await world.Client.SendAsync(request, cancellation);
    }
}
