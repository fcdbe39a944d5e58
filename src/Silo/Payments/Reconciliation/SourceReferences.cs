using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments.Reconciliation;

/// <summary>
/// Finds what a balance transaction is about by the object behind it: a charge by the metadata of its payment, a refund and a transfer by
/// their own. What names nothing of ours keeps the provider's name, which no entry of the ledger has.
/// </summary>
internal sealed class SourceReferences(StripeClient stripe)
{
    /// <summary>Metadata of a payout's transfer.</summary>
    public const string PayoutId = "payout_id";

    /// <summary>Objects asked for one by one at the same time: below the provider's requests per second.</summary>
    private const int AtOnceMax = 8;

    /// <summary>From so many objects of one kind on, their list is read first.</summary>
    private const int ListFrom = 4;

    /// <summary>Pages of such a list: what is not among them is asked for.</summary>
    private const int ListPagesMax = 5;

    /// <summary>Pages of transfers that are searched for a reversal.</summary>
    private const int TransferPagesMax = 10;

    /// <summary>Whose payment it is, and what its entry's reference begins with.</summary>
    private static readonly (string Metadata, string Prefix)[] Payments =
        [(CardPayments.TopUpId, "topup:"), (CardPayments.OrderId, "order:"), (CardPayments.CardGiftId, "cardgift:")];

    /// <summary>Names of the metadata that carries the id of a refund of ours.</summary>
    private static readonly string[] Refunds = [CardPayments.RefundId, "order_refund_id", "card_gift_refund_id"];

    /// <summary>The reference of each transaction; null when the provider could not be asked.</summary>
    public async Task<IReadOnlyDictionary<string, string>?> FindAsync(IReadOnlyList<StripeBalanceTransaction> transactions)
    {
        var charges = await ListChargesAsync([.. transactions.Where(IsCharge)]);
        var refunds = await ListRefundsAsync([.. transactions.Where(one => IsRefund(one) && one.Type != "refund_failure")]);
        if (charges is null || refunds is null) { return null; }

        using var room = new SemaphoreSlim(AtOnceMax);
        var found = await Task.WhenAll(transactions.Select(async one =>
        {
            await room.WaitAsync();
            try
            {
                return (one.Id, Reference: await FindAsync(one, charges, refunds));
            }
            finally
            {
                room.Release();
            }
        }));
        return found.Any(one => one.Reference is null)
            ? null
            : found.ToDictionary(one => one.Id, one => one.Reference!, StringComparer.Ordinal);
    }

    private async Task<string?> FindAsync(
        StripeBalanceTransaction one, Dictionary<string, StripeCharge> charges, Dictionary<string, StripeRefund> refunds) => one switch
        {
            { Source: null } => Unknown(one),
            _ when IsCharge(one) => await OfChargeAsync(one, charges.GetValueOrDefault(one.Source)),
            _ when IsRefund(one) => await OfRefundAsync(one, refunds.GetValueOrDefault(one.Source)),
            { Type: "adjustment" } when one.Source.StartsWith("du_", StringComparison.Ordinal) || one.Source.StartsWith("dp_", StringComparison.Ordinal) =>
                $"dispute:{one.Source}",
            { Type: "transfer" } => await OfTransferAsync(one),
            { Type: "transfer_refund" or "transfer_cancel" or "transfer_failure" } => await OfReversalAsync(one),
            _ => Unknown(one),
        };

    private static bool IsCharge(StripeBalanceTransaction one) => one.Type is "charge" or "payment";

    private static bool IsRefund(StripeBalanceTransaction one) => one.Type is "refund" or "refund_failure" or "payment_refund" or "payment_failure_refund";

    private async Task<string?> OfChargeAsync(StripeBalanceTransaction one, StripeCharge? known)
    {
        if (known is null)
        {
            switch (await stripe.GetChargeAsync(one.Source!))
            {
                case StripeAnswer<StripeCharge>.Ok { Value: var charge }:
                    known = charge;
                    break;
                case StripeAnswer<StripeCharge>.Refused { Status: 404 }:
                    return Unknown(one);
                default:
                    return null;
            }
        }

        if (OfPayment(known.Metadata) is { } reference) { return reference; }
        if (known.PaymentIntent is not { } payment) { return Unknown(one); }
        return await stripe.GetPaymentIntentAsync(payment) switch
        {
            StripeAnswer<StripePaymentIntent>.Ok { Value: var intent } => OfPayment(intent.Metadata) ?? Unknown(one),
            StripeAnswer<StripePaymentIntent>.Refused { Status: 404 } => Unknown(one),
            _ => null,
        };
    }

