namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Which disputes, or which early fraud warnings.</summary>
internal sealed record ListDisputes(
    string? PaymentIntent = null, string? Charge = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>What is said against a dispute; what is null stays as it was.</summary>
/// <param name="Submit">True: sent to the bank, and nothing can be added. False: kept for later.</param>
internal sealed record UpdateDispute(DisputeEvidence Evidence, bool Submit, IReadOnlyDictionary<string, string>? Metadata = null);

/// <summary>What shows that a charge was right. Text in the words of the bank's form.</summary>
/// <param name="AccessActivityLog">When and from where what was bought was used.</param>
/// <param name="ServiceDate">When it was delivered, as a date people read.</param>
/// <param name="UncategorizedText">Anything else.</param>
internal sealed record DisputeEvidence(
    string? ProductDescription = null,
    string? CustomerName = null,
    string? CustomerEmailAddress = null,
    string? CustomerPurchaseIp = null,
    string? AccessActivityLog = null,
    string? ServiceDate = null,
    string? ShippingCarrier = null,
    string? ShippingDate = null,
    string? ShippingTrackingNumber = null,
    string? ShippingAddress = null,
    string? RefundPolicyDisclosure = null,
    string? RefundRefusalExplanation = null,
    string? DuplicateChargeId = null,
    string? DuplicateChargeExplanation = null,
    string? UncategorizedText = null);

/// <summary>Disputes, and the warnings that come before them.</summary>
internal sealed partial class StripeClient
{
    /// <summary>The dispute as it is now.</summary>
    public Task<StripeAnswer<StripeDispute>> GetDisputeAsync(string id) =>
        GetAsync($"/v1/disputes/{Id(id)}", [], StripeJson.Default.StripeDispute);

    /// <summary>Disputes, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeDispute>>> ListDisputesAsync(ListDisputes query, StripePage page = default) =>
        GetAsync("/v1/disputes", Parameters(query).With(page), StripeJson.Default.StripeListStripeDispute);

    /// <summary>Gives evidence, and with <c>Submit</c> sends it to the bank.</summary>
    public Task<StripeAnswer<StripeDispute>> UpdateDisputeAsync(string id, UpdateDispute request, string idempotencyKey) =>
        PostAsync(
            $"/v1/disputes/{Id(id)}",
            new StripeParameters
            {
                { "evidence", Parameters(request.Evidence) },
                { "submit", request.Submit },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripeDispute);

    /// <summary>Accepts a dispute: it is lost, for good.</summary>
    public Task<StripeAnswer<StripeDispute>> CloseDisputeAsync(string id, string idempotencyKey) =>
        PostAsync($"/v1/disputes/{Id(id)}/close", [], idempotencyKey, StripeJson.Default.StripeDispute);

    /// <summary>Early fraud warnings, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeEarlyFraudWarning>>> ListEarlyFraudWarningsAsync(ListDisputes query, StripePage page = default) =>
        GetAsync("/v1/radar/early_fraud_warnings", Parameters(query).With(page), StripeJson.Default.StripeListStripeEarlyFraudWarning);

    private static StripeParameters Parameters(ListDisputes query) => new()
    {
        { "payment_intent", query.PaymentIntent },
        { "charge", query.Charge },
        { "created", query.From, query.To },
    };

    private static StripeParameters Parameters(DisputeEvidence evidence) => new()
    {
        { "product_description", evidence.ProductDescription },
        { "customer_name", evidence.CustomerName },
        { "customer_email_address", evidence.CustomerEmailAddress },
        { "customer_purchase_ip", evidence.CustomerPurchaseIp },
        { "access_activity_log", evidence.AccessActivityLog },
        { "service_date", evidence.ServiceDate },
        { "shipping_carrier", evidence.ShippingCarrier },
        { "shipping_date", evidence.ShippingDate },
        { "shipping_tracking_number", evidence.ShippingTrackingNumber },
        { "shipping_address", evidence.ShippingAddress },
        { "refund_policy_disclosure", evidence.RefundPolicyDisclosure },
        { "refund_refusal_explanation", evidence.RefundRefusalExplanation },
        { "duplicate_charge_id", evidence.DuplicateChargeId },
        { "duplicate_charge_explanation", evidence.DuplicateChargeExplanation },
        { "uncategorized_text", evidence.UncategorizedText },
    };
}
