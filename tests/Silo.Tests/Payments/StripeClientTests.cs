using System.Text.Json;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>The client against a server that answers by a script; expectations were observed with the official library.</summary>
public sealed class StripeClientTests
{
    private const string Intent = """{"id":"pi_1","status":"succeeded","amount":500,"currency":"usd","created":1}""";

    private static readonly CreatePaymentIntent Pay = new(500, "usd", new Dictionary<string, string> { ["top_up_id"] = "1" });

    private static readonly JsonElement Observed = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "stripe-retry-observed.json"))).RootElement;

    private static readonly Dictionary<string, ScriptedReply[]> Scripts = new(StringComparer.Ordinal)
    {
        ["500 then 200"] = [new(500, Error("api_error")), new(200, Intent)],
        ["500 should-retry false"] = [new(500, Error("api_error")) { ShouldRetry = false }],
        ["429"] = [new(429, Error("invalid_request_error"))],
        ["402 card_error"] = [new(402, Error("card_error"))],
        ["503"] = [new(503, Error("api_error")), new(200, Intent)],
        ["reset then 200, retries=0"] = [ScriptedReply.Reset, new(200, Intent)],
        ["timeout x3"] = [ScriptedReply.Never, ScriptedReply.Never, ScriptedReply.Never],
        ["200 but not JSON"] = [new(200, "<html>ok</html>")],
        ["400 idempotency mismatch"] = [new(400, Error("idempotency_error"))],
        ["403"] = [new(403, Error("invalid_request_error"))],
    };

    public static TheoryData<string> Names() => [.. Scripts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Attempts_AreThoseOfTheOfficialLibrary_WithOneKey(string name)
    {
        var observed = Observed.EnumerateArray().Single(one => one.GetProperty("name").GetString() == name);
        await using var server = await ScriptedStripe.StartAsync(Scripts[name], TimeoutOf(name));

        var answer = await server.Client.CreatePaymentIntentAsync(Pay, "key-1");

        Assert.Equal(observed.GetProperty("attempts").GetInt32(), server.Requests.Count);
        Assert.All(server.Requests, request => Assert.Equal("key-1", request.Headers["Idempotency-Key"].ToString()));
        Assert.Equal(
            observed.GetProperty("result").GetString()!.StartsWith("ok", StringComparison.Ordinal),
            answer is StripeAnswer<StripePaymentIntent>.Ok { Value.Id: "pi_1" });
    }

    [Theory]
    [InlineData("429")]
    [InlineData("timeout x3")]
    [InlineData("200 but not JSON")]
    [InlineData("500 should-retry false")]
    public async Task AnswerThatDoesNotSayWhatHappened_IsUnknownAndNoFailure(string name)
    {
        await using var server = await ScriptedStripe.StartAsync(Scripts[name], TimeoutOf(name));

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Unknown>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task ShouldRetryTrue_IsObeyedOnAnyStatus()
    {
        await using var server = await ScriptedStripe.StartAsync([new(402, Error("card_error")) { ShouldRetry = true }, new(200, Intent)]);

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task KeyInUse_IsRetried()
    {
        await using var server = await ScriptedStripe.StartAsync([new(409, Error("idempotency_error")), new(200, Intent)]);

        Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(await server.Client.CreatePaymentIntentAsync(Pay, "key-1"));
    }

    [Fact]
    public async Task EveryRequest_NamesTheVersionAndTheKey()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, Intent), new(200, Intent)]);

        await server.Client.GetPaymentIntentAsync("pi_1");
        await server.Client.CreatePaymentIntentAsync(Pay with { Description = "a b" }, "key-1");

        Assert.All(server.Requests, request => Assert.Equal("2026-10-28.endive", request.Headers["Stripe-Version"].ToString()));
        Assert.All(server.Requests, request => Assert.Equal("Bearer sk_test_sandbox_1", request.Headers.Authorization.ToString()));
        Assert.Equal("", server.Requests[0].Headers["Idempotency-Key"].ToString());
        Assert.Equal("application/x-www-form-urlencoded", server.Requests[1].ContentType!.Split(';')[0]);
        Assert.Equal(
            "amount=500&currency=usd&allowed_payment_method_types[0]=card&description=a%20b&metadata[top_up_id]=1", server.Requests[1].Body);
    }

    [Theory]
    [InlineData(1, 0.0, 375)]
    [InlineData(1, 1.0, 500)]
    [InlineData(2, 1.0, 1_000)]
    [InlineData(4, 1.0, 4_000)]
    [InlineData(9, 1.0, 5_000)]
    [InlineData(9, 0.0, 3_750)]
    public void Delays_DoubleUpToFiveSecondsAndAreSpread(int retry, double jitter, int milliseconds) =>
        Assert.Equal(milliseconds, StripeRetry.Delay(retry, jitter).TotalMilliseconds);

    [Fact]
    public void EveryObservationIsPlayed() =>
        Assert.Equal(Observed.EnumerateArray().Select(one => one.GetProperty("name").GetString()!).Order(), Scripts.Keys.Order());

    private static int TimeoutOf(string name) => name == "timeout x3" ? 10 : 120;

    private static string Error(string type) => $$"""{"error":{"message":"no","type":"{{type}}"} }""";
}
