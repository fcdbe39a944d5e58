using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;

namespace LiveCommerce.Contracts.Shop;

/// <summary>The products of one seller. Key: the seller's account id.</summary>
public interface IShopGrain : IGrainWithStringKey
{
    /// <summary>All products, newest first, at most <see cref="ShopLimits.ProductsPerSellerMax"/>.</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<ProductCard>> List();

    /// <summary>Remembers a product. Idempotent.</summary>
    ValueTask<Result<Done>> Add(string productId);

    /// <summary>Remembers an order of this seller. Idempotent.</summary>
    ValueTask AddOrder(string orderId);

    /// <summary>Orders to this seller, newest first (at most 100).</summary>
    [AlwaysInterleave]
    ValueTask<IReadOnlyList<OrderView>> GetOrders();
}

/// <summary>One product: its card and its stock. The only one who takes from the stock, so N buyers for K items get exactly K. Key: product id.</summary>
public interface IProductGrain : IGrainWithStringKey
{
    /// <summary>Makes it. The same seller and content again is answered alike.</summary>
    ValueTask<Result<ProductCard>> Create(Person seller, ProductDetails details);

    /// <summary>Changes it. Seller only. Sales go on meanwhile: <see cref="ProductDetails.StockSeen"/> keeps a stale form from selling items twice.</summary>
    ValueTask<Result<ProductCard>> Update(Caller caller, ProductDetails details);

    /// <summary>The card.</summary>
    [ReadOnly]
    ValueTask<Result<ProductCard>> Get();

    /// <summary>Takes items from the stock for an order, for 10 minutes. Idempotent by order id.</summary>
    /// <param name="unitPriceMinor">The price the buyer saw; another is refused with PriceChanged.</param>
    [Priority(CallPriority.High)]
    ValueTask<Result<Reservation>> Reserve(string orderId, int quantity, long unitPriceMinor);

    /// <summary>The order is paid: the items are sold. Idempotent. An expired reservation is taken again if there is stock, else refused.</summary>
    [Priority(CallPriority.High)]
    ValueTask<Result<Sold>> Commit(string orderId, int quantity);

    /// <summary>The order will not be paid: the items go back. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask Release(string orderId);

    /// <summary>Sold items were refunded: they no longer count as sold. Idempotent by refund id.</summary>
    /// <param name="restock">Whether they can be sold again.</param>
    [Priority(CallPriority.High)]
    ValueTask TakeBack(string refundId, int items, bool restock);

    /// <summary>The order has noted the sale or the refund for good and will not ask again: the product may forget it. Idempotent.</summary>
    /// <param name="id">Of the order or of the refund.</param>
    ValueTask Close(string id);

    /// <summary>Which room shows the product now, so that it is told of changes; null for none.</summary>
    ValueTask ShownIn(string? roomId);
}

/// <summary>What the seller says about a product.</summary>
/// <param name="PriceMinor">Minor units, 50 to 99,999,999.</param>
/// <param name="Stock">Items that can be sold from now on, 0 to 1,000,000.</param>
/// <param name="StockSeen">On a change: the stock that the seller looked at. Another one by now is refused with StockChanged.</param>
public sealed record ProductDetails(
    string Title, string? PictureId, long PriceMinor, string Currency, int Stock, int? StockSeen = null);

/// <summary>A product as buyers see it.</summary>
/// <param name="Stock">Items that can be bought now.</param>
/// <param name="Sold">Paid minus refunded.</param>
public sealed record ProductCard(
    string ProductId, Person Seller, string Title, string? PictureId, long PriceMinor, string Currency, int Stock, long Sold);

/// <summary>Items kept for an order.</summary>
public sealed record Reservation(ProductCard Card, int Quantity, DateTimeOffset ExpiresAt);

/// <summary>Items sold.</summary>
public sealed record Sold(ProductCard Card);

/// <summary>One order. Key: order id.</summary>
public interface IOrderGrain : IGrainWithStringKey
{
    /// <summary>Reserves and pays. Answers when it is paid, declined, or needs the buyer (3-D Secure). The same again is answered with today's state.</summary>
    ValueTask<Result<OrderView>> Place(Caller buyer, PlaceOrder order);

    /// <summary>The order; only for its buyer, its seller and operators.</summary>
    ValueTask<Result<OrderView>> Get(Caller caller);

    /// <summary>The seller has handed the items to a carrier. The same again changes nothing; other words change the words.</summary>
    ValueTask<Result<OrderView>> Ship(Caller caller, Shipment shipment);

    /// <summary>The buyer has the items: said by the buyer or the seller, or by the time. The same again changes nothing.</summary>
    ValueTask<Result<OrderView>> Deliver(Caller caller);

    /// <summary>Sends money back to the buyer's card, all or a part. By the seller or an operator. The same id again is answered with today's state.</summary>
    ValueTask<Result<OrderView>> Refund(Caller caller, RefundOrder refund);

    /// <summary>Something happened to the payment: from the webhook inbox or the sweeper. Idempotent.</summary>
    [Priority(CallPriority.High)]
    ValueTask PaymentMoved(Payments.PaymentNews news);

    /// <summary>A dispute of the payment moved. False: not now, tell again later.</summary>
    [Priority(CallPriority.High)]
    ValueTask<bool> DisputeMoved(Payments.DisputeNews news);

