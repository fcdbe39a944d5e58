namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Money by currency, in minor units.</summary>
/// <param name="Available">May be paid out or sent on.</param>
/// <param name="Pending">Becomes available later.</param>
internal sealed record StripeBalance(IReadOnlyList<StripeMoney> Available, IReadOnlyList<StripeMoney> Pending);

/// <summary>An amount in minor units.</summary>
internal sealed record StripeMoney(long Amount, string Currency);

/// <summary>One change of a balance.</summary>
/// <param name="Amount">What was moved, before the fee; negative when it left. Minor units.</param>
/// <param name="Net"><paramref name="Amount"/> less <paramref name="Fee"/>: what the balance changed by.</param>
/// <param name="Type">Such as <c>charge</c>, <c>refund</c>, <c>transfer</c>, <c>adjustment</c>, <c>payout</c>.</param>
/// <param name="Status"><c>pending</c> or <c>available</c>.</param>
/// <param name="AvailableOn">Unix seconds.</param>
/// <param name="Created">Unix seconds.</param>
/// <param name="Source">The id of the charge, refund, transfer or other thing that it comes from.</param>
internal sealed record StripeBalanceTransaction(
    string Id,
    long Amount,
    long Fee,
    long Net,
    string Currency,
    string Type,
    string Status,
    long AvailableOn,
    long Created,
    string? Source = null,
    string? ReportingCategory = null) : IStripeObject;

/// <summary>Money sent from the platform to a connected account.</summary>
/// <param name="SourceTransaction">The charge whose money it is; it waits until that is available.</param>
internal sealed record StripeTransfer(
    string Id,
    long Amount,
    long AmountReversed,
    string Currency,
    long Created,
    bool Reversed,
    string? Destination = null,
    string? DestinationPayment = null,
    string? BalanceTransaction = null,
    string? SourceTransaction = null,
    string? TransferGroup = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>Money of a transfer taken back.</summary>
internal sealed record StripeTransferReversal(
    string Id,
    long Amount,
    string Currency,
    long Created,
    string Transfer,
    string? BalanceTransaction = null,
    string? SourceRefund = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>Money on its way from a balance to a bank account.</summary>
/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>paid</c>, <c>failed</c> or <c>canceled</c>; a paid one may still fail.</param>
/// <param name="ArrivalDate">Unix seconds.</param>
internal sealed record StripePayout(
    string Id,
    string Status,
    long Amount,
    string Currency,
    long Created,
    long ArrivalDate,
    bool? Automatic = null,
    string? FailureCode = null,
    string? BalanceTransaction = null,
    string? FailureBalanceTransaction = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;
