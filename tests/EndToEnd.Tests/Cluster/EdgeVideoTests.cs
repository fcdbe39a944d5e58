using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using LiveCommerce.Tests;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests.Cluster;

/// <summary>Any gateway serves any room: processes of the real executable, one of which has the streamer and the other the viewers.</summary>
public sealed partial class EdgeVideoTests : IAsyncLifetime
{
    private const int Viewers = 8;
    private const int Parts = 10;

    private readonly CancellationTokenSource _over = new();
    private readonly ConcurrentDictionary<string, string> _parts = new();
    private SmallCluster _cluster = null!;
    private Browsers? _browsers;

    private ProductProcess Origin => _cluster.Gateways[0];

    private ProductProcess Edge => _cluster.Gateways[1];

    public async ValueTask InitializeAsync()
    {
        _cluster = await SmallCluster.StartAsync(("Video__Edge__AnswerSeconds", "30"), ("Video__Edge__WaitSeconds", "60"), ("Video__InstantSkipsMax", "1000"));
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        if (_browsers is not null) { await _browsers.DisposeAsync(); }
        await _cluster.DisposeAsync();
        _over.Dispose();
    }

    [Fact]
    public async Task RoomIsWatchedAtAGatewayThatItsStreamerIsNotConnectedTo_AndGoesOnWhenThatOneDies()
    {
        await _cluster.ServedAsync();
        using var streamer = await new ApiClient(Origin.Address).RegisterAsync("Ana");
        var room = await streamer.PostAsync<RoomView>("/api/rooms", new { title = "Cups", category = "home" }, Guid.CreateVersion7());
        var (camera, stream) = await FilmAsync(Origin, room.RoomId, streamer.Cookie);
        using var http = new HttpClient { BaseAddress = Edge.Address };
        await Eventually.HoldsAsync(async () => await StatusAsync(http, stream, "source/list.m3u8") == HttpStatusCode.OK, "the broadcast is seen at the other gateway");

        await Eventually.HoldsAsync(async () => await StatusAsync(http, Guid.CreateVersion7().ToString("N"), "source/list.m3u8") == HttpStatusCode.NotFound, "what nobody has is not found");

        // Players of low-latency HLS: each thing crosses between the gateways once, however many fetch it here.
        await WatchAsync(http, stream, Viewers);
        Assert.Equal(Parts, _parts.Count);
        Assert.Equal(_parts.Count, await MetricAsync(http, "livecommerce_video_edge_upstream_requests_total{kind=\"Part\"}"));
        Assert.Equal("h264\naac", await ProbeAsync(new Uri(Edge.Address, $"/live/{stream}/main.m3u8")));

        // A browser: every fragment as it comes, over one socket between the gateways.
        _browsers = await Browsers.StartAsync();
        var visitor = await _browsers.VisitorAsync(Edge.Address, "visitor");
        await visitor.Open($"/room/{room.RoomId}");
        await Expect(visitor.Find("video")).ToHaveAttributeAsync("data-path", "instant");
        await visitor.WatchesAMovingPicture();

        // The way back, and a clip of what arrives at the other gateway.
        using var viewer = await new ApiClient(Edge.Address).RegisterAsync("Ben");
        Assert.Empty(PlaylistChecker.Check(await http.GetStringAsync($"/live/{stream}/source/dvr.m3u8")));
        var clip = await viewer.PostAsync<ClipView>($"/api/rooms/{room.RoomId}/clips", new { seconds = 15, title = "Look at this" }, Guid.CreateVersion7());
        Assert.True(clip.IsReady);
        Assert.Equal("h264\naac", await ProbeAsync(new Uri(Edge.Address, $"/clips/{clip.ClipId}.mp4")));

        await Origin.KillAsync();
        await camera.DisposeAsync();
        using (var dead = await http.GetAsync($"/live/{stream}/source/list.m3u8"))
        {
            Assert.Contains(dead.StatusCode, (HttpStatusCode[])[HttpStatusCode.ServiceUnavailable, HttpStatusCode.NotFound]);
            var refusal = JsonSerializer.Deserialize<Refusal>(await dead.Content.ReadAsStringAsync(), WireJson.Options)!;
            Assert.Contains(refusal.Code, (RefusalCode[])[RefusalCode.Unavailable, RefusalCode.StreamNotLive]);
        }

        // The streamer comes back within the grace time, at the gateway that is left; the page follows by itself.
        var (again, resumed) = await FilmAsync(Edge, room.RoomId, streamer.Cookie);
        await using var filming = again;
        Assert.NotEqual(stream, resumed);
        await visitor.WatchesAMovingPicture();

        // And the other way round: the one that was the origin is an edge now.
        await Origin.StartAgainAsync();
        using var other = new HttpClient { BaseAddress = Origin.Address };
        await Eventually.HoldsAsync(async () => await StatusAsync(other, resumed, "source/list.m3u8") == HttpStatusCode.OK, "the first gateway serves what arrives at the second");
        _parts.Clear();
        await WatchAsync(other, resumed, viewers: 1);
        Assert.Empty(visitor.Problems);

        // What was recorded before its gateway died lies there, and is watched here.
        await Eventually.HoldsAsync(async () => (await http.GetAsync($"/replays/{stream}/main.m3u8")).IsSuccessStatusCode, "the broadcast is a replay");
        Assert.Equal("h264\naac", await ProbeAsync(new Uri(Edge.Address, $"/replays/{stream}/main.m3u8")));
        var list = await http.GetStringAsync($"/replays/{stream}/list.m3u8");
        Assert.Equal(await other.GetStringAsync($"/replays/{stream}/list.m3u8"), list);
        Assert.Equal(await other.GetByteArrayAsync($"/replays/{stream}/1.m4s"), await http.GetByteArrayAsync($"/replays/{stream}/1.m4s"));
        using var piece = new HttpRequestMessage(HttpMethod.Get, $"/replays/{stream}/1.m4s") { Headers = { Range = new RangeHeaderValue(100, 199) } };
        using var ranged = await http.SendAsync(piece);
        Assert.Equal(HttpStatusCode.PartialContent, ranged.StatusCode);
        Assert.Equal((await other.GetByteArrayAsync($"/replays/{stream}/1.m4s"))[100..200], await ranged.Content.ReadAsByteArrayAsync());
        Assert.Contains("\"moments\":", await viewer.TextAsync($"/replays/{stream}/chat?from=0&to=60000"));
        var second = await viewer.PostAsync<ClipView>($"/api/recordings/{stream}/clips", new { seconds = 15, fromMs = 0 }, Guid.CreateVersion7());
        Assert.Equal("h264\naac", await ProbeAsync(new Uri(Edge.Address, $"/clips/{second.ClipId}.mp4")));
        Assert.Equal(HttpStatusCode.NotFound, (await http.GetAsync($"/replays/{Guid.CreateVersion7():N}/main.m3u8")).StatusCode);
    }

