using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LiveCommerce.Host;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>Publishing and pictures in the product as it is run: real accounts, real rooms, real storage.</summary>
public sealed class WholeProductTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("live-").FullName;
    private Product _product = null!;
    private HttpClient _http = null!;
    private string _token = "";

    public async ValueTask InitializeAsync()
    {
        _product = await Product.StartAsync(new ProductSettings(_folder, "http://127.0.0.1:0"));
        _http = new HttpClient { BaseAddress = _product.Address };
        var streamer = _product.NewAccounts.Single(account => account.Purpose == "streamer");
        using var answer = await _http.PostAsJsonAsync("/api/account/token", new { name = streamer.Name, password = streamer.Password });
        _token = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("accessToken").GetString()!;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _product.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Streamer_GoesLive_AndEveryoneFindsThePictureUntilTheBye()
    {
        using var made = await SendAsync("/api/rooms", JsonContent.Create(new { title = "Cups and bowls", category = "home" }));
        var room = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("roomId").GetString()!;

        await using var guest = await Publisher.ConnectAsync(_product.Address, room, null);
        await guest.HelloAsync();
        Assert.Equal(("sign_in_required", 4401), await guest.RefusalAsync());

        await using var publisher = await Publisher.ConnectAsync(_product.Address, room, ("Authorization", $"Bearer {_token}"));
        await publisher.HelloAsync();
        var stream = await publisher.ReadyAsync();
        await publisher.RecordAsync(Samples.ChromiumH264);
        Assert.Equal(stream, await StreamIdAsync(room, "live"));
        Assert.Contains("#EXTINF", await _http.GetStringAsync($"/live/{stream}/source/list.m3u8"));

        await publisher.ByeAsync();

        Assert.Equal(1000, await publisher.Closed);
        await StreamIdAsync(room, "offline");
        Assert.Equal(["h264", "aac"], Samples.Probe(new Uri(_product.Address, $"/live/{stream}/main.m3u8"), "-show_entries", "stream=codec_name"));
    }

    [Fact]
    public async Task WayToTheServer_IsMeasuredByBytesThatAreDropped_UpToABound_AndOnlyForWhoIsSignedIn()
    {
        using var taken = await SendAsync("/api/upload-check", new ByteArrayContent(new byte[512 * 1024]));
        Assert.Equal(HttpStatusCode.NoContent, taken.StatusCode);

        using var tooMuch = await SendAsync("/api/upload-check", new ByteArrayContent(new byte[2 * 1024 * 1024]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooMuch.StatusCode);

        using var guest = await _http.PostAsync("/api/upload-check", new ByteArrayContent(new byte[16]));
        Assert.Equal(HttpStatusCode.Unauthorized, guest.StatusCode);
    }

    [Fact]
    public async Task Picture_IsStoredOnceForItsKey_AndShownToEveryone()
    {
        var key = Guid.CreateVersion7();
        var png = Samples.Make("-f", "lavfi", "-i", "testsrc=s=300x200", "-frames:v", "1", "-c:v", "png", "-f", "image2pipe");
        using var first = await SendAsync("/api/pictures", Png(png), key);
        using var again = await SendAsync("/api/pictures", Png(png), key);
        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (first.StatusCode, again.StatusCode));

        var id = (await first.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("pictureId").GetString();
        using var shown = await _http.GetAsync($"/api/pictures/{id}");
        Assert.Equal("image/jpeg", shown.Content.Headers.ContentType!.MediaType);
        Assert.Contains("immutable", shown.Headers.CacheControl!.ToString());

        using var text = await SendAsync("/api/pictures", Png("hello"u8.ToArray()));
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, text.StatusCode);
        using var large = await SendAsync("/api/pictures", Png(new byte[(5 * 1024 * 1024) + 1]));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, large.StatusCode);
        using var guest = await _http.PostAsync("/api/pictures", Png(png));
        Assert.Equal(HttpStatusCode.Unauthorized, guest.StatusCode);
    }

    private static ByteArrayContent Png(byte[] bytes) => new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("image/png") } };

    private async Task<HttpResponseMessage> SendAsync(string path, HttpContent body, Guid? key = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _token);
        request.Headers.Add("Idempotency-Key", (key ?? Guid.CreateVersion7()).ToString());
        return await _http.SendAsync(request);
    }

    /// <summary>Waits until the room says that its stream is in a phase.</summary>
    private async Task<string?> StreamIdAsync(string room, string phase)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            var stream = (await _http.GetFromJsonAsync<JsonElement>($"/api/rooms/{room}", patience.Token)).GetProperty("stream");
            if (stream.GetProperty("phase").GetString() == phase) { return stream.TryGetProperty("streamId", out var id) ? id.GetString() : null; }
            await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}
