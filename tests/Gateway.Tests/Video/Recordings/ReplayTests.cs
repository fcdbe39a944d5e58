using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Tests.Running;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Tests;
using Visitor = LiveCommerce.Gateway.Tests.Running.Visitor;

namespace LiveCommerce.Gateway.Tests.Video.Recordings;

/// <summary>From a broadcast to its replay, in the product as it is run.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private const int Seconds = 20;
    private static readonly TimeSpan Recorded = TimeSpan.FromSeconds(8);

    private readonly string _folder = Directory.CreateTempSubdirectory("replays-").FullName;
    private readonly HttpClient _http = new();
    private TestServer _server = null!;
    private Visitor _owner = null!;
    private Visitor _viewer = null!;

    public async ValueTask InitializeAsync() => await StartAsync();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Broadcast_CanBeGoneBackIn_AndBecomesAReplayWithChatCardsPicturesAndClips()
    {
        var room = await _owner.CreateRoomAsync();
        var product = await _owner.PostAsync<ProductCard>(
            "/api/products", new ProductDetails("Straw hat", null, 1_999, "usd", 3), Guid.CreateVersion7());
        await using var publisher = await GoLiveAsync(room.RoomId);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Recording(Seconds));
        await UntilSegmentAsync(stream, "list.m3u8", Seconds - 3);
        await _owner.DoneAsync(HttpMethod.Put, $"/api/rooms/{room.RoomId}/pin", new { productId = product.ProductId });

        // Back to the start, beyond what is in memory.
        Assert.Equal(HttpStatusCode.NotFound, (await _http.GetAsync($"/live/{stream}/source/9999.m4s")).StatusCode);
        string dvr = "";
        await TestServer.UntilAsync(async () => (dvr = (await TextAsync($"/live/{stream}/source/dvr.m3u8"))!).Contains("\n0.m4s", StringComparison.Ordinal));
        Assert.DoesNotContain("\n0.m4s", await TextAsync($"/live/{stream}/source/list.m3u8"));
        Assert.Contains("#EXT-X-MEDIA-SEQUENCE:0\n", dvr);
        Assert.DoesNotContain("ENDLIST", dvr);
        Assert.Empty(PlaylistChecker.Check(dvr));
        foreach (var address in dvr.Split('\n').Where(line => line.EndsWith(".m4s", StringComparison.Ordinal)))
        {
            Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync($"/live/{stream}/source/{address}")).StatusCode);
        }

        // A clip of the newest moments, as long as was asked for, to the next segment.
        var key = Guid.CreateVersion7();
        var clip = await _viewer.PostAsync<ClipView>($"/api/rooms/{room.RoomId}/clips", new { seconds = 15, title = "Look at this" }, key);
        Assert.True(clip.IsReady);
        Assert.Equal(clip, await _viewer.PostAsync<ClipView>($"/api/rooms/{room.RoomId}/clips", new { seconds = 15, title = "Look at this" }, key));
        AssertPlays($"/clips/{clip.ClipId}.mp4", 15, 18);
        Assert.Equal("image/jpeg", (await _http.GetAsync($"/clips/{clip.ClipId}.jpg")).Content.Headers.ContentType!.MediaType);

        Assert.Equal(HttpStatusCode.Conflict, (await _http.GetAsync($"/replays/{stream}/main.m3u8")).StatusCode);
        await publisher.ByeAsync();
        var listed = (await UntilListedAsync(room.RoomId)).Single();

        Assert.Equal((stream, RecordingState.Ready, room.Title), (listed.RecordingId, listed.State, listed.Title));
        Assert.InRange(listed.DurationMs, (Seconds - 1) * 1_000, (Seconds + 1) * 1_000);
        Assert.Equal(["Straw hat"], listed.Products.Select(shown => shown.Title));
        AssertPlays($"/replays/{stream}/main.m3u8", Seconds - 1, Seconds + 1);
        Assert.Empty(PlaylistChecker.CheckMain((await TextAsync($"/replays/{stream}/main.m3u8"))!));
        Assert.Empty(PlaylistChecker.Check((await TextAsync($"/replays/{stream}/list.m3u8"))!));
        using var part = new HttpRequestMessage(HttpMethod.Get, $"/replays/{stream}/3.m4s") { Headers = { Range = new RangeHeaderValue(100, 199) } };
        using var ranged = await _http.SendAsync(part);
        Assert.Equal((HttpStatusCode.PartialContent, 100L), (ranged.StatusCode, ranged.Content.Headers.ContentLength));
        Assert.True(ranged.Headers.CacheControl!.Private);

        // The card in time, and pictures to seek by.
        var view = await _viewer.GetAsync<JsonElement>($"/api/recordings/{stream}");
        Assert.Equal("Straw hat", view.GetProperty("chapters")[0].GetProperty("card").GetProperty("title").GetString());
        var chat = await _viewer.GetAsync<JsonElement>($"/replays/{stream}/chat?from=0&to={listed.DurationMs}");
        Assert.Equal("productPinned", chat.GetProperty("moments")[0].GetProperty("event").GetProperty("kind").GetString());
        await TestServer.UntilAsync(async () => (await _viewer.GetAsync<RecordingList>($"/api/rooms/{room.RoomId}/recordings")).Recordings[0].HasPictures);
        var pictures = await TextAsync($"/replays/{stream}/sprites.vtt");
        Assert.StartsWith("WEBVTT\n\n00:00:00.000 --> 00:00:0", pictures);
        Assert.Contains("sprite-0.jpg#xywh=160,0,160,90", pictures);
        Assert.Equal(["800", "450"], Samples.Probe(new Uri(_http.BaseAddress!, $"/replays/{stream}/sprite-0.jpg"), "-show_entries", "stream=width,height"));

        var second = await _viewer.PostAsync<ClipView>($"/api/recordings/{stream}/clips", new { seconds = 15, fromMs = 2_000 }, Guid.CreateVersion7());
        AssertPlays($"/clips/{second.ClipId}.mp4", 15, 18);

        // Only its owner takes it away, with its files; a clip stays unless it is taken away too.
        await _viewer.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Delete, $"/api/recordings/{stream}");
        await _owner.DoneAsync(HttpMethod.Delete, $"/api/recordings/{stream}");
        await TestServer.UntilAsync(() => Task.FromResult(!Directory.Exists(Path.Combine(_folder, stream))));
        await TestServer.UntilAsync(async () => (await _http.GetAsync($"/replays/{stream}/list.m3u8")).StatusCode == HttpStatusCode.NotFound);
        AssertPlays($"/clips/{clip.ClipId}.mp4", 15, 18);
        await _viewer.DoneAsync(HttpMethod.Delete, $"/api/clips/{clip.ClipId}");
        await TestServer.UntilAsync(() => Task.FromResult(!File.Exists(Path.Combine(_folder, "clips", $"{clip.ClipId}.mp4"))));
    }

    [Fact]
    public async Task FullDisk_EndsTheRecordingAndNotTheBroadcast()
    {
        _server = await _server.RestartAsync(Settings(("Video:Recordings:BroadcastBytesMax", "100000")));
        await SignInAsync(isNew: false);
        var room = await _owner.CreateRoomAsync();
        await using var publisher = await GoLiveAsync(room.RoomId);
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Recording(8));
        await UntilSegmentAsync(stream, "list.m3u8", 5);

        var recorded = (await UntilListedAsync(room.RoomId)).Single();
        Assert.NotNull(recorded.Problem);
        Assert.InRange(recorded.Bytes, 1, 100_000);
        await publisher.RecordAsync([]);
        Assert.Equal(StreamPhase.Live, (await _viewer.GetAsync<RoomView>($"/api/rooms/{room.RoomId}")).Stream.Phase);
        AssertPlays($"/replays/{stream}/main.m3u8", 0, 8);
        await publisher.ByeAsync();
        await publisher.Closed;

        // With no space at all there is no recording, and still a broadcast.
        _server = await _server.RestartAsync(Settings(("Video:Recordings:FreeBytesMin", $"{long.MaxValue / 2}"), ("Video:Recordings:WhenFull", "Stop")));
        await SignInAsync(isNew: false);
        await using var again = await GoLiveAsync(room.RoomId);
        var next = await again.ReadyAsync();
        await again.RecordAsync(Recording(8));
        await UntilSegmentAsync(next, "dvr.m3u8", 5);
        await again.ByeAsync();
        await TestServer.UntilAsync(() => Task.FromResult(!Directory.Exists(Path.Combine(_folder, next))));
    }

    [Fact]
    public async Task ServerThatIsStartedAnew_CarriesTheBroadcastOn_AndOneCanGoBackToWhatWasBefore()
    {
        var room = await _owner.CreateRoomAsync();
        string stream;
        await using (var publisher = await GoLiveAsync(room.RoomId))
        {
            stream = await publisher.ReadyAsync();
            await publisher.RecordAsync(Recording((int)Recorded.TotalSeconds));
            await UntilSegmentAsync(stream, "dvr.m3u8", 6);

            // What was recorded came all at once here, and may not lie in the future of what follows.
            _server = await _server.RestartAsync(Recorded, Settings());
        }

        await SignInAsync(isNew: false);
        await using var again = await GoLiveAsync(room.RoomId);
        Assert.Equal(stream, await again.ReadyAsync());
        var recording = Recording(12);
        var most = recording.Length * 2 / 3;
        await again.RecordAsync(recording[..most]);

        var dvr = "";
        await TestServer.UntilAsync(async () => (dvr = (await TextAsync($"/live/{stream}/source/dvr.m3u8"))!).Split("#EXTINF").Length > 13);
        Assert.Empty(PlaylistChecker.Check(dvr));
        Assert.Contains("\n0.m4s\n", dvr);
        Assert.Contains("URI=\"init-0.mp4\"", dvr);
        foreach (var address in dvr.Split('\n').Where(line => line.EndsWith(".m4s", StringComparison.Ordinal)))
        {
            Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync(new Uri(_server.Address, $"/live/{stream}/source/{address}"))).StatusCode);
        }

        // What was shown before keeps its place while more comes.
        var last = dvr.Split('\n').Last(line => line.EndsWith(".m4s", StringComparison.Ordinal));
        await again.RecordAsync(recording[most..]);
        await TestServer.UntilAsync(async () => !(await TextAsync($"/live/{stream}/source/dvr.m3u8"))!.EndsWith($"{last}\n", StringComparison.Ordinal));
        Assert.Empty(PlaylistChecker.CheckUpdate(dvr, (await TextAsync($"/live/{stream}/source/dvr.m3u8"))!));

        // No header of now has a number of then.
        Assert.DoesNotContain("init-0.mp4", await TextAsync($"/live/{stream}/source/list.m3u8"));
        await again.ByeAsync();
        await again.Closed;
        await TestServer.UntilAsync(async () => (await _viewer.GetAsync<RecordingList>($"/api/rooms/{room.RoomId}/recordings")).Recordings is [{ State: RecordingState.Ready, HasPictures: true }]);
        AssertPlays($"/replays/{stream}/main.m3u8", 17, 21);

        // Beyond all that there was before.
        Assert.Matches("\n00:00:(1[2-9]|20)", await TextAsync($"/replays/{stream}/sprites.vtt"));
    }

    [Fact]
    public async Task FilesAndRows_AreBroughtTogetherAtStart()
    {
        var room = await _owner.CreateRoomAsync();
        await using (var publisher = await GoLiveAsync(room.RoomId))
        {
            await publisher.ReadyAsync();
            await publisher.RecordAsync(Recording(6));
            await publisher.ByeAsync();
            await publisher.Closed;
        }

        var first = (await UntilListedAsync(room.RoomId)).Single().RecordingId;
        await TestServer.UntilAsync(async () => (await _viewer.GetAsync<RecordingList>($"/api/rooms/{room.RoomId}/recordings")).Recordings[0].HasPictures);
        var orphan = await LeaveAsync(Path.Combine(Guid.CreateVersion7().ToString("N"), "run-0.mp4"), days: 8);
        var clip = await LeaveAsync(Path.Combine(ClipMaker.Folder, Guid.CreateVersion7().ToString("N") + ".mp4"), days: 8);

        // Made after the copy of the database that was restored, perhaps.
        var newer = await LeaveAsync(Path.Combine(Guid.CreateVersion7().ToString("N"), "run-0.mp4"), days: 6);
        var newerClip = await LeaveAsync(Path.Combine(ClipMaker.Folder, Guid.CreateVersion7().ToString("N") + ".mp4"), days: 6);
        Directory.Delete(Path.Combine(_folder, first), recursive: true);

        _server = await _server.RestartAsync(Settings());
        await SignInAsync(isNew: false);

        await TestServer.UntilAsync(() => Task.FromResult(!File.Exists(orphan) && !File.Exists(clip)));
        Assert.False(Directory.Exists(Path.GetDirectoryName(orphan)));
        await TestServer.UntilAsync(async () => (await _viewer.GetAsync<RecordingList>($"/api/rooms/{room.RoomId}/recordings")).Recordings.Count == 0);
        Assert.True(File.Exists(newer));
        Assert.True(File.Exists(newerClip));
    }

    private async Task<string> LeaveAsync(string name, int days)
    {
        var file = Path.Combine(_folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, "left");
        File.SetLastWriteTimeUtc(file, TimeProvider.System.GetUtcNow().UtcDateTime.AddDays(-days));
        return file;
    }

    private (string Key, string Value)[] Settings(params (string Key, string Value)[] more) =>
    [
        ("Video:Recordings:Folder", _folder), ("Video:Recordings:FreeBytesMin", "0"), ("Video:Recordings:TidySeconds", "0.5"),
        ("Video:SegmentSeconds", "1"), ("Video:ListedSegments", "5"), ("Video:KeptSegments", "6"), ("Video:AheadSecondsMax", "60"), ("Video:BacklogMsMax", "60000"), ("Video:EndedKeepSeconds", "0"),

        // However long a slow machine takes for the steps of a test, its publisher is not taken for gone, nor an encoder for stuck.
        ("Video:PublisherIdleSeconds", "300"), ("Video:EncoderStartSeconds", "60"), .. more,
    ];

    private async Task StartAsync()
    {
        _server = await TestServer.StartAsync(Settings());
        await SignInAsync(isNew: true);
    }

    private async Task SignInAsync(bool isNew)
    {
        (_owner, _viewer) = (_server.NewVisitor(), _server.NewVisitor());
        if (isNew) { await Task.WhenAll(_owner.RegisterAsync("Mia"), _viewer.RegisterAsync("Ben")); }
        else { await Task.WhenAll(_owner.SignInAsync("Mia"), _viewer.SignInAsync("Ben")); }
        if (isNew) { _http.BaseAddress = _server.Address; }
    }

    private Task<Publisher> GoLiveAsync(string roomId) => GoLiveAsync(_server, roomId, _owner);

    private static async Task<Publisher> GoLiveAsync(TestServer server, string roomId, Visitor owner)
    {
        var publisher = await Publisher.ConnectAsync(server.Address, roomId, ("Cookie", owner.Cookie!));
        await publisher.HelloAsync();
        return publisher;
    }

    private async Task<IReadOnlyList<RecordingView>> UntilListedAsync(string roomId)
    {
        IReadOnlyList<RecordingView> listed = [];
        await TestServer.UntilAsync(async () => (listed = (await _viewer.GetAsync<RecordingList>($"/api/rooms/{roomId}/recordings")).Recordings).Count > 0);
        return listed;
    }

    /// <summary>Waits until a playlist of the source has come to a segment.</summary>
    private Task UntilSegmentAsync(string stream, string list, int number) => TestServer.UntilAsync(async () =>
        (await TextAsync($"/live/{stream}/source/{list}"))!.Split('\n').LastOrDefault(line => line.EndsWith(".m4s", StringComparison.Ordinal) && !line.StartsWith('#')) is { } last
        && int.Parse(last.AsSpan(0, last.IndexOf('.', StringComparison.Ordinal)), NumberStyles.None, CultureInfo.InvariantCulture) >= number);

    private async Task<string?> TextAsync(string path)
    {
        using var answer = await _http.GetAsync(new Uri(_server.Address, path));
        return answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync() : "";
    }

    private void AssertPlays(string path, double from, double to)
    {
        var address = new Uri(_server.Address, path);
        Assert.Empty(Samples.Decode(address));
        var duration = double.Parse(Samples.Probe(address, "-show_entries", "format=duration").Single(), CultureInfo.InvariantCulture);
        Assert.InRange(duration, from, to);
    }

    private static byte[] Recording(int seconds) => Samples.Make(
        "-f", "lavfi", "-i", $"testsrc2=s=320x180:r=15:d={seconds}", "-f", "lavfi", "-i", $"sine=f=440:r=48000:d={seconds}",
        "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "15", "-pix_fmt", "yuv420p", "-b:v", "300k",
        "-c:a", "libopus", "-b:a", "32k", "-cluster_time_limit", "200", "-f", "matroska");
}
