using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Storage;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>What a new silo on the same database still knows.</summary>
public abstract class RoomRestartSuite(SqlDialect dialect) : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync(dialect);

    public async ValueTask DisposeAsync()
    {
        await _room.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task RoomItsPeopleAndItsCard_AreThere()
    {
        await _room.PutProductAsync("tea", Owner);
        var key = (await _room.Room.RotateStreamKey(As(Owner))).Value!;
        await _room.Room.AddModerator(As(Owner), Who("ben"));
        await _room.Room.Pin(As(Owner), "tea");
        await _room.Room.Update(As(Owner), new RoomDetails("Coffee", "talk", null));

        await _room.RestartAsync();

        var snapshot = await _room.SnapshotAsync();
        Assert.Equal(("Coffee", "talk", Who(Owner)), (snapshot.Room.Title, snapshot.Room.Category, snapshot.Room.Owner));
        Assert.Equal([Who("ben")], snapshot.Moderators);
        Assert.Equal("tea", snapshot.Pinned!.ProductId);
        Assert.Equal("Coffee", Assert.Single(await _room.Directory.ListOwned(IdOf(Owner))).Title);
        Assert.True((await _room.Room.OpenStream(new PublishRequest(null, key.Secret, "g1", false))).Ok);
        Assert.True((await _room.Room.Create(Who(Owner), new RoomDetails("Tea from the hills", "food", null))).Ok);
    }

    [Fact]
    public async Task BansMutesAndTheAuditLog_Stand()
    {
        await _room.ModerateAsync(Owner, new BanViewer(IdOf("ana"), null, "Spam."));
        await _room.ModerateAsync(Owner, new MuteViewer(IdOf("ben"), 3600, null));

        await _room.RestartAsync();

        Assert.Equal(RefusalCode.Banned, (await _room.Room.GetStanding(IdOf("ana"))).Refusal!.Code);
        Assert.Equal(RefusalCode.Muted, (await _room.SayAsync("ben", "hello?")).Refusal!.Code);
        Assert.Equal(["mute", "ban"], (await _room.Room.ReadAudit(As(Owner), 10)).Value!.Lines.Select(line => line.Act));
        _room.Time.Advance(TimeSpan.FromHours(1));
        Assert.True((await _room.SayAsync("ben", "hello?")).Ok);
    }

    [Fact]
    public async Task LastMessages_AreThereWithoutTheDeletedOnes()
    {
        for (var i = 0; i < 60; i++) { await _room.SayAsync($"viewer {i}", $"line {i}"); }
        var rude = (await _room.SayAsync("ana", "rude")).Value!;
        await _room.ModerateAsync(Owner, new DeleteMessage(rude.MessageId, null));
        var key = _room.NewKey();
        var last = (await _room.SayAsync("ben", "last", key)).Value!;

        await _room.RestartAsync();

        var messages = (await _room.SnapshotAsync()).Messages;
        Assert.Equal(RoomLimits.SnapshotMessagesMax, messages.Count);
        Assert.Equal(["line 11", "line 59", "last"], new[] { messages[0], messages[^2], messages[^1] }.Select(said => said.Text));
        Assert.Equal(last.MessageId, (await _room.SayAsync("ben", "last", key)).Value!.MessageId);
        Assert.Equal(RefusalCode.MessageNotFound, (await _room.ModerateAsync(Owner, new DeleteMessage(rude.MessageId, null))).Refusal!.Code);
        Assert.True((await _room.ModerateAsync(Owner, new DeleteMessage(messages[0].MessageId, null))).Ok);
    }

    [Fact]
    public async Task GiftThatWasCommittedAndNeverTold_IsInTheSnapshot()
    {
        await _room.GiveCoinsAsync("ana", 100);
        await _room.GoLiveAsync();
        var told = (await _room.SendAsync("ana", "rose")).Value!.Key;
        var untold = await _room.CommitGiftBehindTheRoomsBackAsync("ana", "rose");

        await _room.RestartAsync();

        var gifts = (await _room.SnapshotAsync()).Gifts;
        Assert.Equal([told, untold], gifts.Select(gift => gift.Key));
        Assert.Equal([1, 2], gifts.Select(gift => gift.Combo));
        Assert.Equal(90, await _room.CoinsOfAsync("ana"));
    }

    [Fact]
    public async Task CardThatChangedWhileTheRoomWasAway_IsShownAsItIs()
    {
        await _room.PutProductAsync("tea", Owner);
        await _room.Room.Pin(As(Owner), "tea");
        await _room.RestartAsync(withRooms: false);
        await _room.PutProductAsync("tea", Owner, stock: 4);
        await _room.RestartAsync();

        var gateway = await _room.JoinAsync();
        Assert.Equal(10, gateway.Snapshot!.Pinned!.Stock);
        await _room.PassAsync(1);

        Assert.Equal(4, (await gateway.Until<ProductPinned>()).Card.Stock);
    }

    [Fact]
    public async Task NewEpoch_IsHigherAndBeginsWithASnapshot()
    {
        var gateway = await _room.JoinAsync();
        await _room.SayAsync("ana", "before");
        await gateway.Until<ChatSaid>();
        var before = gateway.Position!.Value;

        await _room.RestartAsync();
        await gateway.SubscribeAsync();

        Assert.NotNull(gateway.Snapshot);
        Assert.True(gateway.Snapshot.Position > before);
        Assert.Equal(["before"], gateway.Snapshot.Messages.Select(said => said.Text));
        await _room.SayAsync("ben", "after");
        Assert.Equal(1, (await gateway.Until<ChatSaid>(said => said.Text == "after")).Sequence);
    }

    [Fact]
    public async Task OrderThatWasShown_IsNotShownAgain()
    {
        var card = await _room.PutProductAsync("tea", Owner);
        var order = new SettledOrder("order1", card, "ana", 1);
        await _room.Room.OrderSettled(order);
        await _room.RestartAsync();
        var gateway = await _room.JoinAsync();

        await _room.Room.OrderSettled(order);
        await _room.Room.OrderSettled(order with { OrderId = "order2" });
        await _room.PassAsync(1);

        Assert.Equal("order2", (await gateway.Until<OrderPaid>()).OrderId);
    }
}

public sealed class SqliteRoomRestartTests() : RoomRestartSuite(SqlDialect.Sqlite);

public sealed class PostgresRoomRestartTests() : RoomRestartSuite(SqlDialect.PostgreSql);
