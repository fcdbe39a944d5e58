using System.Collections.Immutable;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Stripe;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What the provider says of an account, in our words.</summary>
internal static class AccountReading
{
    /// <summary>Things that are named to the owner at once.</summary>
    private const int MissingMax = 20;

    /// <summary>By the beginning of the provider's name of a requirement; the first that fits.</summary>
    private static readonly (string Prefix, string Words)[] Words =
    [
        ("identity.individual.given_name", "your first name"),
        ("identity.individual.surname", "your last name"),
        ("identity.individual.date_of_birth", "your date of birth"),
        ("identity.individual.address", "your address"),
        ("identity.individual.phone", "your phone number"),
        ("identity.individual.email", "your e-mail address"),
        ("identity.individual.id_numbers", "your tax or identity number"),
        ("identity.individual.documents", "a photo of your passport or identity card"),
        ("identity.business_details", "details of your business"),
        ("identity.attestations.terms_of_service", "your consent to the provider's terms"),
        ("identity.", "more about you"),
        ("payout_method", "a bank account"),
        ("configuration.recipient", "a bank account"),
        ("defaults.profile", "what you do"),
    ];

    /// <summary>Takes in what the provider says.</summary>
    public static PayoutAccountRecord Apply(PayoutAccountRecord record, StripeAccount account, DateTimeOffset now)
    {
        var entries = account.Requirements?.Entries ?? [];
        var missing = entries.Where(entry => entry.AwaitingActionFrom != "stripe")
            .Select(entry => WordsOf(entry.Description)).Distinct(StringComparer.Ordinal).Take(MissingMax).ToImmutableList();
        var next = record with { AskedAt = now, Missing = missing, Problem = null };
        if (account.CanReceive) { return next with { Known = PayoutAccountState.Active }; }
        if (account.Closed == true) { return next with { Known = PayoutAccountState.Restricted, Problem = "Your account at the payment provider is closed. Ask the operator." }; }

        return account.StripeTransfersStatus switch
        {
            "rejected" or "unsupported" => next with
            {
                Known = PayoutAccountState.Restricted,
                Missing = [],
                Problem = "The payment provider has rejected this account. Contact it from your account there.",
            },
            _ when missing.Count > 0 => next with { Known = PayoutAccountState.Restricted },
            "restricted" => next with
            {
                Known = PayoutAccountState.Restricted,
                Problem = "The payment provider has restricted this account. Open your account there to see why.",
            },
            _ => next with { Known = PayoutAccountState.Pending },
        };
    }

    /// <summary>A requirement as its owner would say it.</summary>
    public static string WordsOf(string description)
    {
        foreach (var (prefix, words) in Words)
        {
            if (description.StartsWith(prefix, StringComparison.Ordinal)) { return words; }
        }

        return description.Replace('_', ' ').Replace('.', ' ');
    }
}
