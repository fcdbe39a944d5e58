using System.Collections.Immutable;
using System.Diagnostics;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Shop;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Shop;

/// <summary>What is stored of an order.</summary>
internal sealed record OrderRecord : CardPaymentRecord<OrderStage>
{
    public Person Buyer { get; init; } = new("", "");

    /// <summary>The product as the buyer saw it.</summary>
    public ProductCard Product { get; init; } = new("", new Person("", ""), "", null, 0, "", 0, 0);

    public int Quantity { get; init; }

    public long TotalMinor { get; init; }

    public string? RoomId { get; init; }

    public bool NameMe { get; init; }

    public DateTimeOffset PlacedAt { get; init; }

    /// <summary>The end of the reservation.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    /// <summary>Whether everybody who must know has been told.</summary>
    public bool Told { get; init; }

    public DateTimeOffset? PaidAt { get; init; }

    public DateTimeOffset? FulfilledAt { get; init; }

    public Shipment? Shipment { get; init; }

    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>When the items count as delivered, if nobody says so: set when they are shipped, so that a changed option holds for new orders.</summary>
    public DateTimeOffset? DeliveryAt { get; init; }

    /// <summary>When the seller can withdraw the money: set when the items are delivered.</summary>
    public DateTimeOffset? ReleaseAt { get; init; }

    public DateTimeOffset? ReleasedAt { get; init; }

    public DateTimeOffset? RefundedAt { get; init; }

    /// <summary>What went back to the buyer so far.</summary>
    public long RefundedMinor { get; init; }

    /// <summary>Items that no longer count as sold.</summary>
    public int RefundedItems { get; init; }

    /// <summary>The refund that is under way, if any.</summary>
    public RunningRefund? Refund { get; init; }

    /// <summary>Refunds that are done or were not possible, by id, with the fingerprint of what was asked for.</summary>
    public ImmutableDictionary<string, long> Refunds { get; init; } = ImmutableDictionary<string, long>.Empty;

    /// <summary>Our ids of refunds by the provider's.</summary>
    public ImmutableDictionary<string, string> SentRefunds { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>What was booked again because the buyer's bank did not take a refund, oldest first.</summary>
    public ImmutableList<SoldAgain> SoldAgain { get; init; } = [];

    /// <summary>What of refunds came back from the buyer's bank so far.</summary>
    public long CameBackMinor { get; init; }

    /// <summary>When the newest did.</summary>
    public DateTimeOffset? CameBackAt { get; init; }

    public string? RefundReason { get; init; }

    public string? RefundProblem { get; init; }

    /// <summary>Disputes and warnings, by the provider's id, and whether they are open: one that is over does not open again.</summary>
    public ImmutableDictionary<string, bool> Disputes { get; init; } = ImmutableDictionary<string, bool>.Empty;

    /// <summary>How often the seller's share was frozen: names the steps that froze and thawed it.</summary>
    public int Freezes { get; init; }

    /// <summary>The dispute that was lost.</summary>
    public string? LostDispute { get; init; }

    /// <summary>What it was about, in minor units.</summary>
    public long LostMinor { get; init; }

    /// <summary>What the bank took beyond what was left of the order: the platform's loss.</summary>
    public long LostBeyondMinor { get; init; }

    /// <summary>Whether the books have it.</summary>
    public bool IsLossBooked { get; init; }

    /// <summary>What the buyer has paid and not got back.</summary>
    public long LeftMinor => TotalMinor - RefundedMinor;

    /// <summary>Whether it was sold: paid, and whatever came after.</summary>
    public bool IsSold => Stage is OrderStage.Paid or >= OrderStage.Fulfilled;

    public bool IsDisputed =>
        Stage is OrderStage.PaidDisputed or OrderStage.FulfilledDisputed or OrderStage.DeliveredDisputed or OrderStage.ReleasedDisputed;

    /// <summary>Whether nothing is left to do by itself.</summary>
    public bool IsOver => Stage switch
    {
        _ when Refund is not null => false,
        OrderStage.Declined => true,
        OrderStage.Expired => PaymentEnded,
        OrderStage.RefundedLate => Told,
        OrderStage.Fulfilled or OrderStage.Delivered => false,
        _ when IsSold => Told,
        _ => false,
    };

    public CardCharge ToCharge(string id) => new(
        CardPayments.OrderId, id, $"order:{id}:{Attempt}", TotalMinor, Product.Currency, PaymentMethod, ReturnUrl,
        $"{Quantity} × {Product.Title}", PlacedAt, Customer);

    public OrderView ToView(string id) => new(
        id,
        Stage switch
        {
            OrderStage.Created or OrderStage.Reserved => OrderState.Reserved,
            OrderStage.Paying or OrderStage.MoneyTaken or OrderStage.Refunding => OrderState.Paying,
            OrderStage.RequiresAction => OrderState.RequiresAction,
            OrderStage.Paid => OrderState.Paid,
            OrderStage.Declined => OrderState.Declined,
            OrderStage.Expired => OrderState.Expired,
            OrderStage.RefundedLate => OrderState.RefundedLate,
            OrderStage.Fulfilled => OrderState.Fulfilled,
            OrderStage.Delivered => OrderState.Delivered,
            OrderStage.Released => OrderState.Released,
            OrderStage.Refunded => OrderState.Refunded,
            OrderStage.PaidDisputed or OrderStage.FulfilledDisputed or OrderStage.DeliveredDisputed or OrderStage.ReleasedDisputed => OrderState.Disputed,
            OrderStage.DisputeLost => OrderState.DisputeLost,
            _ => throw new UnreachableException($"An order is {Stage}."),
        },
        Buyer, Product, Quantity, TotalMinor, Product.Currency, RoomId, PlacedAt,
        Stage == OrderStage.RequiresAction ? ActionUrl : null,
        Stage is OrderStage.Declined or OrderStage.Expired or OrderStage.RefundedLate ? Problem : null,
        new OrderTimes(
            PaidAt, FulfilledAt, DeliveredAt, ReleasedAt, RefundedAt,
            Stage == OrderStage.Fulfilled ? DeliveryAt : null, Stage == OrderStage.Delivered ? ReleaseAt : null, CameBackAt),
        Shipment,
        new OrderRefunds(RefundedMinor, RefundedItems, Refund?.AmountMinor ?? 0, RefundReason, RefundProblem, CameBackMinor));
}

/// <summary>A part of an order that was sold again.</summary>
/// <param name="RefundId">The refund that failed.</param>
/// <param name="Key">The ledger's entry; of nothing when <paramref name="AmountMinor"/> is 0: then it made good for a loss of the platform.</param>
/// <param name="WasReleased">Whether the seller could withdraw the rest by then.</param>
internal sealed record SoldAgain(string RefundId, Guid Key, long AmountMinor, bool WasReleased);

/// <summary>A refund that is under way.</summary>
/// <param name="Fingerprint">Of the request: the same id with another content is refused.</param>
/// <param name="All">Whether nothing is left of the order afterwards.</param>
/// <param name="By">The account that asked.</param>
/// <param name="MoneySent">Whether the provider has taken it.</param>
internal sealed record RunningRefund(
    string Id, long Fingerprint, long AmountMinor, int Items, bool Restock, bool All, string By, DateTimeOffset At, bool MoneySent);
