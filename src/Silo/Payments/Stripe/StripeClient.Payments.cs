namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>What a payment by card is to be.</summary>
/// <param name="AmountMinor">Minor units of the currency.</param>
/// <param name="Confirm">Paid at once, with <paramref name="PaymentMethod"/>.</param>
/// <param name="Customer">Whose card it is, when it is a saved one.</param>
/// <param name="OffSession">The payer is not here and cannot be asked by the bank.</param>
/// <param name="SetupFutureUsage">Save the card for the customer as well.</param>
/// <param name="ReturnUrl">Where the bank's page leads back to.</param>
/// <param name="Metadata">Our ids: the payment is found by them.</param>
internal sealed record CreatePaymentIntent(
    long AmountMinor,
    string Currency,
    IReadOnlyDictionary<string, string> Metadata,
    string? PaymentMethod = null,
    string? Customer = null,
    bool? Confirm = null,
    bool? OffSession = null,
    StripeFutureUsage? SetupFutureUsage = null,
    string? ReturnUrl = null,
    string? Description = null,
    string? StatementDescriptorSuffix = null,
    string? TransferGroup = null);

/// <summary>With what a payment is confirmed; what is null stays as it was.</summary>
internal sealed record ConfirmPaymentIntent(string? PaymentMethod = null, string? ReturnUrl = null, bool? OffSession = null);

/// <summary>Which payments.</summary>
internal sealed record ListPaymentIntents(DateTimeOffset? From = null, DateTimeOffset? To = null, string? Customer = null);

/// <summary>Which charges.</summary>
internal sealed record ListCharges(
    string? PaymentIntent = null, string? Customer = null, string? TransferGroup = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>What a saved card will be used for.</summary>
internal enum StripeFutureUsage
{
    /// <summary>Only while its owner is here.</summary>
    OnSession = 0,

    /// <summary>Also while its owner is not here.</summary>
    OffSession = 1,
}

/// <summary>Why a payment is ended.</summary>
internal enum StripeCancellation
{
    Abandoned = 0,
    Duplicate = 1,
    Fraudulent = 2,
    RequestedByCustomer = 3,
}

/// <summary>Payments and their charges.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Cards only: other ways to pay take days to be sure.</summary>
    private static readonly string[] MethodTypes = ["card"];

    /// <summary>Creates a PaymentIntent; with <c>Confirm</c> it is paid at once.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> CreatePaymentIntentAsync(CreatePaymentIntent request, string idempotencyKey) =>
        PostAsync(
            "/v1/payment_intents",
            new StripeParameters
            {
                { "amount", request.AmountMinor },
                { "currency", request.Currency },
                { "confirm", request.Confirm },
                { "customer", request.Customer },
                { "payment_method", request.PaymentMethod },
                { "allowed_payment_method_types", MethodTypes },
                { "off_session", request.OffSession },
                { "setup_future_usage", request.SetupFutureUsage },
                { "return_url", request.ReturnUrl },
                { "description", request.Description },
                { "statement_descriptor_suffix", request.StatementDescriptorSuffix },
                { "transfer_group", request.TransferGroup },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripePaymentIntent);

    /// <summary>The PaymentIntent as it is now.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> GetPaymentIntentAsync(string id) =>
        GetAsync($"/v1/payment_intents/{Id(id)}", [], StripeJson.Default.StripePaymentIntent);

    /// <summary>PaymentIntents, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripePaymentIntent>>> ListPaymentIntentsAsync(ListPaymentIntents query, StripePage page = default) =>
        GetAsync(
            "/v1/payment_intents",
            new StripeParameters { { "created", query.From, query.To }, { "customer", query.Customer } }.With(page),
            StripeJson.Default.StripeListStripePaymentIntent);

    /// <summary>Tries to pay a PaymentIntent.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> ConfirmPaymentIntentAsync(string id, ConfirmPaymentIntent request, string idempotencyKey) =>
        PostAsync(
            $"/v1/payment_intents/{Id(id)}/confirm",
            new StripeParameters
            {
                { "payment_method", request.PaymentMethod },
                { "return_url", request.ReturnUrl },
                { "off_session", request.OffSession },
            },
            idempotencyKey,
            StripeJson.Default.StripePaymentIntent);

    /// <summary>Ends a PaymentIntent that has not been paid.</summary>
    public Task<StripeAnswer<StripePaymentIntent>> CancelPaymentIntentAsync(
        string id, string idempotencyKey, StripeCancellation reason = StripeCancellation.Abandoned) =>
        PostAsync(
            $"/v1/payment_intents/{Id(id)}/cancel", new StripeParameters { { "cancellation_reason", reason } }, idempotencyKey,
            StripeJson.Default.StripePaymentIntent);

    /// <summary>The charge as it is now.</summary>
    public Task<StripeAnswer<StripeCharge>> GetChargeAsync(string id) =>
        GetAsync($"/v1/charges/{Id(id)}", [], StripeJson.Default.StripeCharge);

    /// <summary>Charges, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeCharge>>> ListChargesAsync(ListCharges query, StripePage page = default) =>
        GetAsync(
            "/v1/charges",
            new StripeParameters
            {
                { "payment_intent", query.PaymentIntent },
                { "customer", query.Customer },
                { "transfer_group", query.TransferGroup },
                { "created", query.From, query.To },
            }.With(page),
            StripeJson.Default.StripeListStripeCharge);
}
