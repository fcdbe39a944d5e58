using System.Collections.Immutable;

namespace LiveCommerce.Silo.Payments;

/// <summary>What is stored of everything that is paid by one card payment.</summary>
/// <typeparam name="TStage">Where it is. Stored by name.</typeparam>
internal abstract record CardPaymentRecord<TStage>
    where TStage : struct, Enum
{
    public TStage Stage { get; init; }

    /// <summary>Of the request: the same id with another content is refused.</summary>
    public long Fingerprint { get; init; }

    public string PaymentMethod { get; init; } = "";

    public string ReturnUrl { get; init; } = "";

    /// <summary>The provider's customer, when the card is a saved one.</summary>
    public string? Customer { get; init; }

    /// <summary>Part of the key that the provider knows the payment by.</summary>
    public int Attempt { get; init; } = 1;

    public string? PaymentIntentId { get; init; }

    /// <summary>Whether the provider said that the payment can't be paid any more.</summary>
    public bool PaymentEnded { get; init; }

    public string? ActionUrl { get; init; }

    public string? Problem { get; init; }

    /// <summary>
    /// The ledger entry's id: made when the entry is wanted and stored before it is posted, so that every later try posts the same
    /// entry. Not the thing's own id: its payer chooses that one, and could use it up as the key of a gift.
    /// </summary>
    public Guid? LedgerKey { get; init; }

    /// <summary>Commits after the first one, by name.</summary>
    public ImmutableDictionary<string, LedgerStep> Steps { get; init; } = ImmutableDictionary<string, LedgerStep>.Empty;
}

/// <summary>What the provider says about a payment, in our words.</summary>
internal enum CardOutcome
{
    /// <summary>The payer must confirm.</summary>
    ActionNeeded = 0,
    Processing = 1,

    /// <summary>A try failed; the payment may still be paid.</summary>
    Failed = 2,

    /// <summary>It cannot be paid any more.</summary>
    Canceled = 3,

    /// <summary>The money is taken.</summary>
    Succeeded = 4,

    /// <summary>The provider would not make the payment.</summary>
    Refused = 5,

    /// <summary>There is no such payment, and none will be made.</summary>
    Absent = 6,
}

/// <summary>Reads the provider's statuses.</summary>
internal static class CardOutcomes
{
    /// <summary>What a status means; null: nothing.</summary>
    /// <param name="problem">A payment that waits for a card has failed only if there was a try.</param>
    public static CardOutcome? Read(string status, string? problem) => status switch
    {
        PaymentNewsReader.Succeeded => CardOutcome.Succeeded,
        PaymentNewsReader.RequiresAction => CardOutcome.ActionNeeded,
        PaymentNewsReader.Processing => CardOutcome.Processing,
        PaymentNewsReader.RequiresPaymentMethod when problem is not null => CardOutcome.Failed,
        PaymentNewsReader.Canceled => CardOutcome.Canceled,
        _ => null,
    };
}
