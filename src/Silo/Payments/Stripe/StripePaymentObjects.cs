namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>The part of a PaymentIntent that we read. Its client secret is not: the payer's browser never talks to the provider for us.</summary>
/// <param name="LatestCharge">The id of the charge that was tried last.</param>
internal sealed record StripePaymentIntent(
    string Id,
    string Status,
    long Amount,
    string Currency,
    long Created,
    long? AmountReceived = null,
    string? Customer = null,
    string? PaymentMethod = null,
    string? LatestCharge = null,
    string? TransferGroup = null,
    string? CancellationReason = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    StripeNextAction? NextAction = null,
    StripeError? LastPaymentError = null) : IStripeObject;

/// <summary>The part of a charge that we read.</summary>
/// <param name="BalanceTransaction">The id of what it did to our balance; null while it is pending.</param>
/// <param name="Disputed">Whether it has been disputed, whatever became of that.</param>
/// <param name="Refunded">Whether all of it was sent back.</param>
internal sealed record StripeCharge(
    string Id,
    string Status,
    long Amount,
    string Currency,
    long Created,
    bool Paid,
    bool Disputed,
    bool Refunded,
    long AmountRefunded,
    string? BalanceTransaction = null,
    string? PaymentIntent = null,
    string? Customer = null,
    string? PaymentMethod = null,
    string? TransferGroup = null,
    string? FailureCode = null,
    StripeOutcome? Outcome = null,
    StripePaymentMethodDetails? PaymentMethodDetails = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>What the provider thinks of a charge.</summary>
/// <param name="RiskLevel"><c>normal</c>, <c>elevated</c>, <c>highest</c>, <c>not_assessed</c> or <c>unknown</c>.</param>
internal sealed record StripeOutcome(string? RiskLevel = null, string? Type = null, string? Reason = null);

/// <summary>With what a charge was paid.</summary>
internal sealed record StripePaymentMethodDetails(string? Type = null, StripeCard? Card = null);

/// <summary>A card as far as it may be shown, and what it can be told from others by. Never its number.</summary>
/// <param name="Fingerprint">The same for the same card number, whoever uses it.</param>
internal sealed record StripeCard(
    string? Brand = null, string? Last4 = null, int? ExpMonth = null, int? ExpYear = null, string? Country = null, string? Funding = null,
    string? Fingerprint = null);

/// <summary>The part of a SetupIntent that we read: a card that is being saved.</summary>
internal sealed record StripeSetupIntent(
    string Id,
    string Status,
    long Created,
    string? Customer = null,
    string? PaymentMethod = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    StripeNextAction? NextAction = null,
    StripeError? LastSetupError = null) : IStripeObject;

/// <summary>The part of a Checkout Session that we read: a page on which a card is entered.</summary>
/// <param name="Status"><c>open</c>, <c>complete</c> or <c>expired</c>.</param>
/// <param name="Url">The page; null once it cannot be used any more.</param>
/// <param name="SetupIntent">What saves the card.</param>
internal sealed record StripeCheckoutSession(
    string Id, string? Status = null, string? Url = null, string? SetupIntent = null, IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>The part of a customer that we read.</summary>
/// <param name="Deleted">True for one that was deleted: nothing else of it is left.</param>
internal sealed record StripeCustomer(
    string Id, long? Created = null, bool? Deleted = null, IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>The part of a PaymentMethod that we read.</summary>
/// <param name="Customer">Whose it is; null for one that is nobody's.</param>
internal sealed record StripePaymentMethod(
    string Id, string Type, long Created, string? Customer = null, StripeCard? Card = null, IReadOnlyDictionary<string, string>? Metadata = null)
    : IStripeObject;

/// <summary>The part of a refund that we read.</summary>
/// <param name="Status"><c>pending</c>, <c>requires_action</c>, <c>succeeded</c>, <c>failed</c> or <c>canceled</c>.</param>
internal sealed record StripeRefund(
    string Id,
    string? Status,
    long Amount,
    string? Currency = null,
    long? Created = null,
    string? Charge = null,
    string? PaymentIntent = null,
    string? Reason = null,
    string? FailureReason = null,
    string? BalanceTransaction = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>The part of a dispute that we read.</summary>
/// <param name="Status">Such as <c>needs_response</c>, <c>under_review</c>, <c>won</c>, <c>lost</c>; with <c>warning_</c> before it no money has moved.</param>
/// <param name="BalanceTransactions">What it did to our balance: the amount and the fee taken, and what came back.</param>
internal sealed record StripeDispute(
    string Id,
    string Status,
    long Amount,
    string Currency,
    long Created,
    string Reason,
    string Charge,
    string? PaymentIntent = null,
    bool? IsChargeRefundable = null,
    StripeEvidenceDetails? EvidenceDetails = null,
    IReadOnlyList<StripeBalanceTransaction>? BalanceTransactions = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject;

/// <summary>How long a dispute may be answered, and whether it was.</summary>
/// <param name="DueBy">Unix seconds; null when it cannot be answered any more.</param>
internal sealed record StripeEvidenceDetails(long? DueBy = null, bool? HasEvidence = null, bool? PastDue = null, int? SubmissionCount = null);

/// <summary>A card's bank says that a charge was fraud; a dispute often follows.</summary>
internal sealed record StripeEarlyFraudWarning(
    string Id, string Charge, bool Actionable, long Created, string? FraudType = null, string? PaymentIntent = null) : IStripeObject;
