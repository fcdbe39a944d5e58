namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Which events. The provider keeps them for 30 days.</summary>
/// <param name="Types">Such as <c>payment_intent.succeeded</c>; at most 20.</param>
/// <param name="DeliverySuccess">False: only those that could not be delivered.</param>
internal sealed record ListEvents(
    DateTimeOffset? From = null, DateTimeOffset? To = null, IReadOnlyList<string>? Types = null, bool? DeliverySuccess = null);

/// <summary>Events, for when a webhook was lost.</summary>
internal sealed partial class StripeClient
{
    /// <summary>One event.</summary>
    public Task<StripeAnswer<StripeListedEvent>> GetEventAsync(string id) =>
        GetAsync($"/v1/events/{Id(id)}", [], StripeJson.Default.StripeListedEvent);

    /// <summary>
    /// Events, newest first. Those since a known one: <see cref="StripePages.ReadNewerAsync{T}"/> with this method as its list.
    /// </summary>
    public Task<StripeAnswer<StripeList<StripeListedEvent>>> ListEventsAsync(ListEvents query, StripePage page = default) =>
        GetAsync(
            "/v1/events",
            new StripeParameters
            {
                { "created", query.From, query.To },
                { "types", query.Types },
                { "delivery_success", query.DeliverySuccess },
            }.With(page),
            StripeJson.Default.StripeListStripeListedEvent);
}
