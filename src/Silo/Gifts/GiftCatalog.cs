using System.Collections.Frozen;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Silo.Gifts;

/// <summary>The gifts that can be sent, cheapest first. Names of gifts stand in the ledger: they are never reused.</summary>
internal static class GiftCatalog
{
    /// <summary>What 100 coins of an exact amount cost, in minor units: for the money shown beside the coins. A test keeps it equal to the top-up's.</summary>
    public const long MinorPerHundredCoins = 129;

    /// <summary>The currency of that.</summary>
    public const string Currency = "usd";

    private static readonly FrozenDictionary<string, GiftItem> ById;

    static GiftCatalog()
    {
        Items =
        [
            Item("heart", "Heart", "❤️", 1, 1),
            Item("rose", "Rose", "🌹", 5, 1),
            Item("coffee", "Coffee", "☕\uFE0F", 20, 1),
            Item("applause", "Applause", "👏", 50, 1),
            Item("cake", "Cake", "🎂", 99, 2),
            Item("lantern", "Lantern", "🏮", 199, 2),
            Item("crown", "Crown", "👑", 520, 2),
            Item("fireworks", "Fireworks", "🎆", 999, 3),
            Item("rocket", "Rocket", "🚀", 2_999, 3),
            Item("castle", "Castle", "🏰", 9_999, 4),
            Item("galaxy", "Galaxy", "🌌", 19_999, 4),
        ];
        ById = Items.ToFrozenDictionary(item => item.GiftId, StringComparer.Ordinal);
    }

    /// <summary>The panel.</summary>
    public static IReadOnlyList<GiftItem> Items { get; }

    /// <summary>A gift; null when there is none of that name.</summary>
    public static GiftItem? Find(string? giftId) => giftId is null ? null : ById.GetValueOrDefault(giftId);

    /// <summary>How much stage a gift gets; the least for one that is no longer in the catalog.</summary>
    public static int TierOf(string giftId) => Find(giftId)?.Tier ?? 1;

    /// <summary>What so many coins cost in money; what is less than a minor unit is rounded up.</summary>
    public static long PriceOf(long coins) => ((coins * MinorPerHundredCoins) + 99) / 100;

    private static GiftItem Item(string id, string name, string icon, long price, int tier) =>
        new(id, name, icon, price, PriceOf(price), Currency, tier);
}
