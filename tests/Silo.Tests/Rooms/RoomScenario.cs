using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Moderation;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Gifts;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Silo.Shop;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>
/// A silo on a database of its own, with one room of the streamer "mia" and people who are named and not numbered. The clock
/// stands still until a test moves it. Restarting stops the silo and starts a new one on the same database.
/// </summary>
internal sealed class RoomScenario : IAsyncDisposable
{
    public const string Owner = "mia";

    /// <summary>A name ending so belongs to a moderator of the platform.</summary>
    private const string PlatformSuffix = "@platform";

    /// <summary>So many that no test but those about it sees a message left out.</summary>
    private const int ChatShownPerSecond = 10_000;

    private readonly TestDatabase _database;
    private readonly int _chatShownPerSecond;
    private readonly Action<IServiceCollection>? _configure;
    private IHost _silo = null!;

    private RoomScenario(TestDatabase database, int chatShownPerSecond, Action<IServiceCollection>? configure) =>
        (_database, _chatShownPerSecond, _configure) = (database, chatShownPerSecond, configure);

    public ManualTimeProvider Time { get; } = new();

    public Shelf Shelf { get; } = new();

    public string RoomId { get; private set; } = "";

    public Database Database => _database.Database;

    public IGrainFactory Grains => _silo.Services.GetRequiredService<IGrainFactory>();

    public IRoomGrain Room => Grains.GetGrain<IRoomGrain>(RoomId);

    public IRoomDirectoryGrain Directory => Grains.GetGrain<IRoomDirectoryGrain>(IRoomDirectoryGrain.Key);

    public IPlatformGrain Platform => Grains.GetGrain<IPlatformGrain>(IPlatformGrain.Key);

    /// <summary>Starts the silo and makes the room.</summary>
    /// <param name="configure">Services that take the place of the product's.</param>
    public static async Task<RoomScenario> StartAsync(
        SqlDialect dialect = SqlDialect.Sqlite, int chatShownPerSecond = ChatShownPerSecond, Action<IServiceCollection>? configure = null)
    {
        var scenario = new RoomScenario(await Databases.CreateAsync(dialect), chatShownPerSecond, configure);
        scenario._silo = await scenario.StartSiloAsync(withRooms: true);
        scenario.RoomId = await scenario.CreateRoomAsync(Owner);
        return scenario;
    }

    /// <summary>Stops the silo and starts a new one on the same database.</summary>
    /// <param name="withRooms">False: one without the room slices, whose other grains find no room to talk to.</param>
    /// <param name="withLedger">False: one whose rooms find no ledger.</param>
    /// <param name="later">How much time passes while nothing runs.</param>
    public async Task RestartAsync(bool withRooms = true, bool withLedger = true, TimeSpan later = default)
    {
        await StopAsync(_silo);
        Time.Advance(later);
        _silo = await StartSiloAsync(withRooms, withLedger);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync(_silo);
        await _database.DisposeAsync();
    }

