using System.Collections.Concurrent;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>Somebody in front of a page: what a person does there, in a person's words.</summary>
internal sealed class Visitor
{
    private const int ConsoleMax = 200;

    private readonly List<string> _problems = [];
    private readonly ConcurrentQueue<string> _console = new();

    public Visitor(string name, IPage page)
    {
        Name = name;
        Page = page;
        page.PageError += (_, error) => _problems.Add(error);
        page.Console += (_, said) =>
        {
            _console.Enqueue($"{said.Type}: {said.Text}");
            while (_console.Count > ConsoleMax) { _console.TryDequeue(out string? _); }
        };
    }

    public string Name { get; }

    public IPage Page { get; }

    /// <summary>Errors that no code of the page caught.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>What the page wrote to its console, newest last.</summary>
    public IReadOnlyCollection<string> Console => _console;

    public ILocator Find(string testId) => Page.GetByTestId(testId);

    public async Task Open(string path) => await Page.GotoAsync(path);

    public async Task SignIn(string name, string password)
    {
        await Open("/sign-in");
        await Page.GetByLabel("Name").FillAsync(name);
        await Page.GetByLabel("Password", new PageGetByLabelOptions { Exact = true }).FillAsync(password);
        await Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new LocatorGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await Expect(Page.GetByLabel($"Account of {name}")).ToBeVisibleAsync();
    }

    public async Task Say(string text)
    {
        await Find("chat-input").FillAsync(text);
        await Find("chat-send").ClickAsync();
    }

    public async Task Sees(string text) => await Expect(Page.GetByText(text).First).ToBeVisibleAsync();

    /// <summary>Waits until the video's time advances and its pixels change: decoded, moving pictures, not a poster.</summary>
    public async Task WatchesAMovingPicture()
    {
        await Expect(Find("video")).ToBeVisibleAsync();
        await Page.WaitForFunctionAsync(
            """
            () => {
              const video = document.querySelector('[data-testid=video]');
              if (!video || video.readyState < 2 || video.videoWidth === 0) return false;
              const canvas = Object.assign(document.createElement('canvas'), { width: 64, height: 36 });
              const context = canvas.getContext('2d');
              context.drawImage(video, 0, 0, 64, 36);
              const pixels = context.getImageData(0, 0, 64, 36).data;
              const seen = (window.seenFrames ??= []);
              const sum = pixels.reduce((hash, byte) => (hash * 31 + byte) % 1000000007, 7);
              const last = seen.at(-1);
              if (!last || (last.sum !== sum && last.time < video.currentTime)) seen.push({ sum, time: video.currentTime });
              return seen.length >= 5;
            }
            """,
            null,
            new PageWaitForFunctionOptions { PollingInterval = 100 });
        await Page.EvaluateAsync("() => { window.seenFrames = []; }");
    }

    /// <summary>Pictures of the whole page, for people: on a desktop in the light look, then on a phone in the dark one.</summary>
    public async Task PhotographBoth(string name)
    {
        var usual = Page.ViewportSize!;
        foreach (var phone in (bool[])[false, true])
        {
            await Page.SetViewportSizeAsync(phone ? 390 : 1440, phone ? 844 : 900);
            await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = phone ? ColorScheme.Dark : ColorScheme.Light });

            await Page.EvaluateAsync("() => window.scrollTo(0, 0)");

            // Colours that still change are those of neither look.
            await ComesToRest();
            var path = Path.Combine(Checkout.Screenshots, $"{name}-{(phone ? "phone" : "desktop")}.png");
            await Page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = true });
        }

        await Page.SetViewportSizeAsync(usual.Width, usual.Height);
        await Page.EmulateMediaAsync(new PageEmulateMediaOptions { ColorScheme = ColorScheme.Light });
    }

    /// <summary>
    /// Waits until nothing fades any more. One that is paused, or waits for what never comes, is as it will stay: the controls of a
    /// video that nobody plays are such. A colour that still changes then, as on a machine that draws a picture a second, is set.
    /// </summary>
    public async Task ComesToRest() => await Page.EvaluateAsync(
        """
        async () => {
          await Promise.race([
            Promise.allSettled(document.getAnimations()
              .filter((one) => one.playState === 'running' && one.effect?.getTiming().iterations !== Infinity)
              .map((one) => one.finished)),
            new Promise((done) => setTimeout(done, 3000)),
          ]);
          for (const one of document.getAnimations()) if (one instanceof CSSTransition && one.playState === 'running') one.finish();
        }
        """);

    /// <summary>A picture of the page, for people.</summary>
    public async Task Photograph(string name) =>
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Checkout.Screenshots, $"{name}.png") });
}
