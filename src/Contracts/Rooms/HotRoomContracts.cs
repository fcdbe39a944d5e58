using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Rooms;

/// <summary>So many chat messages were left out since the batch before: they are kept for moderation, but got no number.</summary>
public sealed record ChatSampled(int LeftOut) : RoomEvent;

/// <summary>Likes of the stream that runs or ran last. Newest wins.</summary>
public sealed record LikesCounted(long Total) : RoomEvent;

/// <summary>How many people took part in the stream that runs or ran last. Newest wins.</summary>
/// <param name="Chatters">Who said something.</param>
/// <param name="Gifters">Who gave something.</param>
/// <param name="Buyers">Who bought something.</param>
public sealed record EngagementCounted(int Chatters, int Gifters, int Buyers) : RoomEvent;

/// <summary>The best gifters of the stream that runs or ran last (before the first stream: of the day). Newest wins.</summary>
/// <param name="Top">Most coins first, at most <see cref="RoomLimits.TopGiftersMax"/>.</param>
public sealed record TopGiftersChanged(IReadOnlyList<Ranked> Top) : RoomEvent;

/// <summary>The goal was set, moved, was reached or is gone. Newest wins.</summary>
/// <param name="Goal">Null: there is none any more.</param>
public sealed record GoalChanged(GiftGoal? Goal) : RoomEvent;

/// <summary>People who took part, as <see cref="EngagementCounted"/> counts them.</summary>
public sealed record Engagement(int Chatters, int Gifters, int Buyers);

/// <summary>Somebody's place on a leaderboard.</summary>
/// <param name="Coins">Given in the period, less what was given back.</param>
public sealed record Ranked(Person Person, long Coins);

/// <summary>What the owner wants to reach together with the room.</summary>
/// <param name="Coins">Given since the goal was set, less what was given back; may be more than the target.</param>
/// <param name="ReachedAt">When it was reached, once and for all; null while it is not.</param>
public sealed record GiftGoal(string GoalId, string Title, long TargetCoins, long Coins, DateTimeOffset? ReachedAt);

/// <summary>What the owner says about a goal.</summary>
/// <param name="TargetCoins">1 to <see cref="RoomLimits.GoalCoinsMax"/>.</param>
public sealed record GoalDetails(string Title, long TargetCoins);

/// <summary>Since when a leaderboard counts.</summary>
public enum LeaderboardPeriod
{
    /// <summary>The beginning of the stream that runs or ran last.</summary>
    Stream = 0,

    /// <summary>Midnight, UTC.</summary>
    Day = 1,

    /// <summary>Monday's midnight, UTC.</summary>
    Week = 2,
}

/// <summary>Who gave most in a room.</summary>
/// <param name="From">Since when; null when there was no stream yet.</param>
/// <param name="Top">Most coins first, at most <see cref="RoomLimits.LeaderboardMax"/>; of equals, who was there first.</param>
public sealed record Leaderboard(LeaderboardPeriod Period, DateTimeOffset? From, IReadOnlyList<Ranked> Top);
