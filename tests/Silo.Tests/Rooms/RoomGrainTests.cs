using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

public sealed class RoomGrainTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync();

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task RepeatedCreate_IsAnsweredAlikeAndAnotherIsRefused()
    {
        var again = await _room.Room.Create(Who(Owner), new RoomDetails("Tea from the hills", "food", null));
        Assert.Equal("Tea from the hills", again.Value!.Title);

        Assert.Equal(RefusalCode.KeyReused, (await _room.Room.Create(Who("ana"), new RoomDetails("Tea from the hills", "food", null))).Refusal!.Code);
    }

    [Theory]
    [InlineData("", "food", RefusalCode.TitleNotAllowed)]
    [InlineData("Tea", "weapons", RefusalCode.CategoryUnknown)]
    public async Task RoomThatIsNotAllowed_IsNotMade(string title, string category, RefusalCode code)
    {
        var room = _room.Grains.GetGrain<IRoomGrain>("11112222333344445555666677778888");

        Assert.Equal(code, (await room.Create(Who("ana"), new RoomDetails(title, category, null))).Refusal!.Code);
        Assert.Equal(RefusalCode.RoomNotFound, (await room.Get()).Refusal!.Code);
    }

    [Fact]
    public async Task TwentyRooms_AreEnoughForOneOwner()
    {
        for (var i = 1; i < RoomLimits.RoomsPerOwnerMax; i++) { await _room.CreateRoomAsync(Owner); }

        var oneMore = await _room.Grains.GetGrain<IRoomGrain>("11112222333344445555666677778888").Create(Who(Owner), new RoomDetails("Tea", "food", null));

        Assert.Equal(RefusalCode.TooManyRooms, oneMore.Refusal!.Code);
        Assert.Equal(RoomLimits.RoomsPerOwnerMax, (await _room.Directory.ListOwned(IdOf(Owner))).Count);
    }

    [Fact]
    public async Task NewTitle_IsSeenByEverybody()
    {
        var gateway = await _room.JoinAsync();

        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.Update(As("ana"), new RoomDetails("Mine", "food", null))).Refusal!.Code);
        Assert.Equal(RefusalCode.Malformed, (await _room.Room.Update(As(Owner), new RoomDetails("Coffee", "talk", "https://elsewhere"))).Refusal!.Code);
        Assert.True((await _room.Room.Update(As(Owner), new RoomDetails("Coffee", "talk", Guid.CreateVersion7().ToString("N")))).Ok);

        Assert.Equal("Coffee", (await gateway.Until<RoomRetitled>()).Title);
        Assert.Equal("talk", Assert.Single(await _room.Directory.ListOwned(IdOf(Owner))).Category);
    }

    [Fact]
    public async Task TwoGateways_SeeTheSameInTheSameOrder()
    {
        var (one, two) = (await _room.JoinAsync("g1"), await _room.JoinAsync("g2"));
        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => _room.SayAsync($"viewer {i}", $"line {i}")));
        await _room.SayAsync(Owner, "the end");
        await _room.PassAsync(1);

        await one.Until<ChatSaid>(said => said.Text == "the end");
        await two.Until<ChatSaid>(said => said.Text == "the end");
        Assert.Equal(one.Seen, two.Seen);
        Assert.Equal(Enumerable.Range(1, one.Seen.Count).Select(number => (long)number), one.Seen.Select(happened => happened.Sequence));
    }

    [Fact]
    public async Task BusyRoom_TellsWithinATick()
    {
        var gateway = await _room.JoinAsync();
        for (var i = 0; i < 30; i++) { await _room.SayAsync($"viewer {i}", $"message {i}"); }
        await _room.SayAsync("ana", "at the end of the tick");
        Assert.DoesNotContain(gateway.All<ChatSaid>(), said => said.Text == "at the end of the tick");

        await _room.PassAsync(RoomHeat.SmallRoomTick);

        await gateway.Until<ChatSaid>(said => said.Text == "at the end of the tick");
    }

    [Fact]
    public async Task Likes_AreSummedToldAndKept()
    {
        var gateway = await _room.JoinAsync();
        await _room.Room.Like(7);
        await _room.Room.Like(5);

        await gateway.Until<LikesCounted>(likes => likes.Total == 12);
        Assert.Equal(12, (await _room.SnapshotAsync()).Likes);
        await _room.RestartAsync();
        Assert.Equal(12, (await _room.SnapshotAsync()).Likes);
    }

    [Fact]
    public async Task GatewayThatWasAway_GetsWhatItMissed()
    {
        var gateway = await _room.JoinAsync();
        await _room.SayAsync("ana", "one");
        await gateway.Until<ChatSaid>();
        await _room.Room.Unsubscribe("g1");
        await _room.SayAsync("ben", "two");
        await _room.SayAsync("eva", "three");

        await gateway.SubscribeAsync();

        Assert.Null(gateway.Snapshot);
        Assert.Equal(["one", "two", "three"], gateway.All<ChatSaid>().Select(said => said.Text));
    }

    [Fact]
    public async Task GatewayThatStopsReporting_IsForgottenAndToldSo()
    {
        var gateway = await _room.JoinAsync();
        Assert.True(await gateway.ReportAsync());

        await _room.PassAsync(RoomFeed.SubscriptionLife + TimeSpan.FromSeconds(1));

        Assert.False(await gateway.ReportAsync());
    }

    [Fact]
    public async Task Counts_AreToldOnceASecondAndReachTheList()
    {
        var (one, two) = (await _room.JoinAsync("g1"), await _room.JoinAsync("g2"));
        await _room.GoLiveAsync();
        await one.ReportAsync(10, 20);
        await two.ReportAsync(5, 6);
        await _room.PassAsync(1);

        Assert.Equal(15, (await one.Until<ViewersCounted>(count => count.Connected == 26)).Watching);
        await UntilAsync(async () => Assert.Single(await _room.Directory.ListLive("food")).Watching == 15);
        Assert.Empty(await _room.Directory.ListLive("music"));
    }

    [Fact]
    public async Task Snapshot_IsTheRoomAtItsPosition()
    {
        await _room.SayAsync("ana", "hello");
        await _room.SayAsync("ben", "hi");

        var snapshot = await _room.SnapshotAsync();

        Assert.Equal(["hello", "hi"], snapshot.Messages.Select(said => said.Text));
        Assert.Equal(snapshot.Messages[^1].Sequence, snapshot.Position.Sequence);
        var gateway = await _room.JoinAsync();
        await _room.SayAsync("eva", "next");
        await _room.PassAsync(0.05);
        Assert.Equal(snapshot.Position.Sequence + 1, (await gateway.Until<ChatSaid>()).Sequence);
    }

    [Fact]
    public async Task RepeatedKey_GetsItsFirstAnswerAndIsSaidOnce()
    {
        var key = _room.NewKey();
        var first = (await _room.SayAsync("ana", "hello", key)).Value!;

        Assert.Equal(first, (await _room.SayAsync("ana", "hello", key)).Value);
        Assert.Equal(RefusalCode.KeyReused, (await _room.SayAsync("ana", "other", key)).Refusal!.Code);
        Assert.Equal(RefusalCode.KeyReused, (await _room.SayAsync("ben", "hello", key)).Refusal!.Code);
        Assert.Single((await _room.SnapshotAsync()).Messages);
    }

    [Fact]
    public async Task Flood_IsToldWhenToTryAgain()
    {
        for (var i = 0; i < ChatPace.Burst; i++) { Assert.True((await _room.SayAsync("ana", $"line {i}")).Ok); }

        var refusal = (await _room.SayAsync("ana", "too fast")).Refusal!;
        Assert.Equal(RefusalCode.SlowDown, refusal.Code);
        _room.Time.Advance(TimeSpan.FromMilliseconds(refusal.RetryAfterMs!.Value));

        Assert.True((await _room.SayAsync("ana", "too fast")).Ok);
    }

    [Fact]
    public async Task Badges_SayWhatTheSenderIs()
    {
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        await _room.SayAsync(Owner, "a");
        await _room.SayAsync("ben", "b");
        await _room.SayAsync("ana", "c");
        await _room.SayAsync("eva@platform", "d");

        Assert.Equal(
            [RoomBadge.Owner, RoomBadge.Moderator, RoomBadge.Viewer, RoomBadge.Moderator],
            (await _room.SnapshotAsync()).Messages.Select(said => said.Badge));
    }

    [Fact]
    public async Task RoomOpens_WithoutTheLedger()
    {
        await _room.RestartAsync(withLedger: false);

        Assert.True((await _room.SayAsync("ana", "anybody here?")).Ok);
        await _room.GoLiveAsync();
        await _room.PassAsync(7); // the ledger is asked again and again, and nothing else suffers
        Assert.Equal(["anybody here?"], (await _room.SnapshotAsync()).Messages.Select(said => said.Text));
    }

    [Fact]
    public async Task PinnedProduct_FollowsItsCardUntilItIsUnpinned()
    {
        var gateway = await _room.JoinAsync();
        await _room.PutProductAsync("tea", Owner);
        await _room.PutProductAsync("cup", Owner);
        await _room.PutProductAsync("other", "ana");

        Assert.Equal(RefusalCode.NotRoomOwner, (await _room.Room.Pin(As("ana"), "other")).Refusal!.Code);
        Assert.Equal(RefusalCode.NotProductOwner, (await _room.Room.Pin(As(Owner), "other")).Refusal!.Code);
        Assert.Equal(RefusalCode.ProductNotFound, (await _room.Room.Pin(As(Owner), "nothing")).Refusal!.Code);
        Assert.True((await _room.Room.Pin(As(Owner), "tea")).Ok);
        await _room.PutProductAsync("tea", Owner, stock: 3);
        await _room.PutProductAsync("cup", Owner, stock: 7);
        await _room.PassAsync(1);
        await gateway.Until<ProductPinned>(pinned => pinned.Card.Stock == 3);

        Assert.True((await _room.Room.Pin(As(Owner), "cup")).Ok);
        await _room.PutProductAsync("tea", Owner, stock: 2); // no longer shown
        Assert.True((await _room.Room.Unpin(As(Owner))).Ok);
        await _room.PutProductAsync("cup", Owner, stock: 6);
        await _room.PassAsync(1);

        Assert.Equal("cup", (await gateway.Until<ProductUnpinned>()).ProductId);
        Assert.Equal([10, 3, 7], gateway.All<ProductPinned>().Select(pinned => pinned.Card.Stock));
        Assert.Null((await _room.SnapshotAsync()).Pinned);
    }

    [Fact]
    public async Task PaidOrder_IsShownOnceAndMovesTheCard()
    {
        var gateway = await _room.JoinAsync();
        var card = await _room.PutProductAsync("tea", Owner);
        await _room.Room.Pin(As(Owner), "tea");
        var order = new SettledOrder("order1", card with { Stock = 9, Sold = 1 }, "ana", 1);

        await _room.Room.OrderSettled(order);
        await _room.Room.OrderSettled(order);
        await _room.Room.OrderSettled(order with { OrderId = "order2", BuyerName = null });
        await _room.PassAsync(1);

        await gateway.Until<OrderPaid>(paid => paid.OrderId == "order2");
        Assert.Equal(["order1", "order2"], gateway.All<OrderPaid>().Select(paid => paid.OrderId));
        Assert.Equal(["ana", null], gateway.All<OrderPaid>().Select(paid => paid.Buyer));
        Assert.Equal([0, 1], gateway.All<ProductPinned>().Select(pinned => pinned.Card.Sold));
    }
}