    private async Task<string?> OfRefundAsync(StripeBalanceTransaction one, StripeRefund? known) => known is not null
        ? OfRefund(known)
        : await stripe.GetRefundAsync(one.Source!) switch
        {
            StripeAnswer<StripeRefund>.Ok { Value: var refund } => OfRefund(refund),
            StripeAnswer<StripeRefund>.Refused { Status: 404 } => Unknown(one),
            _ => null,
        };

    private async Task<string?> OfTransferAsync(StripeBalanceTransaction one) => await stripe.GetTransferAsync(one.Source!) switch
    {
        StripeAnswer<StripeTransfer>.Ok { Value: var transfer } => OfTransfer(transfer) ?? Unknown(one),
        StripeAnswer<StripeTransfer>.Refused { Status: 404 } => Unknown(one),
        _ => null,
    };

    /// <summary>A reversal does not say of itself which transfer it takes back.</summary>
    private async Task<string?> OfReversalAsync(StripeBalanceTransaction one)
    {
        var answer = await StripePages.ReadAsync<StripeTransfer>(page => stripe.ListTransfersAsync(new ListTransfers(), page), TransferPagesMax);
        if (answer is not StripeAnswer<StripeList<StripeTransfer>>.Ok { Value.Data: var transfers }) { return null; }
        foreach (var transfer in transfers.Where(transfer => transfer.AmountReversed > 0))
        {
            if (transfer.Id == one.Source) { return OfTransfer(transfer) ?? Unknown(one); }
            if (await stripe.ListTransferReversalsAsync(transfer.Id) is not StripeAnswer<StripeList<StripeTransferReversal>>.Ok { Value.Data: var reversals }) { return null; }
            if (reversals.Any(reversal => reversal.Id == one.Source)) { return OfTransfer(transfer) ?? Unknown(one); }
        }

        return Unknown(one);
    }

    private static string? OfPayment(IReadOnlyDictionary<string, string>? metadata)
    {
        foreach (var (name, prefix) in Payments)
        {
            if (metadata?.GetValueOrDefault(name) is { Length: > 0 } id) { return prefix + id; }
        }

        return null;
    }

    /// <summary>A refund of ours by our id of it; one that what was paid has made of itself by that; one that was made at the provider by the provider's.</summary>
    private static string OfRefund(StripeRefund refund)
    {
        foreach (var name in Refunds)
        {
            if (refund.Metadata?.GetValueOrDefault(name) is { Length: > 0 } id) { return $"refund:{id}"; }
        }

        return OfPayment(refund.Metadata) ?? $"refund:{refund.Id}";
    }

    private static string? OfTransfer(StripeTransfer transfer) =>
        transfer.Metadata?.GetValueOrDefault(PayoutId) is { Length: > 0 } id ? $"payout:{id}" : null;

    private static string Unknown(StripeBalanceTransaction one) => $"{one.Type}:{one.Source ?? one.Id}";

    private async Task<Dictionary<string, StripeCharge>?> ListChargesAsync(IReadOnlyList<StripeBalanceTransaction> wanted) =>
        await ListAsync<StripeCharge>(wanted, (from, to, page) => stripe.ListChargesAsync(new ListCharges(From: from, To: to), page));

    private async Task<Dictionary<string, StripeRefund>?> ListRefundsAsync(IReadOnlyList<StripeBalanceTransaction> wanted) =>
        await ListAsync<StripeRefund>(wanted, (from, to, page) => stripe.ListRefundsAsync(new ListRefunds(From: from, To: to), page));

    /// <summary>The objects behind many transactions are read by their time; null when they could not be.</summary>
    private static async Task<Dictionary<string, T>?> ListAsync<T>(
        IReadOnlyList<StripeBalanceTransaction> wanted, Func<DateTimeOffset, DateTimeOffset, StripePage, Task<StripeAnswer<StripeList<T>>>> list)
        where T : class, IStripeObject
    {
        if (wanted.Count < ListFrom) { return []; }
        var from = DateTimeOffset.FromUnixTimeSeconds(wanted.Min(one => one.Created) - 1);
        var to = DateTimeOffset.FromUnixTimeSeconds(wanted.Max(one => one.Created) + 1);
        var answer = await StripePages.ReadAsync<T>(page => list(from, to, page), ListPagesMax);
        return answer is StripeAnswer<StripeList<T>>.Ok { Value.Data: var found }
            ? found.DistinctBy(one => one.Id, StringComparer.Ordinal).ToDictionary(one => one.Id, StringComparer.Ordinal)
            : null;
    }
}
