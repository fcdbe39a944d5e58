using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.Benchmarks.Video;

/// <summary>Ways to the picture.</summary>
internal enum Way
{
    Instant = 0,
    LowLatency = 1,
    Plain = 2,
}

/// <summary>A streamer and viewers in Chromium, each in a browser of its own: how old the picture is, and how soon the first one comes.</summary>
internal sealed class Glass : IAsyncDisposable
{
    private const float Patience = 60_000;
    private const string PlainPath = "/plain-hls";

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    ];

    private readonly Uri _server;
    private readonly string _roomId;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _studio;
    private readonly IBrowser _home;
    private IPage _streamer = null!;

    private Glass(Uri server, string roomId, IPlaywright playwright, IBrowser studio, IBrowser home) =>
        (_server, _roomId, _playwright, _studio, _home) = (server, roomId, playwright, studio, home);

    /// <summary>Opens both browsers, and the studio in the streamer's.</summary>
    public static async Task<Glass> StartAsync(Uri server, string roomId, string cookie)
    {
        SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        var options = new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Headless = true, Args = Arguments };
        var glass = new Glass(server, roomId, playwright, await playwright.Chromium.LaunchAsync(options), await playwright.Chromium.LaunchAsync(options));
        glass._streamer = await glass.NewPageAsync(glass._studio, GlassScripts.Film);
        var equals = cookie.IndexOf('=', StringComparison.Ordinal);
        await glass._streamer.Context.AddCookiesAsync([new Cookie { Name = cookie[..equals], Value = cookie[(equals + 1)..], Url = server.ToString() }]);
        await glass._streamer.GotoAsync($"/studio/{roomId}");
        await Expect(glass._streamer.GetByTestId("go-live")).ToBeEnabledAsync();
        return glass;
    }

    /// <summary>Milliseconds from the click on Go live to the first picture at somebody who waits in the room; stays live.</summary>
    public async Task<double> GoLiveAsync()
    {
        var viewer = await OpenAsync(Way.Instant);
        await Expect(viewer.GetByTestId("video-message")).ToBeVisibleAsync();
        var clicked = await _streamer.EvaluateAsync<double>("() => { const at = Date.now(); document.querySelector('[data-testid=go-live]').click(); return at; }");
        await WhenShownAsync(viewer);
        var first = await viewer.EvaluateAsync<double>("() => Math.min(...Object.values(window.glass.firstAt))");
        await viewer.Context.CloseAsync();
        return first - clicked;
    }

    /// <summary>The broadcast ends.</summary>
    public async Task EndAsync()
    {
        await _streamer.GetByTestId("end-live").ClickAsync();
        await Expect(_streamer.GetByTestId("publish-state")).ToHaveAttributeAsync("data-phase", "offline");
    }

    /// <summary>Milliseconds from the opening of the room, with an empty cache, to the first picture.</summary>
    public async Task<double> OpenUntilPictureAsync()
    {
        var viewer = await OpenAsync(Way.Instant);
        await WhenShownAsync(viewer);
        await Expect(viewer.GetByTestId("video")).ToHaveAttributeAsync("data-path", "instant");
        var first = await viewer.EvaluateAsync<double>("() => Math.min(...Object.values(window.glass.firstMs))");
        await viewer.Context.CloseAsync();
        return first;
    }

    /// <summary>How old pictures are when they are shown, in milliseconds, after a viewer has settled.</summary>
    public async Task<double[]> ReadAsync(Way way, TimeSpan settle, TimeSpan time)
    {
        var viewer = await OpenAsync(way);
        await viewer.WaitForFunctionAsync("() => window.glass.readings.length > 0");
        if (way != Way.Plain) { await Expect(viewer.GetByTestId("video")).ToHaveAttributeAsync("data-path", way == Way.Instant ? "instant" : "hls"); }
        await Task.Delay(settle, TimeProvider.System);
        await viewer.EvaluateAsync("() => { window.glass.readings = []; window.glass.unread = 0; }");
        await Task.Delay(time, TimeProvider.System);
        var readings = await viewer.EvaluateAsync<double[]>("() => window.glass.readings");
        var unread = await viewer.EvaluateAsync<int>("() => window.glass.unread");
        await viewer.Context.CloseAsync();
        if (unread > readings.Length) { throw new InvalidOperationException($"The time could be read off {readings.Length} pictures, and not off {unread}."); }
        return readings;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _studio.DisposeAsync();
        await _home.DisposeAsync();
        _playwright.Dispose();
    }

    private static async Task WhenShownAsync(IPage viewer)
    {
        try
        {
            await viewer.WaitForFunctionAsync("() => Object.keys(window.glass.firstAt).length > 0");
        }
        catch (TimeoutException late)
        {
            var page = await viewer.EvaluateAsync<string>("() => `${document.querySelector('[data-testid=video]')?.outerHTML} ${document.body.innerText}`");
            throw new InvalidOperationException($"No picture was shown: {page}", late);
        }
    }

    private async Task<IPage> OpenAsync(Way way)
    {
        var page = await NewPageAsync(_home, way == Way.LowLatency ? GlassScripts.SaveData + GlassScripts.Watch : GlassScripts.Watch);
        if (way != Way.Plain)
        {
            await page.GotoAsync($"/room/{_roomId}", new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
            return page;
        }

        var streamId = await _streamer.GetByTestId("publish-state").GetAttributeAsync("data-stream");
        await page.RouteAsync($"**{PlainPath}", route => route.FulfillAsync(new RouteFulfillOptions { ContentType = "text/html", Body = GlassScripts.PlainPage }));
        await page.GotoAsync(PlainPath);
        await page.AddScriptTagAsync(new PageAddScriptTagOptions { Path = Path.Combine(Checkout.Root, "src/WebPlayer/node_modules/hls.js/dist/hls.light.min.js") });
        await page.EvaluateAsync(GlassScripts.PlayPlain, $"/live/{streamId}/main.m3u8");
        return page;
    }

    private async Task<IPage> NewPageAsync(IBrowser browser, string script)
    {
        var context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = _server.ToString(),
            Locale = "en-US",
            ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
            Permissions = ["camera", "microphone"],
        });
        await context.AddInitScriptAsync(script);
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        return page;
    }
}
