using System.Collections.Concurrent;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payments.Cards;

/// <summary>What tells one card from others, whoever uses it: the provider's fingerprint, asked once for a payment method.</summary>
internal sealed class CardFingerprints(StripeClient stripe)
{
    /// <summary>Payment methods whose fingerprint is remembered.</summary>
    private const int KnownMax = 4_096;

    private readonly ConcurrentDictionary<string, string?> _known = new(StringComparer.Ordinal);

    /// <summary>Asks for it.</summary>
    /// <returns>
    /// <c>Answered</c> is false when the provider cannot tell now. No fingerprint: it knows none, or not the payment method, which it will
    /// refuse to charge.
    /// </returns>
    public async Task<(bool Answered, string? Fingerprint)> FindAsync(string paymentMethod)
    {
        if (_known.TryGetValue(paymentMethod, out var known)) { return (true, known); }
        switch (await stripe.GetPaymentMethodAsync(paymentMethod))
        {
            case StripeAnswer<StripePaymentMethod>.Ok { Value: var method }:
                if (_known.Count >= KnownMax) { _known.Clear(); }
                _known[paymentMethod] = method.Card?.Fingerprint;
                return (true, method.Card?.Fingerprint);
            case StripeAnswer<StripePaymentMethod>.Refused { Status: 400 or 404 }:
                return (true, null);
            default:
                return (false, null);
        }
    }
}
