using LiveCommerce.Contracts.Agencies;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Gifts;

/// <summary>How the coins of a gift are shared at a rate.</summary>
internal static class GiftShares
{
    private const long Whole = 10_000;

    /// <summary>The credits of a gift; they sum to <paramref name="coins"/>. The platform takes the remainder of the roundings.</summary>
    public static IReadOnlyList<LedgerLeg> Split(string streamerId, long coins, ShareRate rate)
    {
        var streamer = coins * rate.StreamerPart / Whole;
        var agency = coins * rate.AgencyPart / Whole;
        var credits = new List<LedgerLeg>(3)
        {
            new(LedgerAccount.Earnings(streamerId), streamer),
            new(LedgerAccount.Fee(LedgerUnit.Coins), coins - streamer - agency),
        };
        if (rate.AgencyId is not null) { credits.Add(new LedgerLeg(LedgerAccount.Agency(rate.AgencyId, LedgerUnit.Coins), agency)); }
        return credits;
    }
}
