using System.Net.WebSockets;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class RoomHubTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task ChatOfOneViewer_ReachesTheOthersAndItself()
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await using var speaker = await ConnectAsync(ana);
        await using var guest = await ConnectAsync();
        await speaker.JoinAsync(room.RoomId);
        await guest.JoinAsync(room.RoomId);

        var key = Guid.CreateVersion7();
        var receipt = await speaker.CallAsync<ChatReceipt>("Say", new { key, text = "Hello, is it red?" });

        foreach (var hub in (HubSocket[])[speaker, guest])
        {
            var said = await hub.NextEventAsync<ChatSaid>();
            Assert.Equal((key, "Hello, is it red?", ana.Id), (said.Key, said.Text, said.Sender.Id));
            Assert.Equal(receipt.Value!.MessageId, said.MessageId);
        }
    }

    [Fact]
    public async Task Guest_WatchesAndReadsAndIsAskedToSignInWhenItSpeaksOrGives()
    {
        var (room, _) = await NewRoomAsync();
        await using var guest = await ConnectAsync();

        var standing = await guest.JoinAsync(room.RoomId);

        Assert.Equal(RoomBadge.Viewer, standing.Badge);
        Assert.Equal(room.RoomId, (await guest.NextAsync<RoomSnapshot>("snapshot")).Room.RoomId);
        Assert.Equal(RefusalCode.SignInRequired, (await guest.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = "hi" })).Refusal!.Code);
        var gift = new SendGift(Guid.CreateVersion7(), "rose", 1, 1);
        Assert.Equal(RefusalCode.SignInRequired, (await guest.CallAsync<GiftReceipt>("SendGift", gift)).Refusal!.Code);
        Assert.Equal(RefusalCode.SignInRequired, (await guest.CallAsync<Done>("Moderate", new { kind = "stopStream" })).Refusal!.Code);
    }

    [Fact]
    public async Task CallBeforeJoin_IsRefused()
    {
        using var ana = await NewMemberAsync();
        await using var hub = await ConnectAsync(ana);

        Assert.Equal(RefusalCode.RoomNotFound, (await hub.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = "hi" })).Refusal!.Code);
    }

    [Theory]
    [InlineData("not-a-room")]
    [InlineData("0190a0b0c0d07000800000000000dead")]
    public async Task RoomThatDoesNotExist_IsRefused(string roomId)
    {
        await using var guest = await ConnectAsync();

        Assert.Equal(RefusalCode.RoomNotFound, (await guest.CallAsync<RoomStanding>("Join", new { roomId })).Refusal!.Code);
    }

    [Fact]
    public async Task Gift_MovesCoinsAndIsShownToEverybodyOnce()
    {
        var (room, owner) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await GiveCoinsAsync(ana.Id, 500);
        await GoLiveAsync(room, owner);
        var rose = (await _server.Grains.GetGrain<IGiftCatalogGrain>(IGiftCatalogGrain.Key).List())[0];
        await using var giver = await ConnectAsync(ana);
        await using var guest = await ConnectAsync();
        await giver.JoinAsync(room.RoomId);
        await guest.JoinAsync(room.RoomId);

        var gift = new SendGift(Guid.CreateVersion7(), rose.GiftId, 2, rose.Price);
        var first = await giver.CallAsync<GiftReceipt>("SendGift", gift);
        var retry = await giver.CallAsync<GiftReceipt>("SendGift", gift);

        Assert.True(first.Ok, first.Refusal?.Message);
        Assert.Equal(500 - (2 * rose.Price), first.Value.Balance);
        Assert.Equal(first.Value.Coins, retry.Value!.Coins);
        var shown = await guest.NextEventAsync<GiftSent>();
        Assert.Equal((gift.Key, 2, 2 * rose.Price), (shown.Key, shown.Quantity, shown.Coins));
        Assert.Equal(500 - (2 * rose.Price), (await ana.GetAsync<SessionView>("/api/session")).Me!.Coins);
    }

    [Fact]
    public async Task ViewerThatReconnects_GetsWhatItMissedOnceAndNoSnapshot()
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await using var speaker = await ConnectAsync(ana);
        await speaker.JoinAsync(room.RoomId);
        var viewer = await ConnectAsync();
        await viewer.JoinAsync(room.RoomId);
        await SayAsync(speaker, "one");
        var seen = await viewer.NextEventAsync<ChatSaid>();
        var epoch = (await viewer.NextAsync<RoomSnapshot>("snapshot")).Position.Epoch;
        await viewer.DisposeAsync();
        await SayAsync(speaker, "two");
        await SayAsync(speaker, "three");

        await using var again = await ConnectAsync();
        await again.JoinAsync(room.RoomId, new RoomPosition(epoch, seen.Sequence));
        await SayAsync(speaker, "four");

        List<RoomEvent> events = [];
        while (events.OfType<ChatSaid>().Count() < 3) { events.AddRange((await again.NextAsync<RoomBatch>("batch")).Events); }
        Assert.Equal(["two", "three", "four"], events.OfType<ChatSaid>().Select(said => said.Text));
        Assert.Equal(Enumerable.Range(1, events.Count).Select(step => seen.Sequence + step), events.Select(happened => happened.Sequence));
        Assert.False(again.HasTold("snapshot"));
    }

    [Fact]
    public async Task BannedViewer_IsToldAndClosedAtOnceAndRefusedAtRejoin()
    {
        var (room, owner) = await NewRoomAsync();
        using var troll = await NewMemberAsync();
        await using var moderator = await ConnectAsync(owner);
        await using var trolling = await ConnectAsync(troll);
        await moderator.JoinAsync(room.RoomId);
        await trolling.JoinAsync(room.RoomId);

        var started = TimeProvider.System.GetTimestamp();
        var act = await moderator.CallAsync<Done>("Moderate", new { kind = "ban", accountId = troll.Id, reason = "spam" });
        Assert.True(act.Ok, act.Refusal?.Message);
        var why = await trolling.NextAsync<Refusal>("closed");
        await trolling.Closed;

        Assert.Equal(RefusalCode.Banned, why.Code);
        // A second on a machine that has nothing else to do: tests share theirs.
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(10));
        await using var again = await ConnectAsync(troll);
        Assert.Equal(RefusalCode.Banned, (await again.CallAsync<RoomStanding>("Join", new { roomId = room.RoomId })).Refusal!.Code);
    }

    [Fact]
    public async Task AccountBannedFromThePlatform_LosesItsConnectionInEveryRoom()
    {
        var (room, _) = await NewRoomAsync();
        using var troll = await NewMemberAsync();
        var seeded = await _server.Seeder.EnsureAsync($"Mod {Guid.CreateVersion7():N}"[..20], PlatformRole.Moderator);
        using var moderator = await _server.NewVisitor().SignInAsync(seeded.Person.Name, seeded.Password!);
        await using var trolling = await ConnectAsync(troll);
        await trolling.JoinAsync(room.RoomId);

        await moderator.DoneAsync(HttpMethod.Put, $"/api/platform/bans/{troll.Id}", new { reason = "fraud" });

        Assert.Equal(RefusalCode.Banned, (await trolling.NextAsync<Refusal>("closed")).Code);
        await trolling.Closed;
    }

    [Theory]
    [InlineData("Say", """[{"key":"not a guid","text":"hi"}]""")]
    [InlineData("Say", """[{"text":"no key"}]""")]
    [InlineData("Say", "[]")]
    [InlineData("Say", """["text"]""")]
    [InlineData("Say", """[{"key":"0190a0b0-c0d0-7000-8000-000000000001","text":null}]""")]
    [InlineData("SendGift", """[{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":"1","unitPrice":1}]""")]
    [InlineData("SendGift", """[{"key":"0190a0b0-c0d0-7000-8000-000000000001","giftId":"rose","quantity":99999999999,"unitPrice":1}]""")]
    [InlineData("Moderate", """[{"kind":"promote","accountId":"x"}]""")]
    [InlineData("DropTables", "[]")]
    public async Task MalformedCall_IsRefusedAndTheConnectionStays(string method, string arguments)
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await using var hub = await ConnectAsync(ana);
        await hub.JoinAsync(room.RoomId);

        var answer = await hub.CallRawAsync(method, arguments);

        var refusal = answer.Deserialize<Result<Done>>(WireJson.Options)!.Refusal!;
        Assert.Equal(RefusalCode.Malformed, refusal.Code);
        Assert.Equal("malformed", answer.GetProperty("refusal").GetProperty("name").GetString());
        await SayAsync(hub, "still here");
    }

    [Theory]
    [InlineData("this is not JSON\u001e")]
    [InlineData("{\"type\":\u001e")]
    public async Task FrameThatIsNoMessage_EndsThatConnectionOnly(string frame)
    {
        var (room, _) = await NewRoomAsync();
        await using var other = await ConnectAsync();
        await other.JoinAsync(room.RoomId);
        await using var hub = await ConnectAsync();
        await hub.JoinAsync(room.RoomId);

        await hub.SendRawAsync(frame);

        await hub.Closed;
        Assert.True((await other.CallAsync<Done>("Leave")).Ok);
    }

    [Fact]
    public async Task OversizedFrame_EndsThatConnectionOnly()
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await using var other = await ConnectAsync();
        await other.JoinAsync(room.RoomId);
        await using var hub = await ConnectAsync(ana);
        await hub.JoinAsync(room.RoomId);

        await Assert.ThrowsAsync<IOException>(() => SayAsync(hub, new string('x', 40_000)));

        await hub.Closed;
        Assert.True((await other.CallAsync<Done>("Leave")).Ok);
    }

    [Fact]
    public async Task CallsFasterThanAllowed_AreRefusedWithTheTimeToWait()
    {
        await using var guest = await ConnectAsync();

        var answers = await Task.WhenAll(Enumerable.Range(0, 80).Select(_ => guest.CallAsync<Done>("Leave")));

        var refused = answers.Where(answer => !answer.Ok).Select(answer => answer.Refusal!).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, refusal => Assert.Equal(RefusalCode.TooManyRequests, refusal.Code));
        Assert.All(refused, refusal => Assert.InRange(refusal.RetryAfterMs!.Value, 1, 1_000));
    }

    [Fact]
    public async Task SessionThatHasEnded_IsRefusedOnTheOpenConnection()
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        await using var hub = await ConnectAsync(ana);
        await hub.JoinAsync(room.RoomId);

        await ana.DoneAsync(HttpMethod.Post, "/api/account/sign-out");

        Assert.Equal(RefusalCode.SessionExpired, (await hub.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = "hi" })).Refusal!.Code);
        Assert.Equal(RefusalCode.SessionExpired, (await hub.CallAsync<RoomStanding>("Join", new { roomId = room.RoomId })).Refusal!.Code);
    }

    [Fact]
    public async Task TokenInTheAddress_SignsTheConnectionIn()
    {
        var (room, _) = await NewRoomAsync();
        using var ana = await NewMemberAsync();
        var pair = await ana.PostAsync<TokenPair>("/api/account/token", new { name = ana.Name, password = Visitor.Password });
        await using var hub = await HubSocket.ConnectAsync(_server.Address, token: pair.AccessToken);
        await hub.JoinAsync(room.RoomId);

        await SayAsync(hub, "by token");
    }

    [Fact]
    public async Task WebSocketFromAnotherSite_IsNotOpened()
    {
        using var ana = await NewMemberAsync();
        await Assert.ThrowsAsync<WebSocketException>(() => HubSocket.ConnectAsync(_server.Address, ana.Cookie, origin: "https://evil.example"));
        await using var own = await HubSocket.ConnectAsync(_server.Address, ana.Cookie, origin: _server.Address.GetLeftPart(UriPartial.Authority));
        Assert.True((await own.CallAsync<Done>("Leave")).Ok);
    }

    [Fact]
    public async Task ViewerThatNeverReads_DelaysNobody()
    {
        var (room, _) = await NewRoomAsync();
        List<HubSocket> speakers = [];
        for (var i = 0; i < 3; i++)
        {
            using var member = await NewMemberAsync();
            var hub = await ConnectAsync(member);
            await hub.JoinAsync(room.RoomId);
            speakers.Add(hub);
        }

        await using var stuck = await HubSocket.ConnectAsync(_server.Address, reads: false);
        await stuck.SendRawAsync($$"""{"type":1,"target":"Join","arguments":[{"roomId":"{{room.RoomId}}"}]}{{'\u001e'}}""");
        await using var viewer = await ConnectAsync();
        await viewer.JoinAsync(room.RoomId);

        List<TimeSpan> delays = [];
        for (var i = 0; i < 30; i++)
        {
            var started = TimeProvider.System.GetTimestamp();
            var said = await speakers[i % 3].CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text = $"message {i}" });
            if (said.Refusal?.Code == RefusalCode.SlowDown) { continue; }
            while ((await viewer.NextEventAsync<ChatSaid>()).Text != $"message {i}") { }
            delays.Add(TimeProvider.System.GetElapsedTime(started));
        }

        // Who waited for the stuck one would wait each time; a busy machine makes one of them late, not most.
        Assert.NotEmpty(delays);
        Assert.InRange(delays.Order().ElementAt(delays.Count / 2), TimeSpan.Zero, TimeSpan.FromSeconds(2));
        foreach (var speaker in speakers) { await speaker.DisposeAsync(); }
    }

    private async Task<(RoomView Room, Visitor Owner)> NewRoomAsync()
    {
        var owner = await NewMemberAsync();
        return (await owner.CreateRoomAsync(), owner);
    }

    private Task<Visitor> NewMemberAsync() => _server.NewMemberAsync();

    private Task<HubSocket> ConnectAsync(Visitor? who = null) => HubSocket.ConnectAsync(_server.Address, who?.Cookie);

    private static async Task SayAsync(HubSocket hub, string text)
    {
        var said = await hub.CallAsync<ChatReceipt>("Say", new { key = Guid.CreateVersion7(), text });
        Assert.True(said.Ok, said.Refusal?.Message);
    }

    // As a publisher's gateway tells the room.
    private async Task GoLiveAsync(RoomView room, Visitor owner)
    {
        var grain = _server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var caller = new Caller(new Person(owner.Id, owner.Name), PlatformRole.Member);
        var lease = await grain.OpenStream(new PublishRequest(caller, null, "gateway-of-the-publisher", TakeOver: false));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
    }

    private async Task GiveCoinsAsync(string accountId, long coins)
    {
        var entry = new LedgerEntry(
            Guid.CreateVersion7(), 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins),
            [new LedgerLeg(LedgerAccount.Coins(accountId), coins)], 1);
        Assert.Equal(LedgerOutcome.Moved, (await _server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(entry)).Outcome);
    }
}
