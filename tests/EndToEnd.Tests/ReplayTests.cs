using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>Replays as people watch them, and after the server was killed in the middle of a recording.</summary>
public sealed class ReplayTests : IAsyncDisposable
{
    private static readonly (string, string)[] Settings =
    [
        ("Video__SegmentSeconds", "1"), ("Video__GraceSeconds", "1"), ("Video__Recordings__FreeBytesMin", "0"), ("Video__Recordings__TidySeconds", "1"),

        // A broadcast whose server was killed is over, and its replay made, when its publisher has stayed away.
        ("Rooms__SilentSeconds", "8"), ("Rooms__GraceSeconds", "5"),
    ];

    private Browsers? _browsers;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_browsers is not null) { await _browsers.DisposeAsync(); }
    }

    [Fact]
    public async Task ServerKilledWhileItRecords_LeavesAReplayUpToTheLastWholeSegment()
    {
        await using var stage = await Stage.StartAsync("Sqlite", Settings);
        var stream = await stage.GoLiveAsync();
        var folder = Path.Combine(stage.Product.DataFolder, "recordings", stream);
        var index = new FileInfo(Path.Combine(folder, "index.bin"));
        await Eventually.HoldsAsync(() => Refreshed(index).Exists && index.Length >= 4 * 80, "three segments are on the disk");

        await stage.Product.KillAloneAsync();

        // As if it had been killed in the middle of writing: half an entry, and media without one.
        await using (var torn = index.Open(FileMode.Append)) { await torn.WriteAsync(new byte[33]); }
        await using (var torn = File.Open(Path.Combine(folder, "run-0.mp4"), FileMode.Append)) { await torn.WriteAsync(new byte[1_000]); }
        await stage.Product.StartAgainAsync();

        var address = new Uri(stage.Product.Address, $"/replays/{stream}/main.m3u8");
        await Eventually.HoldsAsync(
            async () =>
            {
                using var answer = await stage.Streamer.SendAsync(HttpMethod.Get, $"/replays/{stream}/main.m3u8");
                return answer.IsSuccessStatusCode;
            },
            "the replay can be watched");
        var (duration, complaints) = await ProbeAsync(address);
        Assert.InRange(duration, 2.5, 6);
        Assert.Equal("", complaints);
        var recording = (await stage.Streamer.GetAsync<JsonElement>($"/api/recordings/{stream}")).GetProperty("recording");
        Assert.Equal("ready", recording.GetProperty("state").GetString());
        Assert.NotNull(recording.GetProperty("problem").GetString());
    }

    [Fact]
    public async Task ReplayPage_PlaysSeeksAndFollowsTheChat_AndItsProductCanBeBought()
    {
        await using var stage = await Stage.StartAsync("Sqlite", Settings);
        var product = await stage.Streamer.PostAsync<ProductCard>(
            "/api/products", new ProductDetails("Straw hat", null, 1_999, "usd", 3), Guid.CreateVersion7());
        var stream = await stage.GoLiveAsync();
        await using (var hub = await HubClient.ConnectAsync(stage.Product.Address, stage.Streamer.Cookie))
        {
            await hub.JoinAsync(stage.RoomId);
            await hub.CallAsync("Say", new { key = Guid.CreateVersion7(), text = "Welcome to the harbour" });
        }

        await stage.Streamer.DoneAsync(HttpMethod.Put, $"/api/rooms/{stage.RoomId}/pin", new { productId = product.ProductId });
        _browsers = await Browsers.StartAsync();
        var viewer = await _browsers.VisitorAsync(stage.Product.Address, "viewer");
        await stage.RegisterAsync("the viewer");
        await viewer.SignIn("the viewer", ApiClient.Password);
        await viewer.Open($"/room/{stage.RoomId}");
        await viewer.Find("clip-open").ClickAsync();
        await viewer.Find("clip-make").ClickAsync();
        await Expect(viewer.Find("clip-video")).ToBeVisibleAsync();
        await viewer.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=clip-video]').duration > 3");
        await viewer.Photograph("clip-made");
        await viewer.Page.Keyboard.PressAsync("Escape");
        await stage.Camera.DisposeAsync();

        // The room is over, and shows what it has shown.
        await Eventually.HoldsAsync(
            async () =>
            {
                var all = await stage.Streamer.GetAsync<JsonElement>($"/api/rooms/{stage.RoomId}/recordings");
                return all.GetProperty("recordings") is var list && list.GetArrayLength() == 1 && list[0].GetProperty("hasPictures").GetBoolean();
            },
            "the replay has its pictures");
        await viewer.Open($"/room/{stage.RoomId}");
        await Expect(viewer.Find("replay-card")).ToContainTextAsync("Straw hat");
        await viewer.PhotographBoth("room-replays");
        await Barriers.AssertNoneAsync(viewer, "room-replays");
        await viewer.Find("replay-card").ClickAsync();
        await viewer.Find("replay-start").ClickAsync();
        await viewer.WatchesAMovingPicture();

        // To its end: what was said and shown is there.
        await viewer.Page.EvaluateAsync("() => document.querySelector('[data-testid=video]').pause()");
        await viewer.Find("seek").FocusAsync();
        await viewer.Page.Keyboard.PressAsync("End");
        await viewer.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=video]').currentTime > 4");
        await Expect(viewer.Find("replay-chat")).ToContainTextAsync("Welcome to the harbour");
        await Expect(viewer.Find("product-card")).ToContainTextAsync("3 left");
        await viewer.Find("seek").HoverAsync();
        await Expect(viewer.Find("seek-preview").Locator(".seek-picture")).ToBeVisibleAsync();
        await viewer.PhotographBoth("replay");
        await Barriers.AssertNoneAsync(viewer, "replay");

        await viewer.Find("buy-open").ClickAsync();
        await viewer.Find("pay").ClickAsync();
        await Expect(viewer.Find("order-state")).ToHaveAttributeAsync("data-state", "paid");
        await viewer.Page.Keyboard.PressAsync("Escape");

        // Back to the beginning: nothing was said yet, and no product was on show.
        await viewer.Find("seek").FocusAsync();
        await viewer.Page.Keyboard.PressAsync("Home");
        await viewer.Page.WaitForFunctionAsync("() => document.querySelector('[data-testid=video]').currentTime < 1");
        Assert.Empty(viewer.Problems);

        // The streamer decides what stays.
        var streamer = await _browsers.VisitorAsync(stage.Product.Address, "streamer");
        await streamer.SignIn("the streamer", ApiClient.Password);
        await streamer.Open($"/studio/{stage.RoomId}/recordings");
        await Expect(streamer.Find("recording-row")).ToContainTextAsync("kept until");
        await streamer.PhotographBoth("recordings");
        await Barriers.AssertNoneAsync(streamer, "recordings");
        await streamer.Find("recording-audience").PressAsync("Enter");
        await Expect(streamer.Find("recording-audience-sure")).ToBeVisibleAsync();
        await streamer.PhotographBoth("recording-audience");
        await Barriers.AssertNoneAsync(streamer, "recording-audience");
        await streamer.Find("recording-audience-sure").PressAsync("Enter");
        await Expect(streamer.Find("recording-row")).ToContainTextAsync("Guests only");
        await Expect(streamer.Find("recording-audience")).ToBeFocusedAsync();
        await streamer.Page.GetByRole(AriaRole.Heading, new PageGetByRoleOptions { Name = "Cups" }).Last.GetByRole(AriaRole.Link).ClickAsync();
        await Expect(streamer.Find("clip-video")).ToBeVisibleAsync();
        await streamer.PhotographBoth("clip");
        await Barriers.AssertNoneAsync(streamer, "clip");
        await streamer.Open($"/studio/{stage.RoomId}/recordings");
        await streamer.Find("recording-delete").ClickAsync();
        await streamer.Find("recording-delete-sure").ClickAsync();
        await Expect(streamer.Find("recording-row")).ToHaveCountAsync(0);
        Assert.Empty(streamer.Problems);
    }

    private static FileInfo Refreshed(FileInfo file)
    {
        file.Refresh();
        return file;
    }

    /// <summary>Seconds, and what FFmpeg complains about when it decodes all of it.</summary>
    private static async Task<(double Seconds, string Complaints)> ProbeAsync(Uri address)
    {
        var probed = await RunAsync("ffprobe", "-v", "error", "-of", "default=nokey=1:noprint_wrappers=1", "-show_entries", "format=duration", address.ToString());
        var decoded = await RunAsync("ffmpeg", "-v", "error", "-nostdin", "-i", address.ToString(), "-f", "null", "-");
        return (double.Parse(probed.Output, CultureInfo.InvariantCulture), decoded.Errors);
    }

    private static async Task<(string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (output, await errors);
    }
}
