using System.Net;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Http;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Http;

public sealed class SiteTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Theory]
    [InlineData("/")]
    [InlineData("/rooms/0190a0b0c0d07000800000000000dead")]
    [InlineData("/studio")]
    public async Task EveryPage_IsThePlayerAndAskedForAnewEachTime(string path)
    {
        using var guest = _server.NewVisitor();
        using var page = await guest.SendAsync(HttpMethod.Get, path);

        Assert.Equal("text/html", page.Content.Headers.ContentType!.MediaType);
        Assert.True(page.Headers.CacheControl!.NoCache);
        Assert.StartsWith("<!doctype html>", await page.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task HashedAsset_IsKeptForGood()
    {
        using var guest = _server.NewVisitor();
        using var asset = await guest.SendAsync(HttpMethod.Get, "/assets/player-a1b2c3d4.js");

        Assert.Equal("public, max-age=31536000, immutable", asset.Headers.CacheControl!.ToString());
    }

    [Fact]
    public async Task AssetThatIsGone_IsNotFoundAndNotThePlayer()
    {
        using var guest = _server.NewVisitor();

        await guest.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/assets/old-00000000.js");
    }

    [Fact]
    public async Task PageIsSentCompressedToWhoTakesIt()
    {
        using var guest = _server.NewVisitor();
        guest.Headers.Add("Accept-Encoding", "br, gzip");
        using var page = await guest.SendAsync(HttpMethod.Get, "/index.html");

        Assert.Contains(page.Content.Headers.ContentEncoding.Single(), (string[])["br", "gzip"]);
    }

    [Fact]
    public async Task EveryAnswer_TellsTheBrowserWhatPagesMayDo()
    {
        using var guest = _server.NewVisitor();
        foreach (var path in new[] { "/", "/api/session", "/api/nothing", "/health/live" })
        {
            using var answer = await guest.SendAsync(HttpMethod.Get, path);
            var policy = answer.Headers.GetValues("Content-Security-Policy").Single();

            Assert.Contains("default-src 'self'", policy);
            Assert.Contains("script-src 'self';", policy);
            Assert.Contains($"ws://{_server.Address.Authority}", policy);
            Assert.Contains("frame-src 'self' https://js.stripe.com https://hooks.stripe.com http://127.0.0.1:", policy);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Contains("camera=(self)", answer.Headers.GetValues("Permissions-Policy").Single());
            Assert.True(answer.Headers.Contains("Referrer-Policy"));
            Assert.False(answer.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task HealthSaysWhatIsWrongAndWhatIsNot()
    {
        using var guest = _server.NewVisitor();

        Assert.Equal("healthy", (await guest.GetAsync<HealthView>("/health/live")).Status);
        var ready = await guest.GetAsync<HealthView>("/health/ready");
        Assert.Equal("healthy", ready.Parts["database"].Status);
        Assert.Equal("healthy", ready.Parts["encoder"].Status);
    }

    [Fact]
    public async Task OpenApiDocument_NamesEveryOperationAndTheRefusal()
    {
        using var guest = _server.NewVisitor();
        using var response = await guest.SendAsync(HttpMethod.Get, "/api/openapi.json");
        var document = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        List<string> ids = [];
        foreach (var path in document.GetProperty("paths").EnumerateObject().Where(path => path.Name.StartsWith("/api/", StringComparison.Ordinal)))
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                Assert.True(operation.Value.TryGetProperty("operationId", out var id), $"{operation.Name} {path.Name} has no operation id.");
                ids.Add(id.GetString()!);
            }
        }

        Assert.Equal(ids.Distinct(), ids);
        Assert.Empty(((string[])["getSession", "signIn", "createRoom", "sendGift", "placeOrder", "startTopUp", "moderate"]).Except(ids, StringComparer.Ordinal));
        var refusal = document.GetProperty("components").GetProperty("schemas").GetProperty("Refusal").GetProperty("properties");
        Assert.True(refusal.TryGetProperty("code", out _) && refusal.TryGetProperty("message", out _));
        var createRoom = document.GetProperty("paths").GetProperty("/api/rooms").GetProperty("post");
        Assert.Contains("Idempotency-Key", createRoom.GetProperty("parameters").GetRawText());
        Assert.True(createRoom.GetProperty("responses").TryGetProperty("409", out _));
    }
}

public sealed class RateLimitTests
{
    [Fact]
    public async Task RequestsFasterThanAllowed_AreRefusedWithTheTimeToWait()
    {
        await using var server = await TestServer.StartAsync(("RateLimits:SignInsBurst", "3"), ("RateLimits:SignInsPerMinute", "1"));
        using var guesser = server.NewVisitor();
        for (var guess = 0; guess < 3; guess++)
        {
            await guesser.RefusedAsync(HttpStatusCode.Unauthorized, HttpMethod.Post, "/api/account/sign-in", new { name = "nobody", password = "wrong guess" });
        }

        var refusal = await guesser.RefusedAsync(
            HttpStatusCode.TooManyRequests, HttpMethod.Post, "/api/account/sign-in", new { name = "nobody", password = "wrong guess" });

        Assert.Equal(RefusalCode.TooManyRequests, refusal.Code);
        Assert.True(refusal.RetryAfterMs > 0);
    }

    [Fact]
    public async Task ConnectionsBeyondThoseOfOneAddress_AreRefusedUntilOneCloses()
    {
        await using var server = await TestServer.StartAsync(("Gateway:ConnectionsPerAddressMax", "2"));
        var first = await HubSocket.ConnectAsync(server.Address);
        await using var second = await HubSocket.ConnectAsync(server.Address);
        await first.CallAsync<Done>("Leave");

        await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => HubSocket.ConnectAsync(server.Address));
        await first.DisposeAsync();

        // The server notices a closed socket in its own time.
        var started = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using var third = await HubSocket.ConnectAsync(server.Address);
                break;
            }
            catch (System.Net.WebSockets.WebSocketException) when (TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(120))
            {
                await Task.Yield();
            }
        }
    }
}
