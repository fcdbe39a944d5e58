using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Battles;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Battles;

/// <summary>What is stored of a battle.</summary>
internal sealed record BattleRecord
{
    public BattlePhase Phase { get; init; }

    /// <summary>Of the offer.</summary>
    public long Fingerprint { get; init; }

    public BattleScore Challenger { get; init; } = BattleScore.None;

    public BattleScore Opponent { get; init; } = BattleScore.None;

    public int Seconds { get; init; }

    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>Of the offer, then of the battle.</summary>
    public DateTimeOffset EndsAt { get; init; }

    public string? WinnerRoomId { get; init; }

    public BattleEnding? Ending { get; init; }

    /// <summary>As everyone sees it.</summary>
    public BattleView ToView(string id) => new(
        id, Challenger.ToSide(), Opponent.ToSide(), Seconds, Phase, StartedAt, EndsAt, WinnerRoomId, Ending);

    /// <summary>Over, with these coins.</summary>
    public BattleRecord Over(BattleEnding ending, string? winnerRoomId) => this with { Phase = BattlePhase.Over, Ending = ending, WinnerRoomId = winnerRoomId };

    /// <summary>Over because the time was up: more coins win, as many are a draw.</summary>
    public BattleRecord Decided() => Over(
        BattleEnding.TimeUp,
        Challenger.Coins == Opponent.Coins ? null : Challenger.Coins > Opponent.Coins ? Challenger.RoomId : Opponent.RoomId);
}

/// <summary>
/// One side, and how far its room's gifts were counted: what is up to this place in the ledger is in the coins, what is not is not. The same holds
/// for what was given back.
/// </summary>
/// <param name="Coins">Below zero for a moment, when a gift that was given back is not counted yet.</param>
/// <param name="ReversedUpTo">What was given back up to this commit is taken off.</param>
internal sealed record BattleScore(string RoomId, Person Owner, long Coins, long Batch, int Order, long ReversedUpTo = 0)
{
    public static BattleScore None { get; } = new("", new Person("", ""), 0, 0, 0);

    public BattleSide ToSide() => new(RoomId, Owner, Math.Max(0, Coins));

    /// <summary>Takes off what was given back of gifts within the time.</summary>
    public BattleScore TakeOff(ReversedGifts reversed, DateTimeOffset startedAt, DateTimeOffset endsAt) => this with
    {
        Coins = Coins - reversed.Gifts.Where(gift => gift.GivenAt >= startedAt && gift.GivenAt < endsAt).Sum(gift => gift.Coins),
        ReversedUpTo = reversed.UpTo,
    };

    /// <summary>Counts gifts read after the place, in the ledger's order: those committed within the time.</summary>
    public BattleScore Count(IReadOnlyList<SettledGift> gifts, DateTimeOffset startedAt, DateTimeOffset endsAt)
    {
        var score = this;
        foreach (var gift in gifts)
        {
            if ((gift.Batch, gift.Order).CompareTo((score.Batch, score.Order)) <= 0) { continue; }
            var counts = gift.At >= startedAt && gift.At < endsAt;
            score = score with { Batch = gift.Batch, Order = gift.Order, Coins = counts ? checked(score.Coins + gift.Coins) : score.Coins };
        }

        return score;
    }
}
