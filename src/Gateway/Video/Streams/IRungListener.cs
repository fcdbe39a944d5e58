using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>
/// Hears everything that a rung carries, in order, under the broadcast's lock: be quick, never wait, never throw, and never call
/// the broadcast from here.
/// </summary>
internal interface IRungListener
{
    /// <summary>An encoder's header has come; its fragments follow.</summary>
    /// <param name="initNumber">Counts up; its address is <c>init-{n}.mp4</c>.</param>
    /// <param name="recordedAt">When the run's first picture was recorded.</param>
    void RunBegan(int initNumber, InitSegment init, DateTimeOffset recordedAt);

    /// <summary>A fragment of the segment that is open. The first of a run starts with a keyframe.</summary>
    void FragmentCame(Fragment fragment);

    /// <summary>
    /// The fragments since the segment before are a segment; the next fragment opens another. A lower rung that has missed a segment
    /// of the source gives one without fragments (<see cref="Segment.IsGap"/>).
    /// </summary>
    void SegmentMade(Segment segment);

    /// <summary>The encoder is gone; another may begin.</summary>
    void RunEnded();

    /// <summary>The broadcast is over, or the rung was dropped. Nothing follows.</summary>
    void Over();
}

/// <summary>Where a rung was when a listener was attached: what it hears next continues exactly from here.</summary>
/// <param name="Init">Header of the run that goes on; null between runs.</param>
/// <param name="InitNumber">Its number.</param>
/// <param name="RecordedAt">When the run's first picture was recorded.</param>
/// <param name="Open">Fragments of the segment that is open, in order.</param>
/// <param name="Over">Nothing will follow.</param>
internal sealed record RungNow(
    TimelineView View, InitSegment? Init, int InitNumber, DateTimeOffset RecordedAt, IReadOnlyList<Fragment> Open, bool Over);
