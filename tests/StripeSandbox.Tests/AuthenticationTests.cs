using System.Net;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>3-D Secure: the cardholder decides on a page of the sandbox.</summary>
public sealed class AuthenticationTests
{
    private const string Form = "amount=1250&currency=usd&payment_method=pm_card_authenticationRequired&confirm=true&description=%3Cb%3ECoins";
    private const string ReturnUrl = "&return_url=https%3A%2F%2Fshop.example%2Fback%3Ftopup%3Dt1%23wallet";

    [Theory]
    [InlineData("approve", "succeeded", "succeeded", "payment_intent.succeeded")]
    [InlineData("fail", "requires_payment_method", "failed", "payment_intent.payment_failed")]
    public async Task Decision_MovesThePaymentAndLeadsBackToTheShop(string decision, string status, string redirectStatus, string lastEvent)
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form + ReturnUrl);
        Assert.Equal((200, "requires_action"), (payment.Status, payment.State));
        Assert.Equal("payment_intent.requires_action", (await world.EventTypes())[^1]);

        using var answer = await Decide(world, PageOf(payment), decision);

        Assert.Equal(HttpStatusCode.SeeOther, answer.StatusCode);
        Assert.Equal(
            $"https://shop.example/back?topup=t1&payment_intent={payment.Id}" +
            $"&payment_intent_client_secret={(string)payment.Body["client_secret"]!}&redirect_status={redirectStatus}#wallet",
            answer.Headers.Location!.ToString());
        Assert.Equal(status, (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
        Assert.Equal(lastEvent, (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task Page_SaysThatNoMoneyMoves_MayStandInAFrame_AndEscapesWhatTheShopWrote()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form);

        using var page = await world.Client.GetAsync(PageOf(payment));
        var html = await page.Content.ReadAsStringAsync();

        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("Sandbox — no money moves", html, StringComparison.Ordinal);
        Assert.Contains("12.50 USD", html, StringComparison.Ordinal);
        Assert.Contains("&lt;b&gt;Coins", html, StringComparison.Ordinal);
        Assert.False(page.Headers.Contains("X-Frame-Options"));
        Assert.DoesNotContain("frame-ancestors", page.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abandoning_DecidesNothing()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form + ReturnUrl);

        using var left = await Decide(world, PageOf(payment), "abandon");

        Assert.Equal(HttpStatusCode.OK, left.StatusCode);
        Assert.Equal("requires_action", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
        using var approved = await Decide(world, PageOf(payment), "approve");
        Assert.Equal("succeeded", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Fact]
    public async Task DecisionThatIsNone_ShowsThePageAgain()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form + ReturnUrl);

        using var answer = await Decide(world, PageOf(payment), "perhaps");

        Assert.Contains("Is this you?", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("requires_action", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Fact]
    public async Task SecondClick_ChangesNothing()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form);

        using var approved = await Decide(world, PageOf(payment), "approve");
        using var failed = await Decide(world, PageOf(payment), "fail");

        Assert.Contains("Payment approved", await failed.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("succeeded", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
        Assert.Single((await world.Get("/v1/charges")).Body["data"]!.AsArray());
    }

    [Fact]
    public async Task PageWithoutItsKey_IsNotFound()
    {
        await using var world = await SandboxWorld.Start();
        var payment = await world.Post("/v1/payment_intents", Form);

        using var guessed = await Decide(world, new Uri(PageOf(payment).GetLeftPart(UriPartial.Path)), "approve");

        Assert.Equal(HttpStatusCode.NotFound, guessed.StatusCode);
        Assert.Equal("requires_action", (await world.Get($"/v1/payment_intents/{payment.Id}")).State);
    }

    [Theory]
    [InlineData("&off_session=true")]
    [InlineData("&off_session=recurring")]
    [InlineData("&error_on_requires_action=true")]
    public async Task PayerWhoIsNotThere_IsADecline(string extra)
    {
        await using var world = await SandboxWorld.Start();

        var declined = await world.Post("/v1/payment_intents", Form + extra);

        Assert.Equal((402, "authentication_required"), (declined.Status, declined.Code));
    }

    [Fact]
    public async Task PagesBaseUrl_IsWhereThePayerIsSent()
    {
        await using var world = await SandboxWorld.Start(options => options.PagesBaseUrl = "https://live.example/pay");

        var payment = await world.Post("/v1/payment_intents", Form);

        Assert.StartsWith($"https://live.example/pay/_sandbox/authenticate/{payment.Id}?key=", PageOf(payment).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task PagesBaseUrl_MayBeAPathOfTheSiteThatShowsTheLink()
    {
        await using var world = await SandboxWorld.Start(options => options.PagesBaseUrl = "/sandbox");

        var payment = await world.Post("/v1/payment_intents", Form);

        Assert.StartsWith(
            $"/sandbox/authenticate/{payment.Id}?key=", (string)payment.Body["next_action"]!["redirect_to_url"]!["url"]!, StringComparison.Ordinal);
    }

    private static Uri PageOf(Answer payment) => new((string)payment.Body["next_action"]!["redirect_to_url"]!["url"]!);

    private static Task<HttpResponseMessage> Decide(SandboxWorld world, Uri page, string decision) =>
        world.Client.PostAsync(page, new FormUrlEncodedContent([new("decision", decision)]));
}
