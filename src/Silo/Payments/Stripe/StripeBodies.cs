using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>What is sent to create or change an account. The names are the API's; what is null is left out.</summary>
internal sealed record StripeAccountBody(
    string? ContactEmail = null,
    string? DisplayName = null,
    string? Dashboard = null,
    StripeIdentityBody? Identity = null,
    StripeConfigurationBody? Configuration = null,
    StripeDefaultsBody? Defaults = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    IReadOnlyList<string>? Include = null);

/// <summary>Who owns an account.</summary>
internal sealed record StripeIdentityBody(string Country, StripeEntityType EntityType);

/// <summary>What an account is to be set up for.</summary>
internal sealed record StripeConfigurationBody(StripeRecipientBody Recipient)
{
    /// <summary>Receiving transfers, and nothing else.</summary>
    public static StripeConfigurationBody Transfers(bool requested) =>
        new(new StripeRecipientBody(new StripeRecipientCapabilitiesBody(new StripeBalanceCapabilitiesBody(new StripeCapabilityBody(requested)))));
}

/// <summary>What a recipient is to be allowed.</summary>
internal sealed record StripeRecipientBody(StripeRecipientCapabilitiesBody Capabilities);

/// <summary>What a recipient is to be allowed, by kind.</summary>
internal sealed record StripeRecipientCapabilitiesBody(StripeBalanceCapabilitiesBody StripeBalance);

/// <summary>What a recipient is to be allowed with its balance.</summary>
internal sealed record StripeBalanceCapabilitiesBody(StripeCapabilityBody StripeTransfers);

/// <summary>Whether something is asked for.</summary>
internal sealed record StripeCapabilityBody(bool Requested);

/// <summary>What holds for an account unless it is said otherwise.</summary>
internal sealed record StripeDefaultsBody(StripeResponsibilitiesBody Responsibilities);

/// <summary>Who pays fees and who answers for losses.</summary>
internal sealed record StripeResponsibilitiesBody(string FeesCollector, string LossesCollector);

/// <summary>What is sent to make a page for the owner of an account.</summary>
internal sealed record StripeAccountLinkBody(string Account, StripeLinkUseBody UseCase);

/// <summary>What the page is for; its settings are under the name of that.</summary>
internal sealed record StripeLinkUseBody(StripeAccountLinkUse Type, StripeLinkPageBody? AccountOnboarding, StripeLinkPageBody? AccountUpdate);

/// <summary>Where the page leads to.</summary>
internal sealed record StripeLinkPageBody(string RefreshUrl, string ReturnUrl);

/// <summary>Writes an enum as the API does.</summary>
internal sealed class SnakeCaseEnumConverter<TEnum>() : JsonStringEnumConverter<TEnum>(JsonNamingPolicy.SnakeCaseLower)
    where TEnum : struct, Enum;
