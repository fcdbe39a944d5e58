using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>One product for all bad input: what one test does to it, the next would notice.</summary>
public sealed class BadInputStage : IAsyncLifetime
{
    internal Stage Stage { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Stage = await Stage.StartAsync();
        await Stage.GoLiveAsync();
    }

    public ValueTask DisposeAsync() => Stage.DisposeAsync();
}

/// <summary>
/// What is wrong is refused by its code, and the server is as well as before. Bodies, hub calls and frames that cannot be read are
/// with the gateway's own tests; here is what needs accounts, money, video and rooms together.
/// </summary>
public sealed class BadInputTests(BadInputStage world) : IClassFixture<BadInputStage>, IAsyncLifetime
{
    private static int _people;

    private Stage Stage => world.Stage;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        var health = await Stage.Streamer.GetAsync<JsonElement>("/health/ready");
        Assert.Equal("healthy", health.GetProperty("status").GetString());
        Assert.DoesNotContain(Stage.Product.Output, line => line.Contains("unexpectedly", StringComparison.Ordinal));
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task KeyUsedForOtherContent_IsRefused_AndTheFirstAnswerStands()
    {
        var sender = await NewPersonAsync();
        await sender.TopUpAsync(100);
        var key = Guid.CreateVersion7();
        var first = await sender.GiveAsync(Stage.RoomId, Stage.Gift, key);

        await sender.RefusedAsync(
            HttpStatusCode.Conflict, RefusalCode.KeyReused, HttpMethod.Post, $"/api/rooms/{Stage.RoomId}/gifts",
            new { giftId = Stage.Gift.GiftId, quantity = 2, unitPrice = Stage.Gift.Price }, key);
        Assert.Equal(first, await sender.GiveAsync(Stage.RoomId, Stage.Gift, key));
        Assert.Equal(100 - Stage.Gift.Price, (await sender.GetAsync<Wallet>("/api/wallet")).Coins);

        var roomKey = Guid.CreateVersion7();
        var room = await sender.PostAsync<RoomView>("/api/rooms", new { title = "One", category = "home" }, roomKey);
        await sender.RefusedAsync(HttpStatusCode.Conflict, RefusalCode.KeyReused, HttpMethod.Post, "/api/rooms", new { title = "Two", category = "home" }, roomKey);
        await Stage.Streamer.RefusedAsync(HttpStatusCode.Conflict, RefusalCode.KeyReused, HttpMethod.Post, "/api/rooms", new { title = "One", category = "home" }, roomKey);
        Assert.Equal(room, await sender.PostAsync<RoomView>("/api/rooms", new { title = "One", category = "home" }, roomKey));
    }

    [Fact]
    public async Task LastItemBoughtByTwoAtOnce_IsSoldOnce_AndTheOtherIsToldThatItIsGone()
    {
        var buyers = new[] { await NewPersonAsync(), await NewPersonAsync() };
        var product = await Stage.Streamer.PostAsync<ProductCard>("/api/products", new ProductDetails("Last cup", null, 900, "usd", 1), Guid.CreateVersion7());
        var order = new PlaceOrder(product.ProductId, 1, 900, Stage.RoomId, "pm_card_visa", NameMe: false, "/");

        var answers = await Task.WhenAll(buyers.Select(buyer => buyer.SendAsync(HttpMethod.Post, "/api/orders", order, Guid.CreateVersion7())));

        var texts = await Task.WhenAll(answers.Select(answer => answer.Content.ReadAsStringAsync()));
        var paid = JsonSerializer.Deserialize<OrderView>(texts[Assert.Single(Enumerable.Range(0, 2), i => answers[i].IsSuccessStatusCode)], WireJson.Options)!;
        var refusal = JsonSerializer.Deserialize<Refusal>(texts[Assert.Single(Enumerable.Range(0, 2), i => !answers[i].IsSuccessStatusCode)], WireJson.Options)!;
        Assert.Equal(OrderState.Paid, paid.State);
        Assert.Equal((RefusalCode.OutOfStock, 0), (refusal.Code, refusal.Amounts!["stock"]));
        var card = await Stage.Streamer.GetAsync<ProductCard>($"/api/products/{product.ProductId}");
        Assert.Equal((0, 1), (card.Stock, card.Sold));
        foreach (var answer in answers) { answer.Dispose(); }
    }

