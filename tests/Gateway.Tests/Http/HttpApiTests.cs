using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Gifts;
using LiveCommerce.Gateway.Pictures;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Http;

public sealed class HttpApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task RoomIsMadeOnceHoweverOftenItsRequestIsSent()
    {
        using var owner = await _server.NewMemberAsync();
        var key = Guid.CreateVersion7();
        var details = new RoomDetails("Evening sale", "fashion", null);

        var first = await owner.PostAsync<RoomView>("/api/rooms", details, key);
        var again = await owner.PostAsync<RoomView>("/api/rooms", details, key);

        Assert.Equal(key.ToString("N"), first.RoomId);
        Assert.Equal(first, again);
        var reused = await owner.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, "/api/rooms", details with { Title = "Other" }, key);
        Assert.Equal(RefusalCode.KeyReused, reused.Code);
        Assert.Single((await owner.GetAsync<RoomList>("/api/studio/rooms")).Rooms);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("0190a0b0-c0d0-4000-8000-000000000001")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    public async Task CreatingWithoutAUuidV7Key_IsMalformed(string? key)
    {
        using var owner = await _server.NewMemberAsync();

        var refusal = await owner.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Post, "/api/rooms", new RoomDetails("Sale", "talk", null), key is null ? null : Guid.Parse(key));

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Theory]
    [InlineData("{")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("""{"title":"No category"}""")]
    [InlineData("""{"title":5,"category":"talk"}""")]
    [InlineData("""{"title":null,"category":"talk"}""")]
    public async Task BodyThatCannotBeRead_IsMalformedWithASentence(string body)
    {
        using var owner = await _server.NewMemberAsync();

        var refusal = await owner.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/api/rooms", body, Guid.CreateVersion7());

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.Equal("malformed", refusal.Name);
        Assert.EndsWith(".", refusal.Message);
    }

    [Theory]
    [InlineData("""{"kind":"promote","accountId":"x"}""")]
    [InlineData("""{"accountId":"x"}""")]
    [InlineData("""{"kind":"mute","accountId":"x","seconds":1e99}""")]
    public async Task UnknownAct_IsMalformed(string body)
    {
        using var owner = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();

        var refusal = await owner.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, $"/api/rooms/{room.RoomId}/moderation", body);

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Fact]
    public async Task BodyThatNestsTooDeep_IsMalformed()
    {
        using var owner = await _server.NewMemberAsync();
        var body = $$"""{"title":{{new string('[', 5_000)}}{{new string(']', 5_000)}},"category":"talk"}""";

        await owner.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Post, "/api/rooms", body, Guid.CreateVersion7());
    }

    [Fact]
    public async Task OversizedBody_IsTooLarge()
    {
        using var owner = await _server.NewMemberAsync();

        var refusal = await owner.RefusedAsync(
            HttpStatusCode.RequestEntityTooLarge, HttpMethod.Post, "/api/rooms", new RoomDetails(new string('x', 70_000), "talk", null), Guid.CreateVersion7());

        Assert.Equal(RefusalCode.TooLarge, refusal.Code);
    }

    [Fact]
    public async Task BodyThatIsNotJson_IsAnUnsupportedType()
    {
        using var owner = await _server.NewMemberAsync();
        var content = new StringContent("title=Sale");
        content.Headers.ContentType = new MediaTypeHeaderValue("text/plain");

        var refusal = await owner.RefusedAsync(HttpStatusCode.UnsupportedMediaType, HttpMethod.Post, "/api/rooms", content, Guid.CreateVersion7());

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Theory]
    [InlineData("POST", "/api/rooms")]
    [InlineData("GET", "/api/wallet")]
    [InlineData("GET", "/api/orders")]
    [InlineData("GET", "/api/studio/products")]
    [InlineData("GET", "/api/platform/bans")]
    [InlineData("GET", "/api/people?name=Ana")]
    public async Task Guest_IsAskedToSignInAndNeverRedirected(string method, string path)
    {
        using var guest = _server.NewVisitor();

        Assert.Equal(RefusalCode.SignInRequired, (await guest.RefusedAsync(HttpStatusCode.Unauthorized, new HttpMethod(method), path, "{}")).Code);
    }

    [Theory]
    [InlineData("/api/nothing")]
    [InlineData("/api/rooms/not-an-id")]
    [InlineData("/api/live")]
    [InlineData("/hub/nothing")]
    public async Task AddressThatDoesNotExist_IsNotFoundAsJson(string path)
    {
        using var guest = _server.NewVisitor();

        Assert.Equal(RefusalCode.NotFound, (await guest.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, path)).Code);
    }

    [Fact]
    public async Task RoomThatDoesNotExist_IsNotFound()
    {
        using var guest = _server.NewVisitor();

        var refusal = await guest.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, "/api/rooms/0190a0b0c0d07000800000000000dead");

        Assert.Equal(RefusalCode.RoomNotFound, refusal.Code);
    }

    [Theory]
    [InlineData("https://evil.example")]
    [InlineData("null")]
    [InlineData("http://127.0.0.1:1")]
    public async Task ChangeFromAnotherSite_IsRefused(string origin)
    {
        using var ana = await _server.NewMemberAsync();
        ana.Headers.Add("Origin", origin);

        var refusal = await ana.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, "/api/rooms", new RoomDetails("Sale", "talk", null), Guid.CreateVersion7());

        Assert.Equal(RefusalCode.NotAllowed, refusal.Code);
        Assert.NotNull((await ana.GetAsync<SessionView>("/api/session")).Me);
    }

    [Fact]
    public async Task ChangeFromOurOwnPage_IsTaken()
    {
        using var ana = await _server.NewMemberAsync();
        ana.Headers.Add("Origin", _server.Address.GetLeftPart(UriPartial.Authority));

        Assert.Equal("Sale", (await ana.CreateRoomAsync("Sale")).Title);
    }

    [Fact]
    public async Task ModeratorsAreNamedByNameAndWhatTheyDoIsWrittenDown()
    {
        using var owner = await _server.NewMemberAsync();
        using var helper = await _server.NewMemberAsync();
        using var troll = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();

        await owner.DoneAsync(HttpMethod.Put, $"/api/rooms/{room.RoomId}/moderators", new { name = helper.Name.ToUpperInvariant() });
        await helper.DoneAsync(HttpMethod.Post, $"/api/rooms/{room.RoomId}/moderation", new { kind = "mute", accountId = troll.Id, seconds = 600, reason = "caps" });

        var audit = await helper.GetAsync<AuditPage>($"/api/rooms/{room.RoomId}/audit?take=10");
        Assert.Contains(audit.Lines, line => line.Act == "mute" && line.Target == troll.Id && line.By.Id == helper.Id && line.Reason == "caps");
        Assert.Equal(RefusalCode.NotModerator, (await troll.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, $"/api/rooms/{room.RoomId}/audit")).Code);
        Assert.Equal(RefusalCode.AccountNotFound, (await owner.RefusedAsync(
            HttpStatusCode.NotFound, HttpMethod.Put, $"/api/rooms/{room.RoomId}/moderators", new { name = "nobody at all" })).Code);
        await owner.DoneAsync(HttpMethod.Delete, $"/api/rooms/{room.RoomId}/moderators/{helper.Id}");
        await helper.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, $"/api/rooms/{room.RoomId}/audit");
    }

    [Fact]
    public async Task AllThatWasSaidIsReadByTheRoomsModeratorsOnly()
    {
        using var owner = await _server.NewMemberAsync();
        using var troll = await _server.NewMemberAsync();
        var room = await owner.PostAsync<RoomView>("/api/rooms", new RoomDetails("Log", "food", null), Guid.CreateVersion7());
        var said = (await _server.Grains.GetGrain<IRoomGrain>(room.RoomId).Say(
            new Caller(new Person(troll.Id, troll.Name), PlatformRole.Member), Guid.CreateVersion7(), "hello there")).Value!;

        var page = await owner.GetAsync<ChatLogPage>($"/api/rooms/{room.RoomId}/chat-log?take=10");
        Assert.Equal((said.MessageId, troll.Name, "hello there", true), Assert.Single(page.Lines) is var line ? (line.MessageId, line.Sender.Name, line.Text, line.Shown) : default);
        Assert.Null(page.Before);
        Assert.Empty((await owner.GetAsync<ChatLogPage>($"/api/rooms/{room.RoomId}/chat-log?leftOut=true")).Lines);
        Assert.Empty((await owner.GetAsync<ChatLogPage>($"/api/rooms/{room.RoomId}/chat-log?before={said.MessageId}")).Lines);
        Assert.Equal(RefusalCode.NotModerator, (await troll.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, $"/api/rooms/{room.RoomId}/chat-log")).Code);
    }

    [Fact]
    public async Task OnlyPlatformModeratorsBanFromThePlatform()
    {
        using var ana = await _server.NewMemberAsync();
        using var bob = await _server.NewMemberAsync();

        var refusal = await ana.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Put, $"/api/platform/bans/{bob.Id}", new { reason = "envy" });

        Assert.Equal(RefusalCode.NotModerator, refusal.Code);
        Assert.Equal(RefusalCode.NotModerator, (await ana.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Get, "/api/platform/audit")).Code);
    }

    [Fact]
    public async Task ProductIsListedForItsSellerAndReadableForEverybody()
    {
        using var seller = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var made = await seller.PostAsync<ProductCard>("/api/products", new ProductDetails("Red scarf", null, 1_999, "usd", 3), Guid.CreateVersion7());

        Assert.Equal(made, await guest.GetAsync<ProductCard>($"/api/products/{made.ProductId}"));
        Assert.Contains("Red scarf", await (await seller.SendAsync(HttpMethod.Get, "/api/studio/products")).Content.ReadAsStringAsync());
        using var other = await _server.NewMemberAsync();
        Assert.Equal(RefusalCode.NotProductOwner, (await other.RefusedAsync(
            HttpStatusCode.Forbidden, HttpMethod.Put, $"/api/products/{made.ProductId}", new ProductDetails("Mine", null, 1_999, "usd", 3))).Code);
    }

    [Theory]
    [InlineData("https://evil.example/after")]
    [InlineData("javascript:alert(1)")]
    [InlineData("//evil.example/")]
    public async Task PaymentThatWouldReturnElsewhere_IsRefused(string returnUrl)
    {
        using var ana = await _server.NewMemberAsync();

        var refusal = await ana.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Post, "/api/wallet/top-ups", new { coins = 100, paymentMethod = "pm_card_visa", returnUrl }, Guid.CreateVersion7());

        Assert.Equal(RefusalCode.Malformed, refusal.Code);
    }

    [Fact]
    public async Task StreamKeyIsShownToItsOwnerOnlyAndNotKeptByCaches()
    {
        using var owner = await _server.NewMemberAsync();
        using var other = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();

        using var response = await owner.SendAsync(HttpMethod.Post, $"/api/rooms/{room.RoomId}/stream-key");
        var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;

        Assert.True(body.GetProperty("secret").GetString()!.Length >= 20);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal(RefusalCode.NotRoomOwner, (await other.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, $"/api/rooms/{room.RoomId}/stream-key")).Code);
    }

    [Fact]
    public async Task GiftPanelHasAtLeastSixGiftsCheapestFirst()
    {
        using var guest = _server.NewVisitor();

        var gifts = (await guest.GetAsync<GiftList>("/api/gifts")).Gifts;

        Assert.True(gifts.Count >= 6);
        Assert.Equal(gifts.OrderBy(gift => gift.Price), gifts);
    }

    [Fact]
    public async Task GiftWithoutFunds_NamesBothAmounts()
    {
        using var owner = await _server.NewMemberAsync();
        using var ana = await _server.NewMemberAsync();
        var room = await owner.CreateRoomAsync();
        await GoLiveAsync(room, owner);
        var gift = (await ana.GetAsync<GiftList>("/api/gifts")).Gifts[0];

        var refusal = await ana.RefusedAsync(
            HttpStatusCode.PaymentRequired, HttpMethod.Post, $"/api/rooms/{room.RoomId}/gifts",
            new { giftId = gift.GiftId, quantity = 1, unitPrice = gift.Price }, Guid.CreateVersion7());

        Assert.Equal(RefusalCode.InsufficientCoins, refusal.Code);
        Assert.Contains(gift.Price, refusal.Amounts!.Values);
    }

    [Fact]
    public async Task UploadedPicture_IsServedToEverybodyForGood()
    {
        using var seller = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var key = Guid.CreateVersion7();

        var made = await seller.PostAsync<PictureUploaded>("/api/pictures", Picture(OnePixelPng), key);
        using var served = await guest.SendAsync(HttpMethod.Get, $"/api/pictures/{made.PictureId}");

        Assert.Equal(key.ToString("N"), made.PictureId);
        Assert.Equal("image/jpeg", served.Content.Headers.ContentType!.MediaType);
        Assert.Equal("public, max-age=31536000, immutable", served.Headers.CacheControl!.ToString());
        Assert.NotEmpty(await served.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task UploadThatIsTooLargeOrNoPicture_IsRefused()
    {
        using var seller = await _server.NewMemberAsync();

        var large = await seller.RefusedAsync(
            HttpStatusCode.RequestEntityTooLarge, HttpMethod.Post, "/api/pictures", Picture(new byte[ShopLimits.PictureBytesMax + 1]), Guid.CreateVersion7());
        Assert.Equal(RefusalCode.TooLarge, large.Code);
        var nonsense = await seller.RefusedAsync(
            HttpStatusCode.UnsupportedMediaType, HttpMethod.Post, "/api/pictures", Picture("<script>"u8.ToArray()), Guid.CreateVersion7());
        Assert.Equal(RefusalCode.PictureInvalid, nonsense.Code);
        var text = await seller.RefusedAsync(
            HttpStatusCode.UnsupportedMediaType, HttpMethod.Post, "/api/pictures", new StringContent("a picture"), Guid.CreateVersion7());
        Assert.Equal(RefusalCode.PictureInvalid, text.Code);
    }

    private static byte[] OnePixelPng => Convert.FromBase64String(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==");

    private static ByteArrayContent Picture(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("image/png");
        return content;
    }

    private async Task GoLiveAsync(RoomView room, Visitor owner)
    {
        var grain = _server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var caller = new Caller(new Person(owner.Id, owner.Name), PlatformRole.Member);
        var lease = await grain.OpenStream(new(caller, null, "gateway-of-the-publisher", TakeOver: false));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
    }
}
