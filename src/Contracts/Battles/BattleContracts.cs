using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Battles;

/// <summary>One battle of two rooms: the gifts of each within its time are its score. Key: the battle's id, which is the request's key.</summary>
public interface IBattleGrain : IGrainWithStringKey
{
    /// <summary>Offers a battle to another room. The owner of <paramref name="roomId"/> only. A repeat with the same content gets the battle as it is.</summary>
    ValueTask<Result<BattleView>> Offer(Caller caller, string roomId, OfferBattle offer);

    /// <summary>Takes the offer, and the time begins; or declines it. The opponent's owner only. Idempotent.</summary>
    ValueTask<Result<BattleView>> Answer(Caller caller, bool accept);

    /// <summary>Gives up (the other room wins), or takes an offer back. An owner of one of the rooms. Idempotent.</summary>
    ValueTask<Result<BattleView>> End(Caller caller);

    /// <summary>The battle as it is.</summary>
    [AlwaysInterleave]
    ValueTask<Result<BattleView>> Get();

    /// <summary>Counts, and decides what time has decided. Called by the table of due times.</summary>
    ValueTask OnDue();
}

/// <summary>The battle that a room is in. Key: the room id.</summary>
public interface IRoomBattlesGrain : IGrainWithStringKey
{
    /// <summary>Takes the room for a battle of its own offer, or refuses: one at a time. Idempotent.</summary>
    ValueTask<Result<Done>> Take(string battleId);

    /// <summary>Takes the room for a battle that it was offered and accepts. An offer of its own that nobody has accepted gives way. Idempotent.</summary>
    ValueTask<Result<Done>> Accept(string battleId);

    /// <summary>
    /// The room is offered a battle: refused while it is in one, or has <see cref="BattleLimits.OffersMax"/> to answer. An offer takes no place: the
    /// room may offer, and accept, another. Idempotent.
    /// </summary>
    ValueTask<Result<Done>> Receive(string battleId);

    /// <summary>The room is free again, if it was taken by this battle. Idempotent.</summary>
    ValueTask Leave(string battleId);

    /// <summary>The battle that the room is in or has offered, or else the newest one that it was offered; null: none.</summary>
    [AlwaysInterleave]
    ValueTask<BattleView?> GetCurrent();
}

/// <summary>A challenge.</summary>
/// <param name="Seconds"><see cref="BattleLimits.SecondsMin"/> to <see cref="BattleLimits.SecondsMax"/>, from the moment it is accepted.</param>
public sealed record OfferBattle(string OpponentRoomId, int Seconds);

/// <summary>A battle as everyone sees it.</summary>
/// <param name="Challenger">Whose owner has offered it.</param>
/// <param name="StartedAt">When it was accepted; null before.</param>
/// <param name="EndsAt">Of an offer: until when it can be accepted. Of a battle: the first moment whose gifts no longer count.</param>
/// <param name="WinnerRoomId">Null: not over, a draw, or never begun.</param>
/// <param name="Ending">Why it is over; null while it is not.</param>
public sealed record BattleView(
    string BattleId, BattleSide Challenger, BattleSide Opponent, int Seconds, BattlePhase Phase, DateTimeOffset? StartedAt, DateTimeOffset EndsAt,
    string? WinnerRoomId, BattleEnding? Ending);

/// <summary>One of the two.</summary>
/// <param name="Coins">Of the gifts that the ledger has committed in this room within the time, less what was given back of them while the battle ran.</param>
public sealed record BattleSide(string RoomId, Person Owner, long Coins);

/// <summary>Where a battle is.</summary>
public enum BattlePhase
{
    Offered = 0,

    /// <summary>Also the moments after the end in which the last gifts are counted.</summary>
    Running = 1,
    Over = 2,
}

/// <summary>Why a battle is over.</summary>
public enum BattleEnding
{
    /// <summary>The time was up: the coins decided.</summary>
    TimeUp = 0,

    /// <summary>One owner gave up.</summary>
    Conceded = 1,

    /// <summary>One room's broadcast was gone for too long.</summary>
    WentOffline = 2,

    /// <summary>The opponent did not want to.</summary>
    Declined = 3,

    /// <summary>The opponent did not answer.</summary>
    Unanswered = 4,

    /// <summary>The challenger took the offer back.</summary>
    Withdrawn = 5,
}

/// <summary>Bounds of battles.</summary>
public static class BattleLimits
{
    /// <summary>Shortest battle, in seconds.</summary>
    public const int SecondsMin = 60;

    /// <summary>Longest battle, in seconds.</summary>
    public const int SecondsMax = 600;

    /// <summary>Offers of others that a room has to answer at a time.</summary>
    public const int OffersMax = 5;
}
