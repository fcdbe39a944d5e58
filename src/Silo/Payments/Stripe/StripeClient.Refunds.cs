namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Money to be sent back.</summary>
/// <param name="AmountMinor">Null for all that is left.</param>
internal sealed record CreateRefund(
    string PaymentIntent, IReadOnlyDictionary<string, string> Metadata, long? AmountMinor = null, StripeRefundReason? Reason = null);

/// <summary>Which refunds.</summary>
internal sealed record ListRefunds(
    string? PaymentIntent = null, string? Charge = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Why money is sent back. <see cref="Fraudulent"/> also puts the card on the provider's block list.</summary>
internal enum StripeRefundReason
{
    RequestedByCustomer = 0,
    Duplicate = 1,
    Fraudulent = 2,
}

/// <summary>Refunds.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Sends money back.</summary>
    public Task<StripeAnswer<StripeRefund>> CreateRefundAsync(CreateRefund request, string idempotencyKey) =>
        PostAsync(
            "/v1/refunds",
            new StripeParameters
            {
                { "payment_intent", request.PaymentIntent },
                { "amount", request.AmountMinor },
                { "reason", request.Reason },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripeRefund);

    /// <summary>The refund as it is now.</summary>
    public Task<StripeAnswer<StripeRefund>> GetRefundAsync(string id) =>
        GetAsync($"/v1/refunds/{Id(id)}", [], StripeJson.Default.StripeRefund);

    /// <summary>Refunds, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeRefund>>> ListRefundsAsync(ListRefunds query, StripePage page = default) =>
        GetAsync(
            "/v1/refunds",
            new StripeParameters
            {
                { "payment_intent", query.PaymentIntent },
                { "charge", query.Charge },
                { "created", query.From, query.To },
            }.With(page),
            StripeJson.Default.StripeListStripeRefund);
}
