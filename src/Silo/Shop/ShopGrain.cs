using System.Collections.Immutable;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Shop;

/// <summary>What is stored of a shop, each list oldest first.</summary>
internal sealed record ShopRecord
{
    public ImmutableList<string> Products { get; init; } = [];

    public ImmutableList<string> Orders { get; init; } = [];
}

/// <summary>Which products and orders a seller has; what they are is asked of them.</summary>
internal sealed class ShopGrain([PersistentState("shop")] IPersistentState<ShopRecord> record) : Grain, IShopGrain
{
    /// <summary>Orders that are listed and kept here; older ones are still found by their id.</summary>
    private const int OrdersMax = 100;

    /// <summary>Grains that are asked at the same time.</summary>
    private const int AtOnceMax = 50;

    public async ValueTask<IReadOnlyList<ProductCard>> List() =>
        await AskAsync(record.State.Products, id => GrainFactory.GetGrain<IProductGrain>(id).Get());

    public async ValueTask<Result<Done>> Add(string productId)
    {
        var products = record.State.Products;
        if (products.Contains(productId)) { return Done.Value; }
        if (products.Count >= ShopLimits.ProductsPerSellerMax)
        {
            return new Refusal(RefusalCode.LimitReached, $"A seller can have {ShopLimits.ProductsPerSellerMax} products. Change one of them instead.");
        }

        record.State = record.State with { Products = products.Add(productId) };
        await record.WriteStateAsync();
        return Done.Value;
    }

    public async ValueTask AddOrder(string orderId)
    {
        var orders = record.State.Orders;
        if (orders.Contains(orderId)) { return; }
        record.State = record.State with { Orders = orders.Add(orderId).RemoveRange(0, Math.Max(0, orders.Count + 1 - OrdersMax)) };
        await record.WriteStateAsync();
    }

    public async ValueTask<IReadOnlyList<OrderView>> GetOrders()
    {
        // The orders know their seller by the id; the name is not asked for.
        var seller = new Caller(new Person(GetPrimaryKeyString(), ""), PlatformRole.Member);
        return await AskAsync(record.State.Orders, id => GrainFactory.GetGrain<IOrderGrain>(id).Get(seller));
    }

    /// <summary>Asks all, newest first; who refuses (never made) is left out.</summary>
    private static async Task<IReadOnlyList<T>> AskAsync<T>(ImmutableList<string> ids, Func<string, ValueTask<Result<T>>> ask)
        where T : class
    {
        var answers = new List<T>(ids.Count);
        foreach (var some in Enumerable.Reverse(ids).Chunk(AtOnceMax))
        {
            foreach (var answer in await Task.WhenAll(some.Select(id => ask(id).AsTask())))
            {
                if (answer.Ok) { answers.Add(answer.Value); }
            }
        }

        return answers;
    }
}
