using System.ComponentModel.DataAnnotations;

namespace LiveCommerce.StripeSandbox.Faults;

/// <summary>Faults at given rates. The same seed gives the n-th call of an operation the same fault in every run.</summary>
public sealed record SoakFaults : IValidatableObject
{
    /// <summary>Decides which calls and events are hit.</summary>
    public required long Seed { get; init; }

    /// <summary>How often each fault comes.</summary>
    public required SoakRates Rates { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) => Rates.Problems();
}

/// <summary>How often each fault comes, between 0 (never) and 1 (every time). What is not named never comes.</summary>
public sealed record SoakRates
{
    /// <summary>Longest delay that can be set, in seconds.</summary>
    public const int SecondsMax = 86_400;

    /// <summary>Of API calls; together at most 1.</summary>
    public IDictionary<ApiFault, double> Api { get; init; } = new Dictionary<ApiFault, double>();

    /// <summary>Of webhooks; together at most 1.</summary>
    public IDictionary<WebhookFault, double> Webhooks { get; init; } = new Dictionary<WebhookFault, double>();

    /// <summary>Longest delay of a delayed webhook, and longest wait of a reordered one for its follower, in seconds. Each is drawn from 1 up to it.</summary>
    public int SecondsLongest { get; init; } = 5;

    /// <summary>Every fault of API calls at one rate and every fault of webhooks at another.</summary>
    public static SoakRates Even(double api, double webhooks) => new()
    {
        Api = Enum.GetValues<ApiFault>().ToDictionary(fault => fault, _ => api),
        Webhooks = Enum.GetValues<WebhookFault>().ToDictionary(fault => fault, _ => webhooks),
    };

    internal IEnumerable<ValidationResult> Problems()
    {
        if (Api.Values.Concat(Webhooks.Values).Any(rate => rate is not (>= 0 and <= 1)))
        {
            yield return new ValidationResult("A rate is between 0 and 1.");
        }

        // A little room for sums such as ten times 0.1.
        if (Api.Values.Sum() > 1.000001 || Webhooks.Values.Sum() > 1.000001)
        {
            yield return new ValidationResult("The rates of API faults, and those of webhook faults, are together at most 1.");
        }

        if (SecondsLongest is < 1 or > SecondsMax) { yield return new ValidationResult($"The longest delay is 1 to {SecondsMax} seconds."); }
    }
}

/// <summary>What a sandbox met since it started, armed and drawn faults together.</summary>
/// <param name="Requests">API calls with a valid key.</param>
/// <param name="Events">Events that were to be sent.</param>
public sealed record FaultCounts(
    long Requests, long Events, IReadOnlyDictionary<ApiFault, long> Api, IReadOnlyDictionary<WebhookFault, long> Webhooks);

/// <summary>
/// Draws the faults of a soak. Each draw depends on the seed, the operation and how often that came before only, so that two calls which race
/// do not change what a third meets. The board's lock guards it.
/// </summary>
internal sealed class SoakDraw(SoakFaults faults)
{
    private readonly Dictionary<string, long> _seen = new(StringComparer.Ordinal);

    public SoakFaults Faults => faults;

    public ApiFault? Api(string operation, bool withKey)
    {
        var fault = Pick(faults.Rates.Api, operation, out _);
        return fault == ApiFault.KeyInUse && !withKey ? null : fault;
    }

    public ArmedWebhookFault? Webhook(string eventType) => Pick(faults.Rates.Webhooks, eventType, out var number) is { } fault
        ? new ArmedWebhookFault { Fault = fault, EventType = eventType, Seconds = 1 + (int)(Number(eventType, number, salt: 1) * faults.Rates.SecondsLongest) }
        : null;

    private T? Pick<T>(IDictionary<T, double> rates, string name, out long number)
        where T : struct, Enum
    {
        number = _seen.GetValueOrDefault(name);
        _seen[name] = number + 1;
        var drawn = Number(name, number, salt: 0);

        // In the order of the enum: a dictionary that was filled differently draws the same.
        foreach (var (fault, rate) in rates.OrderBy(entry => entry.Key))
        {
            if (drawn < rate) { return fault; }
            drawn -= rate;
        }

        return null;
    }

    /// <summary>From 0 up to but not 1.</summary>
    private double Number(string name, long number, ulong salt)
    {
        unchecked
        {
            var state = Mix((ulong)faults.Seed ^ (salt * 0x9E3779B97F4A7C15));
            foreach (var letter in name) { state = Mix(state ^ letter); }
            return (Mix(state ^ (ulong)number) >> 11) * (1.0 / (1UL << 53));
        }
    }

    /// <summary>The mixing step of the SplitMix64 generator.</summary>
    private static ulong Mix(ulong value)
    {
        unchecked
        {
            value += 0x9E3779B97F4A7C15;
            value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9;
            value = (value ^ (value >> 27)) * 0x94D049BB133111EB;
            return value ^ (value >> 31);
        }
    }
}