    /// <summary>
    /// Watches as players of low-latency HLS do: each waits for the next part where the playlist says that it will be. They go in
    /// step, so that all of them fetch the same parts however slow the machine is.
    /// </summary>
    private async Task WatchAsync(HttpClient http, string stream, int viewers)
    {
        var list = await http.GetStringAsync($"/live/{stream}/source/list.m3u8");
        while (_parts.Count < Parts) { list = (await Task.WhenAll(Enumerable.Range(0, viewers).Select(_ => NextAsync())))[0]; }

        async Task<string> NextAsync()
        {
            var hint = Hint().Match(list);
            Assert.True(hint.Success, list);
            var (number, part) = (hint.Groups["number"].Value, hint.Groups["part"].Value);
            var next = await http.GetStringAsync($"/live/{stream}/source/list.m3u8?_HLS_msn={number}&_HLS_part={part}");
            Assert.Empty(PlaylistChecker.Check(next));
            Assert.Empty(PlaylistChecker.CheckUpdate(list, next));
            Assert.Empty(PlaylistChecker.Check(await http.GetStringAsync($"/live/{stream}/source/list.m3u8?_HLS_msn={number}&_HLS_part={part}&_HLS_skip=YES")));
            if (!next.Contains($"URI=\"{number}.{part}.m4s\"", StringComparison.Ordinal)) { return next; }

            var bytes = Convert.ToHexString(await http.GetByteArrayAsync($"/live/{stream}/source/{number}.{part}.m4s"));
            Assert.Equal(_parts.GetOrAdd($"{number}.{part}", bytes), bytes);
            return next;
        }
    }

    /// <summary>A camera that films in real time; the streamer tries until the room lets it.</summary>
    private async Task<(Camera Camera, string StreamId)> FilmAsync(ProductProcess gateway, string roomId, string cookie)
    {
        Camera? camera = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                camera = await Camera.ConnectAsync(gateway.Address, roomId, cookie);
                if (await camera.IsTakenAsync()) { return true; }
                await camera.DisposeAsync();
                return false;
            },
            "the room takes the streamer");
        _ = camera!.FilmAsync(_over.Token);
        return (camera, camera.StreamId);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient http, string stream, string file)
    {
        using var answer = await http.GetAsync($"/live/{stream}/{file}");
        return answer.StatusCode;
    }

    private static async Task<double> MetricAsync(HttpClient http, string series)
    {
        var line = (await http.GetStringAsync("/metrics")).Split('\n').Single(line => line.StartsWith($"{series} ", StringComparison.Ordinal));
        return double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    private static async Task<string> ProbeAsync(Uri address)
    {
        string[] arguments = ["-v", "error", "-of", "default=nokey=1:noprint_wrappers=1", "-show_entries", "stream=codec_name", address.ToString()];
        using var probe = Process.Start(new ProcessStartInfo("ffprobe", arguments) { RedirectStandardOutput = true, UseShellExecute = false })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        try { return string.Join('\n', (await probe.StandardOutput.ReadToEndAsync(patience.Token)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct()); }
        finally { probe.Kill(); }
    }

    [GeneratedRegex("""#EXT-X-PRELOAD-HINT:TYPE=PART,URI="(?<number>\d+)\.(?<part>\d+)\.m4s""", RegexOptions.ExplicitCapture)]
    private static partial Regex Hint();
}
