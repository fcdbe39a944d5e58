using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments;

/// <summary>What coins cost, in US cents.</summary>
internal static class TopUpPrices
{
    public const string Currency = "usd";

    /// <summary>The price of 100 coins of an exact amount; what is less than a cent is rounded up.</summary>
    public const long MinorPerHundredCoins = 129;

    /// <summary>The least that can be bought: below, the provider does not take the amount.</summary>
    public const long CoinsMin = 50;

    /// <summary>The most that can be bought at once.</summary>
    public const long CoinsMax = 100_000;

    /// <summary>Bigger packs are a little cheaper.</summary>
    public static readonly IReadOnlyList<CoinPack> Packs =
    [
        new("coins-100", 100, 129),
        new("coins-500", 500, 635),
        new("coins-1000", 1_000, 1_249),
        new("coins-5000", 5_000, 6_190),
        new("coins-10000", 10_000, 12_290),
        new("coins-50000", 50_000, 60_990),
    ];

    /// <summary>The coins and the price of a request: a pack or an exact amount, not both.</summary>
    public static Result<CoinPack> Find(string? packId, long? coins)
    {
        if (packId is not null)
        {
            return coins is null && Packs.FirstOrDefault(pack => pack.PackId == packId) is { } found
                ? found
                : new Refusal(RefusalCode.PackUnknown, "This pack is not offered. Reload the offer and choose another.");
        }

        if (coins is not (>= CoinsMin and <= CoinsMax))
        {
            return new Refusal(RefusalCode.AmountNotAllowed, $"You can buy {CoinsMin} to {CoinsMax:N0} coins at once. Choose an amount between.")
            {
                Amounts = new Dictionary<string, long> { ["min"] = CoinsMin, ["max"] = CoinsMax },
            };
        }

        return new CoinPack("exact", coins.Value, ((coins.Value * MinorPerHundredCoins) + 99) / 100);
    }
}
