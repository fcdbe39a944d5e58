using System.Collections.Frozen;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Gifts;

/// <summary>How the coins of a gift are shared. Each version stays as it is for good: entries name the one they were made with.</summary>
internal static class GiftShares
{
    /// <summary>The version that new gifts get.</summary>
    public const int CurrentRate = 1;

    private const long Whole = 10_000;

    /// <summary>The streamer's part of a gift by version, in 1/10,000. The platform takes the remainder, roundings included.</summary>
    private static readonly FrozenDictionary<int, long> StreamerParts = new Dictionary<int, long> { [1] = 5_000 }.ToFrozenDictionary();

    /// <summary>The credits of a gift; they sum to <paramref name="coins"/>.</summary>
    public static IReadOnlyList<LedgerLeg> Split(string ownerId, long coins, int rate)
    {
        var streamer = coins * StreamerParts[rate] / Whole;
        return
        [
            new LedgerLeg(LedgerAccount.Earnings(ownerId), streamer),
            new LedgerLeg(LedgerAccount.Fee(LedgerUnit.Coins), coins - streamer),
        ];
    }
}
