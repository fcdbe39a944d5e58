using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>
/// What another engine decodes, records and allows: Firefox takes its media apart with a parser of its own, records VP8 where Chromium
/// records H.264, and lets no sound begin without a click.
/// </summary>
public sealed class FirefoxTests : IAsyncLifetime
{
    private ProductProcess _product = null!;
    private Browsers _browsers = null!;

    public async ValueTask InitializeAsync()
    {
        _product = await ProductProcess.StartAsync();
        _browsers = await Browsers.StartFirefoxAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _product.DisposeAsync();
    }

    [Fact]
    public async Task Firefox_SendsItsCamera_AndShowsItInstantlyAndOverHls()
    {
        var streamer = await _browsers.VisitorAsync(_product.Address, "streamer");
        var viewer = await _browsers.VisitorAsync(_product.Address, "viewer");
        try
        {
            await streamer.SignIn("streamer", _product.Passwords["streamer"]);
            await streamer.Open("/studio");
            await streamer.Find("room-title").FillAsync("Seen by another engine");
            await streamer.Find("room-save").ClickAsync();
            await streamer.Find("studio-room").GetByRole(AriaRole.Link).ClickAsync();
            await streamer.Find("go-live").ClickAsync();
            await Expect(streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");

            await viewer.Open($"/room/{streamer.Page.Url.Split('/')[^1]}");
            await ComesBy(viewer, "instant");
            await viewer.WatchesAMovingPicture();
            await viewer.Find("player-menu-open").ClickAsync();
            await viewer.Page.GetByLabel("Stable picture").CheckAsync();
            await ComesBy(viewer, "hls");
            await viewer.WatchesAMovingPicture();
        }
        catch
        {
            await Task.WhenAll(streamer.Photograph("failed-firefox-streamer"), viewer.Photograph("failed-firefox-viewer"));
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, "failed-firefox-server.log"), _product.Output);
            throw;
        }

        Assert.Empty(new[] { streamer, viewer }.SelectMany(visitor => visitor.Problems));
    }

    private static Task ComesBy(Visitor visitor, string path) => Expect(visitor.Find("video")).ToHaveAttributeAsync("data-path", path);
}
