using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>One payment by card for one thing of ours.</summary>
/// <param name="Purpose">Name of the metadata that carries <paramref name="Id"/>: <see cref="CardPayments.TopUpId"/> or <see cref="CardPayments.OrderId"/>.</param>
/// <param name="Id">Our id; the payment is found by it.</param>
/// <param name="IdempotencyKey">The same on every try.</param>
/// <param name="CreatedAt">When our row was made: the payment is never older.</param>
/// <param name="Customer">Whose saved card it is; null: not a saved one.</param>
internal sealed record CardCharge(
    string Purpose, string Id, string IdempotencyKey, long AmountMinor, string Currency, string PaymentMethod, string ReturnUrl,
    string Description, DateTimeOffset CreatedAt, string? Customer = null);

/// <summary>What is known about a payment after asking the provider.</summary>
internal abstract record PaymentSight
{
    private PaymentSight()
    {
    }

    /// <summary>It exists, and this is how it is.</summary>
    public sealed record Seen(PaymentNews News) : PaymentSight;

    /// <summary>The provider would not make it: nothing is charged.</summary>
    public sealed record Refused(string Problem) : PaymentSight;

    /// <summary>It was looked for and is not there.</summary>
    public sealed record Absent : PaymentSight;

    /// <summary>Nobody can tell now; ask again later.</summary>
    public sealed record Uncertain : PaymentSight;
}

