namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Which changes of a balance.</summary>
/// <param name="Payout">Those that one payout paid out.</param>
/// <param name="Source">Those that come from one charge, refund, transfer or other thing.</param>
internal sealed record ListBalanceTransactions(
    string? Payout = null, string? Source = null, string? Type = null, string? Currency = null, DateTimeOffset? From = null,
    DateTimeOffset? To = null);

/// <summary>Which payouts.</summary>
/// <param name="Status"><c>pending</c>, <c>in_transit</c>, <c>paid</c>, <c>failed</c> or <c>canceled</c>.</param>
internal sealed record ListPayouts(string? Status = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Balances, their changes and payouts: of the platform, or of the connected account that is named.</summary>
internal sealed partial class StripeClient
{
    /// <summary>The balance as it is now.</summary>
    /// <param name="account">A connected account; null for the platform.</param>
    public Task<StripeAnswer<StripeBalance>> GetBalanceAsync(string? account = null) =>
        GetAsync("/v1/balance", [], StripeJson.Default.StripeBalance, account);

    /// <summary>One change of a balance.</summary>
    /// <param name="account">A connected account; null for the platform.</param>
    public Task<StripeAnswer<StripeBalanceTransaction>> GetBalanceTransactionAsync(string id, string? account = null) =>
        GetAsync($"/v1/balance_transactions/{Id(id)}", [], StripeJson.Default.StripeBalanceTransaction, account);

    /// <summary>Changes of a balance, newest first.</summary>
    /// <param name="account">A connected account; null for the platform.</param>
    public Task<StripeAnswer<StripeList<StripeBalanceTransaction>>> ListBalanceTransactionsAsync(
        ListBalanceTransactions query, StripePage page = default, string? account = null) =>
        GetAsync(
            "/v1/balance_transactions",
            new StripeParameters
            {
                { "payout", query.Payout },
                { "source", query.Source },
                { "type", query.Type },
                { "currency", query.Currency },
                { "created", query.From, query.To },
            }.With(page),
            StripeJson.Default.StripeListStripeBalanceTransaction,
            account);

    /// <summary>The payout as it is now.</summary>
    /// <param name="account">A connected account; null for the platform.</param>
    public Task<StripeAnswer<StripePayout>> GetPayoutAsync(string id, string? account = null) =>
        GetAsync($"/v1/payouts/{Id(id)}", [], StripeJson.Default.StripePayout, account);

    /// <summary>Payouts, newest first.</summary>
    /// <param name="account">A connected account; null for the platform.</param>
    public Task<StripeAnswer<StripeList<StripePayout>>> ListPayoutsAsync(ListPayouts query, StripePage page = default, string? account = null) =>
        GetAsync(
            "/v1/payouts",
            new StripeParameters { { "status", query.Status }, { "created", query.From, query.To } }.With(page),
            StripeJson.Default.StripeListStripePayout,
            account);
}
