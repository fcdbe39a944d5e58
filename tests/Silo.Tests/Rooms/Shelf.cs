using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Shop;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Orders as their buyers see them, put there by the test: real ones need the payment provider (Shop tests).</summary>
internal sealed class Shelf
{
    public ConcurrentDictionary<string, OrderView> Orders { get; } = new(StringComparer.Ordinal);
}

internal sealed class ShelfOrderGrain(Shelf shelf) : Grain, IOrderGrain
{
    public ValueTask<Result<OrderView>> Get(Caller caller) => ValueTask.FromResult<Result<OrderView>>(
        shelf.Orders.TryGetValue(GetPrimaryKeyString(), out var order) && order.Buyer.Id == caller.Id
            ? order
            : new Refusal(RefusalCode.OrderNotFound, "There is no such order."));

    public ValueTask<Result<OrderView>> Place(Caller buyer, PlaceOrder order) => throw new NotSupportedException();

    public ValueTask<Result<OrderView>> Ship(Caller caller, Shipment shipment) => throw new NotSupportedException();

    public ValueTask<bool> RefundFailed(RefundNews news) => throw new NotSupportedException();

    public ValueTask<Result<OrderView>> Deliver(Caller caller) => throw new NotSupportedException();

    public ValueTask<Result<OrderView>> Refund(Caller caller, RefundOrder refund) => throw new NotSupportedException();

    public ValueTask<bool> DisputeMoved(DisputeNews news) => throw new NotSupportedException();

    public ValueTask<bool> RefundMoved(RefundNews news) => throw new NotSupportedException();

    public ValueTask PaymentMoved(PaymentNews news) => throw new NotSupportedException();

    public ValueTask OnDue() => throw new NotSupportedException();
}
