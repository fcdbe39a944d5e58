using System.Security.Cryptography;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.LoadTester.Wire;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A sender before the run.</summary>
/// <param name="Coins">In its wallet.</param>
internal sealed record Guest(SignedIn Account, long Coins);

/// <summary>Prepares what a load needs: a room, somebody who publishes, accounts with coins.</summary>
internal sealed class Stage(LoadPlan plan, Dialer dialer, TimeProvider time, Action<string> tell) : IAsyncDisposable
{
    private const int PasswordBytes = 18;
    private const int NameBytes = 3;
    private const int RegistrationsAtOnce = 4;
    private const long SpareCoins = 10;
    private static readonly TimeSpan LivePatience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(200);

    private readonly string _tag = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(NameBytes));
    private TestPattern? _pattern;

    /// <summary>What went wrong with publishing while it ran; null: nothing.</summary>
    public string? PublishingProblem => _pattern?.Problem;

    /// <summary>Finds or makes the room, and publishes into it when that is wanted.</summary>
    public async Task<RoomView> OpenRoomAsync(CancellationToken cancellationToken)
    {
        var api = Ask(cookie: null);
        if (!plan.Publish && (plan.RoomId ?? await FirstLiveAsync(api, cancellationToken)) is { } existing)
        {
            return Need(await api.GetRoomAsync(existing, cancellationToken));
        }

        tell("Making a room …");
        var owner = plan.OwnerName is { } name
            ? Need(await api.SignInAsync(name, plan.OwnerPassword!, cancellationToken))
            : await RegisterAsync(0, cancellationToken);
        var room = plan.RoomId is { } given
            ? Need(await api.GetRoomAsync(given, cancellationToken))
            : Need(await Ask(owner.Cookie).CreateRoomAsync(new RoomDetails($"Load test {_tag}", "talk", CoverId: null), cancellationToken));
        return plan.Publish ? await PublishAsync(room, owner, cancellationToken) : room;
    }

    /// <summary>The cheapest gift.</summary>
    public async Task<GiftItem> ChooseGiftAsync(RoomView room, CancellationToken cancellationToken)
    {
        if (room.Stream.Phase is not (StreamPhase.Live or StreamPhase.Interrupted))
        {
            throw new StageException("Gifts are refused while a room is not live. Add --publish to broadcast a test pattern, or name a live room with --room.");
        }

        return Need(await Ask(cookie: null).GetGiftsAsync(cancellationToken)).Gifts[0];
    }

    /// <summary>Makes the accounts that write and give, with coins for all that they will send.</summary>
    public async Task<IReadOnlyList<Guest>> InviteAsync(GiftItem? gift, CancellationToken cancellationToken)
    {
        var guests = new Guest[plan.Senders];
        if (guests.Length > 0) { tell($"Making {guests.Length} accounts …"); }
        var offer = gift is null ? null : Need(await Ask(cookie: null).GetOfferAsync(cancellationToken));
        if (offer is { Sandbox: false })
        {
            throw new StageException("This server takes real payments, and a load test does not buy coins for money. Run without --gifts, or against a server with the payment sandbox.");
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = RegistrationsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, guests.Length, parallel, async (index, token) =>
        {
            var account = await RegisterAsync(index + 1, token);
            guests[index] = new Guest(account, offer is null ? 0 : await FillPurseAsync(account, index, gift!, offer, token));
        });
        return guests;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_pattern is not null) { await _pattern.DisposeAsync(); }
    }

    private Api Ask(string? cookie, int number = 0) => new(plan.Server, dialer.For(number), time, cookie);

    private static async Task<string?> FirstLiveAsync(Api api, CancellationToken cancellationToken) =>
        Need(await api.GetRoomsAsync(cancellationToken)).Rooms is [var first, ..] ? first.RoomId : null;

    private async Task<SignedIn> RegisterAsync(int number, CancellationToken cancellationToken)
    {
        // Nobody needs it again: it is told to the server and to no one else.
        var password = Convert.ToBase64String(RandomNumberGenerator.GetBytes(PasswordBytes));
        return Need(await Ask(cookie: null, number).RegisterAsync($"load {_tag} {number}", password, cancellationToken));
    }

    private async Task<long> FillPurseAsync(SignedIn account, int index, GiftItem gift, TopUpOffer offer, CancellationToken cancellationToken)
    {
        var gifts = (plan.Gifts / plan.Senders) + (index < plan.Gifts % plan.Senders ? 1 : 0);
        var coins = Math.Clamp((gifts * gift.Price) + SpareCoins, offer.CoinsMin, offer.CoinsMax);
        var view = Need(await Ask(account.Cookie, index + 1).TopUpAsync(
            new StartTopUp(PackId: null, coins, offer.TestCards[0].PaymentMethod, "/wallet"), cancellationToken));
        return view is { State: TopUpState.Credited, Balance: { } balance }
            ? balance
            : throw new StageException($"Coins could not be bought: the top-up is {view.State}. {view.Problem}");
    }

    private async Task<RoomView> PublishAsync(RoomView room, SignedIn owner, CancellationToken cancellationToken)
    {
        tell("Publishing a test pattern …");
        _pattern = await TestPattern.StartAsync(plan.Server, dialer.For(0), room.RoomId, owner.Cookie, time, cancellationToken);
        using var patience = new CancellationTokenSource(LivePatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            while (true)
            {
                var now = Need(await Ask(cookie: null).GetRoomAsync(room.RoomId, either.Token));
                if (now.Stream.Phase == StreamPhase.Live) { return now; }
                if (_pattern.Problem is { } problem) { throw new StageException($"The test pattern can't be published: {problem}."); }
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
