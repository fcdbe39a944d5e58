using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Tests.Running;
using WalletView = LiveCommerce.Contracts.Accounts.Wallet;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>What must move nothing, sent to the whole product; a top-up that waits for its viewer is there to be moved.</summary>
public sealed class WebhookBadInputTests : IAsyncLifetime
{
    private const string PlatformOld = "whsec_platform_before_the_roll";
    private const string Connected = "whsec_connected";
    private const string ConnectedOld = "whsec_connected_before_the_roll";

    private TestServer _server = null!;
    private Visitor _viewer = null!;

    public async ValueTask InitializeAsync()
    {
        _server = await TestServer.StartAsync(
            ("Webhooks:Secrets:2", PlatformOld), ("Webhooks:ConnectedSecrets:1", Connected), ("Webhooks:ConnectedSecrets:2", ConnectedOld));
        _viewer = await _server.NewMemberAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _viewer.Dispose();
        await _server.DisposeAsync();
    }

    [Theory]
    [InlineData(TestServer.WebhookSecret, null)]
    [InlineData(PlatformOld, null)]
    [InlineData(TestServer.WebhookSecret, "acct_1")]
    [InlineData(Connected, "acct_1")]
    [InlineData(ConnectedOld, "acct_1")]
    public async Task EverySecretOfEitherEndpoint_IsTaken(string secret, string? account)
    {
        var body = JsonSerializer.Serialize(new { id = NewId(), type = "payout.paid", account });

        Assert.Equal(HttpStatusCode.OK, await Deliver(Encoding.UTF8.GetBytes(body), secret));
    }

    [Fact]
    public async Task SecretForConnectedAccounts_DoesNotVouchForThePlatformsOwnEvents()
    {
        var topUp = await StartTopUp();

        Assert.Equal(HttpStatusCode.BadRequest, await Deliver(Paid(topUp), Connected));
        await AssertNothingMoved(topUp);
    }

    [Fact]
    public async Task PaymentInAConnectedAccount_CreditsNobody()
    {
        var topUp = await StartTopUp();

        Assert.Equal(HttpStatusCode.OK, await Deliver(Paid(topUp, account: "acct_1"), Connected));
        await AssertNothingMoved(topUp);
    }

    [Fact]
    public async Task ThinEventAboutAnAccount_IsStoredOnceUnderEitherSecret()
    {
        var body = Encoding.UTF8.GetBytes($$"""
            {"id":"{{NewId()}}","object":"v2.core.event","type":"v2.core.account[configuration.recipient].capability_status_updated","livemode":false,
            "created":"2026-11-22T07:00:00.123Z","reason":null,
            "related_object":{"id":"acct_1","type":"v2.core.account","url":"/v2/core/accounts/acct_1"} }
            """);

        Assert.Equal(HttpStatusCode.OK, await Deliver(body, Connected));
        Assert.Equal((HttpStatusCode.OK, false), await DeliverAndTell(body, TestServer.WebhookSecret));
    }

    [Theory]
    [InlineData("forged")]
    [InlineData("of another secret")]
    [InlineData("tampered")]
    [InlineData("old")]
    [InlineData("from the future")]
    [InlineData("with two times")]
    [InlineData("of the older scheme only")]
    [InlineData("twice in the header")]
    [InlineData("absent")]
    public async Task SignatureThatIs_IsRefusedAndMovesNothing(string what)
    {
        var topUp = await StartTopUp();
        var body = Paid(topUp);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        string[] headers = what switch
        {
            "forged" => [$"t={now},v1={new string('a', 64)}"],
            "of another secret" => [Header(body, "whsec_of_somebody_else", now)],
            "tampered" => [Header(Paid(topUp, amount: 1), TestServer.WebhookSecret, now)],
            "old" => [Header(body, TestServer.WebhookSecret, now - 400)],
            "from the future" => [Header(body, TestServer.WebhookSecret, now + 400)],
            "with two times" => [$"t={now},{Header(body, TestServer.WebhookSecret, now)}"],
            "of the older scheme only" => [Header(body, TestServer.WebhookSecret, now).Replace("v1=", "v0=", StringComparison.Ordinal)],
            "twice in the header" => [Header(body, TestServer.WebhookSecret, now), Header(body, TestServer.WebhookSecret, now)],
            _ => [],
        };

        var (status, refusal) = await Send(body, headers);

        Assert.Equal((HttpStatusCode.BadRequest, RefusalCode.SignatureInvalid), (status, refusal?.Code));
        await AssertNothingMoved(topUp);
    }

