using LiveCommerce.Actors;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>Tells what can be bought.</summary>
internal sealed class TopUpCatalogGrain(IOptions<PaymentsOptions> options, SandboxCards cards) : Grain, ITopUpCatalogGrain
{
    public async ValueTask<TopUpOffer> Get() => new(
        TopUpPrices.Packs, TopUpPrices.CoinsMin, TopUpPrices.CoinsMax, TopUpPrices.MinorPerHundredCoins, TopUpPrices.Currency,
        options.Value.Sandbox, await cards.ListAsync());
}
