using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.EndToEnd.Tests.Wire;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>What people do together in a room, in real browsers: like, reach a goal, lead a list, share a red packet, win a battle.</summary>
public sealed class HotRoomStoryTests : IAsyncLifetime
{
    private const string StreamerName = "the streamer";

    private Stage _stage = null!;
    private Browsers _browsers = null!;
    private Camera _rivalsCamera = null!;
    private ApiClient _rival = null!;
    private ApiClient _ana = null!;
    private string _rivalRoom = "";

    public async ValueTask InitializeAsync()
    {
        _stage = await Stage.StartAsync("Sqlite", ("RedPackets__AccountAgeMinutesMin", "0"), ("Battles__OfferSeconds", "120"));
        await _stage.GoLiveAsync();
        _rival = await _stage.RegisterAsync("rival");
        _rivalRoom = (await _rival.PostAsync<RoomView>("/api/rooms", new { title = "Bowls", category = "home" }, Guid.CreateVersion7())).RoomId;
        _rivalsCamera = await Camera.ConnectAsync(_stage.Product.Address, _rivalRoom, _rival.Cookie);
        await _rivalsCamera.ReadyAsync();
        await _rivalsCamera.RecordAsync();
        await Eventually.HoldsAsync(async () => (await _rival.GetAsync<RoomView>($"/api/rooms/{_rivalRoom}")).Stream.Phase == StreamPhase.Live, "the other room is live");
        _ana = await _stage.RegisterAsync("ana");
        await _ana.TopUpAsync(500);
        await _stage.RegisterAsync("joe");
        _browsers = await Browsers.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browsers.DisposeAsync();
        await _rivalsCamera.DisposeAsync();
        await _stage.DisposeAsync();
    }

    [Fact]
    public async Task PeopleLikeReachAGoalShareAPacketAndWinABattle()
    {
        var streamer = await At($"/studio/{_stage.RoomId}", StreamerName, phone: false);
        var ana = await At($"/room/{_stage.RoomId}", "ana", phone: true);
        var joe = await At($"/room/{_stage.RoomId}", "joe", phone: false);

        await ana.Find("like").ClickAsync();
        await Expect(joe.Find("like")).ToHaveAttributeAsync("data-count", "1");

        await AGoalIsReached(streamer, ana, joe);
        await ARedPacketIsShared(ana, joe);
        await ABattleIsWon(streamer, ana);
        Assert.Empty(new[] { streamer, ana, joe }.SelectMany(visitor => visitor.Problems));
    }

    private async Task AGoalIsReached(Visitor streamer, Visitor ana, Visitor joe)
    {
        await streamer.Find("goal-title").FillAsync("A song of your choice");
        await streamer.Find("goal-coins").FillAsync("20");
        await streamer.Find("goal-set").ClickAsync();
        await Expect(joe.Find("goal")).ToContainTextAsync("A song of your choice");

        await GiveAsync(20);
        await Expect(joe.Find("goal")).ToContainTextAsync("Reached!");
        await Expect(joe.Find("engagement")).ToHaveAttributeAsync("data-gifters", "1");
        await Expect(joe.Find("top-gifters")).ToHaveAccessibleNameAsync("Top gifters: ana with 20 coins. Show the list");
        await ana.Find("top-gifters").ClickAsync();
        await Expect(ana.Find("rank")).ToContainTextAsync("ana (you)");
        await ana.Page.GetByRole(AriaRole.Radio, new PageGetByRoleOptions { Name = "This week" }).CheckAsync();
        await Expect(ana.Find("rank")).ToHaveCountAsync(1);
        await ana.Page.Keyboard.PressAsync("Escape");

        await streamer.Find("goal-remove").ClickAsync();
        await Expect(joe.Find("goal")).ToHaveCountAsync(0);
    }

    private static async Task ARedPacketIsShared(Visitor ana, Visitor joe)
    {
        await ana.Find("gift-open").ClickAsync();
        await ana.Find("packet-new").ClickAsync();
        await ana.Find("packet-coins").FillAsync("3");
        await ana.Find("packet-shares").FillAsync("4");
        await ana.Find("packet-send").ClickAsync();
        await Expect(ana.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Every share has at least one coin");
        await ana.Find("packet-coins").FillAsync("100");
        await ana.Find("packet-greeting").FillAsync("For everybody here");
        await ana.Page.GetByLabel("Opens").SelectOptionAsync("0");
        await ana.Find("packet-send").ClickAsync();
        await ana.Sees("Your red packet of 100 coins is in the room");

        await joe.Find("packet").ClickAsync();
        await joe.Find("packet-grab").ClickAsync();
        await Expect(joe.Find("packet-got")).ToBeVisibleAsync();
        await Expect(joe.Find("packet-grabs")).ToContainTextAsync("joe (you)");
        await joe.PhotographBoth("red-packet");
        await joe.Page.Keyboard.PressAsync("Escape");

        await ana.Find("packet").ClickAsync();
        await ana.Sees("This one is yours");
        await ana.Page.Keyboard.PressAsync("Escape");
    }

    private async Task ABattleIsWon(Visitor streamer, Visitor ana)
    {
        var rival = await At($"/studio/{_rivalRoom}", "rival", phone: true);
        await streamer.Find("battle-room").SelectOptionAsync(_rivalRoom);
        await streamer.Find("battle-offer-send").ClickAsync();
        await Expect(rival.Find("battle-offer")).ToContainTextAsync(StreamerName);
        await rival.Find("battle-accept").ClickAsync();
        await Expect(ana.Find("battle")).ToHaveAttributeAsync("data-phase", "running");

        await GiveAsync(5);
        await Expect(ana.Find("battle")).ToHaveAttributeAsync("data-here", "5");
        await Expect(rival.Find("battle")).ToHaveAttributeAsync("data-there", "5");
        await ana.PhotographBoth("battle");

        await rival.Find("battle-end").ClickAsync();
        await Expect(ana.Find("battle")).ToHaveAttributeAsync("data-phase", "over");
        await Expect(ana.Find("battle")).ToContainTextAsync("Won");
        Assert.Empty(rival.Problems);
    }

    private async Task GiveAsync(long coins)
    {
        var gift = (await _ana.GetAsync<GiftList>("/api/gifts")).Gifts.First(one => one.Price == coins);
        await _ana.GiveAsync(_stage.RoomId, gift, Guid.CreateVersion7());
    }

    private async Task<Visitor> At(string path, string name, bool phone)
    {
        var visitor = await _browsers.VisitorAsync(_stage.Product.Address, name, phone, dark: phone, still: true);
        await visitor.SignIn(name, ApiClient.Password);
        await visitor.Open(path);
        await Expect(visitor.Find("connection-state")).ToHaveAttributeAsync("data-state", "open");
        return visitor;
    }

    private sealed record GiftList(IReadOnlyList<GiftItem> Gifts);
}
