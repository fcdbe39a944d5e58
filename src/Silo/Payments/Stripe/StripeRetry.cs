using System.Net;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>When a request is sent again, and after how long.</summary>
internal static class StripeRetry
{
    /// <summary>Retries after the first attempt.</summary>
    public const int RetriesMax = 2;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Decides in the provider's order; the first rule that applies is the answer.</summary>
    /// <param name="retriesDone">Retries before this one.</param>
    /// <param name="status">Null: no answer (connection error or timeout).</param>
    /// <param name="shouldRetry">The header <c>Stripe-Should-Retry</c>, if it came.</param>
    public static bool ShouldRetry(int retriesDone, HttpStatusCode? status, bool? shouldRetry) =>
        retriesDone < RetriesMax
        && (status is null
            || (shouldRetry ?? (status == HttpStatusCode.Conflict || (int)status >= 500)));

    /// <summary>How long to wait before a retry.</summary>
    /// <param name="retry">1 for the first retry.</param>
    /// <param name="jitter">0 to 1, drawn anew each time: the delay is 75 to 100 % of the full one.</param>
    public static TimeSpan Delay(int retry, double jitter)
    {
        var full = First * Math.Pow(2, retry - 1);
        return (full < Longest ? full : Longest) * (0.75 + (0.25 * jitter));
    }
}
