using System.Diagnostics;
using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>A room for guests only, as its streamer, a stranger and a guest meet it in real browsers, and as other players see its video.</summary>
public sealed class PrivateRoomTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _over = new();
    private Stage _stage = null!;
    private Browsers _browsers = null!;
    private Visitor _streamer = null!;
    private Visitor _guest = null!;
    private Visitor _stranger = null!;

    public async ValueTask InitializeAsync()
    {
        // So short that a picture which goes on has had several passes.
        _stage = await Stage.StartAsync(settings: [("Video__Passes__LifeSeconds", "15"), ("Video__LowerRungsMax", "0")]);
        _browsers = await Browsers.StartAsync();
        await _stage.RegisterAsync("the guest");
        _streamer = await _browsers.VisitorAsync(_stage.Product.Address, "streamer");
        _guest = await _browsers.VisitorAsync(_stage.Product.Address, "guest", phone: true);
        _stranger = await _browsers.VisitorAsync(_stage.Product.Address, "stranger");
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        await _browsers.DisposeAsync();
        await _stage.DisposeAsync();
        _over.Dispose();
    }

    [Fact]
    public async Task RoomThatIsClosedWhileLive_SendsStrangersAway_AndWhoHasTheLinkWatchesUntilItIsTakenBack()
    {
        try
        {
            await using var camera = await FilmAsync();
            var stream = (await _stage.RoomAsync()).Stream.StreamId!;
            await _stranger.Open($"/room/{_stage.RoomId}");
            await _stranger.WatchesAMovingPicture();

            await StreamerClosesTheRoom();
            await Expect(_stranger.Find("private-room")).ToBeVisibleAsync();
            await Expect(_stranger.Page.GetByText("Cups")).ToHaveCountAsync(0);
            await _stranger.PhotographBoth("private-room");
            await Barriers.AssertNoneAsync(_stranger, "private-room");
            await Eventually.HoldsAsync(async () => await StatusAsync($"/live/{stream}/main.m3u8") == HttpStatusCode.Forbidden, "the video is closed");

            await StreamerMakesALink();
            await GuestComesInByIt();
            await PicturesGoOnOverSeveralPasses();
            await OtherPlayersNeedAPassToo(stream);

            await _streamer.Find("invitation-revoke").ClickAsync();
            await _streamer.Find("invitation-revoke-confirm").ClickAsync();
            await Expect(_guest.Find("private-room")).ToBeVisibleAsync();
        }
        catch
        {
            await Task.WhenAll(_streamer.Photograph("failed-private-streamer"), _guest.Photograph("failed-private-guest"), _stranger.Photograph("failed-private-stranger"));
            await File.WriteAllLinesAsync(Path.Combine(Checkout.Screenshots, "failed-private-server.log"), _stage.Product.Output);
            throw;
        }

        Assert.Empty(new[] { _streamer, _guest, _stranger }.SelectMany(visitor => visitor.Problems));
        Assert.DoesNotContain(_stage.Product.Output, line => line.Contains('~', StringComparison.Ordinal) && line.Contains("/live/", StringComparison.Ordinal));
    }

    private async Task StreamerClosesTheRoom()
    {
        await _streamer.SignIn("the streamer", ApiClient.Password);
        await _streamer.Open($"/studio/{_stage.RoomId}");
        await _streamer.Page.GetByRole(AriaRole.Radio, new() { Name = "Private" }).PressAsync("Space");
        await _streamer.Find("audience-confirm").ClickAsync();
        await Expect(_streamer.Find("audience")).ToHaveAttributeAsync("data-audience", "private");
    }

    private async Task StreamerMakesALink()
    {
        await _streamer.Find("invitation-name").FillAsync("Regular customers");
        await _streamer.Find("invitation-uses").FillAsync("5");
        await _streamer.Find("invitation-make").ClickAsync();
        await Expect(_streamer.Find("invitation")).ToContainTextAsync("0 of 5 came in");
        await _streamer.PhotographBoth("studio-audience");
        await Barriers.AssertNoneAsync(_streamer, "studio-audience");
    }

    private async Task GuestComesInByIt()
    {
        var book = await _stage.Streamer.GetAsync<JsonElement>($"/api/rooms/{_stage.RoomId}/guests");
        var code = book.GetProperty("invitations")[0].GetProperty("code").GetString()!;
        await _guest.Open($"/room/{_stage.RoomId}#invite={code}");
        await _guest.Sees("You are invited");
        Assert.DoesNotContain(code, _guest.Page.Url, StringComparison.Ordinal);
        await _guest.Photograph("private-room-invited");

        await _guest.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Link, new() { Name = "Sign in" }).ClickAsync();
        await _guest.Page.GetByLabel("Name").FillAsync("the guest");
        await _guest.Page.GetByLabel("Password", new() { Exact = true }).FillAsync(ApiClient.Password);
        await _guest.Page.GetByRole(AriaRole.Main).GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await _guest.WatchesAMovingPicture();
        Assert.EndsWith($"/room/{_stage.RoomId}", _guest.Page.Url, StringComparison.Ordinal);
        await Expect(_guest.Find("video")).ToHaveAttributeAsync("data-path", "instant");
    }

    /// <summary>On the instant socket, then in hls.js: each for longer than one pass lasts, without a picture that stands still.</summary>
    private async Task PicturesGoOnOverSeveralPasses()
    {
        await StandsNowhereAsync("instant");
        await _guest.Find("player-menu-open").ClickAsync();
        await _guest.Page.GetByLabel("Stable picture").CheckAsync();
        await Expect(_guest.Find("video")).ToHaveAttributeAsync("data-path", "hls");
        await _guest.WatchesAMovingPicture();
        await StandsNowhereAsync("hls");
    }

    private async Task StandsNowhereAsync(string path)
    {
        await _guest.Page.EvaluateAsync(
            """
            () => {
              window.stalls = 0;
              document.querySelector('[data-testid=video]').addEventListener('emptied', () => { window.stalls += 1; });
            }
            """);
        for (var i = 0; i < 3; i++) { await _guest.Page.WaitForResponseAsync(answer => answer.Url.EndsWith("/pass", StringComparison.Ordinal) && answer.Ok); }
        await _guest.WatchesAMovingPicture();
        await Expect(_guest.Find("video")).ToHaveAttributeAsync("data-path", path);

        // A player that had to begin anew would have emptied its element.
        Assert.Equal(0, await _guest.Page.EvaluateAsync<int>("() => window.stalls"));
    }

    private async Task OtherPlayersNeedAPassToo(string stream)
    {
        // The guest's own menu gives it.
        await _guest.Page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await _guest.Find("other-player-copy").ClickAsync();
        await Expect(_guest.Find("other-player-said")).ToContainTextAsync("keep it to yourself");
        await _guest.Photograph("player-menu-copied");
        var list = new Uri(await _guest.Page.EvaluateAsync<string>("() => navigator.clipboard.readText()"));
        Assert.StartsWith(new Uri(_stage.Product.Address, $"/live/{stream}~").ToString(), list.ToString(), StringComparison.Ordinal);
        Assert.Contains("h264", await ProbeAsync(list), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, await StatusAsync($"/live/{stream}/thumbnail.jpg"));
    }

    private static async Task<string> ProbeAsync(Uri address)
    {
        var start = new ProcessStartInfo("ffprobe") { RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in (string[])["-v", "error", "-show_entries", "stream=codec_name", "-of", "csv=p=0", address.ToString()]) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    private async Task<HttpStatusCode> StatusAsync(string path)
    {
        using var client = new HttpClient { BaseAddress = _stage.Product.Address };
        using var answer = await client.GetAsync(path);
        return answer.StatusCode;
    }

    private async Task<Camera> FilmAsync()
    {
        var camera = await Camera.ConnectAsync(_stage.Product.Address, _stage.RoomId, _stage.Streamer.Cookie);
        await camera.ReadyAsync();
        _ = camera.FilmAsync(_over.Token);
        await Eventually.HoldsAsync(async () => (await _stage.RoomAsync()).Stream.Phase == StreamPhase.Live, "the room is live");
        return camera;
    }
}