    /// <summary>Money went back without a refund of ours. False: not now, tell again later.</summary>
    [Priority(CallPriority.High)]
    ValueTask<bool> RefundMoved(Payments.RefundNews news);

    /// <summary>The bank did not take money that was sent back, after it had seemed to. False: not now, tell again later.</summary>
    ValueTask<bool> RefundFailed(Payments.RefundNews news);

    /// <summary>The due time that this grain set has come: it expires, settles or tells what is unfinished. Idempotent.</summary>
    ValueTask OnDue();
}

/// <summary>What a buyer asks for.</summary>
/// <param name="RoomId">Where it was bought; null from a product page.</param>
/// <param name="PaymentMethod">A payment method of the provider (a saved card or a test card of the sandbox).</param>
/// <param name="NameMe">Whether the room may show the buyer's name.</param>
public sealed record PlaceOrder(
    string ProductId, int Quantity, long UnitPriceMinor, string? RoomId, string PaymentMethod, bool NameMe, string ReturnUrl);

/// <summary>Where an order is.</summary>
public enum OrderState
{
    Reserved = 0,
    Paying = 1,

    /// <summary>The buyer must confirm at <see cref="OrderView.ActionUrl"/>.</summary>
    RequiresAction = 2,
    Paid = 3,
    Declined = 4,
    Expired = 5,

    /// <summary>Paid after the reservation had ended and the stock was gone: the money goes back.</summary>
    RefundedLate = 6,

    /// <summary>On its way to the buyer.</summary>
    Fulfilled = 7,
    Delivered = 8,

    /// <summary>Kept for good: the seller can withdraw the money.</summary>
    Released = 9,

    /// <summary>The whole amount went back to the buyer.</summary>
    Refunded = 10,

    /// <summary>The buyer's bank asks for the money back; nobody can withdraw it meanwhile.</summary>
    Disputed = 11,

    /// <summary>The bank has taken the money back for good.</summary>
    DisputeLost = 12,
}

/// <summary>How the items travel, in the seller's words; each at most <see cref="ShopLimits.ShipmentTextMax"/> characters.</summary>
/// <param name="Carrier">Such as <c>DHL</c>.</param>
/// <param name="Tracking">A number or an address to follow.</param>
public sealed record Shipment(string? Carrier, string? Tracking);

/// <summary>Money that goes back to the buyer.</summary>
/// <param name="RefundId">The request's idempotency key, as an id.</param>
/// <param name="AmountMinor">Null: all that is left.</param>
/// <param name="Items">How many items no longer count as sold; of all that is left it is all items.</param>
/// <param name="Restock">Whether those items can be sold again.</param>
/// <param name="Reason">For the buyer to read, at most <see cref="ShopLimits.RefundReasonMax"/> characters.</param>
public sealed record RefundOrder(string RefundId, long? AmountMinor, int Items, bool Restock, string? Reason);

/// <summary>When an order went where.</summary>
/// <param name="Delivery">When it counts as delivered, if nobody says so before; null: it does not.</param>
/// <param name="Release">When the seller can withdraw the money, unless something happens; null: not by time.</param>
/// <param name="CameBack">When the buyer's bank did not take the newest refund that failed after it was sent; null: none has.</param>
public sealed record OrderTimes(
    DateTimeOffset? PaidAt, DateTimeOffset? FulfilledAt, DateTimeOffset? DeliveredAt, DateTimeOffset? ReleasedAt, DateTimeOffset? RefundedAt,
    DateTimeOffset? Delivery, DateTimeOffset? Release, DateTimeOffset? CameBack = null);

/// <summary>What went back to the buyer.</summary>
/// <param name="RefundedMinor">So far.</param>
/// <param name="Items">Items that no longer count as sold.</param>
/// <param name="RunningMinor">On its way now.</param>
/// <param name="Reason">Of the newest refund.</param>
/// <param name="Problem">Why the newest refund did not happen; for seller and operators.</param>
/// <param name="CameBackMinor">What was sent and the buyer's bank did not take: the order counts as sold by so much again.</param>
public sealed record OrderRefunds(long RefundedMinor, int Items, long RunningMinor, string? Reason, string? Problem, long CameBackMinor = 0);

/// <summary>An order as buyer and seller see it.</summary>
/// <param name="ActionUrl">Where the buyer confirms the payment, while <see cref="OrderState.RequiresAction"/>.</param>
/// <param name="Problem">Why it was declined.</param>
public sealed record OrderView(
    string OrderId, OrderState State, Person Buyer, ProductCard Product, int Quantity, long TotalMinor, string Currency,
    string? RoomId, DateTimeOffset PlacedAt, string? ActionUrl, string? Problem, OrderTimes Times, Shipment? Shipment, OrderRefunds Refunds);

/// <summary>A paid order, as the room is told.</summary>
/// <param name="BuyerId">To count buyers; never shown. Null when nobody needs to be counted.</param>
public sealed record SettledOrder(string OrderId, ProductCard Card, string? BuyerName, int Quantity, string? BuyerId = null);

/// <summary>Bounds of the shop.</summary>
public static class ShopLimits
{
    public const int TitleLengthMax = 100;
    public const int ProductsPerSellerMax = 500;
    public const int QuantityPerOrderMax = 20;
    public const int ShipmentTextMax = 100;
    public const int RefundReasonMax = 200;
    public const int RefundsPerOrderMax = 20;
    public const int PictureBytesMax = 5 * 1024 * 1024;
}
