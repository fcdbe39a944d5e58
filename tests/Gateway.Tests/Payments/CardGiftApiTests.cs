using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Gifts;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

/// <summary>Large gifts paid by card over HTTP, with the real sandbox behind.</summary>
public sealed class CardGiftApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private static readonly CardGiftOrder Rocket = new("rocket", 1, 2_999, 3_869, "pm_card_visa", "/wallet");

    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task CardGift_IsGivenOnceForOneKey_AndBothSidesListIt()
    {
        using var mia = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        using var cleo = await _server.NewMemberAsync();
        var path = await GoLiveAsync(mia);
        var key = Guid.CreateVersion7();

        var given = await ben.PostAsync<CardGiftView>(path, Rocket, key);
        var again = await ben.PostAsync<CardGiftView>(path, Rocket, key);

        Assert.Equal((CardGiftState.Settled, key.ToString("N"), 2_999L, 3_869L), (given.State, given.CardGiftId, given.Coins, given.PriceMinor));
        Assert.Equal(given, again);
        Assert.Equal(given, Assert.Single((await ben.GetAsync<CardGiftList>("/api/card-gifts")).Gifts));
        Assert.Equal(given.CardGiftId, Assert.Single((await mia.GetAsync<CardGiftList>("/api/card-gifts?side=received")).Gifts).CardGiftId);
        Assert.Equal(CardGiftState.Settled, (await mia.GetAsync<CardGiftView>($"/api/card-gifts/{given.CardGiftId}")).State);
        Assert.Equal(
            RefusalCode.GiftNotFound, (await cleo.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Get, $"/api/card-gifts/{given.CardGiftId}")).Code);
        Assert.Equal(
            RefusalCode.KeyReused, (await ben.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, path, Rocket with { Quantity = 2, PriceMinor = 7_738 }, key)).Code);
        Assert.Equal(RefusalCode.KeyReused, (await cleo.RefusedAsync(HttpStatusCode.Conflict, HttpMethod.Post, path, Rocket, key)).Code);
    }

    [Fact]
    public async Task GiftThatCannotBe_IsRefusedWithItsCode()
    {
        using var mia = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        using var guest = _server.NewVisitor();
        var path = await GoLiveAsync(mia);
        var offer = await guest.GetAsync<CardGiftOffer>("/api/card-gifts/offer");
        Assert.Equal((1_000L, 129L, "usd"), (offer.CoinsMin, offer.MinorPerHundredCoins, offer.Currency));

        async Task<RefusalCode> CodeAsync(HttpStatusCode status, object body, Visitor? who = null, bool withKey = true) =>
            (await (who ?? ben).RefusedAsync(status, HttpMethod.Post, path, body, withKey ? Guid.CreateVersion7() : null)).Code;

        Assert.Equal(RefusalCode.SignInRequired, await CodeAsync(HttpStatusCode.Unauthorized, Rocket, guest));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(HttpStatusCode.BadRequest, Rocket, withKey: false));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(HttpStatusCode.BadRequest, Rocket with { ReturnUrl = "https://elsewhere.example/" }));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(HttpStatusCode.BadRequest, Rocket with { PaymentMethod = "no card!" }));
        Assert.Equal(RefusalCode.Malformed, await CodeAsync(HttpStatusCode.BadRequest, """{"giftId":"rocket","quantity":99999999999999999999}"""));
        Assert.Equal(RefusalCode.CardGiftTooSmall, await CodeAsync(HttpStatusCode.UnprocessableEntity, Rocket with { GiftId = "fireworks", UnitPrice = 999, PriceMinor = 1_289 }));
        Assert.Equal(RefusalCode.AmountNotAllowed, await CodeAsync(HttpStatusCode.UnprocessableEntity, Rocket with { Quantity = 0 }));
        Assert.Equal(RefusalCode.AmountNotAllowed, await CodeAsync(HttpStatusCode.UnprocessableEntity, Rocket with { Quantity = -1 }));
        Assert.Equal(RefusalCode.PriceChanged, await CodeAsync(HttpStatusCode.Conflict, Rocket with { UnitPrice = 2_998 }));
        Assert.Equal(RefusalCode.PriceChanged, await CodeAsync(HttpStatusCode.Conflict, Rocket with { PriceMinor = 3_868 }));
        Assert.Equal(RefusalCode.GiftUnknown, await CodeAsync(HttpStatusCode.NotFound, Rocket with { GiftId = "unicorn" }));
        Assert.Equal(RefusalCode.OwnRoom, await CodeAsync(HttpStatusCode.Forbidden, Rocket, mia));
        Assert.Equal(RefusalCode.Malformed, (await ben.RefusedAsync(HttpStatusCode.BadRequest, HttpMethod.Get, "/api/card-gifts?side=others")).Code);
        path = $"/api/rooms/{(await mia.CreateRoomAsync("Dark")).RoomId}/card-gifts";
        Assert.Equal(RefusalCode.StreamNotLive, await CodeAsync(HttpStatusCode.Conflict, Rocket));
        Assert.Empty((await ben.GetAsync<CardGiftList>("/api/card-gifts")).Gifts);
    }

    [Fact]
    public async Task GiftIsSentBack_ByAnOperatorOnly()
    {
        using var mia = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        using var desk = await _server.NewOperatorAsync();
        var given = await ben.PostAsync<CardGiftView>(await GoLiveAsync(mia), Rocket, Guid.CreateVersion7());
        var path = $"/api/card-gifts/{given.CardGiftId}/refund";

        Assert.Equal(RefusalCode.NotAllowed, (await ben.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, path)).Code);
        Assert.Equal(RefusalCode.NotAllowed, (await mia.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, path)).Code);
        Assert.Equal(
            RefusalCode.GiftNotFound,
            (await desk.RefusedAsync(HttpStatusCode.NotFound, HttpMethod.Post, $"/api/card-gifts/{Guid.CreateVersion7():N}/refund")).Code);
        await desk.PostAsync<CardGiftView>(path);
        await TestServer.UntilAsync(async () => (await ben.GetAsync<CardGiftView>($"/api/card-gifts/{given.CardGiftId}")).State == CardGiftState.Reversed);
        Assert.Equal(CardGiftState.Reversed, (await desk.PostAsync<CardGiftView>(path)).State);
    }

    /// <summary>Where gifts to her are posted.</summary>
    private async Task<string> GoLiveAsync(Visitor streamer)
    {
        var room = await streamer.CreateRoomAsync();
        var grain = _server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var caller = new Caller(new Person(streamer.Id, streamer.Name), PlatformRole.Member);
        var lease = await grain.OpenStream(new PublishRequest(caller, null, "g1", TakeOver: true));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
        return $"/api/rooms/{room.RoomId}/card-gifts";
    }
}