    [Fact]
    public async Task StreamKey_WrongOrRotated_PublishesNothing()
    {
        var room = (await Stage.Streamer.PostAsync<RoomView>("/api/rooms", new { title = "By key", category = "home" }, Guid.CreateVersion7())).RoomId;
        var old = (await Stage.Streamer.PostAsync<StreamKey>($"/api/rooms/{room}/stream-key")).Secret;
        var today = (await Stage.Streamer.PostAsync<StreamKey>($"/api/rooms/{room}/stream-key")).Secret;

        foreach (var wrong in (string[])["guessed", old])
        {
            await using var camera = await Camera.ConnectAsync(Stage.Product.Address, room, key: wrong);
            var (code, _, closeCode) = await camera.RefusalAsync();
            Assert.Equal(RefusalCode.StreamKeyWrong, code);
            Assert.InRange(closeCode!.Value, 4400, 4499);
        }

        await using var right = await Camera.ConnectAsync(Stage.Product.Address, room, key: today);
        await right.ReadyAsync();
    }

    [Fact]
    public async Task SessionThatIsTamperedWithOrOver_IsRefusedEverywhere()
    {
        var person = await NewPersonAsync();
        var name = person.Cookie.Split('=')[0];
        var over = person.Cookie;
        await person.DoneAsync(HttpMethod.Post, "/api/account/sign-out");
        var guest = Stage.NewClient();
        foreach (var header in new[] { ("Cookie", over), ("Cookie", $"{over}x"), ("Cookie", $"{name}=nonsense"), ("Authorization", "Bearer nonsense") })
        {
            await guest.RefusedAsync(HttpStatusCode.Unauthorized, RefusalCode.SessionExpired, HttpMethod.Get, "/api/wallet", headers: header);
        }

        await using var hub = await HubClient.ConnectAsync(Stage.Product.Address, over);
        Assert.Equal(RefusalCode.SessionExpired, (await hub.RefusedAsync("Join", new { roomId = Stage.RoomId })).Code);
        await using var camera = await Camera.ConnectAsync(Stage.Product.Address, Stage.RoomId, over);
        Assert.Contains((await camera.RefusalAsync()).Code, (RefusalCode[])[RefusalCode.SignInRequired, RefusalCode.SessionExpired]);
        await Stage.NewClient().RefusedAsync(HttpStatusCode.Unauthorized, RefusalCode.SignInRequired, HttpMethod.Get, "/api/wallet");
    }

    [Fact]
    public async Task AnotherSitesPage_CannotPublishWithTheOwnersCookie()
    {
        var refused = await Assert.ThrowsAsync<WebSocketException>(
            () => Camera.ConnectAsync(Stage.Product.Address, Stage.RoomId, Stage.Streamer.Cookie, null, ("Origin", "https://elsewhere.example")));

        Assert.Contains("403", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task CoverThatIsNoPicturesId_IsRefused()
    {
        foreach (var cover in (string[])["", "../../etc/passwd", "https://elsewhere.example/pixel.gif", new string('a', 5_000)])
        {
            await Stage.Streamer.RefusedAsync(
                HttpStatusCode.BadRequest, RefusalCode.Malformed, HttpMethod.Put, $"/api/rooms/{Stage.RoomId}", new { title = "Cups", category = "home", coverId = cover });
        }
    }

    private async Task<ApiClient> NewPersonAsync() => await Stage.RegisterAsync($"person {Interlocked.Increment(ref _people)}");
}
