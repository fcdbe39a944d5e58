using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Each kind of request (form, JSON, query, deletion) under what a network and a provider do.</summary>
public sealed class StripeFaultsTests
{
    private const string Html = "<html><body>502 Bad Gateway</body></html>";
    private const string Good = """
        {"id":"x_1","deleted":true,"amount":5,"amount_reversed":0,"currency":"usd","created":1,"reversed":false,"status":"paid","arrival_date":2}
        """;

    private static readonly Dictionary<string, string> Ours = new(StringComparer.Ordinal) { ["payout_id"] = "1" };

    private static readonly Dictionary<string, Func<StripeClient, Task<object>>> Kinds = new(StringComparer.Ordinal)
    {
        ["form"] = async client => await client.CreateTransferAsync(new CreateTransfer(5, "usd", "acct_1", null, "payout_1", Ours), "key-1"),
        ["json"] = async client => await client.CreateAccountAsync(new CreateAccount("a@example.com", "Ana", "us", Ours), "key-1"),
        ["query"] = async client => await client.GetPayoutAsync("po_1", "acct_1"),
        ["delete"] = async client => await client.DeleteCustomerAsync("cus_1"),
    };

    public static TheoryData<string> Names() => [.. Kinds.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task HtmlFromAProxy_IsRetriedAndThenUnknown(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(502, Html)]);

        Assert.Equal("Unknown", await Outcome(server, kind));
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task ConnectionThatEndsEarly_IsRetriedUnderTheSameKey(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([ScriptedReply.Reset, new(200, Good) { CutOff = true }, new(200, Good)]);

        Assert.Equal("Ok", await Outcome(server, kind));
        Assert.Equal(3, server.Requests.Count);
        Assert.Single(server.Requests.Select(request => request.Headers["Idempotency-Key"].ToString()).Distinct());
        Assert.Single(server.Requests.Select(request => request.Body).Distinct());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task JsonThatBreaksOff_IsUnknownAndNotRetried(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, Good[..^5])]);

        Assert.Equal("Unknown", await Outcome(server, kind));
        Assert.Single(server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task AnswerWithoutWhatIsAlwaysThere_IsUnknown(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        Assert.Equal("Unknown", await Outcome(server, kind));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task AnswerLargerThanAnyOfTheApi_IsUnknownAndNotRetried(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, new string(' ', StripeClient.ResponseBytesMax) + Good)]);

        Assert.Equal("Unknown", await Outcome(server, kind));
        Assert.Single(server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task TooManyRequests_AreLeftToTheCaller(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(429, """{"error":{"type":"invalid_request_error"}}""")]);

        Assert.Equal("Unknown", await Outcome(server, kind));
        Assert.Single(server.Requests);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task NoAnswer_IsUnknownAfterThreeTries(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([ScriptedReply.Never], timeoutSeconds: 10);

        Assert.Equal("Unknown", await Outcome(server, kind));
        Assert.Equal(3, server.Requests.Count);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public async Task WhatIsNotThere_IsRefusedForGood(string kind)
    {
        await using var server = await ScriptedStripe.StartAsync([new(404, """{"error":{"type":"invalid_request_error","code":"resource_missing"}}""")]);

        Assert.Equal("Refused", await Outcome(server, kind));
        Assert.Single(server.Requests);
    }

    [Theory]
    [InlineData(200, """{"id":"pi_1","client_secret":"pi_1_secret_abc","card":{"number":"4242424242424242"},"url":"https://connect.example/once"}""")]
    [InlineData(402, """{"error":{"type":"card_error","code":"card_declined","message":"4242424242424242 of sk_test_sandbox_1 pi_1_secret_abc https://connect.example/once"}}""")]
    [InlineData(401, """{"error":{"type":"invalid_request_error","message":"Invalid API Key provided: sk_test_sandbox_1"}}""")]
    [InlineData(500, "<html>sk_test_sandbox_1 pi_1_secret_abc 4242424242424242 https://connect.example/once</html>")]
    [InlineData(0, "reset")]
    public async Task NoLogLineHoldsASecretOrWhatWasSent(int status, string body)
    {
        await using var server = await ScriptedStripe.StartAsync([new(status, body) { ShouldRetry = status == 0 ? null : false }]);

        foreach (var name in StripeRequestsTests.MethodNames)
        {
            var (arguments, before) = (new StripeArguments(0, full: true), server.Log.Count);
            await StripeRequestsTests.Call(server.Client, name, arguments);

            // The ids in the path are what a line is about. Short numbers are found anywhere.
            var (path, log) = (server.Requests[^1].Path, string.Join('\n', server.Log.Skip(before)));
            Assert.All(
                arguments.Marks.Where(mark => !path.Contains(mark, StringComparison.Ordinal) && mark.Length > 3),
                mark => Assert.DoesNotContain(mark, log, StringComparison.Ordinal));
        }

        Assert.NotEmpty(server.Log);
        string[] secrets = [ScriptedStripe.Key, "_secret_", "4242", "connect.example", "Bearer"];
        Assert.All(server.Log, line => Assert.DoesNotContain(secrets, secret => line.Contains(secret, StringComparison.Ordinal)));
        if (status > 0) { Assert.All(server.Log, line => Assert.Contains("req_1", line, StringComparison.Ordinal)); }
    }

    [Fact]
    public async Task ClientSecret_IsNotKept()
    {
        await using var server = await ScriptedStripe.StartAsync(
            [new(200, """{"id":"pi_1","status":"succeeded","amount":5,"currency":"usd","created":1,"client_secret":"pi_1_secret_abc"}""")]);

        var intent = Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(await server.Client.GetPaymentIntentAsync("pi_1")).Value;

        Assert.DoesNotContain("secret", intent.ToString(), StringComparison.Ordinal);
    }

    private static async Task<string> Outcome(ScriptedStripe server, string kind) => (await Kinds[kind](server.Client)).GetType().Name;
}
