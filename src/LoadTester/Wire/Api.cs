using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>An account that is signed in.</summary>
/// <param name="Cookie">Proves it. Never written anywhere.</param>
internal sealed record SignedIn(Person Person, string Cookie)
{
    /// <summary>Hides the cookie.</summary>
    public override string ToString() => $"SignedIn({Person.Name})";
}

/// <summary>The product's HTTP API, as far as a load needs it.</summary>
/// <param name="server">The product's address.</param>
/// <param name="invoker">Opens the connections.</param>
/// <param name="cookie">Who asks; null for a guest.</param>
internal sealed class Api(Uri server, HttpMessageInvoker invoker, TimeProvider time, string? cookie = null)
{
    private const int AttemptsMax = 60;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    public Task<Result<SignedIn>> RegisterAsync(string name, string password, CancellationToken cancellationToken) =>
        EnterAsync("/api/account/register", name, password, cancellationToken);

    public Task<Result<SignedIn>> SignInAsync(string name, string password, CancellationToken cancellationToken) =>
        EnterAsync("/api/account/sign-in", name, password, cancellationToken);

    public Task<Result<LiveRooms>> GetRoomsAsync(CancellationToken cancellationToken) =>
        AskAsync<LiveRooms>(HttpMethod.Get, "/api/rooms", cancellationToken);

    public Task<Result<RoomView>> GetRoomAsync(string roomId, CancellationToken cancellationToken) =>
        AskAsync<RoomView>(HttpMethod.Get, $"/api/rooms/{Uri.EscapeDataString(roomId)}", cancellationToken);

    public Task<Result<RoomView>> CreateRoomAsync(RoomDetails details, CancellationToken cancellationToken) =>
        AskAsync<RoomView>(HttpMethod.Post, "/api/rooms", cancellationToken, details, NewKey());

    public Task<Result<GiftPanel>> GetGiftsAsync(CancellationToken cancellationToken) =>
        AskAsync<GiftPanel>(HttpMethod.Get, "/api/gifts", cancellationToken);

    public Task<Result<TopUpOffer>> GetOfferAsync(CancellationToken cancellationToken) =>
        AskAsync<TopUpOffer>(HttpMethod.Get, "/api/wallet/offer", cancellationToken);

    public Task<Result<TopUpView>> TopUpAsync(StartTopUp topUp, CancellationToken cancellationToken) =>
        AskAsync<TopUpView>(HttpMethod.Post, "/api/wallet/top-ups", cancellationToken, topUp, NewKey());

    public Task<Result<Wallet>> GetWalletAsync(CancellationToken cancellationToken) =>
        AskAsync<Wallet>(HttpMethod.Get, "/api/wallet", cancellationToken);

    public Task<Result<WalletPage>> GetWalletLinesAsync(int take, CancellationToken cancellationToken) =>
        AskAsync<WalletPage>(HttpMethod.Get, $"/api/wallet/lines?take={take}", cancellationToken);

    public Task<Result<ProductCard>> CreateProductAsync(ProductDetails details, CancellationToken cancellationToken) =>
        AskAsync<ProductCard>(HttpMethod.Post, "/api/products", cancellationToken, details, NewKey());

    public Task<Result<ProductCard>> GetProductAsync(string productId, CancellationToken cancellationToken) =>
        AskAsync<ProductCard>(HttpMethod.Get, $"/api/products/{productId}", cancellationToken);

    public Task<Result<RedPacketView>> FundPacketAsync(string roomId, PacketCall packet, CancellationToken cancellationToken) =>
        AskAsync<RedPacketView>(HttpMethod.Post, $"/api/rooms/{roomId}/red-packets", cancellationToken, packet, NewKey());

    public Task<Result<RedPacketView>> GetPacketAsync(string packetId, CancellationToken cancellationToken) =>
        AskAsync<RedPacketView>(HttpMethod.Get, $"/api/red-packets/{packetId}", cancellationToken);

    public Task<Result<BattleView>> OfferBattleAsync(string roomId, OfferBattle offer, CancellationToken cancellationToken) =>
        AskAsync<BattleView>(HttpMethod.Post, $"/api/rooms/{roomId}/battles", cancellationToken, offer, NewKey());

    public Task<Result<BattleView>> AcceptBattleAsync(string battleId, CancellationToken cancellationToken) =>
        AskAsync<BattleView>(HttpMethod.Post, $"/api/battles/{battleId}/answer", cancellationToken, new AcceptCall(Accept: true));

    public Task<Result<BattleView>> EndBattleAsync(string battleId, CancellationToken cancellationToken) =>
        AskAsync<BattleView>(HttpMethod.Post, $"/api/battles/{battleId}/end", cancellationToken);

    public Task<Result<BattleView>> GetBattleAsync(string battleId, CancellationToken cancellationToken) =>
        AskAsync<BattleView>(HttpMethod.Get, $"/api/battles/{battleId}", cancellationToken);

    /// <summary>Sets a goal; again: the goal as it stands.</summary>
    public Task<Result<GiftGoal>> SetGoalAsync(string roomId, GoalDetails goal, CancellationToken cancellationToken) =>
        AskAsync<GiftGoal>(HttpMethod.Put, $"/api/rooms/{roomId}/goal", cancellationToken, goal);

    public Task<Result<CardGiftView>> GiveByCardAsync(string roomId, CardGiftCall gift, CancellationToken cancellationToken) =>
        AskAsync<CardGiftView>(HttpMethod.Post, $"/api/rooms/{roomId}/card-gifts", cancellationToken, gift, NewKey());

