using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads what was given in a room, less what was given back. Key: the ledger shard (<c>0</c> today).</summary>
/// <remarks>Times are those of the ledger's commits (<see cref="Gifts.SettledGift.At"/>).</remarks>
public interface IRoomGiftsGrain : IGrainWithStringKey
{
    /// <summary>Coins given in a room from one moment on and before another, less all that was given back of them until now.</summary>
    [AlwaysInterleave]
    ValueTask<long> Sum(string roomId, DateTimeOffset from, DateTimeOffset until);

    /// <summary>
    /// Coins given in a room since a moment, from one place in the ledger's order to another: the gifts after the first up to the second, less what was
    /// given back, of these and of earlier ones, in the commits from the first place's on and before the second's. So sums of neighbouring stretches add up.
    /// </summary>
    /// <param name="after">The beginning is <see cref="GivenPlace.First"/>.</param>
    [AlwaysInterleave]
    ValueTask<long> SumBetween(string roomId, DateTimeOffset since, GivenPlace after, GivenPlace upTo);

    /// <summary>
    /// Who gave how much since a moment, most first, at most <see cref="RoomGiftsLimits.SendersMax"/>: the gifts up to a place in
    /// the ledger's order, less what was given back of them in the commits before that place's commit.
    /// </summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<GivenInRoom>> GetSenders(string roomId, DateTimeOffset since, long batch, int order);

    /// <summary>What was given back of gifts in a room in the commits after one, oldest first.</summary>
    [AlwaysInterleave]
    ValueTask<ReversedGifts> GetReversed(string roomId, long afterBatch);
}

/// <summary>A place in the ledger's order.</summary>
public readonly record struct GivenPlace(long Batch, int Order)
{
    /// <summary>Before everything.</summary>
    public static GivenPlace First => default;
}

/// <summary>What somebody gave in a room.</summary>
/// <param name="LastBatch">Commit of the newest of these gifts …</param>
/// <param name="LastOrder">… and its place in it.</param>
public sealed record GivenInRoom(Person Sender, long Coins, long LastBatch, int LastOrder);

/// <summary>A page of what was given back.</summary>
/// <param name="UpTo">The commit up to which this is all there is: where the next page begins.</param>
/// <param name="HasMore">There is more behind it already.</param>
public sealed record ReversedGifts(long UpTo, bool HasMore, IReadOnlyList<ReversedGift> Gifts);

/// <summary>A gift of which something was given back.</summary>
/// <param name="Coins">How much, by this one reversal.</param>
/// <param name="GivenAt">When the gift was committed.</param>
public sealed record ReversedGift(string SenderId, long Coins, DateTimeOffset GivenAt);

/// <summary>Bounds of the readings.</summary>
public static class RoomGiftsLimits
{
    /// <summary>Senders of one reading.</summary>
    public const int SendersMax = 100_000;
}
