using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Shop;

/// <summary>One product. Every change of the stock is a turn of this grain, durable before it is told.</summary>
internal sealed class ProductGrain(
    [PersistentState("product")] IPersistentState<ProductRecord> record, IOptions<ShopOptions> options) : Grain, IProductGrain
{
    /// <summary>Orders that may hold items at once: bounds the state that every change writes.</summary>
    public const int HeldMax = 5_000;

    private string Id => GetPrimaryKeyString();

    private ProductCard Card => record.State.ToCard(Id);

    public async ValueTask<Result<ProductCard>> Create(Person seller, ProductDetails details)
    {
        if (record.RecordExists)
        {
            return record.State.Seller.Id == seller.Id && record.State.CreatedWith == details
                ? Card
                : new Refusal(RefusalCode.KeyReused, "This key was used for another product. Start again with a new one.");
        }

        if (ProductRules.Check(details) is { } refusal) { return refusal; }

        // Listed first: a product that is listed and not made is skipped, one that is made and not listed would be lost.
        var listed = await GrainFactory.GetGrain<IShopGrain>(seller.Id).Add(Id);
        if (!listed.Ok) { return listed.Refusal; }

        await StoreAsync(With(new ProductRecord { Seller = seller, CreatedWith = details }, details));
        return Card;
    }

    public async ValueTask<Result<ProductCard>> Update(Caller caller, ProductDetails details)
    {
        if (!record.RecordExists) { return NotFound(); }
        if (record.State.Seller.Id != caller.Id)
        {
            return new Refusal(RefusalCode.NotProductOwner, "Only the seller can change a product.");
        }

        if (ProductRules.Check(details) is { } refusal) { return refusal; }

        // Equal to what is asked for: a repeat of a change whose answer was lost.
        if (details.StockSeen is { } seen && seen != record.State.Stock && details.Stock != record.State.Stock) { return StockChanged(); }

        await StoreAsync(With(record.State, details));
        await TellRoomAsync();
        return Card;
    }

    public ValueTask<Result<ProductCard>> Get() => ValueTask.FromResult<Result<ProductCard>>(record.RecordExists ? Card : NotFound());

    public async ValueTask<Result<Reservation>> Reserve(string orderId, int quantity, long unitPriceMinor)
    {
        var state = record.State;
        if (!record.RecordExists) { return NotFound(); }
        if (state.Held.TryGetValue(orderId, out var held)) { return new Reservation(Card, held.Quantity, held.ExpiresAt); }
        if (state.Committed.TryGetValue(orderId, out var sold)) { return new Reservation(Card, sold, Time.GetUtcNow()); }
        if (quantity is < 1 or > ShopLimits.QuantityPerOrderMax)
        {
            return new Refusal(RefusalCode.AmountNotAllowed, $"You can buy 1 to {ShopLimits.QuantityPerOrderMax} items at once. Change the number.")
            {
                Amounts = new Dictionary<string, long> { ["quantity"] = quantity, ["max"] = ShopLimits.QuantityPerOrderMax },
            };
        }

        if (unitPriceMinor != state.PriceMinor)
        {
            return new Refusal(RefusalCode.PriceChanged, "The price has changed while you were looking. See the new one and decide again.")
            {
                Amounts = new Dictionary<string, long> { ["price"] = state.PriceMinor, ["seen"] = unitPriceMinor },
            };
        }

        if (quantity > state.Stock) { return OutOfStock(quantity); }
        if (state.Held.Count >= HeldMax)
        {
            return new Refusal(RefusalCode.Busy, "Very many are buying this just now. Try again in a moment.") { RetryAfterMs = 1_000 };
        }

        var items = new HeldItems(quantity, Time.GetUtcNow() + TimeSpan.FromMinutes(options.Value.ReservationMinutes));
        await StoreAsync(state with { Stock = state.Stock - quantity, Held = state.Held.Add(orderId, items) });
        await TellRoomAsync();
        return new Reservation(Card, quantity, items.ExpiresAt);
    }

    public async ValueTask<Result<Sold>> Commit(string orderId, int quantity)
    {
        var state = record.State;
        if (!record.RecordExists) { return NotFound(); }
        if (state.Committed.ContainsKey(orderId)) { return new Sold(Card); }

        if (state.Held.TryGetValue(orderId, out var held))
        {
            state = state with { Held = state.Held.Remove(orderId), Sold = state.Sold + held.Quantity, Committed = state.Committed.Add(orderId, held.Quantity) };
        }
        else if (quantity >= 1 && quantity <= state.Stock)
        {
            state = state with { Stock = state.Stock - quantity, Sold = state.Sold + quantity, Committed = state.Committed.Add(orderId, quantity) };
        }
        else
        {
            return OutOfStock(quantity);
        }

        await StoreAsync(state);
        await TellRoomAsync();
        return new Sold(Card);
    }

    public async ValueTask Release(string orderId)
    {
        if (!record.State.Held.TryGetValue(orderId, out var held)) { return; }
        await StoreAsync(record.State with { Stock = record.State.Stock + held.Quantity, Held = record.State.Held.Remove(orderId) });
        await TellRoomAsync();
    }

    public async ValueTask TakeBack(string refundId, int items, bool restock)
    {
        var state = record.State;
        if (!record.RecordExists || state.TakenBack.ContainsKey(refundId)) { return; }
        await StoreAsync(state with
        {
            Sold = Math.Max(0, state.Sold - items),
            Stock = restock ? Math.Min(ProductRules.StockMax, state.Stock + items) : state.Stock,
            TakenBack = state.TakenBack.Add(refundId, items),
        });
        await TellRoomAsync();
    }

    public async ValueTask Close(string id)
    {
        if (!record.State.Committed.ContainsKey(id) && !record.State.TakenBack.ContainsKey(id)) { return; }
        await StoreAsync(record.State with { Committed = record.State.Committed.Remove(id), TakenBack = record.State.TakenBack.Remove(id) });
    }

    public async ValueTask ShownIn(string? roomId)
    {
        if (!record.RecordExists || record.State.RoomId == roomId) { return; }
        await StoreAsync(record.State with { RoomId = roomId });
    }

    private static ProductRecord With(ProductRecord product, ProductDetails details) => product with
    {
        Title = details.Title.Trim(),
        PictureId = details.PictureId,
        PriceMinor = details.PriceMinor,
        Currency = details.Currency,
        Stock = details.Stock,
    };

    private Refusal NotFound()
    {
        DeactivateOnIdle(); // who asks for products that do not exist shall not fill the memory
        return new Refusal(RefusalCode.ProductNotFound, "This product does not exist (any more). Look for another.");
    }

    private Refusal StockChanged() =>
        new(RefusalCode.StockChanged, $"Items were sold while you were writing: the stock is now {record.State.Stock}. Set it anew and save again.")
        {
            Amounts = new Dictionary<string, long> { ["stock"] = record.State.Stock },
        };

    private Refusal OutOfStock(int quantity) =>
        new(RefusalCode.OutOfStock, record.State.Stock == 0
            ? "Sold out. Items can come back when somebody does not pay: look again in a few minutes."
            : $"Only {record.State.Stock} left. Choose a smaller number.")
        {
            Amounts = new Dictionary<string, long> { ["stock"] = record.State.Stock, ["quantity"] = quantity },
        };

    private Task StoreAsync(ProductRecord next)
    {
        record.State = next;
        return record.WriteStateAsync();
    }

    // One-way and newest-wins: a room that misses one is told by the next, and asks for the card when it pins.
    private async ValueTask TellRoomAsync()
    {
        if (record.State.RoomId is { } room) { await GrainFactory.GetGrain<IRoomGrain>(room).CardChanged(Card); }
    }
}
