using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Why something that lies at another gateway is not given.</summary>
internal static class EdgeRefusals
{
    /// <summary>More is being fetched than may.</summary>
    public static Refusal Busy { get; } =
        new(RefusalCode.Busy, "More is being fetched from other servers than may. Ask again in a second.") { RetryAfterMs = 1_000 };

    /// <summary>The gateway that has a recording does not answer.</summary>
    public static Refusal NotAnswering { get; } =
        new(RefusalCode.Unavailable, "The server that keeps this recording does not answer. Try again in a minute.") { RetryAfterMs = 10_000 };

    /// <summary>It is not there.</summary>
    public static Refusal Missing { get; } =
        new(RefusalCode.RecordingNotFound, "There is no such recording here, or it is no longer kept. Look at the room for others.");
}
