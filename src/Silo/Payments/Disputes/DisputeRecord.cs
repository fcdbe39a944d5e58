using System.Collections.Immutable;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Silo.Payments.Disputes;

/// <summary>What is stored of a dispute or a warning.</summary>
internal sealed record DisputeRecord
{
    public DisputeState Stage { get; init; }

    /// <summary>As the provider told it last.</summary>
    public ProviderDispute Provider { get; init; } = new("", "", null, "", 0, "", "", default, null);

    /// <summary>An early fraud warning: it has no end at the provider.</summary>
    public bool IsWarning { get; init; }

    /// <summary>Whether the provider has taken the money at any time: from then on the books say so.</summary>
    public bool Withdrawn { get; init; }

    /// <summary>Which kind of thing was paid; empty until it is known.</summary>
    public string Purpose { get; init; } = "";

    public string ThingId { get; init; } = "";

    /// <summary>The payment is nothing of ours.</summary>
    public bool IsNobodys { get; init; }

    public long AmountMinor { get; init; }

    public string Currency { get; init; } = "";

    /// <summary>The last move that what was paid knows of.</summary>
    public DisputeMove? Told { get; init; }

    public DisputeText? Evidence { get; init; }

    /// <summary>Counts what was said: part of the key that the provider knows it by.</summary>
    public int EvidenceVersion { get; init; }

    public bool EvidenceSent { get; init; }

    public ImmutableDictionary<string, LedgerStep> Steps { get; init; } = ImmutableDictionary<string, LedgerStep>.Empty;

    public DisputeView ToView(string id, string kind) => new(
        id, Stage, IsWarning, kind, ThingId, Provider.PaymentIntentId ?? "", AmountMinor, Currency, Provider.Reason, Provider.CreatedAt,
        Provider.EvidenceDueBy, Evidence, EvidenceSent);
}
