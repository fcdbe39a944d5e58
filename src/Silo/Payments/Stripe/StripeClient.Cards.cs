namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>A card to be saved.</summary>
/// <param name="Confirm">At once, with <paramref name="PaymentMethod"/>.</param>
/// <param name="ReturnUrl">Where the bank's page leads back to.</param>
internal sealed record CreateSetupIntent(
    string Customer,
    IReadOnlyDictionary<string, string> Metadata,
    string? PaymentMethod = null,
    bool? Confirm = null,
    StripeFutureUsage Usage = StripeFutureUsage.OnSession,
    string? ReturnUrl = null,
    string? Description = null);

/// <summary>With what the saving of a card is confirmed.</summary>
internal sealed record ConfirmSetupIntent(string? PaymentMethod = null, string? ReturnUrl = null);

/// <summary>A customer: whose saved cards are whose. We give no name and no address.</summary>
internal sealed record CreateCustomer(IReadOnlyDictionary<string, string> Metadata, string? Description = null);

/// <summary>Why the saving of a card is ended.</summary>
internal enum StripeSetupCancellation
{
    Abandoned = 0,
    Duplicate = 1,
    RequestedByCustomer = 2,
}

/// <summary>Customers and their saved cards.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Creates a customer.</summary>
    public Task<StripeAnswer<StripeCustomer>> CreateCustomerAsync(CreateCustomer request, string idempotencyKey) =>
        PostAsync(
            "/v1/customers", new StripeParameters { { "description", request.Description }, { "metadata", request.Metadata } }, idempotencyKey,
            StripeJson.Default.StripeCustomer);

    /// <summary>The customer as it is now; one that was deleted says so.</summary>
    public Task<StripeAnswer<StripeCustomer>> GetCustomerAsync(string id) =>
        GetAsync($"/v1/customers/{Id(id)}", [], StripeJson.Default.StripeCustomer);

    /// <summary>Deletes a customer and all its saved cards, for good.</summary>
    public Task<StripeAnswer<StripeDeleted>> DeleteCustomerAsync(string id) =>
        DeleteAsync($"/v1/customers/{Id(id)}", StripeJson.Default.StripeDeleted);

    /// <summary>The saved cards of a customer, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripePaymentMethod>>> ListCardsAsync(string customer, StripePage page = default) =>
        GetAsync(
            $"/v1/customers/{Id(customer)}/payment_methods", new StripeParameters { { "type", "card" } }.With(page),
            StripeJson.Default.StripeListStripePaymentMethod);

    /// <summary>The PaymentMethod as it is now.</summary>
    public Task<StripeAnswer<StripePaymentMethod>> GetPaymentMethodAsync(string id) =>
        GetAsync($"/v1/payment_methods/{Id(id)}", [], StripeJson.Default.StripePaymentMethod);

    /// <summary>Makes a card a customer's own.</summary>
    public Task<StripeAnswer<StripePaymentMethod>> AttachPaymentMethodAsync(string id, string customer, string idempotencyKey) =>
        PostAsync(
            $"/v1/payment_methods/{Id(id)}/attach", new StripeParameters { { "customer", customer } }, idempotencyKey,
            StripeJson.Default.StripePaymentMethod);

    /// <summary>Forgets a saved card: it cannot be used again.</summary>
    public Task<StripeAnswer<StripePaymentMethod>> DetachPaymentMethodAsync(string id, string idempotencyKey) =>
        PostAsync($"/v1/payment_methods/{Id(id)}/detach", [], idempotencyKey, StripeJson.Default.StripePaymentMethod);

    /// <summary>Begins to save a card; with <c>Confirm</c> it is done at once, unless the bank asks.</summary>
    public Task<StripeAnswer<StripeSetupIntent>> CreateSetupIntentAsync(CreateSetupIntent request, string idempotencyKey) =>
        PostAsync(
            "/v1/setup_intents",
            new StripeParameters
            {
                { "customer", request.Customer },
                { "confirm", request.Confirm },
                { "payment_method", request.PaymentMethod },
                { "allowed_payment_method_types", MethodTypes },
                { "usage", request.Usage },
                { "return_url", request.ReturnUrl },
                { "description", request.Description },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripeSetupIntent);

    /// <summary>The SetupIntent as it is now.</summary>
    public Task<StripeAnswer<StripeSetupIntent>> GetSetupIntentAsync(string id) =>
        GetAsync($"/v1/setup_intents/{Id(id)}", [], StripeJson.Default.StripeSetupIntent);

    /// <summary>Tries to save the card.</summary>
    public Task<StripeAnswer<StripeSetupIntent>> ConfirmSetupIntentAsync(string id, ConfirmSetupIntent request, string idempotencyKey) =>
        PostAsync(
            $"/v1/setup_intents/{Id(id)}/confirm",
            new StripeParameters { { "payment_method", request.PaymentMethod }, { "return_url", request.ReturnUrl } }, idempotencyKey,
            StripeJson.Default.StripeSetupIntent);

    /// <summary>Ends the saving of a card.</summary>
    public Task<StripeAnswer<StripeSetupIntent>> CancelSetupIntentAsync(
        string id, string idempotencyKey, StripeSetupCancellation reason = StripeSetupCancellation.Abandoned) =>
        PostAsync(
            $"/v1/setup_intents/{Id(id)}/cancel", new StripeParameters { { "cancellation_reason", reason } }, idempotencyKey,
            StripeJson.Default.StripeSetupIntent);
}
