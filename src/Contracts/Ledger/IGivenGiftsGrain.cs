using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads who gave how much to whom. Key: the ledger shard (<c>0</c> today).</summary>
public interface IGivenGiftsGrain : IGrainWithStringKey
{
    /// <summary>What an account gave since a moment, by receiver and day (UTC).</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<GivenGifts>> Get(string accountId, DateTimeOffset since);
}

/// <summary>Coins that went from one account to another's rooms in one day.</summary>
public sealed record GivenGifts(string ReceiverId, DateOnly Day, long Coins);
