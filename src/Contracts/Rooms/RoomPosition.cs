namespace LiveCommerce.Contracts.Rooms;

/// <summary>Where a viewer is in a room's feed. Positions of one epoch count up without a hole; a new epoch begins with a snapshot.</summary>
/// <param name="Epoch">Rises each time the room's owner starts anew.</param>
/// <param name="Sequence">Of the last event seen; 0 before the first.</param>
public readonly record struct RoomPosition(long Epoch, long Sequence) : IComparable<RoomPosition>
{
    /// <inheritdoc/>
    public int CompareTo(RoomPosition other) =>
        Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : Sequence.CompareTo(other.Sequence);

    public static bool operator <(RoomPosition left, RoomPosition right) => left.CompareTo(right) < 0;

    public static bool operator >(RoomPosition left, RoomPosition right) => left.CompareTo(right) > 0;

    public static bool operator <=(RoomPosition left, RoomPosition right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RoomPosition left, RoomPosition right) => left.CompareTo(right) >= 0;
}
