namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>The part of a connected account that we read.</summary>
internal sealed record StripeAccount(
    string Id,
    bool? Closed = null,
    string? Dashboard = null,
    StripeAccountConfiguration? Configuration = null,
    StripeAccountRequirements? Requirements = null,
    IReadOnlyDictionary<string, string>? Metadata = null) : IStripeObject
{
    /// <summary>
    /// Whether money can be sent to it: <c>active</c>, <c>pending</c>, <c>rejected</c>, <c>restricted</c> or <c>unsupported</c>; null when
    /// that was not told or never asked for.
    /// </summary>
    public string? StripeTransfersStatus => Configuration?.Recipient?.Capabilities?.StripeBalance?.StripeTransfers?.Status;

    /// <summary>Whether money can be sent to it now.</summary>
    public bool CanReceive => Closed != true && StripeTransfersStatus == "active";
}

/// <summary>What an account is set up for.</summary>
internal sealed record StripeAccountConfiguration(StripeRecipient? Recipient = null);

/// <summary>An account that receives money.</summary>
internal sealed record StripeRecipient(bool? Applied = null, StripeRecipientCapabilities? Capabilities = null);

/// <summary>What a recipient may do.</summary>
internal sealed record StripeRecipientCapabilities(StripeBalanceCapabilities? StripeBalance = null);

/// <summary>What a recipient may do with its balance.</summary>
internal sealed record StripeBalanceCapabilities(StripeCapability? StripeTransfers = null, StripeCapability? Payouts = null);

/// <summary>Whether something is allowed, and if not, why.</summary>
internal sealed record StripeCapability(string Status, IReadOnlyList<StripeCapabilityDetail>? StatusDetails = null);

/// <summary>Why something is not allowed, and who can change that.</summary>
/// <param name="Resolution"><c>provide_info</c>, <c>contact_stripe</c> or <c>no_resolution</c>.</param>
internal sealed record StripeCapabilityDetail(string Code, string? Resolution = null);

/// <summary>What the provider still wants to know of the owner.</summary>
internal sealed record StripeAccountRequirements(
    IReadOnlyList<StripeRequirement>? Entries = null, StripeRequirementsSummary? Summary = null);

/// <summary>One thing that it wants to know.</summary>
/// <param name="AwaitingActionFrom"><c>user</c> or <c>stripe</c>.</param>
internal sealed record StripeRequirement(string Description, string? AwaitingActionFrom = null, StripeDeadline? MinimumDeadline = null);

/// <summary>The most urgent of all.</summary>
internal sealed record StripeRequirementsSummary(StripeDeadline? MinimumDeadline = null);

/// <summary>By when.</summary>
/// <param name="Status"><c>eventually_due</c>, <c>currently_due</c> or <c>past_due</c>.</param>
internal sealed record StripeDeadline(string Status, DateTimeOffset? Time = null);

/// <summary>A page of the provider where the owner of an account gives what is wanted. It opens once and soon ends: hand it on, don't keep it.</summary>
internal sealed record StripeAccountLink(string Url, DateTimeOffset ExpiresAt);
