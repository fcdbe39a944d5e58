using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>Tells what can be bought.</summary>
internal sealed class TopUpCatalogGrain(IOptions<PaymentsOptions> options) : Grain, ITopUpCatalogGrain
{
    private static readonly IReadOnlyList<TestCard> TestCards =
    [
        new("pm_card_visa", "Visa: pays at once"),
        new("pm_card_chargeDeclined", "Visa: is declined"),
        new("pm_card_chargeDeclinedInsufficientFunds", "Visa: has too little money"),
        new("pm_card_authenticationRequired", "Visa: asks for confirmation (3-D Secure)"),
        new("pm_card_createDispute", "Visa: works, and is disputed afterwards"),
    ];

    public ValueTask<TopUpOffer> Get()
    {
        var sandbox = options.Value.Sandbox;
        return ValueTask.FromResult(new TopUpOffer(
            TopUpPrices.Packs, TopUpPrices.CoinsMin, TopUpPrices.CoinsMax, TopUpPrices.MinorPerHundredCoins, TopUpPrices.Currency,
            sandbox, sandbox ? TestCards : []));
    }
}
