using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>What is known of a refund after asking the provider.</summary>
internal abstract record RefundSight
{
    private RefundSight()
    {
    }

    /// <summary>It exists, and this is how it is.</summary>
    public sealed record Seen(ProviderRefund Refund) : RefundSight;

    /// <summary>The provider would not make it, or it never arrived there.</summary>
    public sealed record Refused(string Problem) : RefundSight;

    /// <summary>Nobody can tell now; ask again later.</summary>
    public sealed record Uncertain : RefundSight;
}

/// <summary>Asks the provider for refunds: with one key while the outcome is unknown, later by looking for our id.</summary>
internal sealed class RefundSender(StripeClient stripe, TimeProvider time)
{
    /// <summary>Metadata: which attempt of the refund.</summary>
    private const string AttemptName = "refund_attempt";

    /// <summary>Pages of a payment's refunds that are looked through.</summary>
    private const int PagesMax = 10;

    /// <summary>Brings the knowledge up to date: posts the refund if it was not, or asks how it is.</summary>
    public async Task<RefundSight> AdvanceAsync(string id, RefundRecord refund)
    {
        if (refund.ProviderId is { } known) { return Sight(await stripe.GetRefundAsync(known)); }
        if (time.GetUtcNow() - refund.SentAt > CardPayments.PostAgainFor) { return await FindAsync(id, refund); }

        var answer = await stripe.CreateRefundAsync(
            new CreateRefund(refund.PaymentIntentId!, MetadataOf(id, refund), refund.AmountMinor, StripeRefundReason.RequestedByCustomer),
            $"refund:{id}:{refund.Attempt}");

        // A key whose first answer was a server error gives that answer for ever; the refund may exist all the same.
        if (answer is StripeAnswer<StripeRefund>.Unknown { ServerError: true } && await FindAsync(id, refund) is RefundSight.Seen seen) { return seen; }
        return Sight(answer);
    }

    private async Task<RefundSight> FindAsync(string id, RefundRecord refund)
    {
        bool IsIt(StripeRefund one) => MetadataOf(id, refund).All(ours => one.Metadata?.GetValueOrDefault(ours.Key) == ours.Value);
        var answer = await StripePages.ReadAsync<StripeRefund>(
            page => stripe.ListRefundsAsync(new ListRefunds(refund.PaymentIntentId), page), PagesMax, IsIt);
        if (answer is not StripeAnswer<StripeList<StripeRefund>>.Ok { Value: var list }) { return new RefundSight.Uncertain(); }
        if (list.Data.FirstOrDefault(IsIt) is { } found) { return new RefundSight.Seen(ProviderObjects.Read(found)); }
        return list.HasMore ? new RefundSight.Uncertain() : new RefundSight.Refused("The refund did not reach the payment provider. Try again.");
    }

    private static RefundSight Sight(StripeAnswer<StripeRefund> answer) => answer switch
    {
        StripeAnswer<StripeRefund>.Ok { Value: var refund } => new RefundSight.Seen(ProviderObjects.Read(refund)),
        StripeAnswer<StripeRefund>.Refused { Error.Type: "idempotency_error" } => new RefundSight.Uncertain(),
        StripeAnswer<StripeRefund>.Refused { Error: var error } => new RefundSight.Refused(error.Code switch
        {
            "charge_already_refunded" => "The payment was refunded before.",
            "charge_disputed" => "The payment is disputed, so the provider does not refund it.",
            _ => "The payment provider refused the refund. Look at the payment there.",
        }),
        _ => new RefundSight.Uncertain(),
    };

    private static Dictionary<string, string> MetadataOf(string id, RefundRecord refund) => new(StringComparer.Ordinal)
    {
        [CardPayments.RefundId] = id,
        [AttemptName] = refund.Attempt.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };
}
