using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>What a paid order does to others: the ledger, the room, the buyer, the seller, the product. Everything may be repeated.</summary>
internal sealed class OrderSettlement(IGrainFactory grains)
{
    /// <summary>The room an order is shown in: only the seller's own, else none. A buyer must not be able to write into other rooms.</summary>
    public async Task<string?> RoomOfAsync(string? roomId, string sellerId)
    {
        if (roomId is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return null; }
        var room = await grains.GetGrain<IRoomGrain>(roomId).Get();
        return room.Ok && room.Value.Owner.Id == sellerId ? roomId : null;
    }

    /// <summary>
    /// Why the order may not be shown in a room; null: may. Only private rooms are closed: who is muted or banned in a public one may still buy. An
    /// order that names no room is bought in none: products are for everybody who knows their id, wherever they are pinned.
    /// </summary>
    public async Task<Refusal?> RefuseRoomAsync(string? roomId, Caller buyer)
    {
        if (roomId is not { Length: > 0 and <= GrainId.KeyLengthMax }) { return null; }
        var room = grains.GetGrain<IRoomGrain>(roomId);
        return (await room.GetStanding(buyer.Id, buyer.Moderates)).Refusal switch
        {
            { Code: RefusalCode.RoomPrivate } isPrivate => isPrivate,
            { Code: RefusalCode.Banned } banned when (await room.GetStanding(null)).Refusal is { Code: RefusalCode.RoomPrivate } => banned,
            _ => null,
        };
    }

    /// <summary>Posts the sale: the buyer's money to the seller and the platform's fee.</summary>
    public ValueTask<LedgerAnswer> BookAsync(string orderId, Guid key, OrderRecord order)
    {
        var (seller, platform) = SaleShares.Of(order.TotalMinor);
        return grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            key,
            PaymentIds.Fingerprint("order", orderId, order.Product.Seller.Id, order.TotalMinor),
            LedgerEntryKind.Sale,
            LedgerAccount.Clearing(LedgerUnit.UsdCents),
            [
                new LedgerLeg(LedgerAccount.Sales(order.Product.Seller.Id), seller),
                new LedgerLeg(LedgerAccount.Fee(LedgerUnit.UsdCents), platform),
            ],
            SaleShares.RateVersion,
            Reference: $"order:{orderId}"));
    }

    /// <summary>Tells everybody of an order that is paid or was refunded late.</summary>
    public async Task TellAsync(string orderId, OrderRecord order)
    {
        if (order.IsSold)
        {
            if (order.RoomId is not null)
            {
                await grains.GetGrain<IRoomGrain>(order.RoomId).OrderSettled(
                    new SettledOrder(orderId, order.Product, order.NameMe ? order.Buyer.Name : null, order.Quantity, order.Buyer.Id));
            }

            await grains.GetGrain<IShopGrain>(order.Product.Seller.Id).AddOrder(orderId);
            await grains.GetGrain<IProductGrain>(order.Product.ProductId).Close(orderId);
        }

        await grains.GetGrain<IViewerGrain>(order.Buyer.Id).AddOrder(orderId);
    }
}
