using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>The main job, from an empty data folder to a restart in the middle, as people do it in their browsers.</summary>
public sealed partial class StoryTests : IAsyncLifetime
{
    private const string Room = "Hats by the harbour";
    private const string Product = "Straw hat";

    private ProductProcess _product = null!;
    private Browsers _browsers = null!;
    private Visitor _streamer = null!;
    private Visitor _viewer = null!;
    private Visitor _guest = null!;
    private Visitor _moderator = null!;

    public async ValueTask InitializeAsync()
    {
        _product = await ProductProcess.StartAsync();
        _browsers = await Browsers.StartAsync();
        _streamer = await _browsers.VisitorAsync(_product.Address, "streamer");
        _viewer = await _browsers.VisitorAsync(_product.Address, "viewer", phone: true);
        _guest = await _browsers.VisitorAsync(_product.Address, "guest", dark: true);
        _moderator = await _browsers.VisitorAsync(_product.Address, "moderator");
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _product.DisposeAsync();
    }

    [Fact]
    public async Task OneCommand_OpensALiveRoom_WherePeopleWatchTalkGiveBuyAndModerate()
    {
        try
        {
            await StreamerCreatesARoomAndAProduct();
            await StreamerGoesLive();
            await ViewersFindTheRoomAndWatch();
            await ViewersTalk();
            await ViewerTopsUp();
            await ViewerSendsAGiftThatEverybodySees();
            await ViewerBuysThePinnedProductWithoutLeavingTheVideo();
            await ServerIsKilledAndNothingIsLost();
            await ModeratorBansTheViewerWhoIsCutOff();
            await LedgerIsWhole();
        }
        catch
        {
            await Task.WhenAll(new[] { _streamer, _viewer, _guest, _moderator }.Select(visitor => visitor.Photograph($"failed-{visitor.Name}")));
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, "failed-server.log"), _product.Output);
            throw;
        }

        Assert.Empty(new[] { _streamer, _viewer, _guest, _moderator }.SelectMany(visitor => visitor.Problems));
        Assert.Equal(0, await _product.StopAsync());
    }

    private async Task StreamerCreatesARoomAndAProduct()
    {
        await _streamer.SignIn("streamer", _product.Passwords["streamer"]);
        await _streamer.Open("/studio");
        await _streamer.Find("room-title").FillAsync(Room);
        await _streamer.Page.GetByLabel("Category").SelectOptionAsync("fashion");
        await _streamer.Page.GetByLabel("Cover").SetInputFilesAsync(TestPictures.Png());
        await Expect(_streamer.Page.GetByAltText("Cover chosen")).ToBeVisibleAsync();
        await _streamer.Find("room-save").ClickAsync();
        await Expect(_streamer.Find("studio-room")).ToContainTextAsync(Room);

        await _streamer.Find("product-new").ClickAsync();
        await _streamer.Find("product-title").FillAsync(Product);
        await _streamer.Find("product-price").FillAsync("19.99");
        await _streamer.Find("product-stock").FillAsync("3");
        await _streamer.Page.GetByLabel("Picture").SetInputFilesAsync(TestPictures.Png());
        await Expect(_streamer.Page.GetByAltText("Picture chosen")).ToBeVisibleAsync();
        await _streamer.Find("product-save").ClickAsync();
        await Expect(_streamer.Find("product-row")).ToContainTextAsync("$19.99");
        await _streamer.Photograph("studio");
    }

    private async Task StreamerGoesLive()
    {
        await _streamer.Find("studio-room").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = "Open" }).ClickAsync();
        await _streamer.Find("go-live").ClickAsync();
        await Expect(_streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");
        await _streamer.Find("pin").ClickAsync();
        await Expect(_streamer.Find("pin")).ToHaveTextAsync("Unpin");
        await _streamer.Photograph("studio-live");
    }

    private async Task ViewersFindTheRoomAndWatch()
    {
        await _guest.Open("/");
        await _guest.Photograph("live-rooms");
        await _guest.Find("room-card").ClickAsync();
        await _guest.WatchesAMovingPicture();

        await _viewer.SignIn("viewer", _product.Passwords["viewer"]);
        await _viewer.Open("/");
        await _viewer.Find("room-card").ClickAsync();
        await _viewer.WatchesAMovingPicture();
        await Expect(_guest.Find("viewer-count")).ToContainTextAsync(new Regex("[12]"));
        await Expect(_guest.Find("product-card")).ToContainTextAsync(Product);
    }

    private async Task ViewersTalk()
    {
        await _viewer.Say("Hello from the phone");
        await _guest.Sees("Hello from the phone");
        await Expect(_streamer.Find("feed-chat")).ToContainTextAsync("Hello from the phone");
    }

    private async Task ViewerTopsUp()
    {
        var room = _viewer.Page.Url;
        await _viewer.Open("/wallet");
        await PayWith("declined");
        await Expect(_viewer.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(_viewer.Find("balance").First).ToContainTextAsync("0");

        await PayWith("3-D Secure");
        var bank = _viewer.Page.FrameLocator("[data-testid=bank-frame]");
        await bank.GetByRole(AriaRole.Button, new FrameLocatorGetByRoleOptions { Name = "Approve" }).ClickAsync();
        await Expect(_viewer.Page.GetByText("added.")).ToBeVisibleAsync();

        // "Added" is still said of the payment before: the balance tells that this one is through.
        await Expect(Purse(_viewer)).Not.ToHaveTextAsync("0 coins");
        var before = await Balance(_viewer);
        await PayWith("pays");
        await Expect(Purse(_viewer)).Not.ToHaveTextAsync($"{before:N0} coins");
        Assert.True(await Balance(_viewer) > before);
        await _viewer.Photograph("wallet");
        await _viewer.Open(room);
        await _viewer.WatchesAMovingPicture();

        async Task PayWith(string card)
        {
            await _viewer.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { NameRegex = new Regex(card, RegexOptions.IgnoreCase) }).First.CheckAsync();
            await _viewer.Find("pay").ClickAsync();
        }
    }

    private async Task ViewerSendsAGiftThatEverybodySees()
    {
        var before = await Balance(_viewer);
        var earned = await Number(_streamer.Find("income"));
        await _viewer.Find("gift-open").ClickAsync();
        await Expect(_viewer.Find("gift-item").Nth(5)).ToBeVisibleAsync();
        await _viewer.Page.Locator("[data-gift-id=coffee]").ClickAsync();
        await _viewer.Photograph("gift-panel");

        // It is there for some seconds only: who looks for it looks before it comes.
        var shown = Expect(_guest.Find("gift-banner").First).ToContainTextAsync("viewer");
        await _viewer.Find("gift-send").ClickAsync();
        await _viewer.Find("gift-send").ClickAsync();

        await shown;
        await _guest.Photograph("gift-on-another-screen");
        await Expect(_streamer.Find("feed-gift").First).ToContainTextAsync("viewer");
        await Expect(Purse(_viewer)).Not.ToHaveTextAsync($"{before:N0} coins");
        await Expect(_streamer.Find("income").Locator(".visually-hidden")).Not.ToHaveTextAsync($"{earned:N0} coins");
        await _viewer.Page.Keyboard.PressAsync("Escape");
    }

    private async Task ViewerBuysThePinnedProductWithoutLeavingTheVideo()
    {
        await _viewer.Find("buy-open").ClickAsync();
        await _viewer.Photograph("buy");
        await _viewer.Find("pay").ClickAsync();
        await Expect(_viewer.Find("order-state")).ToHaveAttributeAsync("data-state", "paid");
        await _viewer.Page.WaitForFunctionAsync("() => !document.querySelector('[data-testid=video]').paused");
        await Expect(_streamer.Find("feed-order")).ToContainTextAsync(Product);
        await Expect(_streamer.Find("income-sales")).Not.ToHaveTextAsync("$0.00");
        await Expect(_guest.Find("product-card")).ToContainTextAsync("2 left");
        await _viewer.Page.Keyboard.PressAsync("Escape");
    }

    private async Task ServerIsKilledAndNothingIsLost()
    {
        var coins = await Balance(_viewer);
        await _product.KillAsync();
        await Expect(_guest.Find("connection-state")).ToBeVisibleAsync();
        await _product.StartAgainAsync();

        // Nobody touches anything: pages reconnect, the camera publishes again, the picture moves.
        await Expect(_streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");
        await _guest.WatchesAMovingPicture();
        await _guest.Sees("Hello from the phone");
        await _viewer.Say("Back again");
        await _guest.Sees("Back again");

        await _viewer.Open("/orders");
        await Expect(_viewer.Find("order-state")).ToHaveAttributeAsync("data-state", "paid");
        await _viewer.Open("/wallet");
        await Expect(_viewer.Find("balance").First).ToContainTextAsync(coins.ToString("N0"));
        await _viewer.Page.GoBackAsync();
        await _viewer.Page.GoBackAsync();
        await _viewer.WatchesAMovingPicture();
    }

    private async Task ModeratorBansTheViewerWhoIsCutOff()
    {
        await _moderator.SignIn("moderator", _product.Passwords["moderator"]);
        await _moderator.Open("/");
        await _moderator.Find("room-card").ClickAsync();
        await _moderator.Photograph("room-desktop");
        await _viewer.Photograph("room-phone");
        await _moderator.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Moderate the message of viewer" }).Last.ClickAsync();
        await _moderator.Page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Ban from this room" }).ClickAsync();

        await Expect(_viewer.Find("room-closed")).ToBeVisibleAsync();
        await _viewer.Page.ReloadAsync();
        await Expect(_viewer.Find("room-closed")).ToBeVisibleAsync();
        await _viewer.Photograph("banned");
        await _moderator.Open("/moderation");
        await Expect(_moderator.Find("audit-line").First).ToContainTextAsync("viewer");
        await Expect(_moderator.Find("audit-line").First).ToHaveAttributeAsync("data-act", "ban");
        await _moderator.Photograph("moderation");
    }

    private async Task LedgerIsWhole()
    {
        var (exitCode, output) = await _product.RunAsync("verify");
        Assert.Equal(0, exitCode);
        Assert.Contains("0 defects", output, StringComparison.Ordinal);
    }

    // In words, for who listens.
    private static ILocator Purse(Visitor visitor) => visitor.Page.Locator(".purse .visually-hidden");

    private static Task<long> Balance(Visitor visitor) => Number(visitor.Page.Locator(".purse"));

    // Amounts are written twice: for the eye, and in words for who listens. The words are read here.
    private static async Task<long> Number(ILocator place)
    {
        var words = place.Locator(".visually-hidden");
        await Expect(words).ToContainTextAsync(Digits());
        return long.Parse(Digits().Match((await words.TextContentAsync())!).Value.Replace(",", "", StringComparison.Ordinal));
    }

    [GeneratedRegex(@"\d[\d,]*", RegexOptions.None, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Digits();
}
