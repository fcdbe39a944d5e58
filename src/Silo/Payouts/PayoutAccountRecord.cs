using System.Collections.Immutable;
using LiveCommerce.Contracts.Payouts;

namespace LiveCommerce.Silo.Payouts;

/// <summary>What is stored of somebody's account at the provider.</summary>
internal sealed record PayoutAccountRecord
{
    /// <summary>The provider's id, once known.</summary>
    public string? ProviderId { get; init; }

    public string Name { get; init; } = "";

    public string Email { get; init; } = "";

    public string Country { get; init; } = "";

    /// <summary>Part of the key that the provider knows the request by.</summary>
    public int Attempt { get; init; } = 1;

    public DateTimeOffset StartedAt { get; init; }

    /// <summary>When the provider last said how it is.</summary>
    public DateTimeOffset AskedAt { get; init; }

    public PayoutAccountState Known { get; init; }

    public ImmutableList<string> Missing { get; init; } = [];

    public string? Problem { get; init; }

    /// <summary>The one payout that may be under way.</summary>
    public string? Running { get; init; }
}