    public static string IdOf(string name) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name)).AsSpan(0, 16));

    public static Person Who(string name) => new(IdOf(name), name);

    public static Caller As(string name) =>
        new(Who(name), name.EndsWith(PlatformSuffix, StringComparison.Ordinal) ? PlatformRole.Moderator : PlatformRole.Member);

    public Guid NewKey() => Guid.CreateVersion7(Time.GetUtcNow());

    public async Task<string> CreateRoomAsync(string owner, string title = "Tea from the hills")
    {
        var roomId = Guid.CreateVersion7(Time.GetUtcNow()).ToString("N");
        Assert.True((await Grains.GetGrain<IRoomGrain>(roomId).Create(Who(owner), new RoomDetails(title, "food", null))).Ok);
        return roomId;
    }

    public async Task<string> GoLiveAsync(string gatewayId = "g1", string? roomId = null, string owner = Owner)
    {
        var room = Grains.GetGrain<IRoomGrain>(roomId ?? RoomId);
        var lease = await room.OpenStream(new PublishRequest(As(owner), null, gatewayId, false));
        Assert.True(lease.Ok, lease.Refusal?.Message);
        Assert.True(await room.ReportStream(lease.Value.StreamId, StreamPhase.Live));
        return lease.Value.StreamId;
    }

    /// <summary>Puts a product on the seller's shelf, or changes how many there are.</summary>
    public async Task<ProductCard> PutProductAsync(string productId, string seller, int stock = 10)
    {
        var product = Grains.GetGrain<IProductGrain>(productId);
        var details = new ProductDetails($"Title of {productId}", null, 1_250, "usd", stock);
        var answer = await product.Get() is { Ok: true } ? await product.Update(As(seller), details) : await product.Create(Who(seller), details);
        Assert.True(answer.Ok, answer.Refusal?.Message);
        return answer.Value;
    }

    public async Task<Result<ChatReceipt>> SayAsync(string name, string text, Guid? key = null) =>
        await Room.Say(As(name), key ?? NewKey(), text);

    public async Task<Result<Done>> ModerateAsync(string name, ModerationAct act) => await Room.Moderate(As(name), act);

    public async Task GiveCoinsAsync(string name, long coins)
    {
        var answer = await Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            NewKey(), 1, LedgerEntryKind.TopUp, LedgerAccount.Clearing(LedgerUnit.Coins), [new LedgerLeg(LedgerAccount.Coins(IdOf(name)), coins)], 1));
        Assert.Equal(LedgerOutcome.Moved, answer.Outcome);
    }

    public async Task<long> CoinsOfAsync(string name) => (await Viewer(name).GetWallet()).Coins;

    public IViewerGrain Viewer(string name) => Grains.GetGrain<IViewerGrain>(IdOf(name));

    public async Task<Result<GiftReceipt>> SendAsync(string name, string giftId, int quantity = 1, Guid? key = null, long? price = null) =>
        await Grains.GetGrain<IGiftDesk>(RoomId).Send(
            As(name), new SendGift(key ?? NewKey(), giftId, quantity, price ?? GiftCatalog.Find(giftId)?.Price ?? 1));

    /// <summary>A gift that is committed and that no room is told of: as if the process had died right after the commit.</summary>
    public async Task<Guid> CommitGiftBehindTheRoomsBackAsync(string name, string giftId)
    {
        var silo = await StartSiloAsync(withRooms: false);
        var key = NewKey();
        var price = GiftCatalog.Find(giftId)!.Price;
        var answer = await silo.Services.GetRequiredService<IGrainFactory>().GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            key, 1, LedgerEntryKind.Gift, LedgerAccount.Coins(IdOf(name)), GiftShares.Split(IdOf(Owner), price, new ShareRate(1, 5_000, 0, null)),
            1, new GiftMemo(RoomId, Who(name), giftId, 1)));
        Assert.Equal(LedgerOutcome.Moved, answer.Outcome);
        await StopAsync(silo);
        return key;
    }

    /// <summary>Gives a gift back, or a part of it.</summary>
    public async Task ReverseAsync(Guid gift, long? coins = null)
    {
        var answer = await Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Reverse(new LedgerReversal(NewKey(), 1, gift, coins, "test:1", []));
        Assert.Equal(LedgerOutcome.Moved, answer.Outcome);
    }

    public async Task<IReadOnlyList<(string Name, long Coins)>> RanksAsync(LeaderboardPeriod period)
    {
        var answer = await Room.GetLeaderboard(period);
        Assert.True(answer.Ok, answer.Refusal?.Message);
        return [.. answer.Value.Top.Select(ranked => (ranked.Person.Name, ranked.Coins))];
    }

    /// <summary>Writes the chat that waits to be written.</summary>
    public Task FlushChatAsync() => _silo.Services.GetRequiredService<ChatJournal>().FlushAsync();

    public async Task<RoomSnapshot> SnapshotAsync() => (await Room.GetSnapshot()).Value!;

    /// <summary>Moves the clock and a little more; when it returns, the room's ticks that were due on the way have had their turns.</summary>
    public async Task PassAsync(TimeSpan by)
    {
        // In steps of a timer's period at most: a tick that takes its turn late would otherwise stand for many.
        for (var left = by; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(1))
        {
            Time.Advance(left < TimeSpan.FromSeconds(1) ? left : TimeSpan.FromSeconds(1));
            await Room.Get();
        }

        // What a late turn has appended is told with the next tick.
        Time.Advance(RoomFeed.TickMax);
        await Room.Get();
    }

    public Task PassAsync(double seconds) => PassAsync(TimeSpan.FromSeconds(seconds));

    /// <summary>Waits for what is on its way; gives up after two minutes of real time.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromMinutes(2), "The condition never came true.");
            await Task.Yield();
        }
    }

    /// <summary>A gateway with viewers: subscribed, and strict about what it is told.</summary>
    public async Task<TestGateway> JoinAsync(string gatewayId = "g1")
    {
        var gateway = new TestGateway(this, gatewayId);
        await gateway.SubscribeAsync();
        return gateway;
    }

    private async Task<IHost> StartSiloAsync(bool withRooms, bool withLedger = true)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Storage:Provider"] = _database.Options.Provider.ToString(),
            ["Storage:ConnectionString"] = _database.Options.ConnectionString,
            ["Rooms:ChatShownPerSecond"] = _chatShownPerSecond.ToString(CultureInfo.InvariantCulture),

            // The clock of a test outruns a database that has much to do: what is asked of it takes no time here.
            ["Actors:CallTimeout"] = "01:00:00",
            ["Actors:LifecycleTimeout"] = "01:00:00",
        });
        builder.Services.AddLogging(logging => logging.AddProvider(new TestLog()));
        builder.Services.AddSingleton<TimeProvider>(Time);
        builder.Services.AddSingleton(Shelf);
        builder.Services.AddStorage();
        if (withLedger) { builder.Services.AddLedger(); }
        builder.Services.AddActors(actors => actors
            .AddGrain<IProductGrain, ProductGrain>().AddGrain<IShopGrain, ShopGrain>().AddGrain<IOrderGrain, ShelfOrderGrain>());
        if (withRooms) { builder.Services.AddSilo(); }

        _configure?.Invoke(builder.Services);
        var silo = builder.Build();
        await silo.StartAsync();
        return silo;
    }

    private static async Task StopAsync(IHost silo)
    {
        await silo.StopAsync();
        await ((IAsyncDisposable)silo).DisposeAsync();
    }
}
