using System.Security.Cryptography;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.LoadTester.Checks;
using LiveCommerce.LoadTester.Scenarios;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A sender before the run.</summary>
/// <param name="Room">Number of its room among all rooms.</param>
/// <param name="Coins">In its wallet.</param>
internal sealed record Guest(SignedIn Account, int Room, long Coins);

/// <summary>Prepares what a load needs: rooms, somebody who publishes, products, accounts with coins.</summary>
internal sealed class Stage(Scenario scenario, Dialer dialer, TimeProvider time, Action<string> tell) : IAsyncDisposable
{
    private const int PasswordBytes = 18;
    private const int NameBytes = 3;
    private const int RegistrationsAtOnce = 4;
    private const long SpareCoins = 10;
    private const string Currency = "usd";
    private static readonly TimeSpan LivePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly string _tag = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
    private readonly List<TestPattern> _patterns = [];
    private SignedIn? _owner;
    private int _owned;
    private int _accounts;

    /// <summary>What went wrong with publishing while it ran; null: nothing.</summary>
    public string? PublishingProblem => _patterns.Select(pattern => pattern.Problem).FirstOrDefault(problem => problem is not null);

    /// <summary>The payment method with which orders are paid; empty when nothing is bought.</summary>
    public string Card { get; private set; } = "";

    /// <summary>Finds or makes the rooms, and publishes and sells where that is wanted.</summary>
    public async Task<IReadOnlyList<RoomLoad>> OpenRoomsAsync(CancellationToken cancellationToken)
    {
        var rooms = new List<RoomLoad>();
        foreach (var plan in scenario.Rooms)
        {
            for (var number = 0; number < plan.Count; number++) { rooms.Add(await OpenRoomAsync(rooms.Count, plan, cancellationToken)); }
        }

        return rooms;
    }

    /// <summary>The gifts of the panel, when gifts can be sent in the rooms that want them.</summary>
    public async Task<IReadOnlyList<GiftItem>> OpenGalleryAsync(IReadOnlyList<RoomLoad> rooms, CancellationToken cancellationToken)
    {
        var actions = scenario.Actions.Where(action => action.Kind == ActionKind.Gift).ToList();
        var byCard = scenario.Acts.Where(act => act.Kind == ActKind.CardGift).ToList();
        if (actions.Count + byCard.Count == 0) { return []; }
        if (rooms.FirstOrDefault(room => actions.Exists(action => action.Room == room.Plan.Name) && room.Phase is not (StreamPhase.Live or StreamPhase.Interrupted)) is { } dark)
        {
            throw new StageException($"Gifts are refused while a room is not live, and \"{dark.Plan.Name}\" is not: let it publish (--publish, or \"publish\": true), or name a live room.");
        }

        var gallery = Need(await Ask(cookie: null).GetGiftsAsync(cancellationToken)).Gifts;
        return actions.Select(action => action.Gift).Concat(byCard.Select(act => act.Gift))
            .FirstOrDefault(gift => gift is not null && gallery.All(item => item.GiftId != gift)) is { } unknown
            ? throw new StageException($"There is no gift \"{unknown}\". These there are: {string.Join(", ", gallery.Select(item => item.GiftId))}.")
            : gallery;
    }

    /// <summary>Makes the accounts that write, give and buy, with coins for all that they will send.</summary>
    /// <param name="coins">By sender: what it will give.</param>
    public async Task<IReadOnlyList<Guest>> InviteAsync(IReadOnlyList<(int Room, long Coins)> coins, CancellationToken cancellationToken)
    {
        if (coins.Count > 0) { tell($"Making {coins.Count} accounts …"); }
        var pays = scenario.CountOf(ActionKind.Buy) > 0 || scenario.Acts.Any(act => act.Kind is ActKind.RedPacket or ActKind.CardGift);
        var offer = coins.Any(one => one.Coins > 0) || pays ? Need(await Ask(cookie: null).GetOfferAsync(cancellationToken)) : null;
        if (offer is { Sandbox: false })
        {
            throw new StageException("This server takes real payments, and a load test spends no money. Run without gifts and orders, or against a server with the payment sandbox.");
        }

        Card = offer is null ? "" : offer.TestCards is [var first, ..] ? first.PaymentMethod : throw new StageException("The payment sandbox does not tell its cards. Look at the server's log.");
        var guests = new Guest[coins.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, guests.Length, parallel, async (index, token) =>
        {
            var account = await RegisterAsync(token);
            guests[index] = new Guest(account, coins[index].Room, coins[index].Coins > 0 ? await FillPurseAsync(account, coins[index].Coins, offer!, token) : 0);
        });
        return guests;
    }

