using Microsoft.Playwright;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>
/// Debian's Chromium, or its Firefox, with a camera that shows a moving picture and beeps. Every test runs in the other one when
/// the variable <c>LIVECOMMERCE_TEST_BROWSER</c> says <c>firefox</c>.
/// </summary>
internal sealed class Browsers : IAsyncDisposable
{
    /// <summary>Milliseconds for whatever is waited for: only to end a test that hangs, on a machine that is busy with encoders and browsers.</summary>
    public const int PatienceMs = 120_000;

    /// <summary>Where Debian's firefox-esr is.</summary>
    public const string FirefoxPath = "/usr/bin/firefox-esr";

    /// <summary>Not sound without a click: that is how people have it, and the player must cope.</summary>
    private static readonly Dictionary<string, object> FirefoxPreferences = new(StringComparer.Ordinal)
    {
        ["media.navigator.streams.fake"] = true,
        ["media.navigator.permission.disabled"] = true,
        ["media.autoplay.default"] = 1,

        // Nothing that asks the world outside.
        ["browser.aboutwelcome.enabled"] = false,
        ["datareporting.policy.dataSubmissionEnabled"] = false,
        ["app.update.disabledForTesting"] = true,
        ["extensions.getAddons.cache.enabled"] = false,
        ["network.captive-portal-service.enabled"] = false,
        ["network.connectivity-service.enabled"] = false,
        ["media.gmp-manager.updateEnabled"] = false,
    };

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required",
    ];

    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browsers(IPlaywright playwright, IBrowser browser)
    {
        Assertions.SetDefaultExpectTimeout(PatienceMs);
        _playwright = playwright;
        _browser = browser;
    }

    private bool IsFirefox => _browser.BrowserType.Name == "firefox";

    public static Task<Browsers> StartAsync() =>
        Environment.GetEnvironmentVariable("LIVECOMMERCE_TEST_BROWSER") == "firefox" ? StartFirefoxAsync() : StartChromiumAsync();

    /// <summary>Starts Firefox as Debian ships it, over WebDriver BiDi.</summary>
    public static async Task<Browsers> StartFirefoxAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Firefox.LaunchAsync(new BrowserTypeLaunchOptions
        {
            Channel = "moz-firefox",
            ExecutablePath = FirefoxPath,
            Headless = true,
            Timeout = PatienceMs,
            FirefoxUserPrefs = FirefoxPreferences,
        });
        return new Browsers(playwright, browser);
    }

    private static async Task<Browsers> StartChromiumAsync()
    {
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = "/usr/bin/chromium",
            Headless = true,
            Timeout = PatienceMs,
            Args = Arguments,
        });
        return new Browsers(playwright, browser);
    }

    /// <summary>A person with a browser of their own.</summary>
    public async Task<Visitor> VisitorAsync(Uri address, string name, bool phone = false, bool dark = false, bool still = false)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = address.ToString(),
            Locale = "en-US",
            ColorScheme = dark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = phone ? new ViewportSize { Width = 390, Height = 844 } : new ViewportSize { Width = 1440, Height = 900 },
            HasTouch = phone,
            ReducedMotion = still ? ReducedMotion.Reduce : ReducedMotion.NoPreference,


            // Firefox has its own by its preferences.
            Permissions = IsFirefox ? [] : ["camera", "microphone"],
        });
        context.SetDefaultTimeout(PatienceMs);
        var visitor = new Visitor(name, await context.NewPageAsync());
        Evidence.Add(visitor);
        return visitor;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}
