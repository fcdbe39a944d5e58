using LiveCommerce.Actors;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Reads who gave how much to whom. Key: the ledger shard (<c>0</c> today).</summary>
public interface IGivenGiftsGrain : IGrainWithStringKey
{
    /// <summary>
    /// What an account gave since a moment, by receiver and day (UTC): gifts, and shares of red packets. What is still in packets has no
    /// receiver; what went back was not given.
    /// </summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<GivenGifts>> Get(string accountId, DateTimeOffset since);

    /// <summary>The red packets that an account has sent or had a share of since a moment, oldest first.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<PacketPart>> GetPackets(string accountId, DateTimeOffset since);
}

/// <summary>What somebody had to do with a red packet.</summary>
/// <param name="Sent">Sent it; else: had a share of it.</param>
/// <param name="Left">Coins that are still in it.</param>
public sealed record PacketPart(string PacketId, bool Sent, DateTimeOffset At, long Left);

/// <summary>Coins that went from one account to another in one day.</summary>
/// <param name="ReceiverId">Empty: nobody has them yet.</param>
public sealed record GivenGifts(string ReceiverId, DateOnly Day, long Coins);
