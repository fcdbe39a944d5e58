using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>A piece of a segment that players get before the segment is whole: a run of its fragments.</summary>
/// <param name="Index">From 0 in each segment.</param>
/// <param name="Duration">What the playlist says; never above the rules' part target.</param>
/// <param name="Independent">Whether it starts with a keyframe.</param>
/// <param name="Fragments">The segment's own: there is no second copy of the bytes.</param>
/// <param name="Bytes">Of its fragments.</param>
public sealed record SegmentPart(int Index, TimeSpan Duration, bool Independent, IReadOnlyList<Fragment> Fragments, int Bytes);

/// <summary>A stretch of media that starts with a keyframe, before it has its place in a playlist.</summary>
/// <param name="Start">On the clock of its encoder.</param>
/// <param name="Duration">Up to the next segment's start.</param>
/// <param name="Fragments">In order, as they came.</param>
/// <param name="Parts">Each fragment is in exactly one of them.</param>
/// <param name="Bytes">Of all fragments.</param>
/// <param name="Frames">Pictures in it.</param>
public sealed record SegmentBody(
    TimeSpan Start, TimeSpan Duration, IReadOnlyList<Fragment> Fragments, IReadOnlyList<SegmentPart> Parts, int Bytes, int Frames);

/// <summary>Where a segment begins; the same in every rung of a broadcast.</summary>
/// <param name="Number">Media sequence number: counts up without a hole through the whole broadcast.</param>
/// <param name="Start">On the clock of the encoder.</param>
/// <param name="At">When its first picture was recorded, as well as we know.</param>
/// <param name="Discontinuity">Whether it does not continue the segment before: another encoder made it.</param>
/// <param name="Discontinuities">How many discontinuities the broadcast has had up to and including this segment.</param>
public sealed record SegmentStart(long Number, TimeSpan Start, DateTimeOffset At, bool Discontinuity, long Discontinuities);

/// <summary>A segment that still grows.</summary>
/// <param name="InitNumber">Which header it needs.</param>
/// <param name="Parts">Those that are whole; may be empty.</param>
public sealed record OpenSegment(SegmentStart Start, int InitNumber, IReadOnlyList<SegmentPart> Parts)
{
    /// <summary>Media sequence number.</summary>
    public long Number => Start.Number;
}

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

    /// <summary>Whether this rung has nothing for this stretch, although the source has.</summary>
    public bool IsGap => Body.Fragments.Count == 0;
}
