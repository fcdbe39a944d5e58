using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Gateway.Payments;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>The sandbox's pages as pages of this site, over a real socket, with the real sandbox behind.</summary>
public sealed class SandboxPagesTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task BanksPage_IsAPageOfThisSite_AndLeadsBackToIt()
    {
        using var ana = await _server.NewMemberAsync();
        var (id, asked) = await AddAsync(ana, "pm_card_authenticationRequired");
        Assert.StartsWith("/sandbox/authenticate/", asked.ActionUrl, StringComparison.Ordinal);

        using var page = await ana.SendAsync(HttpMethod.Get, asked.ActionUrl!);
        Assert.Equal((HttpStatusCode.OK, "text/html"), (page.StatusCode, page.Content.Headers.ContentType!.MediaType));
        Assert.Contains("Is this you?", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        var policy = page.Headers.GetValues("Content-Security-Policy").Single();
        Assert.Contains("default-src 'none'", policy, StringComparison.Ordinal);
        Assert.Contains("frame-ancestors 'self'", policy, StringComparison.Ordinal);

        using var back = await ana.SendAsync(HttpMethod.Post, asked.ActionUrl!, Form(("decision", "approve")));
        Assert.Equal(HttpStatusCode.SeeOther, back.StatusCode);
        Assert.StartsWith(new Uri(_server.Address, "/wallet?").ToString(), back.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal(CardSetupState.Saved, (await ana.GetAsync<CardSetup>($"/api/cards/setups/{id}")).State);
    }

    [Theory]
    [InlineData("pm_card_visa")]
    [InlineData("pm_card_authenticationRequired")]
    public async Task CardThatIsEnteredOnThePage_IsSaved(string card)
    {
        using var ana = await _server.NewMemberAsync();
        var key = Guid.CreateVersion7();
        var wish = new AddCardOnPage("/wallet?card=1", "/wallet");

        var asked = await ana.PostAsync<CardSetup>("/api/cards/page", wish, key);
        Assert.Equal(asked, await ana.PostAsync<CardSetup>("/api/cards/page", wish, key));
        Assert.Equal(
            RefusalCode.KeyReused, (await ana.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/api/cards/page", wish with { CancelUrl = "/" }, key)).Code);
        Assert.StartsWith("/sandbox/checkout/", asked.ActionUrl, StringComparison.Ordinal);
        using var declined = await ana.SendAsync(HttpMethod.Post, asked.ActionUrl!, Form(("decision", "save"), ("card", "pm_card_chargeDeclined")));
        Assert.Equal(CardSetupState.RequiresAction, (await ana.GetAsync<CardSetup>($"/api/cards/setups/{key:N}")).State);

        var next = asked.ActionUrl!;
        var back = await ana.SendAsync(HttpMethod.Post, next, Form(("decision", "save"), ("card", card)));
        for (var steps = 0; steps < 3 && !back.Headers.Location!.ToString().Contains("/wallet", StringComparison.Ordinal); steps++)
        {
            next = back.Headers.Location.ToString();
            back = next.StartsWith("/sandbox/authenticate/", StringComparison.Ordinal)
                ? await ana.SendAsync(HttpMethod.Post, next, Form(("decision", "approve")))
                : await ana.SendAsync(HttpMethod.Get, next);
        }

        Assert.Equal(new Uri(_server.Address, "/wallet?card=1"), back.Headers.Location);
        var saved = await ana.GetAsync<CardSetup>($"/api/cards/setups/{key:N}");
        Assert.Equal((CardSetupState.Saved, "visa"), (saved.State, saved.Card!.Brand));
        Assert.Single((await ana.GetAsync<SavedCards>("/api/cards")).Cards);
        back.Dispose();
    }

    [Fact]
    public async Task PageToReturnTo_IsOneOfThisSite()
    {
        using var ana = await _server.NewMemberAsync();

        foreach (var wish in (AddCardOnPage[])[new("https://elsewhere.example/", "/wallet"), new("/wallet", "https://elsewhere.example/")])
        {
            Assert.Equal(
                RefusalCode.Malformed,
                (await ana.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/api/cards/page", wish, Guid.CreateVersion7())).Code);
        }
    }

    [Theory]
    [InlineData("GET", "/sandbox/faults/counts")]
    [InlineData("GET", "/sandbox/authenticate/..%2F..%2Fv1%2Fcustomers")]
    [InlineData("GET", "/sandbox/authenticate/pi_%2e%2e")]
    [InlineData("GET", "/sandbox/disputes/dp_1")]
    public async Task NothingButPages_IsReached(string method, string path)
    {
        using var ana = _server.NewVisitor();

        Assert.Equal(RefusalCode.NotFound, (await ana.RefusedAsync(HttpStatusCode.NotFound, new HttpMethod(method), path)).Code);
    }

    [Fact]
    public async Task MoreThanAForm_OtherThanAForm_AndFormsOfOtherSites_AreRefused()
    {
        using var ana = await _server.NewMemberAsync();
        const string Page = "/sandbox/authenticate/pi_sim_1";

        await ana.RefusedAsync(HttpStatusCode.UnsupportedMediaType, HttpMethod.Post, Page, """{"decision":"approve"}""");
        await ana.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, HttpMethod.Post, Page, Form(("decision", new string('a', SandboxPages.FormBytesMax))));
        await ana.RefusedAsync(HttpStatusCode.RequestEntityTooLarge, HttpMethod.Get, $"{Page}?key={new string('a', SandboxPages.QueryLengthMax)}");
        using var put = await ana.SendAsync(HttpMethod.Put, Page, Form(("decision", "approve")));
        Assert.False(put.IsSuccessStatusCode);
        ana.Headers.Add("Origin", "https://elsewhere.example");
        await ana.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, Page, Form(("decision", "approve")));
    }

    [Fact]
    public async Task WithoutAnEmbeddedSandbox_ThereIsNothing()
    {
        await using var server = await TestServer.StartAsync(("Payments:SecretKey", "sk_test_of_somebody"), ("Payments:BaseUrl", "https://127.0.0.1:9"));
        using var guest = server.NewVisitor();

        using var page = await guest.SendAsync(HttpMethod.Post, "/sandbox/checkout/cs_1", Form(("decision", "save")));

        Assert.False(page.IsSuccessStatusCode);
        Assert.DoesNotContain("Sandbox", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<(string Id, CardSetup Setup)> AddAsync(Visitor visitor, string card)
    {
        var key = Guid.CreateVersion7();
        return (key.ToString("N"), await visitor.PostAsync<CardSetup>("/api/cards", new AddCard(card, "/wallet"), key));
    }

    private static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => new KeyValuePair<string, string>(field.Name, field.Value)));
}
