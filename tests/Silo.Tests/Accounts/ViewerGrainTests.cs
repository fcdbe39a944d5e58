using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Accounts;
using LiveCommerce.Silo.Tests.Rooms;
using static LiveCommerce.Silo.Tests.Rooms.RoomScenario;

namespace LiveCommerce.Silo.Tests.Accounts;

public sealed class ViewerGrainTests : IAsyncLifetime
{
    private RoomScenario _room = null!;

    public async ValueTask InitializeAsync() => _room = await RoomScenario.StartAsync();

    public async ValueTask DisposeAsync() => await _room.DisposeAsync();

    [Fact]
    public async Task Wallet_IsWhatTheLedgerSays()
    {
        Assert.Equal(new Wallet(0, 0, 0, "usd"), await _room.Viewer("ana").GetWallet());
        await _room.GoLiveAsync();
        await _room.GiveCoinsAsync("ana", 100);
        await _room.SendAsync("ana", "coffee");

        Assert.Equal(new Wallet(80, 0, 0, "usd"), await _room.Viewer("ana").GetWallet());
        Assert.Equal(new Wallet(0, 10, 0, "usd"), await _room.Viewer(Owner).GetWallet());
    }

    [Fact]
    public async Task Lines_TellSpentAndEarnedNewestFirst()
    {
        await _room.GoLiveAsync();
        await _room.GiveCoinsAsync("ana", 100);
        _room.Time.Advance(TimeSpan.FromSeconds(1));
        await _room.SendAsync("ana", "rose", quantity: 2);

        var spent = await _room.Viewer("ana").GetWalletLines(10);
        Assert.Equal([(WalletLineKind.GiftSent, -10L), (WalletLineKind.TopUp, 100L)], spent.Select(line => (line.Kind, line.Coins)));
        Assert.Equal((_room.RoomId, "rose", 2), (spent[0].RoomId, spent[0].GiftId, spent[0].Quantity));
        Assert.Single(await _room.Viewer("ana").GetWalletLines(1));
        Assert.Equal([(WalletLineKind.GiftReceived, 5L)], (await _room.Viewer(Owner).GetWalletLines(10)).Select(line => (line.Kind, line.Coins)));
    }

    [Fact]
    public async Task EarningsThatBecameAvailable_StayInTheWalletAndAreNoLineOfIt()
    {
        await _room.GoLiveAsync();
        await _room.GiveCoinsAsync("ana", 100);
        await _room.SendAsync("ana", "coffee");
        _room.Time.Advance(TimeSpan.FromDays(8));
        await _room.Grains.GetGrain<ILedgerMaturityGrain>(IGiftLedgerGrain.Key).Look();

        Assert.Equal(10, (await _room.Grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key).GetEarnings(IdOf(Owner))).Gifts.Available);
        Assert.Equal(new Wallet(0, 10, 0, "usd"), await _room.Viewer(Owner).GetWallet());
        Assert.Equal([(WalletLineKind.GiftReceived, 10L)], (await _room.Viewer(Owner).GetWalletLines(10)).Select(line => (line.Kind, line.Coins)));
    }

    [Fact]
    public async Task Orders_AreShownNewestFirstOnceAndAfterARestart()
    {
        var card = await _room.PutProductAsync("tea", Owner);
        for (var i = 0; i < ViewerGrain.OrdersShownMax + 5; i++)
        {
            _room.Shelf.Orders[$"order{i}"] = new OrderView(
                $"order{i}", OrderState.Paid, Who("ana"), card, 1, card.PriceMinor, "usd", null, _room.Time.GetUtcNow(), null, null,
                new OrderTimes(null, null, null, null, null, null, null), null, new OrderRefunds(0, 0, 0, null, null));
            await _room.Viewer("ana").AddOrder($"order{i}");
            await _room.Viewer("ana").AddOrder($"order{i}");
        }

        await _room.Viewer("ana").AddOrder("an order that does not know her");
        await _room.RestartAsync();

        var orders = await _room.Viewer("ana").GetOrders();
        Assert.Equal("order104", orders[0].OrderId);
        Assert.Equal(orders.Count, orders.Select(order => order.OrderId).Distinct().Count());
        Assert.Equal(ViewerGrain.OrdersShownMax - 1, orders.Count);
    }
}
