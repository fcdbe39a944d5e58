using System.Collections.Immutable;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What is stored of a payout.</summary>
internal sealed record PayoutRecord
{
    public const string Currency = "usd";

    public PayoutState Stage { get; init; }

    /// <summary>Whose earnings, and who asked.</summary>
    public Person Owner { get; init; } = new("", "");

    public long Fingerprint { get; init; }

    public long Coins { get; init; }

    /// <summary>What the coins are paid as, at the rate when it was asked for.</summary>
    public long CoinsMinor { get; init; }

    public long SalesMinor { get; init; }

    public DateTimeOffset RequestedAt { get; init; }

    /// <summary>The provider's id of the account that gets it.</summary>
    public string Destination { get; init; } = "";

    public bool NeedsApproval { get; init; }

    /// <summary>The operator who let it go or did not.</summary>
    public Person? DecidedBy { get; init; }

    /// <summary>Part of the key that the provider knows the transfer by.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>When this attempt was first sent.</summary>
    public DateTimeOffset SentAt { get; init; }

    /// <summary>Not sent again before.</summary>
    public DateTimeOffset NotBefore { get; init; }

    /// <summary>The provider's id, once known.</summary>
    public string? TransferId { get; init; }

    /// <summary>The provider's id of the payment that the transfer is in the owner's account.</summary>
    public string? DestinationPayment { get; init; }

    public DateTimeOffset TransferredAt { get; init; }

    public DateTimeOffset? ArrivesAt { get; init; }

    /// <summary>What of it was taken back.</summary>
    public long ReversedMinor { get; init; }

    /// <summary>What of that stands in the ledger.</summary>
    public long ReversedPosted { get; init; }

    /// <summary>Whether another payout of the same person may begin.</summary>
    public bool Ended { get; init; }

    /// <summary>The phase in the lists; -1: not noted.</summary>
    public int NotedPhase { get; init; } = -1;

    public string? Problem { get; init; }

    public ImmutableDictionary<string, LedgerStep> Steps { get; init; } = ImmutableDictionary<string, LedgerStep>.Empty;

    public long AmountMinor => CoinsMinor + SalesMinor;

    public PayoutView ToView(string id) => new(
        id, Stage, Owner, Coins, CoinsMinor, SalesMinor, AmountMinor, Currency, ReversedMinor, NeedsApproval, DecidedBy, RequestedAt,
        Stage is PayoutState.Transferred or PayoutState.BankPaid ? ArrivesAt : null, Problem);
}
