using System.Diagnostics;
using LiveCommerce.Benchmarks.Fanout;
using Microsoft.Playwright;

namespace LiveCommerce.Benchmarks.Player;

/// <summary>
/// How smooth a room's page is in Chromium while 200 things a second happen in it: the time between its frames, beside the same
/// page with the same moving picture while nothing happens.
/// </summary>
internal static class PlayerBench
{
    private const int Rate = 200;
    private const int GiftEvery = 4;
    private const int Speakers = 240;
    private const int Gifters = 60;
    private const int Rounds = 3;
    private const double FpsGoal = 50;
    private static readonly TimeSpan HotFor = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan IdleFor = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan CalmDown = TimeSpan.FromSeconds(10);
    private static readonly (string Name, int Width, int Height)[] Screens = [("", 1280, 800), ("phone.", 390, 844)];

    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
        "--disable-sync", "--autoplay-policy=no-user-gesture-required",
    ];

    /// <summary>Notes when each frame begins, for so many milliseconds, and how many things the room told meanwhile.</summary>
    private const string WatchFrames =
        """
        (forMs) => new Promise((done) => {
          const frames = [];
          const stage = () => document.querySelector('[data-testid=gift-stage]').dataset;
          const levels = new Set();
          const tick = (now) => {
            frames.push(now);
            levels.add(Number(stage().effects));
            if (now - frames[0] < forMs) requestAnimationFrame(tick);
            else done({ frames, levels: [...levels], nodes: document.querySelectorAll('*').length });
          };
          requestAnimationFrame(tick);
        })
        """;

    public static async Task RunAsync(Figures figures)
    {
        Say("Starting the product and inviting people …");
        await using var room = await LiveRoom.StartAsync(Speakers, Gifters);
        await using var picture = await MovingPicture.StartAsync(room);
        using var crowd = new Crowd(room.Server.Address, new SignalRJson(room.RoomId), Speakers, room.Cookies);
        await crowd.EnterAsync(0, Speakers);
        await crowd.WhenInsideAsync(Speakers);

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions { ExecutablePath = "/usr/bin/chromium", Headless = true, Args = Arguments });
        var next = 1;
        foreach (var (name, width, height) in Screens)
        {
            await using var context = await browser.NewContextAsync(new BrowserNewContextOptions
            {
                BaseURL = room.Server.Address.ToString(),
                ViewportSize = new ViewportSize { Width = width, Height = height },
            });
            var page = await context.NewPageAsync();
            await page.GotoAsync($"/room/{room.RoomId}");
            await page.WaitForFunctionAsync("() => document.querySelector('[data-testid=video]')?.currentTime > 2", null, new PageWaitForFunctionOptions { Timeout = 60_000 });

            List<Smoothness> idle = [], hot = [];
            for (var round = 1; round <= Rounds; round++)
            {
                Say($"{width} × {height}, round {round} of {Rounds}: nothing happens, then {Rate} a second …");
                idle.Add(await WatchAsync(page, IdleFor));
                var talking = TalkAsync(crowd, next, WarmUp + HotFor);
                next += (int)((WarmUp + HotFor).TotalSeconds * Rate);
                await Task.Delay(WarmUp, TimeProvider.System);
                hot.Add(await WatchAsync(page, HotFor));
                Say($"  {hot[^1]} (idle: {idle[^1]}); {await talking} of {(WarmUp + HotFor).TotalSeconds * Rate} sent");
                await Task.Delay(CalmDown, TimeProvider.System);
            }

            AddTo(figures, name, idle, hot);
        }
    }

    private static void AddTo(Figures figures, string name, IReadOnlyList<Smoothness> idle, IReadOnlyList<Smoothness> hot)
    {
        figures.Add($"{name}fps.vs_idle", [.. hot.Zip(idle, (left, right) => left.MedianFps / right.MedianFps)], "ratio");
        figures.AddAtLeast($"{name}fps_min", [.. hot.Select(one => one.LeastFps)], "fps", FpsGoal);
        figures.AddAtLeast($"{name}fps_median", [.. hot.Select(one => one.MedianFps)], "fps", FpsGoal);
        figures.Add($"{name}long_frames", [.. hot.Select(one => (double)one.LongFrames)], "frames");
        figures.Add($"{name}frame_p99_ms", [.. hot.Select(one => one.P99)], "ms");
        figures.Add($"{name}nodes", [.. hot.Select(one => (double)one.Nodes)], "nodes");
        figures.Add($"{name}idle.fps_min", [.. idle.Select(one => one.LeastFps)], "fps");
        figures.Add($"{name}idle.fps_median", [.. idle.Select(one => one.MedianFps)], "fps");
        figures.Add($"{name}idle.long_frames", [.. idle.Select(one => (double)one.LongFrames)], "frames");
    }

    private static async Task<Smoothness> WatchAsync(IPage page, TimeSpan time) =>
        Smoothness.Of(await page.EvaluateAsync<Watched>(WatchFrames, time.TotalMilliseconds));

    /// <summary>So many a second, by schedule.</summary>
    /// <returns>How many were sent.</returns>
    private static Task<int> TalkAsync(Crowd crowd, int first, TimeSpan time) => Task.Factory.StartNew(
        () =>
        {
            using var ticking = new ManualResetEvent(false);
            var (began, sent) = (Stopwatch.GetTimestamp(), 0);
            for (var index = 0; index < (int)(time.TotalSeconds * Rate); index++)
            {
                var due = TimeSpan.FromSeconds(index / (double)Rate) - Stopwatch.GetElapsedTime(began);
                if (due > TimeSpan.Zero) { ticking.WaitOne(due); }
                var (number, gift) = (first + index, index % GiftEvery == 0);
                if (crowd.Say(gift ? number / GiftEvery % Gifters : number % Speakers, number, gift)) { sent++; }
            }

            return sent;
        },
        TaskCreationOptions.LongRunning);

    private static void Say(string sentence) => Console.WriteLine(sentence);
}
