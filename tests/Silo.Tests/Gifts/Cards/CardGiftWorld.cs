using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Payments;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Gifts.Cards;

/// <summary>A streamer who is live, in a <see cref="PaymentWorld"/>.</summary>
internal sealed class CardGiftWorld : IAsyncDisposable
{
    private CardGiftWorld(PaymentWorld payments) => Payments = payments;

    public PaymentWorld Payments { get; }

    public Caller Streamer { get; } = Person("Mia");

    public string RoomId { get; } = Guid.CreateVersion7().ToString("N");

    public string StreamId { get; private set; } = "";

    public IRoomGrain Room => Payments.Grains.GetGrain<IRoomGrain>(RoomId);

    public IGiftLedgerGrain Ledger => Payments.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public static async Task<CardGiftWorld> StartAsync(
        bool sendWebhooks = true, Action<IServiceCollection>? ledger = null, SqlDialect dialect = SqlDialect.Sqlite)
    {
        var world = new CardGiftWorld(await PaymentWorld.StartAsync(dialect, sendWebhooks, ledger));
        Value(await world.Room.Create(world.Streamer.Person, new RoomDetails("Tea", "food", null)));
        await world.GoLive();
        return world;
    }

    public async Task GoLive()
    {
        StreamId = Value(await Room.OpenStream(new PublishRequest(Streamer, null, "g1", false))).StreamId;
        Assert.True(await Room.ReportStream(StreamId, StreamPhase.Live));
    }

    public ICardGiftGrain Gift(string id) => Payments.Grains.GetGrain<ICardGiftGrain>(id);

    public async Task<CardGiftView> Give(Caller sender, string card, string? id = null, string giftId = "rocket", int quantity = 1) =>
        Value(await TryGive(sender, card, id, giftId, quantity));

    public ValueTask<Result<CardGiftView>> TryGive(
        Caller sender, string card, string? id = null, string giftId = "rocket", int quantity = 1, long? unitPrice = null, long? price = null, string? roomId = null)
    {
        var unit = unitPrice ?? GiftCatalog.Find(giftId)?.Price ?? 1;
        return Gift(id ?? Payments.NewKey()).Start(
            sender, new StartCardGift(roomId ?? RoomId, giftId, quantity, unit, price ?? GiftCatalog.PriceOf(unit * quantity), card, ReturnUrl));
    }

    public async Task<CardGiftView> Find(Caller caller, string id) => Value(await Gift(id).Get(caller, ask: true));

    public Task UntilState(Caller caller, string id, CardGiftState state) => Until(async () => (await Find(caller, id)).State == state);

    /// <summary>The gifts that the room has shown.</summary>
    public async Task<IReadOnlyList<SettledGift>> Shown() => await Ledger.GetLatestGifts(RoomId, 50);

    public ValueTask<long> Earned() => Payments.Balance(LedgerAccount.Earnings(Streamer.Id));

    /// <summary>What is held of the platform's side of coins: gifts that are being paid.</summary>
    public async Task<long> Held() => (await Ledger.GetBalances([LedgerAccount.Clearing(LedgerUnit.Coins)]))[0].Held;

    /// <summary>Coins in circulation, and money for them: what is left of each at the end of a test.</summary>
    public async Task<(long Coins, long Money, long Float)> Sides() => (
        await Payments.Balance(LedgerAccount.Clearing(LedgerUnit.Coins)),
        await Payments.Balance(LedgerAccount.Clearing(LedgerUnit.UsdCents)),
        await Payments.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)));

    public async Task<IReadOnlyList<CardGiftView>> List(Caller whose, string side) =>
        await Payments.Grains.GetGrain<ICardGiftListGrain>(side + whose.Id).List();

    public ValueTask<bool> Dispute(string id, DisputeMove move, string disputeId = "dp_1", long amount = 3_869) =>
        Gift(id).DisputeMoved(new DisputeNews(disputeId, move, "pi_1", amount, "usd", "fraudulent"));

    public ValueTask DisposeAsync() => Payments.DisposeAsync();
}
