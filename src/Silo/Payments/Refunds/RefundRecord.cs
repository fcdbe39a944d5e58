using System.Collections.Immutable;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>What is stored of a refund.</summary>
internal sealed record RefundRecord
{
    public RefundState Stage { get; init; }

    /// <summary>Who asked: an account id; empty for one that was made at the provider.</summary>
    public string By { get; init; } = "";

    public bool ByOperator { get; init; }

    public long Fingerprint { get; init; }

    public string? TopUpId { get; init; }

    public Guid? GiftEntry { get; init; }

    /// <summary>What was asked for; null: all.</summary>
    public long? CoinsAsked { get; init; }

    public string Reason { get; init; } = "";

    public long Coins { get; init; }

    public long AmountMinor { get; init; }

    public string Currency { get; init; } = "";

    public string? PaymentIntentId { get; init; }

    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>When this attempt was first sent.</summary>
    public DateTimeOffset SentAt { get; init; }

    /// <summary>Part of the key that the provider knows the refund by.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The provider's id, once known.</summary>
    public string? ProviderId { get; init; }

    /// <summary>The provider's ids of refunds that failed, which is final there: whatever else is heard of them is old.</summary>
    public ImmutableList<string> FailedIds { get; init; } = [];

    /// <summary>Made at the provider and not here: which thing of ours its payment paid for.</summary>
    public string? OutsidePurpose { get; init; }

    public string? OutsideThing { get; init; }

    public bool IsOutside { get; init; }

    /// <summary>Sent by that thing itself, which is only told that it failed.</summary>
    public bool IsOfThing { get; init; }

    /// <summary>Whether what was paid knows how it ended.</summary>
    public bool Told { get; init; }

    public string? Problem { get; init; }

    public ImmutableDictionary<string, LedgerStep> Steps { get; init; } = ImmutableDictionary<string, LedgerStep>.Empty;

    public RefundView ToView(string id) => new(
        id, Stage, TopUpId, GiftEntry, Coins, AmountMinor, Currency, Reason, RequestedAt, Stage == RefundState.Failed ? Problem : null);
}
