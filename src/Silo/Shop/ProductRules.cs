using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Shop;

/// <summary>What a product may be.</summary>
internal static class ProductRules
{
    /// <summary>The one currency of today.</summary>
    public const string Currency = "usd";

    public const long PriceMin = 50;
    public const long PriceMax = 99_999_999;
    public const int StockMax = 1_000_000;

    /// <summary>Why the details are not taken; null when they are.</summary>
    public static Refusal? Check(ProductDetails details)
    {
        if (string.IsNullOrWhiteSpace(details.Title) || details.Title.Length > ShopLimits.TitleLengthMax || details.Title.Any(char.IsControl))
        {
            return Invalid($"A product needs a title of 1 to {ShopLimits.TitleLengthMax} characters. Change it and try again.");
        }

        if (details.PriceMinor is < PriceMin or > PriceMax)
        {
            return Invalid("The price must be between $0.50 and $999,999.99. Change it and try again.");
        }

        if (details.Currency != Currency) { return Invalid("Prices are in US dollars (usd) for now. Change the currency and try again."); }
        if (details.Stock is < 0 or > StockMax) { return Invalid("The stock must be between 0 and 1,000,000. Change it and try again."); }

        return details.PictureId is null || Guid.TryParseExact(details.PictureId, "N", out _)
            ? null
            : Invalid("The picture is not one that was uploaded here. Upload it again.");
    }

    private static Refusal Invalid(string message) => new(RefusalCode.ProductInvalid, message);
}