/// <summary>Card payments with outcomes that are certain or openly uncertain.</summary>
internal sealed partial class CardPayments(
    StripeClient stripe, IOptions<PaymentsOptions> options, TimeProvider time, ILogger<CardPayments> logger)
{
    /// <summary>Metadata of a top-up's payment.</summary>
    public const string TopUpId = "top_up_id";

    /// <summary>Metadata of an order's payment.</summary>
    public const string OrderId = "order_id";

    /// <summary>Metadata of a card gift's payment.</summary>
    public const string CardGiftId = "card_gift_id";

    /// <summary>Metadata of a refund that a refund of ours has made.</summary>
    public const string RefundId = "refund_id";

    /// <summary>Metadata of a customer and of a card that is being saved: whose.</summary>
    public const string AccountId = "account_id";

    /// <summary>Metadata of a card that is being saved: our id of that.</summary>
    public const string CardSetupId = "card_setup_id";

    /// <summary>
    /// How long the payment is posted again under its key while its outcome is unknown; later it is only looked up. Far below the
    /// 24 h that a key lives, and nobody is charged for something that was given up long ago.
    /// </summary>
    public static readonly TimeSpan PostAgainFor = TimeSpan.FromMinutes(5);

    /// <summary>Clocks here and there may differ by this much.</summary>
    private static readonly TimeSpan ClockSkew = TimeSpan.FromMinutes(5);

    /// <summary>Pages of a look-up: a payment not among the newest thousand of its span is left uncertain.</summary>
    private const int PagesMax = 10;

    /// <summary>Whether payments are set up at all.</summary>
    public bool Available => options.Value.SecretKey.Length > 0;

    /// <summary>Brings the knowledge up to date: posts the payment if it was not, or asks how it is.</summary>
    /// <param name="paymentIntentId">The provider's id, once known.</param>
    /// <param name="mayPost">False when the payment must not be made any more.</param>
    public async Task<PaymentSight> AdvanceAsync(CardCharge charge, string? paymentIntentId, bool mayPost)
    {
        if (paymentIntentId is not null) { return Sight(await stripe.GetPaymentIntentAsync(paymentIntentId)); }
        if (!mayPost || time.GetUtcNow() - charge.CreatedAt > PostAgainFor) { return await FindAsync(charge); }

        var answer = await stripe.CreatePaymentIntentAsync(Request(charge), charge.IdempotencyKey);

        // A key whose first answer was a server error gives that answer for ever; the payment may exist all the same.
        if (answer is StripeAnswer<StripePaymentIntent>.Unknown { ServerError: true } && await FindAsync(charge) is PaymentSight.Seen seen)
        {
            return seen;
        }

        return Sight(answer);
    }

    /// <summary>Ends an unpaid payment; one that was paid meanwhile is seen as paid.</summary>
    public async Task<PaymentSight> CancelAsync(string paymentIntentId)
    {
        // Under one key a refused cancellation would be refused for a day; a new minute is a new question.
        var minute = time.GetUtcNow().ToUnixTimeSeconds() / 60;
        return await stripe.CancelPaymentIntentAsync(paymentIntentId, $"cancel:{paymentIntentId}:{minute}") switch
        {
            StripeAnswer<StripePaymentIntent>.Refused => Sight(await stripe.GetPaymentIntentAsync(paymentIntentId)),
            var answer => Sight(answer),
        };
    }

    /// <summary>Sends the whole payment back. True when the provider has taken the refund, now or before.</summary>
    public async Task<bool> RefundAsync(string paymentIntentId, string purpose, string id)
    {
        var answer = await stripe.CreateRefundAsync(
            new CreateRefund(paymentIntentId, new Dictionary<string, string> { [purpose] = id }),
            $"refund:{paymentIntentId}:1");
        switch (answer)
        {
            case StripeAnswer<StripeRefund>.Ok { Value.Status: not ("failed" or "canceled") }:
            case StripeAnswer<StripeRefund>.Refused { Error.Code: "charge_already_refunded" }:
                return true;
            default:
                Log.RefundNotTaken(logger, paymentIntentId, purpose, id);
                return false;
        }
    }

    /// <summary>Looks for the payment by our id in its metadata.</summary>
    private async Task<PaymentSight> FindAsync(CardCharge charge)
    {
        var (from, to) = (charge.CreatedAt - ClockSkew, charge.CreatedAt + PostAgainFor + ClockSkew);
        bool IsIt(StripePaymentIntent intent) => intent.Metadata?.GetValueOrDefault(charge.Purpose) == charge.Id;
        var answer = await StripePages.ReadAsync<StripePaymentIntent>(
            page => stripe.ListPaymentIntentsAsync(new ListPaymentIntents(from, to), page), PagesMax, IsIt);
        if (answer is not StripeAnswer<StripeList<StripePaymentIntent>>.Ok { Value: var list }) { return new PaymentSight.Uncertain(); }
        if (list.Data.FirstOrDefault(IsIt) is { } found) { return new PaymentSight.Seen(PaymentNewsReader.Read(found)); }
        if (!list.HasMore) { return new PaymentSight.Absent(); }

        Log.TooManyToSearch(logger, charge.Purpose, charge.Id, from, to);
        return new PaymentSight.Uncertain();
    }

    private PaymentSight Sight(StripeAnswer<StripePaymentIntent> answer)
    {
        switch (answer)
        {
            case StripeAnswer<StripePaymentIntent>.Ok { Value: { Id.Length: > 0, Status.Length: > 0 } intent }:
                return new PaymentSight.Seen(PaymentNewsReader.Read(intent));
            case StripeAnswer<StripePaymentIntent>.Refused { Error: { PaymentIntent: { Id.Length: > 0, Status.Length: > 0 } intent } error }:
                return new PaymentSight.Seen(PaymentNewsReader.Read(intent with { LastPaymentError = intent.LastPaymentError ?? error }));
            case StripeAnswer<StripePaymentIntent>.Refused { Error.Type: "idempotency_error" }:
                // Our own mistake, and no reason to believe that nothing was charged: look it up later.
                return new PaymentSight.Uncertain();
            case StripeAnswer<StripePaymentIntent>.Refused refused:
                if (refused.Status is 401 or 403) { Log.KeyNotAccepted(logger, refused.Status); }
                return new PaymentSight.Refused(PaymentNewsReader.ProblemOf(refused.Status, refused.Error));
            default:
                return new PaymentSight.Uncertain();
        }
    }

    private static CreatePaymentIntent Request(CardCharge charge) => new(
        charge.AmountMinor,
        charge.Currency,
        new Dictionary<string, string> { [charge.Purpose] = charge.Id },
        charge.PaymentMethod,
        charge.Customer,
        Confirm: true,
        ReturnUrl: charge.ReturnUrl,
        Description: charge.Description);

    private static partial class Log
    {
        [LoggerMessage(EventId = 6011, Level = LogLevel.Error, Message = "The refund of {PaymentIntentId} ({Purpose} {Id}) was not taken and is tried again later")]
        public static partial void RefundNotTaken(ILogger logger, string paymentIntentId, string purpose, string id);

        [LoggerMessage(EventId = 6012, Level = LogLevel.Error, Message = "{Purpose} {Id} could not be searched: too many payments between {From} and {To}")]
        public static partial void TooManyToSearch(ILogger logger, string purpose, string id, DateTimeOffset from, DateTimeOffset to);

        [LoggerMessage(EventId = 6013, Level = LogLevel.Error, Message = "The payment provider answered {Status}: check Payments:SecretKey and its permissions")]
        public static partial void KeyNotAccepted(ILogger logger, int status);
    }
}
