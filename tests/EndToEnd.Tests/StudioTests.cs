using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>The streamer's own side of a broadcast in a real browser: what may change and break while live without ending it.</summary>
public sealed class StudioTests : IAsyncLifetime
{
    private ProductProcess _product = null!;
    private Browsers _browsers = null!;
    private CutLine _line = null!;
    private Visitor _streamer = null!;
    private Visitor _viewer = null!;

    public async ValueTask InitializeAsync()
    {
        _product = await ProductProcess.StartAsync();
        _line = new CutLine(_product.Address);
        _browsers = await Browsers.StartAsync();
        _streamer = await _browsers.VisitorAsync(_line.Near, "streamer");
        _viewer = await _browsers.VisitorAsync(_product.Address, "viewer");
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _line.DisposeAsync();
        await _product.DisposeAsync();
    }

    [Fact]
    public async Task Broadcast_GoesOn_WhenTheSourceChanges_TheLineIsCut_AndThePageIsLoadedAnew()
    {
        try
        {
            await EverythingIsTriedBeforehand();
            var stream = await GoesLive();
            await ViewerWatches();
            await Expect(_streamer.Find("inset-handle")).ToHaveCountAsync(0);
            Assert.False(await ViewerSeesTheInset());

            await _streamer.Page.GetByRole(AriaRole.Radio, new() { Name = "Screen with camera" }).PressAsync("Space");
            await Expect(_streamer.Find("inset-handle")).ToBeVisibleAsync();
            await _viewer.Page.WaitForFunctionAsync(InsetSeen, null, new() { PollingInterval = 200 });
            Assert.Equal(stream, await StreamNow());

            _line.Cut();
            await Expect(_streamer.Find("health")).ToContainTextAsync("reconnect");
            Assert.Equal(stream, await StreamNow());
            await _viewer.WatchesAMovingPicture();
            Assert.True(await ViewerSeesTheInset());

            await _streamer.Page.ReloadAsync();
            await Expect(_streamer.Find("resume")).ToBeVisibleAsync();
            await _streamer.Find("go-live").ClickAsync();
            Assert.Equal(stream, await StreamNow());
            await _viewer.WatchesAMovingPicture();

            await _streamer.Find("end-live").ClickAsync();
            await _viewer.Sees("The stream has ended");
        }
        catch
        {
            await Task.WhenAll(_streamer.Photograph("failed-studio-streamer"), _viewer.Photograph("failed-studio-viewer"));
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, "failed-studio-server.log"), _product.Output);
            throw;
        }

        Assert.Empty(new[] { _streamer, _viewer }.SelectMany(visitor => visitor.Problems));
    }

    private async Task EverythingIsTriedBeforehand()
    {
        await _streamer.SignIn("streamer", _product.Passwords["streamer"]);
        await _streamer.Open("/studio");
        await _streamer.Find("room-title").FillAsync("Two pictures in one");
        await _streamer.Find("room-save").ClickAsync();
        await _streamer.Find("studio-room").GetByRole(AriaRole.Link).ClickAsync();
        await _streamer.Find("pre-check").ClickAsync();
        await Expect(_streamer.Find("finding")).ToHaveCountAsync(3);
        await Expect(_streamer.Page.Locator("[data-of=Picture]")).ToHaveAttributeAsync("data-ok", "true");
        await Expect(_streamer.Page.Locator("[data-of=Sound]")).ToHaveAttributeAsync("data-ok", "true");
    }

    /// <summary>Returns when the room is live.</summary>
    /// <returns>The stream id.</returns>
    private async Task<string> GoesLive()
    {
        await _streamer.Find("go-live").ClickAsync();
        await Expect(_streamer.Find("publish-state")).ToHaveAttributeAsync("data-phase", "live");
        return await StreamNow();
    }

    private async Task ViewerWatches()
    {
        await _viewer.Open($"/room/{_streamer.Page.Url.Split('/')[^1]}");
        await _viewer.WatchesAMovingPicture();
    }

    private async Task<string> StreamNow()
    {
        var state = _streamer.Find("publish-state");
        await Expect(state).ToHaveAttributeAsync("data-state", "live");
        return (await state.GetAttributeAsync("data-stream"))!;
    }

    private Task<bool> ViewerSeesTheInset() => _viewer.Page.EvaluateAsync<bool>(InsetSeen);

    // The left edge of the frame around the camera's picture: the only red in what a fake camera and a fake screen show there.
    private const string InsetSeen =
        """
        () => {
          const video = document.querySelector('[data-testid=video]');
          if (!video || video.readyState < 2) return false;
          const canvas = Object.assign(document.createElement('canvas'), { width: 1280, height: 720 });
          const context = canvas.getContext('2d');
          context.drawImage(video, 0, 0, 1280, 720);
          const { data } = context.getImageData(960, 560, 20, 1);
          return data.some((value, index) => index % 4 === 0 && value > 110);
        }
        """;
}
