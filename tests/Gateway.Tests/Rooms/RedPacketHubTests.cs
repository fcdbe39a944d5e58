using System.Net;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.RedPackets;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Rooms;

/// <summary>Red packets and battles through the whole product: HTTP, the hub, the feed.</summary>
public sealed class RedPacketHubTests : IAsyncLifetime
{
    private TestServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await TestServer.StartAsync(("RedPackets:AccountAgeMinutesMin", "0"));

    public async ValueTask DisposeAsync() => await _server.DisposeAsync();

    [Fact]
    public async Task Packet_IsSentGrabbedAndOver_AndGuestsAndOtherRoomsGetNothing()
    {
        using var owner = await _server.NewMemberAsync();
        using var ana = await _server.NewMemberAsync();
        using var ben = await _server.NewMemberAsync();
        var room = await LiveRoomAsync(owner);
        await GiveCoinsAsync(ana.Id, 500);
        await using var hub = await HubSocket.ConnectAsync(_server.Address, ben.Cookie);
        await using var guest = await HubSocket.ConnectAsync(_server.Address, null);
        await guest.JoinAsync(room.RoomId);

        var key = Guid.CreateVersion7();
        var body = new { coins = 300, shares = 1, kind = "random", greeting = "Good luck" };
        var sent = await ana.PostAsync<RedPacketView>($"/api/rooms/{room.RoomId}/red-packets", body, key);
        Assert.Equal((key.ToString("N"), RedPacketPhase.Open), (sent.Card.PacketId, sent.Phase));
        Assert.Equal("Good luck", (await guest.NextEventAsync<RedPacketOffered>()).Packet.Greeting);

        var grab = new { packetId = sent.Card.PacketId };
        Assert.Equal(RefusalCode.RoomNotFound, (await hub.CallAsync<PacketGrab>("GrabPacket", grab)).Refusal!.Code);
        Assert.Equal(RefusalCode.SignInRequired, (await guest.CallAsync<PacketGrab>("GrabPacket", grab)).Refusal!.Code);
        await hub.JoinAsync(room.RoomId);
        Assert.Equal(RefusalCode.PacketNotFound, (await hub.CallAsync<PacketGrab>("GrabPacket", new { packetId = "../room" })).Refusal!.Code);
        var grabbed = await hub.CallAsync<PacketGrab>("GrabPacket", grab);
        Assert.Equal(new PacketGrab(sent.Card.PacketId, 300, 300, 0), grabbed.Value);
        Assert.Equal((1, 0L), (await guest.NextEventAsync<RedPacketOver>() is var over ? over.Grabs : 0, over.Returned));

        var view = await ana.GetAsync<RedPacketView>($"/api/red-packets/{sent.Card.PacketId}");
        Assert.Equal((RedPacketPhase.Over, ben.Id), (view.Phase, Assert.Single(view.Grabs).Person.Id));
        var poor = await ana.RefusedAsync(
            HttpStatusCode.PaymentRequired, HttpMethod.Post, $"/api/rooms/{room.RoomId}/red-packets", new { coins = 201, shares = 2, kind = "equal" }, Guid.CreateVersion7());
        Assert.Equal(RefusalCode.InsufficientCoins, poor.Code);
    }

    [Fact]
    public async Task Battle_IsOfferedAcceptedAndGivenUp()
    {
        using var mia = await _server.NewMemberAsync();
        using var zoe = await _server.NewMemberAsync();
        var (room, other) = (await LiveRoomAsync(mia), await LiveRoomAsync(zoe));
        await using var guest = await HubSocket.ConnectAsync(_server.Address, null);
        await guest.JoinAsync(other.RoomId);

        var offered = await mia.PostAsync<BattleView>($"/api/rooms/{room.RoomId}/battles", new { opponentRoomId = other.RoomId, seconds = 60 }, Guid.CreateVersion7());
        Assert.Equal(offered, (await guest.NextEventAsync<BattleChanged>()).Battle);
        await mia.RefusedAsync(HttpStatusCode.Forbidden, HttpMethod.Post, $"/api/battles/{offered.BattleId}/answer", new { accept = true });
        var begun = await zoe.PostAsync<BattleView>($"/api/battles/{offered.BattleId}/answer", new { accept = true });
        Assert.Equal(BattlePhase.Running, begun.Phase);
        var over = await mia.PostAsync<BattleView>($"/api/battles/{offered.BattleId}/end");

        Assert.Equal((BattlePhase.Over, BattleEnding.Conceded, other.RoomId), (over.Phase, over.Ending!.Value, over.WinnerRoomId!));
        Assert.Equal(over, await zoe.GetAsync<BattleView>($"/api/battles/{offered.BattleId}"));
    }

    private async Task<RoomView> LiveRoomAsync(Visitor owner)
    {
        var room = await owner.CreateRoomAsync();
        var grain = _server.Grains.GetGrain<IRoomGrain>(room.RoomId);
        var caller = new Caller(new Person(owner.Id, owner.Name), PlatformRole.Member);
        var lease = await grain.OpenStream(new PublishRequest(caller, null, "gateway-of-the-publisher", TakeOver: false));
        Assert.True(await grain.ReportStream(lease.Value!.StreamId, StreamPhase.Live));
        return room;
    }

    private async Task GiveCoinsAsync(string accountId, long coins)
    {
        var entry = new LedgerEntry(
            Guid.CreateVersion7(), 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins), [new LedgerLeg(LedgerAccount.Coins(accountId), coins)], 1);
        Assert.Equal(LedgerOutcome.Moved, (await _server.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(entry)).Outcome);
    }
}
