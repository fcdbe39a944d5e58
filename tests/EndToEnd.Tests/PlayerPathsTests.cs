using System.Text.RegularExpressions;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>How the picture comes to a page: instant first, over HLS where that is refused or not wanted, and again after a break.</summary>
public sealed class PlayerPathsTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _over = new();
    private Stage _stage = null!;
    private Browsers _browsers = null!;

    public async ValueTask InitializeAsync()
    {
        // One place: whoever comes second is refused the instant path.
        // And the lower rung stays however busy the machine is.
        _stage = await Stage.StartAsync(settings: [("Video__InstantViewersPerStreamMax", "1"), ("Video__BehindMsMax", "10000"), ("Video__EncodeCores", "2"), ("Video__InstantSkipsMax", "1000")]);
        _browsers = await Browsers.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _browsers.DisposeAsync();
        await _stage.DisposeAsync();
        _over.Dispose();
    }

    [Fact]
    public async Task Picture_ComesInstantly_OverHlsWhereThatIsRefused_ByChoice_AndAgainAfterThePublisherWasAway()
    {
        var camera = await FilmAsync();
        var first = await WatchAsync("first", phone: true);
        await ComesBy(first, "instant");
        await first.WatchesAMovingPicture();
        var second = await WatchAsync("second", phone: false);
        await ComesBy(second, "hls");
        await second.WatchesAMovingPicture();
        await Expect(second.Find("video")).Not.ToHaveAttributeAsync("data-path", "instant");

        await DetailsSayWhatIsPlayed(first);
        await WayBackLeadsThereAndToLiveAgain(first);
        await ChoiceOfDelayIsKept(first);
        await camera.DisposeAsync();
        await PhaseIs(StreamPhase.Interrupted);
        await using var again = await FilmAsync();
        await first.WatchesAMovingPicture();
        await second.WatchesAMovingPicture();
        await RungIsChosen(second);
        await RungIsChosen(first);

        Assert.Empty(first.Problems);
        Assert.Empty(second.Problems);
    }

    private static async Task DetailsSayWhatIsPlayed(Visitor visitor)
    {
        await visitor.Page.Keyboard.PressAsync("Alt+I");
        await Expect(visitor.Find("readout-path")).ToHaveTextAsync("Instant");
        await Expect(visitor.Find("readout-picture")).ToHaveTextAsync("480×270 (source)");
        await Expect(visitor.Find("readout-delay")).ToContainTextAsync(" s");
        await Expect(visitor.Find("readout-bitrate")).ToContainTextAsync("Mbit/s");
        await visitor.Photograph("playback-details-phone");
        await visitor.Page.Keyboard.PressAsync("Alt+I");
        await Expect(visitor.Find("readout")).ToHaveCountAsync(0);
    }

    /// <summary>In hls.js between two levels, on the instant path between two sockets.</summary>
    private static async Task RungIsChosen(Visitor visitor)
    {
        foreach (var (label, lines) in ((string, int)[])[("240p", 240), ("270p, as sent", 270), ("Automatic", 0)])
        {
            await visitor.Find("player-menu-open").ClickAsync();
            await visitor.Page.GetByLabel(label).CheckAsync();
            await visitor.Page.Keyboard.PressAsync("Escape");
            if (lines > 0)
            {
                await visitor.Page.WaitForFunctionAsync(
                    "lines => document.querySelector('[data-testid=video]').videoHeight === lines", lines);
            }

            await visitor.WatchesAMovingPicture();
        }
    }

    private static async Task WayBackLeadsThereAndToLiveAgain(Visitor visitor)
    {
        var bar = visitor.Page.GetByRole(AriaRole.Slider, new PageGetByRoleOptions { Name = "Position in the stream" });
        await Expect(bar).ToHaveAttributeAsync("aria-valuetext", "Live");
        await bar.FocusAsync();
        await visitor.Page.Keyboard.PressAsync("ArrowLeft");
        await ComesBy(visitor, "past");
        await visitor.WatchesAMovingPicture();
        await Expect(bar).ToHaveAttributeAsync("aria-valuetext", new Regex("seconds behind live"));
        await visitor.Photograph("player-past-phone");
        await visitor.Find("go-live-edge").ClickAsync();
        await ComesBy(visitor, "instant");
        await visitor.WatchesAMovingPicture();
    }

    private static async Task ChoiceOfDelayIsKept(Visitor visitor)
    {
        await visitor.Find("player-menu-open").ClickAsync();
        await visitor.Photograph("player-menu-phone");
        await visitor.Page.GetByLabel("Stable picture").CheckAsync();
        await ComesBy(visitor, "hls");
        await visitor.WatchesAMovingPicture();
        await visitor.Page.ReloadAsync();
        await ComesBy(visitor, "hls");
        await visitor.WatchesAMovingPicture();

        await visitor.Find("player-menu-open").ClickAsync();
        await visitor.Page.GetByLabel("Lowest").CheckAsync();
        await visitor.Page.Keyboard.PressAsync("Escape");
        await Expect(visitor.Find("player-menu")).ToHaveCountAsync(0);
        await ComesBy(visitor, "instant");
        await visitor.WatchesAMovingPicture();
    }

    private static Task ComesBy(Visitor visitor, string path) => Expect(visitor.Find("video")).ToHaveAttributeAsync("data-path", path);

    private async Task<Visitor> WatchAsync(string name, bool phone)
    {
        var visitor = await _browsers.VisitorAsync(_stage.Product.Address, name, phone);
        await visitor.Open($"/room/{_stage.RoomId}");
        return visitor;
    }

    /// <summary>A camera that films in real time until it is disposed of, as soon as it is live.</summary>
    private async Task<Camera> FilmAsync()
    {
        var camera = await Camera.ConnectAsync(_stage.Product.Address, _stage.RoomId, _stage.Streamer.Cookie);
        await camera.ReadyAsync();
        _ = camera.FilmAsync(_over.Token);
        await PhaseIs(StreamPhase.Live);
        return camera;
    }

    private Task PhaseIs(StreamPhase phase) =>
        Eventually.HoldsAsync(async () => (await _stage.RoomAsync()).Stream.Phase == phase, $"the room is {phase}");
}
