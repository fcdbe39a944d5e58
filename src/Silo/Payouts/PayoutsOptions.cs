using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payouts;

/// <summary>The rules of withdrawing earnings. Section <c>Payouts</c>.</summary>
public sealed class PayoutsOptions
{
    /// <summary>The least that one payout pays, in cents.</summary>
    [Range(1, 1_000_000)]
    public long MinimumMinor { get; set; } = 1_000;

    /// <summary>What 100 coins of earnings are paid as, in cents. Published: players show it.</summary>
    [Range(1, 10_000)]
    public long MinorPerHundredCoins { get; set; } = 100;

    /// <summary>When somebody's payouts of 24 hours are above this together, an operator other than the one who asks lets the next go, in cents. 0: always.</summary>
    [Range(0, 1_000_000_000)]
    public long SecondApproverAboveMinor { get; set; } = 100_000;

    /// <summary>Seconds until a payout that the platform's balance does not cover is tried again.</summary>
    [Range(1, 86_400)]
    public int TryAgainAfterSeconds { get; set; } = 600;

    /// <summary>Countries whose residents can be paid, two capital letters each. Empty: <see cref="UsualCountries"/>.</summary>
    public IList<string> Countries { get; } = [];

    /// <summary>The countries when none are configured.</summary>
    internal static readonly IReadOnlyList<string> UsualCountries =
        ["AT", "AU", "BE", "CA", "CH", "DE", "DK", "ES", "FI", "FR", "GB", "IE", "IT", "JP", "NL", "NO", "NZ", "PT", "SE", "SG", "US"];

    /// <summary>The countries that are offered.</summary>
    internal IReadOnlyList<string> OfferedCountries => Countries.Count > 0 ? [.. Countries] : UsualCountries;
}

[OptionsValidator]
internal sealed partial class PayoutsOptionsValidator : IValidateOptions<PayoutsOptions>;

/// <summary>Countries are written as the provider writes them.</summary>
internal sealed class PayoutsCountriesValidator : IValidateOptions<PayoutsOptions>
{
    public ValidateOptionsResult Validate(string? name, PayoutsOptions options) =>
        options.Countries.FirstOrDefault(country => country is not { Length: 2 } || !country.All(char.IsAsciiLetterUpper)) is { } wrong
            ? ValidateOptionsResult.Fail($"Payouts:Countries has \"{wrong}\". Write two capital letters for each country, such as DE.")
            : ValidateOptionsResult.Success;
}
