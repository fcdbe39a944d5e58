using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>What a fragment did.</summary>
/// <param name="Finished">The segment that ended in front of it.</param>
/// <param name="Opened">Where the segment began that it opened.</param>
/// <param name="Taken">False: it stands before the first keyframe or after a problem, and is not shown.</param>
public readonly record struct SegmenterStep(SegmentBody? Finished, TimeSpan? Opened, bool Taken);

/// <summary>
/// Gathers the fragments of one encoder run into segments and parts. Cuts segments only in front of a video keyframe (with sound
/// alone: anywhere), and takes their durations from the differences of decode times, because recorded frames come at a varying rate.
/// </summary>
/// <remarks>Pure and not thread-safe.</remarks>
/// <param name="cutsAt">Whether to cut in front of a keyframe; null: by the rules' lengths.</param>
public sealed class Segmenter(InitSegment init, SegmentRules rules, Func<TimeSpan, bool>? cutsAt = null)
{
    /// <summary>A keyframe this share of the target early is early enough: recorders set keyframes by a jittery clock.</summary>
    private const double NearEnough = 0.9;

    private readonly List<Fragment> _fragments = [];
    private readonly PartCutter _parts = new(rules);
    private TimeSpan _start;
    private TimeSpan _lastKeyframe;
    private TimeSpan _leadStart;
    private TimeSpan _leadEnd;
    private int _bytes;
    private int _finished;

    /// <summary>The track that is cut: the picture, or sound alone.</summary>
    public TrackKind Lead { get; } = init.Video is null ? TrackKind.Audio : TrackKind.Video;

    /// <summary>When the first segment of the run started; null before.</summary>
    public TimeSpan? RunStart { get; private set; }

    /// <summary>Where the media has got to.</summary>
    public TimeSpan Position { get; private set; }

    /// <summary>When the newest fragment of <see cref="Lead"/> starts: nothing earlier will come.</summary>
    public TimeSpan DecidedTo => _leadStart;

    /// <summary>What has gathered for the next segment.</summary>
    public IReadOnlyList<Fragment> Open => _fragments;

    /// <summary>The whole parts of what has gathered.</summary>
    public IReadOnlyList<SegmentPart> Parts => _parts.Whole;

    /// <summary>Why the run can't go on.</summary>
    public MediaProblem? Problem { get; private set; }

    /// <summary>Takes the next fragment.</summary>
    public SegmenterStep Add(Fragment fragment)
    {
        if (Problem is not null) { return default; }

        SegmentBody? finished = null;
        TimeSpan? opened = null;
        var startsWithKeyframe = false;
        if (fragment.Of(Lead) is { } run)
        {
            if (RunStart is not null && run.Start < _leadStart) { return Stop(MediaFault.OutOfOrder, "The encoder's time ran backwards.", default); }

            startsWithKeyframe = run.StartsWithKeyframe;
            if (startsWithKeyframe && (cutsAt?.Invoke(run.Start) ?? (RunStart is null || IsLongEnough(run.Start))))
            {
                if (RunStart is not null) { finished = Close(run.Start, withRest: true); }
                RunStart ??= run.Start;
                opened = run.Start;
                StartAt(run.Start);
            }

            if (startsWithKeyframe) { _lastKeyframe = run.Start; }
            _leadStart = run.Start;
            _leadEnd = run.End;
        }

        // Nothing can be decoded before the first keyframe.
        if (RunStart is null) { return default; }

        _fragments.Add(fragment);
        _bytes += fragment.Bytes.Length;
        foreach (var any in fragment.Runs) { Position = any.End > Position ? any.End : Position; }

        // The segment before stays whole, whatever is wrong with this one.
        var step = new SegmenterStep(finished, opened, Taken: true);
        if (_bytes > rules.BytesMax) { return Stop(MediaFault.TooLarge, $"A segment of more than {rules.BytesMax} bytes.", step); }
        if (Position - _start > rules.Longest)
        {
            return Stop(MediaFault.KeyframesTooFar, $"No keyframe for {rules.Longest.TotalSeconds:0} s: nothing can be cut.", step);
        }

        var reached = Reached();
        _parts.Add(fragment, startsWithKeyframe, reached, segmentMayEnd: IsLongEnough(reached));
        return step;
    }

    /// <summary>The encoder is done: what has gathered becomes the last segment, unless it is empty.</summary>
    public SegmentBody? Flush()
    {
        // A problem may stand for what has gathered: then only what players have been shown already stays.
        if (Problem is not null) { _fragments.RemoveRange(_parts.Fragments, _fragments.Count - _parts.Fragments); }
        var end = Problem is null ? _leadEnd : _parts.End;
        var last = _fragments.Count > 0 && end > _start ? Close(end, Problem is null) : null;
        _fragments.Clear();
        RunStart ??= TimeSpan.Zero;
        Problem ??= new MediaProblem(MediaFault.OutOfOrder, "The run is over.");
        return last;
    }

    /// <summary>
    /// How far the media of this segment can be shown: to the end of the newest picture. When pictures stay away the sound counts,
    /// a part's length later, for the next picture may still come in time.
    /// </summary>
    private TimeSpan Reached()
    {
        var sound = Position - rules.PartTarget;
        return _leadEnd > sound ? _leadEnd : sound;
    }

    private bool IsLongEnough(TimeSpan at)
    {
        var target = _finished < rules.QuickSegments ? rules.QuickTarget : rules.Target;
        var length = at - _start;

        // The next chance comes one keyframe distance later; not taking this one must not overshoot by more than half a second,
        // or the rounded length would exceed the target duration that the playlist promises.
        var next = length + (at - _lastKeyframe);
        return length >= target * NearEnough || (length >= target / 2 && next >= target + TimeSpan.FromSeconds(0.5));
    }

    private void StartAt(TimeSpan at)
    {
        _start = at;
        _bytes = 0;
        _fragments.Clear();
        _parts.StartAt(at);
    }

    private SegmentBody Close(TimeSpan end, bool withRest)
    {
        _finished++;

        // The target duration is a promise. A recorder that stood still for a second has made a longer segment: the playlist then
        // says the most that it may, and the next segment's date and decode time put players right.
        var duration = end - _start > rules.Declarable ? rules.Declarable : end - _start;
        var parts = withRest ? _parts.Close(_start + duration) : _parts.Whole;
        var frames = _fragments.Sum(fragment => fragment.Of(TrackKind.Video)?.Samples ?? 0);
        return new SegmentBody(_start, duration, [.. _fragments], parts, parts.Sum(part => part.Bytes), frames);
    }

    private SegmenterStep Stop(MediaFault fault, string message, SegmenterStep step)
    {
        Problem = new MediaProblem(fault, message);
        return step with { Taken = false };
    }
}
