using System.Text.Json;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>
/// Every page against axe-core's rules for WCAG 2.2 AA, on a phone in the dark look and on a desktop in the light one. What axe
/// calls serious or critical keeps somebody from using the page. The visitors ask for reduced motion: a colour that is still
/// fading in is no colour that can be judged, and a busy machine decides how long it fades.
/// </summary>
public sealed class AccessibilityTests : IAsyncLifetime
{
    private ProductProcess _product = null!;
    private Browsers _browsers = null!;
    private string _axe = null!;

    public async ValueTask InitializeAsync()
    {
        _axe = await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "src/WebPlayer/node_modules/axe-core/axe.min.js"));
        _product = await ProductProcess.StartAsync(new Dictionary<string, string>(StringComparer.Ordinal) { ["LIVECOMMERCE__Video__LowerRungsMax"] = "0" });
        _browsers = await Browsers.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _product.DisposeAsync();
    }

    [Fact]
    public async Task NoPage_HasASeriousBarrier_OnPhoneAndDesktop_InLightAndDark()
    {
        var found = new List<string>();
        var room = await OpenALiveRoom(found);
        await FoundAnAgency(found);
        foreach (var phone in (bool[])[true, false])
        {
            var guest = await _browsers.VisitorAsync(_product.Address, "guest", phone, dark: phone, still: true);
            await Check(guest, "/sign-in", "Name", found);
            await CheckOnceThere(guest, "/rates", "rate-now", found);

            var viewer = await SignedIn("viewer", phone);
            await CheckOnceThere(viewer, "/", "room-card", found);
            await CheckOnceThere(viewer, $"/room/{room}", "product-card", found);
            await viewer.Find("player-menu-open").ClickAsync();
            await Expect(viewer.Find("player-menu")).ToBeVisibleAsync();
            await viewer.Page.Keyboard.PressAsync("Alt+I");
            await Expect(viewer.Find("readout-path")).ToBeVisibleAsync();
            await Check(viewer, "the menu of the picture", found);
            await viewer.Page.Keyboard.PressAsync("Alt+I");
            await viewer.Page.Keyboard.PressAsync("Escape");
            await viewer.Find("gift-open").ClickAsync();
            await Expect(viewer.Find("gift-item").First).ToBeVisibleAsync();
            await Check(viewer, "the gift panel", found);
            await viewer.Find("packet-new").ClickAsync();
            await Expect(viewer.Find("packet-send")).ToBeVisibleAsync();
            await Check(viewer, "the form of a red packet", found);
            await viewer.Page.Keyboard.PressAsync("Escape");
            await viewer.Find("top-gifters").ClickAsync();
            await Expect(viewer.Page.GetByRole(Microsoft.Playwright.AriaRole.Dialog)).ToBeVisibleAsync();
            await Expect(viewer.Page.GetByText("Loading the list")).ToHaveCountAsync(0);
            await Check(viewer, "the list of gifters", found);
            await viewer.Page.Keyboard.PressAsync("Escape");
            await viewer.Find("buy-open").ClickAsync();
            await Expect(viewer.Find("pay")).ToBeVisibleAsync();
            await Check(viewer, "the buy sheet", found);
            await CheckOnceThere(viewer, "/wallet", "pay", found);
            await viewer.Find("pay").ClickAsync();
            await viewer.Find("top-up-open").First.ClickAsync();
            await viewer.Find("refund-ask").ClickAsync();
            await Expect(viewer.Find("refund-yes")).ToBeVisibleAsync();
            await Check(viewer, "the question about a refund", found);
            await viewer.Page.Keyboard.PressAsync("Escape");
            await viewer.Find("own-limits").ClickAsync();
            await Expect(viewer.Find("own-limits-save")).ToBeVisibleAsync();
            await Check(viewer, "the form of own limits", found);
            await viewer.Find("card-add").ClickAsync();
            await Expect(viewer.Find("card-save")).ToBeVisibleAsync();
            await Check(viewer, "the form of a card", found);
            await Check(viewer, "/orders", "Orders", found);
            await CheckOnceThere(viewer, "/statements?of=coins", "statement-file", found);

            var streamer = await SignedIn("streamer", phone);
            await CheckOnceThere(streamer, "/studio", "product-row", found);
            await streamer.Find("product-new").ClickAsync();
            await Expect(streamer.Find("product-save")).ToBeVisibleAsync();
            await Check(streamer, "the product form", found);
            await CheckOnceThere(streamer, $"/studio/{room}", "pin", found);
            await CheckOnceThere(streamer, "/studio/earnings", "contract", found);
            await CheckOnceThere(streamer, "/studio/earnings", "earnings-chart", found);

            var moderator = await SignedIn("moderator", phone);
            await CheckOnceThere(moderator, "/moderation", "audit-line", found);

            var operatorOf = await SignedIn("operator", phone);
            await Check(operatorOf, "/operator", "Money desk", found);
            await Check(operatorOf, "/operator/refunds", "Refund", found);
            await Check(operatorOf, "/operator/corrections", "Propose a correction", found);
            await Check(operatorOf, "/operator/people", "Find a person", found);
            await CheckOnceThere(moderator, "/agency", "contract", found);
            await moderator.Find("contract-withdraw").ClickAsync();
            await Expect(moderator.Find("decide")).ToBeVisibleAsync();
            await Check(moderator, "the question about a contract", found);
        }

        Assert.Empty(found);
    }

    /// <summary>A streamer of their own, whose page stays open: the room is live while the others look at it.</summary>
    private async Task<string> OpenALiveRoom(List<string> found)
    {
        var streamer = await SignedIn("streamer", phone: false);
        await streamer.Open("/studio");
        await streamer.Find("room-title").FillAsync("Hats by the harbour");
        await streamer.Find("room-save").ClickAsync();
        await Expect(streamer.Find("studio-room")).ToBeVisibleAsync();
        await streamer.Find("product-new").ClickAsync();
        await streamer.Find("product-title").FillAsync("Straw hat");
        await streamer.Find("product-price").FillAsync("19.99");
        await streamer.Find("product-stock").FillAsync("3");
        await streamer.Find("product-save").ClickAsync();
        await Expect(streamer.Find("product-row")).ToBeVisibleAsync();
        await streamer.Find("studio-room").GetByRole(Microsoft.Playwright.AriaRole.Link).ClickAsync();
        await streamer.Find("moderator-name").FillAsync("moderator");
        await streamer.Find("moderator-add").ClickAsync();
        await Expect(streamer.Find("moderator")).ToBeVisibleAsync();
        await streamer.Find("pin").ClickAsync();
        await streamer.Find("go-live").ClickAsync();
        await Expect(streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");
        await streamer.Page.GetByRole(Microsoft.Playwright.AriaRole.Radio, new() { Name = "Screen with camera" }).PressAsync("Space");
        await Expect(streamer.Find("inset-handle")).ToBeVisibleAsync();
        await streamer.Page.EvaluateAsync("() => { for (const fold of document.querySelectorAll('details')) fold.open = true; }");
        await Check(streamer, "the studio while live", found);
        return streamer.Page.Url.Split('/')[^1];
    }

    /// <summary>A moderator's agency with an offer that waits; the form that founds it is checked on the way.</summary>
    private async Task FoundAnAgency(List<string> found)
    {
        var leader = await SignedIn("moderator", phone: true);
        await CheckOnceThere(leader, "/agency", "agency-name", found);
        await leader.Find("agency-name").FillAsync("Starlight");
        await leader.Find("agency-found").ClickAsync();
        await leader.Find("offer-streamer").FillAsync("streamer");
        await leader.Find("offer-send").ClickAsync();
        await Expect(leader.Find("contract")).ToBeVisibleAsync();
    }

    private async Task<Visitor> SignedIn(string name, bool phone)
    {
        var visitor = await _browsers.VisitorAsync(_product.Address, name, phone, dark: phone, still: true);
        await visitor.SignIn(name, _product.Passwords[name]);
        return visitor;
    }

    private async Task CheckOnceThere(Visitor visitor, string path, string testId, List<string> found)
    {
        await visitor.Open(path);
        await Expect(visitor.Find(testId).First).ToBeVisibleAsync();
        await Check(visitor, path, found);
    }

    private async Task Check(Visitor visitor, string path, string text, List<string> found)
    {
        await visitor.Open(path);
        await Expect(visitor.Page.GetByRole(Microsoft.Playwright.AriaRole.Main).GetByText(text).First).ToBeVisibleAsync();
        await Check(visitor, path, found);
    }

    private async Task Check(Visitor visitor, string place, List<string> found)
    {
        // What is still fading in has no colours yet.
        await visitor.ComesToRest();
        await visitor.Page.EvaluateAsync(_axe);
        var violations = await visitor.Page.EvaluateAsync<JsonElement>(
            """
            async () => {
              const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] });
              return violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
                .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary})`).join('; ')}`);
            }
            """);
        found.AddRange(violations.EnumerateArray().Select(violation => $"{place} of {visitor.Name} at {visitor.Page.ViewportSize!.Width} px: {violation.GetString()}"));
    }
}
