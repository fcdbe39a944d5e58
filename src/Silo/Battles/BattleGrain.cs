using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Battles;

/// <summary>
/// One battle. The score is never added up from what is told: it is read from the ledger after a place that is stored with the coins, so
/// that each gift counts once, whoever was cut off in between.
/// </summary>
internal sealed partial class BattleGrain(
    [PersistentState("battle")] IPersistentState<BattleRecord> record,
    DueTimes dueTimes,
    IOptions<BattleOptions> options,
    ILogger<BattleGrain> logger) : Grain, IBattleGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Battle";

    private BattleRecord State => record.State;

    private string Id => GetPrimaryKeyString();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        if (record.RecordExists && State.Phase != BattlePhase.Over) { StartTicking(); }
        return Task.CompletedTask;
    }

    public async ValueTask<Result<BattleView>> Offer(Caller caller, string roomId, OfferBattle offer)
    {
        var fingerprint = PaymentIds.Fingerprint(caller.Id, roomId, offer.OpponentRoomId, offer.Seconds);
        if (record.RecordExists)
        {
            return State.Fingerprint == fingerprint
                ? State.ToView(Id)
                : new Refusal(RefusalCode.KeyReused, "This key was used for another battle. Start again with a new one.");
        }

        if (await OpenAsync(caller, roomId, offer, fingerprint) is { } refusal)
        {
            DeactivateOnIdle();
            return refusal;
        }

        StartTicking();
        await TryTellAsync();
        return State.ToView(Id);
    }

    public async ValueTask<Result<BattleView>> Answer(Caller caller, bool accept)
    {
        if (!record.RecordExists) { return NotFound(); }
        if (caller.Id != State.Opponent.Owner.Id)
        {
            return new Refusal(RefusalCode.NotRoomOwner, "Only the owner of the room that was challenged can answer.");
        }

        // A repeat finds what the first one did.
        if (State.Phase == BattlePhase.Running && accept) { return State.ToView(Id); }
        if (State is { Phase: BattlePhase.Over, Ending: BattleEnding.Declined } && !accept) { return State.ToView(Id); }
        if (State.Phase != BattlePhase.Offered || Time.GetUtcNow() >= State.EndsAt)
        {
            return new Refusal(RefusalCode.BattleOver, "This offer is over. Make one of your own.");
        }

        if (accept)
        {
            if (await RefuseOfflineAsync() is { } offline) { return offline; }
            if ((await Battles(State.Opponent.RoomId).Accept(Id)).Refusal is { } busy) { return busy; }
            if ((await Battles(State.Challenger.RoomId).Take(Id)).Refusal is { } otherBusy)
            {
                // The challenger has accepted another one meanwhile.
                await Battles(State.Opponent.RoomId).Leave(Id);
                return otherBusy;
            }

            if (await BeginAsync() is { } closed)
            {
                await Battles(State.Opponent.RoomId).Leave(Id);
                return closed;
            }
        }
        else
        {
            await EndAsync(State.Over(BattleEnding.Declined, null));
        }

        return State.ToView(Id);
    }

    public async ValueTask<Result<BattleView>> End(Caller caller)
    {
        if (!record.RecordExists) { return NotFound(); }
        var isChallenger = caller.Id == State.Challenger.Owner.Id;
        if (!isChallenger && caller.Id != State.Opponent.Owner.Id)
        {
            return new Refusal(RefusalCode.NotRoomOwner, "Only the owners of the two rooms can end the battle.");
        }

        if (State.Phase == BattlePhase.Offered)
        {
            await EndAsync(State.Over(isChallenger ? BattleEnding.Withdrawn : BattleEnding.Declined, null));
        }
        else if (State.Phase == BattlePhase.Running && Time.GetUtcNow() < State.EndsAt)
        {
            await CountAsync(withReversed: true);
            await EndAsync(State.Over(BattleEnding.Conceded, isChallenger ? State.Opponent.RoomId : State.Challenger.RoomId));
        }

        return State.ToView(Id);
    }

    public ValueTask<Result<BattleView>> Get() => ValueTask.FromResult<Result<BattleView>>(record.RecordExists ? State.ToView(Id) : NotFound());

    public async ValueTask OnDue()
    {
        if (!record.RecordExists)
        {
            // The due time was set, and then the battle was not stored: nothing has happened.
            await dueTimes.ClearAsync(DueType, Id);
            DeactivateOnIdle();
            return;
        }

        await AdvanceAsync();
    }

    /// <summary>Refuses, or makes the offer durable.</summary>
    private async Task<Refusal?> OpenAsync(Caller caller, string roomId, OfferBattle offer, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badKey) { return badKey; }
        if (offer.Seconds is < BattleLimits.SecondsMin or > BattleLimits.SecondsMax)
        {
            return new Refusal(RefusalCode.BattleNotAllowed, $"A battle lasts {BattleLimits.SecondsMin} to {BattleLimits.SecondsMax} seconds. Choose a time between.");
        }

        var (own, other) = await AskAsync(roomId, offer.OpponentRoomId);
        if (!own.Ok) { return own.Refusal; }
        if (own.Value.Owner.Id != caller.Id) { return new Refusal(RefusalCode.NotRoomOwner, "Only the owner of this room can do this."); }
        if (!other.Ok) { return other.Refusal; }
        if (other.Value.Owner.Id == caller.Id) { return new Refusal(RefusalCode.BattleNotAllowed, "A battle needs somebody else. Choose a room of another owner."); }
        if (RefuseOffline(own.Value, other.Value) is { } offline) { return offline; }

        if ((await Battles(roomId).Take(Id)).Refusal is { } taken) { return taken; }
        if ((await Battles(offer.OpponentRoomId).Receive(Id)).Refusal is { } otherTaken)
        {
            await Battles(roomId).Leave(Id);
            return otherTaken;
        }

        var endsAt = now + TimeSpan.FromSeconds(options.Value.OfferSeconds);
        await dueTimes.SetAsync(DueType, Id, endsAt);
        record.State = new BattleRecord
        {
            Fingerprint = fingerprint,
            Challenger = BattleScore.None with { RoomId = roomId, Owner = own.Value.Owner },
            Opponent = BattleScore.None with { RoomId = offer.OpponentRoomId, Owner = other.Value.Owner },
            Seconds = offer.Seconds,
            EndsAt = endsAt,
        };
        await record.WriteStateAsync();
        return null;
    }

    /// <summary>The time begins: gifts count that are committed from now on.</summary>
    /// <returns>Why it does not: a room was closed, or its stream ended, before both knew of it.</returns>
    private async Task<Refusal?> BeginAsync()
    {
        var places = await Task.WhenAll(PlaceAsync(State.Challenger), PlaceAsync(State.Opponent));
        if (await RefuseOfflineAsync() is { } notNow) { return notNow; }

        // Times of the ledger are whole microseconds.
        var now = Time.GetUtcNow();
        var startedAt = now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
        var endsAt = startedAt + TimeSpan.FromSeconds(State.Seconds);
        await dueTimes.SetAsync(DueType, Id, endsAt + Settle);
        record.State = State with { Phase = BattlePhase.Running, Challenger = places[0], Opponent = places[1], StartedAt = startedAt, EndsAt = endsAt };
        await record.WriteStateAsync();
        await TryTellAsync();

        // From here on no room that knows of it becomes private. One that did before it knew has never been in it.
        var (own, other) = await AskAsync(State.Challenger.RoomId, State.Opponent.RoomId);
        if (own.Ok && other.Ok && RefusePrivate(own.Value, other.Value) is { } closed)
        {
            await EndAsync(State.Over(BattleEnding.Withdrawn, null) with { StartedAt = null });
            return closed;
        }

        Log.Began(logger, Id, State.Challenger.RoomId, State.Opponent.RoomId);
        return null;
    }

    private async Task<BattleScore> PlaceAsync(BattleScore side) => await Ledger.GetLatestGifts(side.RoomId, 1) is [.., var newest]
        ? side with { Batch = newest.Batch, Order = newest.Order, ReversedUpTo = newest.Batch - 1 }
        : side;

    private async Task<Refusal?> RefuseOfflineAsync()
    {
        var (own, other) = await AskAsync(State.Challenger.RoomId, State.Opponent.RoomId);
        return own.Refusal ?? other.Refusal ?? RefuseOffline(own.Value!, other.Value!);
    }

    private static Refusal? RefuseOffline(RoomView own, RoomView other)
    {
        if (RefusePrivate(own, other) is { } closed) { return closed; }
        var offline = !IsOn(own) ? own : !IsOn(other) ? other : null;
        return offline is null
            ? null
            : new Refusal(RefusalCode.StreamNotLive, $"{offline.Owner.Name} is not live now. A battle needs both streams.");
    }

    // Each room sees the other's owner and score, and links to it.
    private static Refusal? RefusePrivate(RoomView own, RoomView other) => own.Audience == RoomAudience.Private || other.Audience == RoomAudience.Private
        ? new Refusal(RefusalCode.BattleNotAllowed, "A battle is for everybody to see, and one of the two rooms is private. Choose public rooms.")
        : null;

    private static bool IsOn(RoomView room) => room.Stream.Phase is StreamPhase.Live or StreamPhase.Interrupted;

    private async Task<(Result<RoomView> Own, Result<RoomView> Other)> AskAsync(string roomId, string otherId)
    {
        var own = Room(roomId).Get();
        var other = await Room(otherId).Get();
        return (await own, other);
    }

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private IRoomGiftsGrain Given => GrainFactory.GetGrain<IRoomGiftsGrain>(IGiftLedgerGrain.Key);

    private IRoomGrain Room(string roomId) => GrainFactory.GetGrain<IRoomGrain>(roomId);

    private IRoomBattlesGrain Battles(string roomId) => GrainFactory.GetGrain<IRoomBattlesGrain>(roomId);

    private Refusal NotFound()
    {
        DeactivateOnIdle();
        return new Refusal(RefusalCode.BattleNotFound, "There is no such battle.");
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 4351, Level = LogLevel.Information, Message = "Battle {BattleId} of rooms {Challenger} and {Opponent} has begun")]
        public static partial void Began(ILogger logger, string battleId, string challenger, string opponent);

        [LoggerMessage(EventId = 4352, Level = LogLevel.Information, Message = "Battle {BattleId} is over: {Ending}, {Coins} to {OpponentCoins} coins")]
        public static partial void Over(ILogger logger, string battleId, BattleEnding? ending, long coins, long opponentCoins);

        [LoggerMessage(EventId = 4353, Level = LogLevel.Warning, Message = "Battle {BattleId} could not go on; it tries again")]
        public static partial void Failed(ILogger logger, Exception problem, string battleId);

        [LoggerMessage(EventId = 4354, Level = LogLevel.Warning, Message = "Room {RoomId} could not be told of battle {BattleId}; trying again")]
        public static partial void RoomNotTold(ILogger logger, Exception problem, string roomId, string battleId);
    }
}
