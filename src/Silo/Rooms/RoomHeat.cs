namespace LiveCommerce.Silo.Rooms;

/// <summary>
/// How busy a room is, and so how long its events may be collected: what is said to few is said at once, and a crowd gets fewer,
/// larger batches. Rises and falls at different rates, so that a room between two levels does not change with every event.
/// Knows no clock.
/// </summary>
internal sealed class RoomHeat
{
    /// <summary>The rate is a mean over about this time.</summary>
    public static readonly TimeSpan MeanOver = TimeSpan.FromMilliseconds(500);

    /// <summary>How long a batch is collected at each level, from a quiet room to a hot one.</summary>
    public static readonly TimeSpan[] Ticks =
        [TimeSpan.Zero, TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(180)];

    /// <summary>Connections up to which a room is small, and never waits longer than <see cref="SmallRoomTick"/>.</summary>
    public const int SmallRoomConnected = 200;

    /// <summary>The level from which on a room is busy.</summary>
    private const int BusyLevel = 2;

    /// <summary>The longest tick of a small room: many batches are cheap where few are told.</summary>
    public static readonly TimeSpan SmallRoomTick = Ticks[1];

    /// <summary>Events a second from which on a room is at level 1, 2, 3 …</summary>
    public static readonly double[] RisesAt = [40, 80, 400];

    /// <summary>… and below which it leaves that level.</summary>
    public static readonly double[] FallsAt = [30, 60, 250];

    private double _perSecond;
    private TimeSpan _at;
    private int _level;

    /// <summary>Whether so much happens that a crowd is better told by turns.</summary>
    public bool IsBusy => _level >= BusyLevel;

    /// <summary>The longest tick that a room with so many connections has at its heat.</summary>
    public TimeSpan Tick(int connected) => connected <= SmallRoomConnected && Ticks[_level] > SmallRoomTick ? SmallRoomTick : Ticks[_level];

    /// <summary>Something happened.</summary>
    public void Count(TimeSpan now)
    {
        if (now > _at)
        {
            _perSecond *= Math.Exp((_at - now) / MeanOver);
            _at = now;
        }

        _perSecond += 1 / MeanOver.TotalSeconds;
        while (_level > 0 && _perSecond < FallsAt[_level - 1]) { _level--; }
        while (_level < RisesAt.Length && _perSecond >= RisesAt[_level]) { _level++; }
    }
}
