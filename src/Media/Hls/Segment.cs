using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>A stretch of media that starts with a keyframe, before it has its place in a playlist.</summary>
/// <param name="Start">On the clock of its encoder.</param>
/// <param name="Duration">Up to the next segment's start.</param>
/// <param name="Fragments">In order, as they came. A part of low-latency HLS is a run of these, so parts need no second copy.</param>
/// <param name="Bytes">Of all fragments.</param>
/// <param name="Frames">Pictures in it.</param>
public sealed record SegmentBody(TimeSpan Start, TimeSpan Duration, IReadOnlyList<Fragment> Fragments, int Bytes, int Frames);

/// <summary>A segment of a playlist; never changes.</summary>
/// <param name="Number">Media sequence number: counts up without a hole through the whole broadcast.</param>
/// <param name="InitNumber">Which header it needs.</param>
/// <param name="Discontinuity">Whether it does not continue the segment before: another encoder made it.</param>
/// <param name="Discontinuities">How many discontinuities the broadcast has had up to and including this segment.</param>
/// <param name="At">When its first picture was recorded, as well as we know.</param>
public sealed record Segment(long Number, int InitNumber, bool Discontinuity, long Discontinuities, DateTimeOffset At, SegmentBody Body)
{
    /// <summary>Length in time.</summary>
    public TimeSpan Duration => Body.Duration;
}
