using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments;

/// <summary>Reads the provider's disputes, warnings and refunds.</summary>
internal static class ProviderObjects
{
    /// <summary>The status of an early fraud warning, which has none at the provider.</summary>
    public const string EarlyFraudWarning = "early_fraud_warning";

    public static ProviderDispute Read(StripeDispute dispute) => new(
        dispute.Id, dispute.Status, dispute.PaymentIntent, dispute.Charge, dispute.Amount, dispute.Currency, dispute.Reason,
        DateTimeOffset.FromUnixTimeSeconds(dispute.Created),
        dispute.EvidenceDetails?.DueBy is { } due ? DateTimeOffset.FromUnixTimeSeconds(due) : null);

    /// <summary>A warning names no amount: it is about the whole payment.</summary>
    public static ProviderDispute Read(StripeEarlyFraudWarning warning) => new(
        warning.Id, EarlyFraudWarning, warning.PaymentIntent, warning.Charge, 0, "", warning.FraudType ?? "",
        DateTimeOffset.FromUnixTimeSeconds(warning.Created), EvidenceDueBy: null);

    public static ProviderRefund Read(StripeRefund refund) =>
        new(refund.Id, refund.Status ?? "pending", refund.PaymentIntent ?? "", refund.Amount, refund.Currency ?? "");
}
