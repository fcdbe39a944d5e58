using System.Globalization;
using System.Text.Json;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.Benchmarks.Smoke;

/// <summary>People in Chromium: one streams its fake camera, one gives and talks, one watches.</summary>
internal sealed class Audience : IAsyncDisposable
{
    private const float Patience = 60_000;

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    ];

    /// <summary>Notes, from the page's first moment, when the video has shown two different pictures at two different times.</summary>
    private const string WatchForMotion =
        """
        (() => {
          const canvas = new OffscreenCanvas(32, 18);
          const context = canvas.getContext('2d', { willReadFrequently: true });
          let first = null;
          const look = () => {
            const video = document.querySelector('[data-testid=video]');
            if (video && video.readyState >= 2 && video.videoWidth > 0) {
              context.drawImage(video, 0, 0, 32, 18);
              const sum = context.getImageData(0, 0, 32, 18).data.reduce((hash, byte) => (hash * 31 + byte) % 1000000007, 7);
              if (first && first.sum !== sum && video.currentTime > first.time) { window.movingAt = performance.now(); return; }
              first ??= { sum, time: video.currentTime };
            }
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        })();
        """;

    /// <summary>Notes when an animation of the gift stage begins, and when a text is on the screen.</summary>
    private const string WatchTheScreen =
        """
        () => {
          window.animatedAt = 0;
          window.wordAt = {};
          document.addEventListener('animationstart', (event) => {
            if (event.target.closest('.gift-stage')) window.animatedAt ||= Date.now();
          }, true);
          const look = () => {
            if (window.word && !window.wordAt[window.word] && document.body.innerText.includes(window.word)) window.wordAt[window.word] = Date.now();
            requestAnimationFrame(look);
          };
          requestAnimationFrame(look);
        }
        """;

    private readonly ServerProcess _product;
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;
    private IPage _streamer = null!;
    private IPage _giver = null!;
    private IPage _watcher = null!;
    private int _words;

    private Audience(ServerProcess product, IPlaywright playwright, IBrowser browser)
    {
        _product = product;
        _playwright = playwright;
        _browser = browser;
    }

    public string RoomId { get; private set; } = "";

    public static async Task<Audience> StartAsync(ServerProcess product)
    {
        SetDefaultExpectTimeout(Patience);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            Args = Arguments,
        });
        return new Audience(product, playwright, browser);
    }

    /// <summary>The streamer makes a room and goes live with its camera.</summary>
    public async Task GoLiveAsync()
    {
        _streamer = await SignedInAsync("streamer");
        var room = await CallAsync(_streamer, "/api/rooms", new { title = "Benchmark", category = "talk", coverId = (string?)null });
        RoomId = room.GetProperty("roomId").GetString()!;
        await _streamer.GotoAsync($"/studio/{RoomId}");
        await _streamer.GetByTestId("go-live").ClickAsync();
        await Expect(_streamer.GetByTestId("publish-state")).ToHaveAttributeAsync("data-phase", "live");
    }

    /// <summary>A newcomer with an empty cache opens the room's address.</summary>
    /// <returns>Seconds from the opening to a moving, decoded picture.</returns>
    public async Task<double> OpenUntilMovingAsync()
    {
        var page = await NewPageAsync();
        await page.AddInitScriptAsync(WatchForMotion);
        await page.GotoAsync(RoomPath, new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
        await page.WaitForFunctionAsync("() => window.movingAt > 0", null, new PageWaitForFunctionOptions { Timeout = Patience });
        var moving = await page.EvaluateAsync<double>("() => window.movingAt");
        await page.Context.CloseAsync();
        return moving / 1000;
    }

    /// <summary>The viewer, with coins, and a guest take their seats.</summary>
    public async Task TakeSeatsAsync()
    {
        _giver = await SignedInAsync("viewer");
        await CallAsync(_giver, "/api/wallet/top-ups", new { packId = (string?)null, coins = 500, paymentMethod = "pm_card_visa", returnUrl = "/wallet" });
        await _giver.GotoAsync(RoomPath);
        await _giver.GetByTestId("gift-open").ClickAsync();
        await _giver.GetByTestId("gift-item").First.ClickAsync();
        await Expect(_giver.GetByTestId("gift-send")).ToBeEnabledAsync();
        _watcher = await NewPageAsync();
        await _watcher.GotoAsync(RoomPath);
        await Expect(_watcher.GetByTestId("video")).ToBeVisibleAsync();
        await _watcher.EvaluateAsync(WatchTheScreen);
    }

    /// <summary>The viewer sends one gift.</summary>
    /// <returns>Milliseconds from the click on Send to the first animation on the other page.</returns>
    public async Task<double> GiftToAnimationAsync()
    {
        // The banner of the gift before has gone: this one begins its own.
        await Expect(_watcher.GetByTestId("gift-banner")).ToHaveCountAsync(0);
        await Expect(_giver.GetByTestId("gift-send")).ToBeEnabledAsync();
        await _watcher.EvaluateAsync("() => { window.animatedAt = 0; }");
        var clicked = await _giver.EvaluateAsync<double>("() => { const at = Date.now(); document.querySelector('[data-testid=gift-send]').click(); return at; }");
        await _watcher.WaitForFunctionAsync("() => window.animatedAt > 0");
        return await _watcher.EvaluateAsync<double>("() => window.animatedAt") - clicked;
    }

    /// <summary>The viewer says something.</summary>
    /// <returns>Milliseconds from the click on Send to the words on the other page.</returns>
    public async Task<double> WordToScreenAsync()
    {
        var word = $"word-{++_words}";
        await _watcher.EvaluateAsync("word => { window.word = word; }", word);
        if (await _giver.GetByTestId("gift-send").IsVisibleAsync()) { await _giver.Keyboard.PressAsync("Escape"); }
        await _giver.GetByTestId("chat-input").FillAsync(word);

        // A room lets a person write once a second.
        await _giver.WaitForTimeoutAsync(1_100);
        var clicked = await _giver.EvaluateAsync<double>("() => { const at = Date.now(); document.querySelector('[data-testid=chat-send]').click(); return at; }");
        await _watcher.WaitForFunctionAsync("word => window.wordAt[word] > 0", word);
        return await _watcher.EvaluateAsync<double>("word => window.wordAt[word]", word) - clicked;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private string RoomPath => $"/room/{RoomId}";

    private async Task<IPage> NewPageAsync()
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = _product.Address.ToString(),
            Locale = "en-US",
            ViewportSize = new ViewportSize { Width = 1280, Height = 800 },
            Permissions = ["camera", "microphone"],
        });
        var page = await context.NewPageAsync();
        page.SetDefaultTimeout(Patience);
        return page;
    }

    private async Task<IPage> SignedInAsync(string name)
    {
        var page = await NewPageAsync();
        await page.GotoAsync("/");
        await CallAsync(page, "/api/account/sign-in", new { name, password = _product.Passwords[name] });
        return page;
    }

    /// <summary>Calls the API as the page does.</summary>
    private static async Task<JsonElement> CallAsync(IPage page, string path, object body) =>
        await page.EvaluateAsync<JsonElement>(
            """
            async ([path, body, key]) => {
              const response = await fetch(path, {
                method: 'POST', body, headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
              });
              const answer = await response.json();
              if (!response.ok) throw new Error(`${path}: ${answer.name} ${answer.message}`);
              return answer;
            }
            """,
            new[] { path, JsonSerializer.Serialize(body), Guid.CreateVersion7().ToString("D", CultureInfo.InvariantCulture) });
}
