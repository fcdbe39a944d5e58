namespace LiveCommerce.Tests;

/// <summary>A wall clock that is wrong, and can be set while things run. Its monotonic side, as on any machine, does not notice.</summary>
internal sealed class ShiftedTime(TimeSpan by) : TimeProvider
{
    /// <summary>How far it is off.</summary>
    public TimeSpan By { get; set; } = by;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + By;
}
