using System.Collections.Concurrent;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>One product against its orders: what is sold was paid for, what was paid for is sold, and the stock fell by exactly that.</summary>
/// <param name="productId">The product.</param>
/// <param name="stockBefore">Before the first order.</param>
internal sealed class StockProof(string productId, int stockBefore)
{
    private readonly ConcurrentDictionary<string, (OrderState State, int Quantity)> _orders = new(StringComparer.Ordinal);

    public string ProductId => productId;

    /// <summary>Orders that were answered.</summary>
    public int Count => _orders.Count;

    /// <summary>An order as the server tells it.</summary>
    public void Told(OrderView order) => _orders[order.OrderId] = (order.State, order.Quantity);

    /// <summary>Orders whose end is not known yet.</summary>
    public IEnumerable<string> Open => _orders.Where(order => order.Value.State is OrderState.Reserved or OrderState.Paying or OrderState.RequiresAction).Select(order => order.Key);

    /// <summary>The verdict.</summary>
    /// <returns>What is wrong, in words; null when all is right.</returns>
    public string? Problem(ProductCard card)
    {
        var paid = _orders.Values.Where(order => order.State is OrderState.Paid or OrderState.Fulfilled or OrderState.Delivered or OrderState.Released).Sum(order => (long)order.Quantity);
        var kept = _orders.Values.Where(order => order.State is OrderState.Reserved or OrderState.Paying or OrderState.RequiresAction).Sum(order => (long)order.Quantity);
        return card.Sold != paid ? $"{card.Title}: {card.Sold} are sold and {paid} were paid for"
            : card.Stock + card.Sold + kept != stockBefore ? $"{card.Title}: of {stockBefore} there are {card.Stock} left, {card.Sold} sold and {kept} kept for orders"
            : null;
    }
}
