using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Silo.Rooms;

/// <summary>A goal as it is stored. Its coins are the ledger's sum since it began; a part of it that does not change any more is kept.</summary>
/// <param name="Mark">Null: the sum is read from the beginning.</param>
internal sealed record GoalState(
    string GoalId, string Title, long TargetCoins, DateTimeOffset BeganAt, DateTimeOffset? ReachedAt, GoalMark? Mark = null);

/// <summary>What the ledger's sum was up to a place in its order: from there on it is read.</summary>
internal sealed record GoalMark(long Coins, long Batch, int Order)
{
    /// <summary>Nothing yet.</summary>
    public static GoalMark Start { get; } = new(0, 0, 0);

    /// <summary>Where it ends.</summary>
    public GivenPlace Place => new(Batch, Order);
}

/// <summary>
/// How far a goal has come. As with <see cref="GiftBoard"/>, what was given before the room woke is read from the ledger, and what
/// is given after is counted: nothing is counted twice, whenever the room was last stored.
/// </summary>
/// <param name="isComplete">Whether nothing was given to it before.</param>
internal sealed class GoalCount(GoalState goal, bool isComplete)
{
    private long _coins;

    /// <summary>Which goal this is about.</summary>
    public string GoalId => goal.GoalId;

    /// <summary>Since when gifts count.</summary>
    public DateTimeOffset From => goal.BeganAt;

    /// <summary>Whether what was given before the room woke is in.</summary>
    public bool IsComplete { get; private set; } = isComplete;

    /// <summary>Coins given, less what was given back.</summary>
    public long Coins => Math.Max(0, _coins);

    /// <summary>A gift was committed.</summary>
    /// <returns>Whether it counts.</returns>
    public bool Count(SettledGift gift)
    {
        if (gift.At < goal.BeganAt) { return false; }

        _coins += gift.Coins;
        return true;
    }

    /// <summary>Some of a gift was given back.</summary>
    public bool TakeOff(ReversedGift reversed)
    {
        if (reversed.GivenAt < goal.BeganAt) { return false; }

        _coins -= reversed.Coins;
        return true;
    }

    /// <summary>What was given before the room woke.</summary>
    public void Merge(long before)
    {
        _coins += before;
        IsComplete = true;
    }

    /// <summary>As everyone sees it.</summary>
    public GiftGoal View(GoalState now) => new(now.GoalId, now.Title, now.TargetCoins, Coins, now.ReachedAt);
}