    [Theory]
    [InlineData("invalid UTF-8")]
    [InlineData("an id of half a character")]
    [InlineData("an id of a space")]
    [InlineData("a type of 300 characters")]
    [InlineData("an id of null")]
    [InlineData("deep nesting")]
    [InlineData("a second value")]
    public async Task SignedBodyWith_IsMalformedAndMovesNothing(string what)
    {
        var topUp = await StartTopUp();
        var paid = Encoding.UTF8.GetString(Paid(topUp));
        var body = what switch
        {
            "invalid UTF-8" => Encoding.Latin1.GetBytes(paid.Replace("payment_intent\"", "payment_intent\",\"description\":\"caf\u00e9\"", StringComparison.Ordinal)),
            "an id of half a character" => Encoding.UTF8.GetBytes("""{"id":"evt_\ud800","type":"payment_intent.succeeded"}"""),
            "an id of a space" => """{"id":" ","type":"payment_intent.succeeded"}"""u8.ToArray(),
            "a type of 300 characters" => Encoding.UTF8.GetBytes($$"""{"id":"evt_1","type":"{{new string('t', 300)}}"}"""),
            "an id of null" => """{"id":null,"type":"payment_intent.succeeded"}"""u8.ToArray(),
            "deep nesting" => Encoding.UTF8.GetBytes($$"""{"id":"evt_1","type":"x","data":{{new string('[', 100)}}{{new string(']', 100)}} }"""),
            _ => Encoding.UTF8.GetBytes(paid + "{}"),
        };

        var (status, refusal) = await Send(body, Header(body, TestServer.WebhookSecret));

        Assert.Equal((HttpStatusCode.BadRequest, RefusalCode.Malformed), (status, refusal?.Code));
        await AssertNothingMoved(topUp);
    }

    [Fact]
    public async Task BodyOfAMebibyte_IsTakenAndOneByteMoreIsTooLarge()
    {
        var start = Encoding.UTF8.GetBytes($$"""{"id":"{{NewId()}}","type":"customer.created","data":null}""");
        var body = new byte[1_048_577];
        body.AsSpan().Fill((byte)' ');
        start.CopyTo(body, 0);

        var (status, refusal) = await Send(body, Header(body, TestServer.WebhookSecret));
        Assert.Equal((HttpStatusCode.RequestEntityTooLarge, RefusalCode.TooLarge), (status, refusal?.Code));
        Assert.Equal(HttpStatusCode.OK, await Deliver(body[..^1], TestServer.WebhookSecret));
    }

    [Theory]
    [InlineData("customer.created", """{"id":"cus_1","object":"customer"}""")]
    [InlineData("something.new", """{"id":"new_1","object":"new"}""")]
    [InlineData("payment_intent.succeeded", """{"id":"pi_1","status":"succeeded","amount":5,"currency":"usd","created":1,"metadata":{"top_up_id":"of-nobody"}}""")]
    [InlineData("payment_intent.succeeded", """{"id":"pi_1","status":"succeeded","amount":5,"currency":"usd","created":1,"metadata":{}}""")]
    [InlineData("payment_intent.succeeded", """{"id":7}""")]
    [InlineData("payment_intent.succeeded", "[]")]
    [InlineData("charge.dispute.created", """{"id":"dp_1","charge":"ch_of_nobody"}""")]
    public async Task EventAboutWhatWeDoNotKnow_IsStoredOnceAndMovesNothing(string type, string data)
    {
        var topUp = await StartTopUp();
        var body = Encoding.UTF8.GetBytes($$"""{"id":"{{NewId()}}","type":"{{type}}","data":{"object":{{data}} } }""");

        Assert.Equal((HttpStatusCode.OK, true), await DeliverAndTell(body, TestServer.WebhookSecret));
        Assert.Equal((HttpStatusCode.OK, false), await DeliverAndTell(body, TestServer.WebhookSecret));
        await AssertNothingMoved(topUp);
    }

    [Fact]
    public async Task EventThatIsEarlierThanItsTopUp_MovesNothingAndHoldsNothingUp()
    {
        var early = Guid.CreateVersion7();
        Assert.Equal(HttpStatusCode.OK, await Deliver(Paid(early.ToString("N"), "pi_early"), TestServer.WebhookSecret));

        var topUp = await StartTopUp(early);

        await AssertNothingMoved(topUp);
    }

    [Fact]
    public async Task PaymentOfAnotherAmountOrAnotherPayment_CreditsNothing()
    {
        var topUp = await StartTopUp();

        Assert.Equal(HttpStatusCode.OK, await Deliver(Paid(topUp, amount: 1), TestServer.WebhookSecret));
        Assert.Equal(HttpStatusCode.OK, await Deliver(Paid(topUp.TopUpId, "pi_of_somebody"), TestServer.WebhookSecret));

        await AssertNothingMoved(topUp);
    }