    /// <summary>Makes an account that takes part in an act, with so many coins.</summary>
    public async Task<Guest> InviteActorAsync(RoomLoad room, long coins, CancellationToken cancellationToken)
    {
        var account = await RegisterAsync(cancellationToken);
        if (coins == 0) { return new Guest(account, room.Index, 0); }
        return new Guest(account, room.Index, await FillPurseAsync(account, coins, Need(await Ask(cookie: null).GetOfferAsync(cancellationToken)), cancellationToken));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var pattern in _patterns) { await pattern.DisposeAsync(); }
    }

    private Api Ask(string? cookie, int number = 0) => new(scenario.Server, dialer.For(number), time, cookie);

    private async Task<RoomLoad> OpenRoomAsync(int index, RoomPlan plan, CancellationToken cancellationToken)
    {
        var api = Ask(cookie: null);
        if (!plan.Publish && plan.Stock == 0 && plan.Count == 1 && scenario.Rooms.Count == 1
            && (plan.RoomId ?? (plan.Name == LiveRoomName ? await FirstLiveAsync(api, cancellationToken) : null)) is { } existing)
        {
            return new RoomLoad(index, plan, Need(await api.GetRoomAsync(existing, cancellationToken)));
        }

        if (plan.RoomId is { } given && !plan.Publish) { return new RoomLoad(index, plan, Need(await api.GetRoomAsync(given, cancellationToken))); }
        if (index == 0) { tell(scenario.Rooms.Sum(one => one.Count) is > 1 and var all ? $"Making {all} rooms …" : "Making a room …"); }
        var owner = await OwnerAsync(scenario.Acts.Any(act => act.Against == plan.Name), cancellationToken);
        var room = plan.RoomId is { } named
            ? Need(await api.GetRoomAsync(named, cancellationToken))
            : Need(await Ask(owner.Cookie).CreateRoomAsync(new RoomDetails($"Load test {_tag} {plan.Name} {index + 1}", "talk", CoverId: null), cancellationToken));
        if (plan.Publish) { room = await PublishAsync(room, owner, cancellationToken); }
        if (plan.Stock == 0) { return new RoomLoad(index, plan, room) { OwnerCookie = owner.Cookie }; }
        var product = Need(await Ask(owner.Cookie).CreateProductAsync(
            new ProductDetails($"Load test {_tag} {index + 1}", PictureId: null, plan.PriceMinor, Currency, plan.Stock), cancellationToken));
        if (await Ask(owner.Cookie).PinAsync(room.RoomId, product.ProductId, cancellationToken) is { } refusal) { throw new StageException($"The server says {refusal.Name}: {refusal.Message}"); }
        return new RoomLoad(index, plan, room) { Product = product, Stock = new StockProof(product.ProductId, plan.Stock), OwnerCookie = owner.Cookie };
    }

    /// <summary>The name that means: whichever room is live, or one of our own.</summary>
    public const string LiveRoomName = "live";

    private static async Task<string?> FirstLiveAsync(Api api, CancellationToken cancellationToken) =>
        Need(await api.GetRoomsAsync(cancellationToken)).Rooms is [var first, ..] ? first.RoomId : null;

    /// <summary>Whose the next room is.</summary>
    /// <param name="another">An owner of its own: nobody battles against themselves.</param>
    private async Task<SignedIn> OwnerAsync(bool another, CancellationToken cancellationToken)
    {
        if (another) { return await RegisterAsync(cancellationToken); }
        if (scenario.OwnerName is { } name) { return _owner ??= Need(await Ask(cookie: null).SignInAsync(name, scenario.OwnerPassword!, cancellationToken)); }
        if (_owner is null || _owned == RoomLimits.RoomsPerOwnerMax) { (_owner, _owned) = (await RegisterAsync(cancellationToken), 0); }
        _owned++;
        return _owner;
    }

    private async Task<SignedIn> RegisterAsync(CancellationToken cancellationToken)
    {
        // Nobody needs it again: it is told to the server and to no one else.
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordBytes));
        var number = Interlocked.Increment(ref _accounts) - 1;
        return Need(await Ask(cookie: null, number).RegisterAsync($"load {_tag} {number}", password, cancellationToken));
    }

    private async Task<long> FillPurseAsync(SignedIn account, long coins, TopUpOffer offer, CancellationToken cancellationToken)
    {
        var view = Need(await Ask(account.Cookie).TopUpAsync(
            new StartTopUp(PackId: null, Math.Clamp(coins + SpareCoins, offer.CoinsMin, offer.CoinsMax), Card, "/wallet"), cancellationToken));
        return view is { State: TopUpState.Credited, Balance: { } balance }
            ? balance
            : throw new StageException($"Coins could not be bought: the top-up is {view.State}. {view.Problem}");
    }

    private async Task<RoomView> PublishAsync(RoomView room, SignedIn owner, CancellationToken cancellationToken)
    {
        tell("Publishing a test pattern …");
        var pattern = await TestPattern.StartAsync(scenario.Server, dialer.For(0), room.RoomId, owner.Cookie, time, cancellationToken);
        _patterns.Add(pattern);
        using var patience = new CancellationTokenSource(LivePatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (true)
            {
                var now = Need(await Ask(cookie: null).GetRoomAsync(room.RoomId, either.Token));
                if (now.Stream.Phase == StreamPhase.Live) { return now; }
                if (pattern.Problem is { } problem) { throw new StageException($"The test pattern can't be published: {problem}."); }
                await Task.Delay(LookEvery, time, either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new StageException($"The room was not live {LivePatience.TotalSeconds:0} s after the test pattern began. Look at the server's log.");
        }
    }

    private static T Need<T>(Result<T> answer)
        where T : class =>
        answer.Ok ? answer.Value : throw new StageException($"The server says {answer.Refusal.Name}: {answer.Refusal.Message}");
}
