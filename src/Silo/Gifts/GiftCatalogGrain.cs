using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;

namespace LiveCommerce.Silo.Gifts;

/// <summary>Serves the panel of gifts.</summary>
internal sealed class GiftCatalogGrain : Grain, IGiftCatalogGrain
{
    public ValueTask<IReadOnlyList<GiftItem>> List() => ValueTask.FromResult(GiftCatalog.Items);
}
