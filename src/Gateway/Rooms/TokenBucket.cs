namespace LiveCommerce.Gateway.Rooms;

/// <summary>Lets a burst through and then a steady rate. One per connection, so it is small and has no timer. Safe for several threads.</summary>
internal sealed class TokenBucket(int perSecond, int burst, TimeProvider time)
{
    private readonly Lock _gate = new();
    private double _tokens = burst;
    private long _filledAt = time.GetTimestamp();

    /// <summary>Whether it has rested: it is as a new one.</summary>
    public bool IsFull
    {
        get
        {
            lock (_gate) { return _tokens + (time.GetElapsedTime(_filledAt).TotalSeconds * perSecond) >= burst; }
        }
    }

    /// <summary>Takes one.</summary>
    /// <returns>Null, or how long until there is one.</returns>
    public TimeSpan? TryTake()
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _tokens = Math.Min(burst, _tokens + (time.GetElapsedTime(_filledAt, now).TotalSeconds * perSecond));
            _filledAt = now;
            if (_tokens < 1) { return TimeSpan.FromSeconds((1 - _tokens) / perSecond); }
            _tokens--;
            return null;
        }
    }
}
