namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Money to be sent to a connected account.</summary>
/// <param name="AmountMinor">Minor units of the currency.</param>
/// <param name="Destination">The connected account.</param>
/// <param name="SourceTransaction">The charge whose money it is; null for the platform's balance.</param>
/// <param name="TransferGroup">What it belongs to; a lost answer is looked up by it.</param>
internal sealed record CreateTransfer(
    long AmountMinor,
    string Currency,
    string Destination,
    string? SourceTransaction,
    string TransferGroup,
    IReadOnlyDictionary<string, string> Metadata,
    string? Description = null);

/// <summary>Money of a transfer to be taken back.</summary>
/// <param name="AmountMinor">Null for all that is left.</param>
internal sealed record CreateTransferReversal(IReadOnlyDictionary<string, string> Metadata, long? AmountMinor = null, string? Description = null);

/// <summary>Which transfers.</summary>
internal sealed record ListTransfers(
    string? Destination = null, string? TransferGroup = null, DateTimeOffset? From = null, DateTimeOffset? To = null);

/// <summary>Transfers to connected accounts, and their reversals.</summary>
internal sealed partial class StripeClient
{
    /// <summary>Sends money to a connected account.</summary>
    public Task<StripeAnswer<StripeTransfer>> CreateTransferAsync(CreateTransfer request, string idempotencyKey) =>
        PostAsync(
            "/v1/transfers",
            new StripeParameters
            {
                { "amount", request.AmountMinor },
                { "currency", request.Currency },
                { "destination", request.Destination },
                { "source_transaction", request.SourceTransaction },
                { "transfer_group", request.TransferGroup },
                { "description", request.Description },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripeTransfer);

    /// <summary>The transfer as it is now.</summary>
    public Task<StripeAnswer<StripeTransfer>> GetTransferAsync(string id) =>
        GetAsync($"/v1/transfers/{Id(id)}", [], StripeJson.Default.StripeTransfer);

    /// <summary>Transfers, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeTransfer>>> ListTransfersAsync(ListTransfers query, StripePage page = default) =>
        GetAsync(
            "/v1/transfers",
            new StripeParameters
            {
                { "destination", query.Destination },
                { "transfer_group", query.TransferGroup },
                { "created", query.From, query.To },
            }.With(page),
            StripeJson.Default.StripeListStripeTransfer);

    /// <summary>Takes money of a transfer back. Refused when the connected account has too little.</summary>
    public Task<StripeAnswer<StripeTransferReversal>> CreateTransferReversalAsync(
        string transfer, CreateTransferReversal request, string idempotencyKey) =>
        PostAsync(
            $"/v1/transfers/{Id(transfer)}/reversals",
            new StripeParameters
            {
                { "amount", request.AmountMinor },
                { "description", request.Description },
                { "metadata", request.Metadata },
            },
            idempotencyKey,
            StripeJson.Default.StripeTransferReversal);

    /// <summary>The reversals of a transfer, newest first.</summary>
    public Task<StripeAnswer<StripeList<StripeTransferReversal>>> ListTransferReversalsAsync(string transfer, StripePage page = default) =>
        GetAsync(
            $"/v1/transfers/{Id(transfer)}/reversals", new StripeParameters().With(page), StripeJson.Default.StripeListStripeTransferReversal);
}