    public Task<Result<CardGiftView>> GetCardGiftAsync(string cardGiftId, CancellationToken cancellationToken) =>
        AskAsync<CardGiftView>(HttpMethod.Get, $"/api/card-gifts/{cardGiftId}", cancellationToken);

    /// <summary>Bans somebody from a room for good.</summary>
    public async Task<Refusal?> BanAsync(string roomId, string accountId, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(
            HttpMethod.Post, $"/api/rooms/{roomId}/moderation", new BanCall("ban", accountId, Seconds: null, "A load test."), key: null, cancellationToken);
        return response.IsSuccessStatusCode ? null : (await ReadAsync<Done>(response, cancellationToken)).Refusal;
    }

    /// <summary>Pins a product, so that the room shows it.</summary>
    public async Task<Refusal?> PinAsync(string roomId, string productId, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Put, $"/api/rooms/{roomId}/pin", new PinCall(productId), key: null, cancellationToken);
        return response.IsSuccessStatusCode ? null : (await ReadAsync<Done>(response, cancellationToken)).Refusal;
    }

    /// <summary>Orders and pays.</summary>
    /// <exception cref="TimeoutException">No answer: it may have happened.</exception>
    public Task<Result<OrderView>> PlaceOrderAsync(Guid key, PlaceOrder order, TimeSpan patience, CancellationToken cancellationToken) =>
        AskAsync<OrderView>(HttpMethod.Post, "/api/orders", cancellationToken, order, key).WaitAsync(patience, time, cancellationToken);

    public Task<Result<OrderView>> GetOrderAsync(string orderId, CancellationToken cancellationToken) =>
        AskAsync<OrderView>(HttpMethod.Get, $"/api/orders/{orderId}", cancellationToken);

    private Guid NewKey() => Guid.CreateVersion7(time.GetUtcNow());

    private async Task<Result<SignedIn>> EnterAsync(string path, string name, string password, CancellationToken cancellationToken)
    {
        using var response = await SendAsync(HttpMethod.Post, path, new Credentials(name, password), key: null, cancellationToken);
        var me = await ReadAsync<Me>(response, cancellationToken);
        if (!me.Ok) { return me.Refusal; }

        // Name and value; the attributes are for browsers.
        var cookies = response.Headers.TryGetValues("Set-Cookie", out var all) ? string.Join("; ", all.Select(one => one.Split(';')[0])) : "";
        return new SignedIn(me.Value.Person, cookies);
    }

    private async Task<Result<T>> AskAsync<T>(
        HttpMethod method, string path, CancellationToken cancellationToken, object? body = null, Guid? key = null)
        where T : class
    {
        using var response = await SendAsync(method, path, body, key, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Sends, and again after the pause that a refusal for haste asks for: preparing a load is no attack.</summary>
    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, Guid? key, CancellationToken cancellationToken)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, new Uri(server, path));
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            if (cookie is not null) { request.Headers.Add("Cookie", cookie); }
            if (key is { } made) { request.Headers.Add("Idempotency-Key", made.ToString()); }
            if (body is not null) { request.Content = JsonContent.Create(body, body.GetType(), options: WireJson.Options); }
            var response = await invoker.SendAsync(request, either.Token);
            if (response.StatusCode != HttpStatusCode.TooManyRequests || attempt == AttemptsMax) { return response; }

            var refusal = (await ReadAsync<Done>(response, either.Token)).Refusal;
            response.Dispose();
            var pause = TimeSpan.FromMilliseconds(Math.Clamp(refusal?.RetryAfterMs ?? 1_000, 1, (long)LongestPause.TotalMilliseconds));
            await Task.Delay(pause, time, either.Token);
        }
    }

    private static async Task<Result<T>> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class
    {
        var bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        try
        {
            if (!response.IsSuccessStatusCode)
            {
                return JsonSerializer.Deserialize<Refusal>(bytes, WireJson.Options) ?? throw new JsonException("A refusal is an object.");
            }

            return JsonSerializer.Deserialize<T>(bytes, WireJson.Options) ?? throw new JsonException("An answer is an object.");
        }
        catch (JsonException)
        {
            var status = (int)response.StatusCode;
            return new Refusal(RefusalCode.Unavailable, $"{response.RequestMessage?.RequestUri?.AbsolutePath} answered {status} with something that is not the product's API. Check --url.");
        }
    }

    private sealed record PinCall(string ProductId);

    private sealed record AcceptCall(bool Accept);

    private sealed record BanCall(string Kind, string AccountId, int? Seconds, string Reason);

    private sealed record Me(Person Person);

    private sealed record Credentials(string Name, string Password)
    {
        /// <summary>Hides the password.</summary>
        public override string ToString() => $"Credentials({Name})";
    }
}

/// <summary>Rooms that are live.</summary>
internal sealed record LiveRooms(IReadOnlyList<RoomListing> Rooms);

/// <summary>Gifts that can be sent.</summary>
internal sealed record GiftPanel(IReadOnlyList<GiftItem> Gifts);

/// <summary>Lines of a wallet, newest first.</summary>
internal sealed record WalletPage(IReadOnlyList<WalletLine> Lines);

/// <summary>A red packet to be funded.</summary>
internal sealed record PacketCall(long Coins, int Shares, RedPacketKind Kind);

/// <summary>A gift to be paid by card.</summary>
internal sealed record CardGiftCall(string GiftId, int Quantity, long UnitPrice, long PriceMinor, string PaymentMethod, string ReturnUrl);