    /// <summary>The control: what is refused above would have moved something.</summary>
    [Fact]
    public async Task SameEventRightlySigned_CreditsOnceHoweverOftenAndInWhateverOrderItComes()
    {
        var topUp = await StartTopUp();
        var (paid, again) = (Paid(topUp), Paid(topUp));
        var failedBefore = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Paid(topUp)).Replace(".succeeded", ".payment_failed", StringComparison.Ordinal));

        Assert.Equal((HttpStatusCode.OK, true), await DeliverAndTell(paid, TestServer.WebhookSecret));
        Assert.Equal((HttpStatusCode.OK, false), await DeliverAndTell(paid, TestServer.WebhookSecret));
        Assert.Equal((HttpStatusCode.OK, true), await DeliverAndTell(again, PlatformOld));
        Assert.Equal((HttpStatusCode.OK, true), await DeliverAndTell(failedBefore, TestServer.WebhookSecret));
        await _server.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).OnDue();

        Assert.Equal(TopUpState.Credited, (await _viewer.GetAsync<TopUpView>($"/api/wallet/top-ups/{topUp.TopUpId}")).State);
        Assert.Equal(100, (await _viewer.GetAsync<WalletView>("/api/wallet")).Coins);
    }

    /// <summary>A top-up whose viewer is asked by the bank, so nothing is paid.</summary>
    private async Task<TopUpView> StartTopUp(Guid? id = null)
    {
        var key = id ?? Guid.CreateVersion7();
        var asked = await _viewer.PostAsync<TopUpView>(
            "/api/wallet/top-ups",
            new { packId = "coins-100", paymentMethod = "pm_card_authenticationRequired", returnUrl = $"{_server.Address}wallet" }, key);
        Assert.Equal(TopUpState.RequiresAction, asked.State);
        return asked;
    }

    private async Task AssertNothingMoved(TopUpView topUp)
    {
        // What was stored has been processed when this ends.
        await _server.Grains.GetGrain<IPaymentInboxGrain>(IPaymentInboxGrain.Key).OnDue();

        Assert.Equal(TopUpState.RequiresAction, (await _viewer.GetAsync<TopUpView>($"/api/wallet/top-ups/{topUp.TopUpId}")).State);
        Assert.Equal(0, (await _viewer.GetAsync<WalletView>("/api/wallet")).Coins);
    }

    /// <summary>The news that a top-up is paid, by its own payment: all that is missing is a right to say so.</summary>
    private static byte[] Paid(TopUpView topUp, long amount = 129, string? account = null) => Paid(topUp.TopUpId, PaymentOf(topUp), amount, account);

    /// <summary>The bank's page has the payment's id in its address.</summary>
    private static string PaymentOf(TopUpView topUp) => topUp.ActionUrl!.Split('?')[0].Split('/')[^1];

    private static byte[] Paid(string topUpId, string paymentId, long amount = 129, string? account = null) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = NewId(),
        @object = "event",
        type = "payment_intent.succeeded",
        account,
        data = new
        {
            @object = new
            {
                id = paymentId,
                @object = "payment_intent",
                status = "succeeded",
                amount,
                amount_received = amount,
                currency = "usd",
                created = 1,
                metadata = new { top_up_id = topUpId },
            },
        },
    });

    private static string NewId() => $"evt_{Guid.CreateVersion7():N}";

    private static string Header(byte[] body, string secret, long? at = null)
    {
        var time = at ?? TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{time}."), .. body];
        return $"t={time},v1={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), signed))}";
    }

    private async Task<HttpStatusCode> Deliver(byte[] body, string secret) => (await DeliverAndTell(body, secret)).Status;

    private async Task<(HttpStatusCode Status, bool? IsNew)> DeliverAndTell(byte[] body, string secret)
    {
        var (status, text) = await Post(body, [Header(body, secret)]);
        return (status, status == HttpStatusCode.OK ? JsonDocument.Parse(text).RootElement.GetProperty("new").GetBoolean() : null);
    }

    private async Task<(HttpStatusCode Status, Refusal? Refusal)> Send(byte[] body, params string[] signatures)
    {
        var (status, text) = await Post(body, signatures);
        return (status, (int)status >= 400 ? JsonSerializer.Deserialize<Refusal>(text, WireJson.Options) : null);
    }

    private async Task<(HttpStatusCode Status, string Text)> Post(byte[] body, string[] signatures)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(_server.Address, "api/payments/webhook"))
        {
            Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } },
        };
        foreach (var signature in signatures) { request.Headers.TryAddWithoutValidation("Stripe-Signature", signature); }
        using var response = await http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
