using System.ComponentModel.DataAnnotations;

namespace LiveCommerce.StripeSandbox.Faults;

/// <summary>What can go wrong with an API call.</summary>
public enum ApiFault
{
    /// <summary>Carries the request out, then never answers.</summary>
    TimeoutAfterCommit = 1,

    /// <summary>Closes the connection before anything is done.</summary>
    ResetBefore = 2,

    /// <summary>Carries the request out, then closes the connection.</summary>
    ResetAfterCommit = 3,

    /// <summary>Answers an HTML 502 before anything is done.</summary>
    BadGatewayBefore = 4,

    /// <summary>Carries the request out, then answers an HTML 502.</summary>
    BadGatewayAfterCommit = 5,

    /// <summary>Answers 429 before anything is done.</summary>
    RateLimit = 6,

    /// <summary>Answers 500 and remembers that under the idempotency key, as the real service does.</summary>
    ServerError = 7,

    /// <summary>Carries the request out, then ends the answer in the middle of its JSON.</summary>
    TruncatedAfterCommit = 8,

    /// <summary>Answers 409 before anything is done, as if the idempotency key were in use. Only changes with a key can meet it.</summary>
    KeyInUse = 9,
}

/// <summary>What can go wrong with a webhook.</summary>
public enum WebhookFault
{
    /// <summary>Sends it twice.</summary>
    Duplicate = 1,

    /// <summary>Sends it later.</summary>
    Delay = 2,

    /// <summary>Never sends it; <c>/v1/events</c> still has it.</summary>
    Drop = 3,

    /// <summary>Sends it after the event that follows it (or after some seconds, when none follows).</summary>
    Reorder = 4,

    /// <summary>Sends it before the API call that caused it is answered.</summary>
    BeforeAnswer = 5,
}

/// <summary>A fault that waits for an API call.</summary>
public sealed record ArmedApiFault
{
    /// <summary>What goes wrong.</summary>
    public required ApiFault Fault { get; init; }

    /// <summary>Which calls, such as <c>PaymentIntent.create</c>; null for any.</summary>
    public string? Operation { get; init; }

    /// <summary>How many calls.</summary>
    [Range(1, 1_000_000)]
    public int Times { get; init; } = 1;
}

/// <summary>A fault that waits for a webhook.</summary>
public sealed record ArmedWebhookFault
{
    /// <summary>What goes wrong.</summary>
    public required WebhookFault Fault { get; init; }

    /// <summary>Which events, such as <c>payment_intent.succeeded</c>; null for any.</summary>
    public string? EventType { get; init; }

    /// <summary>How many events.</summary>
    [Range(1, 1_000_000)]
    public int Times { get; init; } = 1;

    /// <summary>For a delay: how long. For a reorder: how long it waits for a follower. In seconds.</summary>
    [Range(1, 86_400)]
    public int Seconds { get; init; } = 5;
}

/// <summary>Faults by what they hit. Also the body of <c>POST /_sandbox/faults</c>.</summary>
public sealed class StripeSandboxFaults
{
    /// <summary>Of API calls; the first that fits is used up first.</summary>
    public IList<ArmedApiFault> Api { get; init; } = [];

    /// <summary>Of webhooks; the first that fits is used up first.</summary>
    public IList<ArmedWebhookFault> Webhooks { get; init; } = [];

    /// <summary>Faults at given rates until they are stopped; null for none. Armed ones go first.</summary>
    public SoakFaults? Seeded { get; init; }

    /// <summary>Faults at given rates, drawn by a seed, for every request and webhook until they are stopped.</summary>
    public static StripeSandboxFaults Soak(long seed, SoakRates rates) => new() { Seeded = new SoakFaults { Seed = seed, Rates = rates } };
}
