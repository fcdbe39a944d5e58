using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments;

/// <summary>What became of sending a part of a payment back.</summary>
internal abstract record PartRefundSight
{
    private PartRefundSight()
    {
    }

    /// <summary>The provider has taken it.</summary>
    /// <param name="RefundId">The provider's id of it.</param>
    public sealed record Taken(string RefundId) : PartRefundSight;

    /// <summary>The provider would not: nothing goes back.</summary>
    public sealed record Refused(string Problem) : PartRefundSight;

    /// <summary>Nobody can tell now; ask again later under the same id.</summary>
    public sealed record Uncertain : PartRefundSight;
}

/// <summary>Sending parts of payments back.</summary>
internal sealed partial class CardPayments
{
    private const int RefundPagesMax = 2;

    /// <summary>Sends a part of a payment back, once for each id of ours.</summary>
    /// <param name="idName">Name of the metadata that carries <paramref name="refundId"/>.</param>
    /// <param name="refundId">Ours; the same on every try.</param>
    public async Task<PartRefundSight> RefundPartAsync(string paymentIntentId, string purpose, string id, string idName, string refundId, long amountMinor)
    {
        // Looked for first: a key lives for a day only, and a try may be older.
        var listed = await StripePages.ReadAsync<StripeRefund>(
            page => stripe.ListRefundsAsync(new ListRefunds(paymentIntentId), page), RefundPagesMax, IsIt);
        if (listed is not StripeAnswer<StripeList<StripeRefund>>.Ok { Value: var list }) { return new PartRefundSight.Uncertain(); }
        if (list.Data.FirstOrDefault(IsIt) is { } found)
        {
            // One refund for each of our ids: another sum would be booked as sent although nobody was asked for it.
            return found.Amount == amountMinor
                ? Sight(found)
                : new PartRefundSight.Refused("The payment provider made this refund before, with another sum. Send the rest back there; it is booked here by itself.");
        }


        var answer = await stripe.CreateRefundAsync(
            new CreateRefund(
                paymentIntentId, new Dictionary<string, string>(StringComparer.Ordinal) { [purpose] = id, [idName] = refundId }, amountMinor,
                StripeRefundReason.RequestedByCustomer),
            $"refund:{refundId}:1");
        switch (answer)
        {
            case StripeAnswer<StripeRefund>.Ok { Value: var made }:
                return Sight(made);
            case StripeAnswer<StripeRefund>.Refused { Error: { Type: not "idempotency_error" } error }:
                Log.RefundRefused(logger, paymentIntentId, purpose, id, error.Code);
                return new PartRefundSight.Refused(ProblemOf(error.Code));
            default:
                return new PartRefundSight.Uncertain();
        }

        bool IsIt(StripeRefund refund) => refund.Metadata?.GetValueOrDefault(idName) == refundId;
    }

    private static PartRefundSight Sight(StripeRefund refund) => refund.Status is "failed" or "canceled"
        ? new PartRefundSight.Refused("The buyer's bank did not take the money back. Try again later, or pay the buyer in another way.")
        : new PartRefundSight.Taken(refund.Id);

    private static string ProblemOf(string? code) => code switch
    {
        "charge_already_refunded" => "The payment was sent back already. Reload the order.",
        "charge_disputed" => "The buyer's bank has asked for the money back, so it cannot be sent back as well.",
        "insufficient_funds" or "balance_insufficient" => "There is not enough money at the payment provider just now. Try again in a few days.",
        _ => "The payment provider refused to send the money back. Try again later, or ask the platform's operator.",
    };

    private static partial class Log
    {
        [LoggerMessage(EventId = 6014, Level = LogLevel.Warning, Message = "A refund of {PaymentIntentId} ({Purpose} {Id}) was refused: {Code}")]
        public static partial void RefundRefused(ILogger logger, string paymentIntentId, string purpose, string id, string? code);
    }
}
