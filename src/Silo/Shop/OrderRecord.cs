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

    /// <summary>Whether nothing is left to do.</summary>
    public bool IsOver => Stage switch
    {
        OrderStage.Paid or OrderStage.RefundedLate => Told,
        OrderStage.Declined => true,
        OrderStage.Expired => PaymentEnded,
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
            _ => throw new UnreachableException($"An order is {Stage}."),
        },
        Buyer, Product, Quantity, TotalMinor, Product.Currency, RoomId, PlacedAt,
        Stage == OrderStage.RequiresAction ? ActionUrl : null,
        Stage is OrderStage.Declined or OrderStage.Expired or OrderStage.RefundedLate ? Problem : null);
}
