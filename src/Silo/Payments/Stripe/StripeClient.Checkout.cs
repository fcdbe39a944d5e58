namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>A page of the provider on which a customer enters a card that is to be saved.</summary>
/// <param name="Currency">In which it will pay: decides which kinds of cards are offered.</param>
/// <param name="SuccessUrl">Where it leads once the card is saved.</param>
/// <param name="CancelUrl">Where it leads when the customer goes back.</param>
/// <param name="Metadata">Of the session.</param>
/// <param name="SetupMetadata">Of the SetupIntent that saves the card.</param>
internal sealed record CreateCardPage(
    string Customer, string Currency, string SuccessUrl, string CancelUrl, IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyDictionary<string, string> SetupMetadata);

/// <summary>Pages on which a card is entered: its number never comes near this server.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Makes a page to save a card on.</summary>
    public Task<StripeAnswer<StripeCheckoutSession>> CreateCardPageAsync(CreateCardPage request, string idempotencyKey) =>
        PostAsync(
            "/v1/checkout/sessions",
            new StripeParameters
            {
                { "mode", "setup" },
                { "customer", request.Customer },
                { "currency", request.Currency },
                { "allowed_payment_method_types", MethodTypes },
                { "success_url", request.SuccessUrl },
                { "cancel_url", request.CancelUrl },
                { "metadata", request.Metadata },
                { "setup_intent_data", new StripeParameters { { "metadata", request.SetupMetadata } } },
            },
            idempotencyKey,
            StripeJson.Default.StripeCheckoutSession);

    /// <summary>The page's session as it is now.</summary>
    public Task<StripeAnswer<StripeCheckoutSession>> GetCheckoutSessionAsync(string id) =>
        GetAsync($"/v1/checkout/sessions/{Id(id)}", [], StripeJson.Default.StripeCheckoutSession);
}
