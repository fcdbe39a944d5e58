using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Silo.Gifts.Cards;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Serves the panel of gifts.</summary>
internal sealed class GiftCatalogGrain(IOptions<CardGiftOptions> cards) : Grain, IGiftCatalogGrain
{
    public ValueTask<IReadOnlyList<GiftItem>> List() => ValueTask.FromResult(GiftCatalog.Items);

    public ValueTask<CardGiftOffer> GetCardOffer() => ValueTask.FromResult(new CardGiftOffer(
        cards.Value.CoinsMin, cards.Value.CoinsMax, GiftCatalog.MinorPerHundredCoins, GiftCatalog.Currency));
}
