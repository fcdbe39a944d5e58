using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Lets so many in a second. Who comes meanwhile waits in line, which is as long as the longest wait; who would wait longer is told when
/// to come again, and not all of them the same moment. After an outage everybody comes at once, and those inside must not feel it.
/// Safe for several threads.
/// </summary>
/// <param name="perSecond">After a burst of a tenth of it.</param>
/// <param name="waitMax">In line.</param>
internal sealed class Admission(int perSecond, TimeSpan waitMax, TimeProvider time)
{
    /// <summary>Milliseconds over which those who were turned away come again.</summary>
    public const int SpreadMs = 2_000;

    private const int BurstsPerSecond = 10;

    private readonly Lock _gate = new();
    private long _nextAt = long.MinValue;

    /// <summary>Waits for a place.</summary>
    /// <returns>Null: come in.</returns>
    public async ValueTask<Refusal?> EnterAsync(CancellationToken cancellationToken)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = time.GetTimestamp();
            var place = Math.Max(_nextAt, now - (time.TimestampFrequency / BurstsPerSecond));
            wait = place > now ? time.GetElapsedTime(now, place) : TimeSpan.Zero;
            if (wait > waitMax)
            {
                return new Refusal(RefusalCode.Busy, "Many people are coming in at this moment. You will be let in within seconds.")
                {
                    RetryAfterMs = (long)wait.TotalMilliseconds + Random.Shared.Next(SpreadMs),
                };
            }

            _nextAt = place + (time.TimestampFrequency / perSecond);
        }

        if (wait > TimeSpan.Zero) { await Task.Delay(wait, time, cancellationToken); }
        return null;
    }
}
