using LiveCommerce.Contracts.Rooms;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>How many likes of one connection count. What is more is dropped without a word: likes are no money. Safe for several threads.</summary>
internal sealed class LikeMeter(TimeProvider time)
{
    /// <summary>Likes of one connection that count in a second.</summary>
    public const int PerSecondMax = 10;

    private readonly Lock _gate = new();
    private double _left = RoomLimits.LikesPerCallMax;
    private long _filledAt = time.GetTimestamp();

    /// <summary>How many of so many count.</summary>
    public int Take(int count)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            _left = Math.Min(RoomLimits.LikesPerCallMax, _left + (time.GetElapsedTime(_filledAt, now).TotalSeconds * PerSecondMax));
            _filledAt = now;
            var counted = (int)Math.Clamp(_left, 0, Math.Clamp(count, 0, RoomLimits.LikesPerCallMax));
            _left -= counted;
            return counted;
        }
    }
}
