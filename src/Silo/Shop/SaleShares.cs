namespace LiveCommerce.Silo.Shop;

/// <summary>How the money of a sale is shared. A new rate gets a new version; old sales keep theirs.</summary>
internal static class SaleShares
{
    /// <summary>Stored with every sale.</summary>
    public const int RateVersion = 1;

    /// <summary>The platform's fee in hundredths of a percent: 5 %.</summary>
    public const int FeeBasisPoints = 500;

    private const int Whole = 10_000;

    /// <summary>The seller's and the platform's part; together the total. The platform takes the remainder of the rounding.</summary>
    public static (long Seller, long Platform) Of(long totalMinor)
    {
        var seller = totalMinor * (Whole - FeeBasisPoints) / Whole;
        return (seller, totalMinor - seller);
    }
}
