using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>
/// Groups the fragments of one segment into parts. What a part's duration is said to be keeps to the draft's bounds; a picture that
/// comes some milliseconds early or late is carried into the next part, so that the parts add up to their segment.
/// </summary>
internal sealed class PartCutter(SegmentRules rules)
{
    /// <summary>The shortest duration that can be written.</summary>
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(1);

    private readonly List<Fragment> _fragments = [];
    private SegmentPart[] _whole = [];
    private TimeSpan _start;
    private TimeSpan _reached;
    private bool _independent;
    private bool _waits;

    /// <summary>Whole parts of the open segment. Replaced, never changed.</summary>
    public IReadOnlyList<SegmentPart> Whole => _whole;

    /// <summary>Fragments of the whole parts: the first of the segment.</summary>
    public int Fragments { get; private set; }

    /// <summary>Where the whole parts end.</summary>
    public TimeSpan End => _start;

    /// <summary>A segment begins.</summary>
    public void StartAt(TimeSpan start)
    {
        _start = start;
        _whole = [];
        Fragments = 0;
        _fragments.Clear();
        _waits = false;
    }

    /// <summary>Takes the segment's next fragment.</summary>
    /// <param name="reached">Where the segment's media ends with it.</param>
    /// <param name="segmentMayEnd">A keyframe that came next would end the segment.</param>
    public void Add(Fragment fragment, bool startsWithKeyframe, TimeSpan reached, bool segmentMayEnd)
    {
        // It did not end, so the part that waited for that is whole.
        if (_waits) { Finish(_reached); }

        if (_fragments.Count == 0) { _independent = startsWithKeyframe; }
        _fragments.Add(fragment);
        _reached = reached;
        if (reached - _start < rules.PartEnough) { return; }

        // If the segment ends here this part is its last, and the next one that players are told to ask for is the next segment's.
        _waits = segmentMayEnd;
        if (!_waits) { Finish(reached); }
    }

    /// <summary>The segment has ended.</summary>
    /// <returns>All its parts.</returns>
    public IReadOnlyList<SegmentPart> Close(TimeSpan end)
    {
        if (_fragments.Count > 0) { Keep(Clamp(end - _start, Least)); }
        return _whole;
    }

    private void Finish(TimeSpan reached) => Keep(Clamp(reached - _start, rules.PartEnough));

    private void Keep(TimeSpan duration)
    {
        _whole = [.. _whole, new SegmentPart(_whole.Length, duration, _independent, [.. _fragments], _fragments.Sum(fragment => fragment.Bytes.Length))];
        Fragments += _fragments.Count;
        _start += duration;
        _fragments.Clear();
        _waits = false;
    }

    private TimeSpan Clamp(TimeSpan duration, TimeSpan least) =>
        duration < least ? least : duration > rules.PartTarget ? rules.PartTarget : duration;
}
