using System.Net;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>The page on which a card is entered that is to be saved.</summary>
public sealed class CheckoutTests
{
    private const string Urls = "&success_url=https%3A%2F%2Fshop.example%2Fdone%3Fs%3D%7BCHECKOUT_SESSION_ID%7D&cancel_url=https%3A%2F%2Fshop.example%2Fback";

    [Fact]
    public async Task CardThatIsChosen_IsTheCustomers_AndThePageLeadsBack()
    {
        await using var world = await SandboxWorld.Start();
        var (customer, session) = await OpenAsync(world);
        Assert.Equal(("open", "setup"), (session.State, (string?)session.Body["mode"]));
        Assert.Contains("no money moves", await world.Client.GetStringAsync(PageOf(session)), StringComparison.Ordinal);

        using var declined = await SendAsync(world, PageOf(session), "pm_card_chargeDeclined");
        Assert.Contains("Your card was declined.", await declined.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("open", (await GetAsync(world, session)).State);
        using var saved = await SendAsync(world, PageOf(session), "pm_card_visa");

        Assert.Equal((HttpStatusCode.SeeOther, $"https://shop.example/done?s={session.Id}"), (saved.StatusCode, saved.Headers.Location!.ToString()));
        var after = await GetAsync(world, session);
        Assert.Equal(("complete", null), (after.State, (string?)after.Body["url"]));
        var setup = await world.Get($"/v1/setup_intents/{(string)after.Body["setup_intent"]!}");
        Assert.Equal(("succeeded", "s1"), (setup.State, (string?)setup.Body["metadata"]!["ours"]));
        Assert.Single((await world.Get($"/v1/customers/{customer}/payment_methods")).Body["data"]!.AsArray());
        Assert.Equal("checkout.session.completed", (await world.EventTypes())[^1]);
    }

    [Fact]
    public async Task CardThatAsks_LeadsByTheBank_AndIsDoneOnceItIsApproved()
    {
        await using var world = await SandboxWorld.Start();
        var (_, session) = await OpenAsync(world);

        using var asked = await SendAsync(world, PageOf(session), "pm_card_authenticationRequired");
        using var failed = await DecideAsync(world, asked.Headers.Location!, "fail");
        Assert.Contains("not authenticated", await world.Client.GetStringAsync(failed.Headers.Location!), StringComparison.Ordinal);
        using var again = await SendAsync(world, PageOf(session), "pm_card_authenticationRequired");
        using var approved = await DecideAsync(world, again.Headers.Location!, "approve");
        using var back = await world.Client.GetAsync(approved.Headers.Location!);

        Assert.StartsWith("https://shop.example/done", back.Headers.Location!.ToString(), StringComparison.Ordinal);
        Assert.Equal("complete", (await GetAsync(world, session)).State);
    }

    [Fact]
    public async Task PageThatIsLeft_StaysOpen_UntilItsTimeIsOver()
    {
        await using var world = await SandboxWorld.Start();
        var (_, session) = await OpenAsync(world);

        using var left = await world.Client.PostAsync(PageOf(session), new FormUrlEncodedContent([new("decision", "leave")]));
        Assert.Equal("https://shop.example/back", left.Headers.Location!.ToString());
        Assert.Equal("open", (await GetAsync(world, session)).State);
        world.Clock.Advance(TimeSpan.FromHours(24));

        Assert.Equal("expired", (await GetAsync(world, session)).State);
        using var late = await SendAsync(world, PageOf(session), "pm_card_visa");
        Assert.Equal(HttpStatusCode.Gone, late.StatusCode);
        using var unknown = await world.Client.GetAsync("/_sandbox/checkout/cs_sim_unknown");
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    [Theory]
    [InlineData("mode=payment&currency=usd" + Urls, "mode")]
    [InlineData("mode=setup&currency=usd", "success_url")]
    [InlineData("mode=setup" + Urls, "currency")]
    [InlineData("mode=setup&currency=usd&success_url=javascript%3A1", "success_url")]
    [InlineData("mode=setup&currency=usd&customer=cus_none" + Urls, "customer")]
    [InlineData("mode=setup&currency=usd&sucess_url=x", "sucess_url")]
    public async Task SessionThatIsNotWhole_IsRefused(string form, string param)
    {
        await using var world = await SandboxWorld.Start();

        var refused = await world.Post("/v1/checkout/sessions", form);

        Assert.Equal((400, param), (refused.Status, (string?)refused.Error["param"]));
    }

    private static async Task<(string Customer, Answer Session)> OpenAsync(SandboxWorld world)
    {
        var customer = (await world.Post("/v1/customers", "name=Ana")).Id;
        var session = await world.Post("/v1/checkout/sessions", $"mode=setup&currency=usd&customer={customer}&setup_intent_data[metadata][ours]=s1{Urls}");
        Assert.Equal(200, session.Status);
        return (customer, session);
    }

    private static Uri PageOf(Answer session) => new((string)session.Body["url"]!);

    private static Task<Answer> GetAsync(SandboxWorld world, Answer session) => world.Get($"/v1/checkout/sessions/{session.Id}");

    private static Task<HttpResponseMessage> SendAsync(SandboxWorld world, Uri page, string card) =>
        world.Client.PostAsync(page, new FormUrlEncodedContent([new("decision", "save"), new("card", card)]));

    private static Task<HttpResponseMessage> DecideAsync(SandboxWorld world, Uri page, string decision) =>
        world.Client.PostAsync(page, new FormUrlEncodedContent([new("decision", decision)]));
}
