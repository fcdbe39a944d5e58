using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Products and orders as rooms and viewers see them: what the shop would answer, put there by the test.</summary>
internal sealed class Shelf
{
    public ConcurrentDictionary<string, ProductCard> Products { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, string?> ShownIn { get; } = new(StringComparer.Ordinal);

    public ConcurrentDictionary<string, OrderView> Orders { get; } = new(StringComparer.Ordinal);

    public ProductCard Put(string productId, string seller, int stock = 10) => Products[productId] = new ProductCard(
        productId, RoomScenario.Who(seller), $"Title of {productId}", null, 1_250, "usd", stock, 0);
}

internal sealed class ShelfProductGrain(Shelf shelf) : Grain, IProductGrain
{
    public ValueTask<Result<ProductCard>> Get() => ValueTask.FromResult<Result<ProductCard>>(
        shelf.Products.TryGetValue(GetPrimaryKeyString(), out var card)
            ? card
            : new Refusal(RefusalCode.ProductNotFound, "There is no such product."));

    public ValueTask ShownIn(string? roomId)
    {
        shelf.ShownIn[GetPrimaryKeyString()] = roomId;
        return ValueTask.CompletedTask;
    }

    public ValueTask<Result<ProductCard>> Create(Person seller, ProductDetails details) => throw new NotSupportedException();

    public ValueTask<Result<ProductCard>> Update(Caller caller, ProductDetails details) => throw new NotSupportedException();

    public ValueTask<Result<Reservation>> Reserve(string orderId, int quantity, long unitPriceMinor) => throw new NotSupportedException();

    public ValueTask<Result<Sold>> Commit(string orderId, int quantity) => throw new NotSupportedException();

    public ValueTask Release(string orderId) => throw new NotSupportedException();

    public ValueTask Close(string orderId) => throw new NotSupportedException();
}

internal sealed class ShelfOrderGrain(Shelf shelf) : Grain, IOrderGrain
{
    public ValueTask<Result<OrderView>> Get(Caller caller) => ValueTask.FromResult<Result<OrderView>>(
        shelf.Orders.TryGetValue(GetPrimaryKeyString(), out var order) && order.Buyer.Id == caller.Id
            ? order
            : new Refusal(RefusalCode.OrderNotFound, "There is no such order."));

    public ValueTask<Result<OrderView>> Place(Caller buyer, PlaceOrder order) => throw new NotSupportedException();

    public ValueTask PaymentMoved(PaymentNews news) => throw new NotSupportedException();

    public ValueTask OnDue() => throw new NotSupportedException();
}
