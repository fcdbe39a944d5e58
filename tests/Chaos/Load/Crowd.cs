using System.Globalization;
using LiveCommerce.Chaos.Machines;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Chaos.Load;

/// <summary>A live room with people who give in it, watch it and chat.</summary>
internal sealed class Crowd : IDisposable
{
    private const int Givers = 4;
    private const int Watchers = 4;

    /// <summary>Of each giver: more than it can give in hours.</summary>
    public const long Coins = 75_000;

    private readonly CancellationTokenSource _giving = new();
    private readonly CancellationTokenSource _watching = new();
    private readonly List<IDisposable> _people = [];
    private Task _givers = Task.CompletedTask;
    private readonly IReadOnlyList<Uri> _gateways;
    private Task _others = Task.CompletedTask;
    private int _hosts;

    private Crowd(Person streamer, IReadOnlyList<Uri> gateways) => (Streamer, _gateways) = (streamer, gateways);

    public GiftBook Book { get; } = new(TimeProvider.System);

    public Person Streamer { get; }

    public RoomView Room { get; private set; } = null!;

    public GiftItem Gift { get; private set; } = null!;

    public IReadOnlyList<Giver> Giving { get; private set; } = [];

    public IReadOnlyList<Watcher> Watching { get; private set; } = [];

    public Cameraman Camera { get; private set; } = null!;

    /// <summary>Registers everybody, fills their wallets, goes live and begins.</summary>
    public static async Task<Crowd> BeginAsync(ChaosCluster cluster, int seed)
    {
        var gateways = cluster.Gateways.Select(gateway => gateway.Place.Url).ToList();
        var streamer = await new Person(gateways, 0).RegisterAsync("the streamer");
        var crowd = new Crowd(streamer, gateways);
        crowd._people.Add(streamer);
        crowd.Room = await OpenRoomAsync(streamer, "Cups");
        crowd.Gift = (await streamer.NeedAsync<GiftPanel>(HttpMethod.Get, "/api/gifts")).Gifts[0];

        crowd.Giving = [.. (await RegisterAsync("giver", Givers)).Select((person, number) => new Giver(person, crowd.Room.RoomId, crowd.Gift, crowd.Book, unchecked(seed + number)))];
        foreach (var giver in crowd.Giving) { await TopUpAsync(giver.Person); }
        crowd.Watching = [.. (await RegisterAsync("viewer", Watchers)).Select((person, number) => new Watcher(person, crowd.Room.RoomId, crowd.Book, number))];

        crowd.Camera = new Cameraman(streamer, crowd.Room.RoomId);
        crowd._people.Add(crowd.Camera);
        crowd._others = Task.WhenAll(crowd.Watching.Select(watcher => watcher.WatchAsync(crowd._watching.Token)).Append(crowd.Camera.FilmAsync(crowd._watching.Token)));
        crowd._givers = Task.WhenAll(crowd.Giving.Select(giver => giver.GiveAsync(crowd._giving.Token)));
        await crowd.GivesAsync(TimeSpan.Zero);
        return crowd;

        async Task<List<Person>> RegisterAsync(string what, int count)
        {
            var people = new List<Person>();
            for (var number = 0; number < count; number++)
            {
                people.Add(await new Person(gateways, number).RegisterAsync(string.Create(CultureInfo.InvariantCulture, $"{what} {number}")));
            }

            crowd._people.AddRange(people);
            return people;
        }
    }

    /// <summary>Somebody else who opens rooms.</summary>
    public async Task<Person> RegisterHostAsync()
    {
        var host = await new Person(_gateways, ++_hosts).RegisterAsync(string.Create(CultureInfo.InvariantCulture, $"host {_hosts}"));
        _people.Add(host);
        return host;
    }

    /// <summary>One more room of somebody's.</summary>
    public static Task<RoomView> OpenRoomAsync(Person owner, string title) =>
        owner.NeedAsync<RoomView>(HttpMethod.Post, "/api/rooms", new { title, category = "home" }, Guid.CreateVersion7());

    /// <summary>Everybody gives now: something is under way when a fault strikes.</summary>
    public void Hurry()
    {
        foreach (var giver in Giving) { giver.Hurry(); }
    }

    /// <summary>Waits until a gift that was sent after a moment has its answer, and says when.</summary>
    public async Task<TimeSpan> GivesAsync(TimeSpan after)
    {
        await ChaosCluster.EventuallyAsync(() => Task.FromResult(_givers.IsCompleted || Book.FirstAnswerAfter(after) is not null), "a gift is answered");
        return Book.FirstAnswerAfter(after) ?? throw new InvalidOperationException($"The givers have stopped: {string.Join("; ", Book.Problems)}");
    }

    /// <summary>No more gifts; those that are open are settled.</summary>
    public async Task StopGivingAsync()
    {
        await _giving.CancelAsync();
        await _givers;
    }

    /// <summary>Everybody goes home.</summary>
    public async Task StopWatchingAsync()
    {
        await _watching.CancelAsync();
        await _others;
    }

    public void Dispose()
    {
        _giving.Cancel();
        _watching.Cancel();
        foreach (var person in _people) { person.Dispose(); }
    }

    private static async Task TopUpAsync(Person person)
    {
        var offer = await person.NeedAsync<TopUpOffer>(HttpMethod.Get, "/api/wallet/offer");
        var bought = await person.NeedAsync<TopUpView>(
            HttpMethod.Post, "/api/wallet/top-ups", new StartTopUp(PackId: null, Coins, offer.TestCards[0].PaymentMethod, "/wallet"), Guid.CreateVersion7());
        if (bought.State != TopUpState.Credited) { throw new InvalidOperationException($"No coins: {bought.State} {bought.Problem}"); }
    }

    private sealed record GiftPanel(IReadOnlyList<GiftItem> Gifts);
}
