using System.Collections.Immutable;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Shop;

/// <summary>What is stored of a product.</summary>
internal sealed record ProductRecord
{
    public Person Seller { get; init; } = new("", "");

    /// <summary>What it was made with: tells a repeated creation from another one.</summary>
    public ProductDetails? CreatedWith { get; init; }

    public string Title { get; init; } = "";

    public string? PictureId { get; init; }

    public long PriceMinor { get; init; }

    public string Currency { get; init; } = "";

    /// <summary>Items that can be bought now: without those that are held.</summary>
    public int Stock { get; init; }

    public long Sold { get; init; }

    /// <summary>The room that shows it, if any.</summary>
    public string? RoomId { get; init; }

    /// <summary>Items kept for orders that are being paid, by order id.</summary>
    public ImmutableDictionary<string, HeldItems> Held { get; init; } = ImmutableDictionary<string, HeldItems>.Empty;

    /// <summary>Sold orders that may still ask again, by order id.</summary>
    public ImmutableDictionary<string, int> Committed { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>Refunds that may still ask again, with the items that were taken back, by refund id.</summary>
    public ImmutableDictionary<string, int> TakenBack { get; init; } = ImmutableDictionary<string, int>.Empty;

    public ProductCard ToCard(string id) => new(id, Seller, Title, PictureId, PriceMinor, Currency, Stock, Sold);
}

/// <summary>Items kept for one order.</summary>
internal sealed record HeldItems(int Quantity, DateTimeOffset ExpiresAt);
