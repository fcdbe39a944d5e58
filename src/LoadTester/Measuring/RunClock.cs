namespace LiveCommerce.LoadTester.Measuring;

/// <summary>Microseconds since the run began, from the monotonic clock.</summary>
internal sealed class RunClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    public TimeProvider Time => time;

    /// <summary>Now.</summary>
    public long Micros => (long)time.GetElapsedTime(_start).TotalMicroseconds;

    /// <summary>Waits until a moment; at once when it has passed. Never early, usually less than a millisecond late.</summary>
    public async ValueTask UntilAsync(long micros, CancellationToken cancellationToken)
    {
        // Timers count whole milliseconds: rounded up, or the last part of the wait would spin.
        while (micros - Micros is > 0 and var left)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left / 1000.0)), time, cancellationToken);
        }
    }
}
