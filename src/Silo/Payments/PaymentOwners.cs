using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments;

/// <summary>Whose payment it is.</summary>
internal abstract record PaymentOwner
{
    private PaymentOwner()
    {
    }

    /// <summary>A thing of ours.</summary>
    public sealed record Ours(PaidThing Thing, string Id, StripePaymentIntent Payment) : PaymentOwner;

    /// <summary>The provider knows it, and it names nothing of ours.</summary>
    public sealed record Nobody : PaymentOwner;

    /// <summary>Nobody can tell now.</summary>
    public sealed record Uncertain : PaymentOwner;
}

/// <summary>Finds what was paid, by the metadata of the payment: disputes and refunds made at the provider do not carry it.</summary>
internal sealed class PaymentOwners(StripeClient stripe, PaidThings things)
{
    public async Task<PaymentOwner> FindAsync(string paymentIntentId) => await stripe.GetPaymentIntentAsync(paymentIntentId) switch
    {
        StripeAnswer<StripePaymentIntent>.Ok { Value: var intent } =>
            things.Find(intent.Metadata) is var (thing, id) ? new PaymentOwner.Ours(thing, id, intent) : new PaymentOwner.Nobody(),
        StripeAnswer<StripePaymentIntent>.Refused { Status: 404 } => new PaymentOwner.Nobody(),
        _ => new PaymentOwner.Uncertain(),
    };
}
