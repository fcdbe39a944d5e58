using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>How long segments are.</summary>
public sealed record SegmentRules
{
    /// <summary>A segment is cut at the first keyframe near this length.</summary>
    public TimeSpan Target { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>The same for the first segments of a run: a viewer who waits for the very first picture gets it sooner.</summary>
    public TimeSpan QuickTarget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How many segments at the start of a run use <see cref="QuickTarget"/>.</summary>
    public int QuickSegments { get; init; } = 2;

    /// <summary>Longer than this without a keyframe ends the run.</summary>
    public TimeSpan Longest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of one segment.</summary>
    public int BytesMax { get; init; } = 24 * 1024 * 1024;
}

/// <summary>
/// Gathers the fragments of one encoder run into segments. Cuts only in front of a video keyframe (with sound alone: anywhere),
/// and takes durations from the differences of decode times, because recorded frames come at a varying rate.
/// </summary>
/// <remarks>Pure and not thread-safe.</remarks>
public sealed class Segmenter(InitSegment init, SegmentRules rules)
{
    /// <summary>A keyframe this share of the target early is early enough: recorders set keyframes by a jittery clock.</summary>
    private const double NearEnough = 0.9;

    private readonly TrackKind _lead = init.Video is null ? TrackKind.Audio : TrackKind.Video;
    private readonly List<Fragment> _fragments = [];
    private TimeSpan _start;
    private TimeSpan _lastKeyframe;
    private TimeSpan _leadStart;
    private TimeSpan _leadEnd;
    private int _bytes;
    private int _frames;
    private int _finished;

    /// <summary>When the first segment of the run started; null before.</summary>
    public TimeSpan? RunStart { get; private set; }

    /// <summary>Where the media has got to.</summary>
    public TimeSpan Position { get; private set; }

    /// <summary>What has gathered for the next segment.</summary>
    public IReadOnlyList<Fragment> Open => _fragments;

    /// <summary>Why the run can't go on.</summary>
    public MediaProblem? Problem { get; private set; }

    /// <summary>Takes the next fragment.</summary>
    /// <returns>The segment that this fragment finished, or null.</returns>
    public SegmentBody? Add(Fragment fragment)
    {
        if (Problem is not null) { return null; }

        SegmentBody? finished = null;
        if (fragment.Of(_lead) is { } run)
        {
            if (RunStart is not null && run.Start < _leadStart) { return Stop(MediaFault.OutOfOrder, "The encoder's time ran backwards."); }

            var mayCut = run.StartsWithKeyframe;
            if (mayCut && RunStart is null)
            {
                RunStart = run.Start;
                StartAt(run.Start);
            }
            else if (mayCut && IsLongEnough(run.Start))
            {
                finished = Close(run.Start);
                StartAt(run.Start);
            }

            if (mayCut) { _lastKeyframe = run.Start; }
            _leadStart = run.Start;
            _leadEnd = run.End;
        }

        // Nothing can be decoded before the first keyframe.
        if (RunStart is null) { return null; }

        _fragments.Add(fragment);
        _bytes += fragment.Bytes.Length;
        if (fragment.Of(TrackKind.Video) is { } pictures) { _frames += pictures.Samples; }
        foreach (var any in fragment.Runs) { Position = any.End > Position ? any.End : Position; }

        if (_bytes > rules.BytesMax) { return Stop(MediaFault.TooLarge, $"A segment of more than {rules.BytesMax} bytes."); }
        if (Position - _start > rules.Longest)
        {
            return Stop(MediaFault.KeyframesTooFar, $"No keyframe for {rules.Longest.TotalSeconds:0} s: nothing can be cut.");
        }

        return finished;
    }

    /// <summary>The encoder is done: what has gathered becomes the last segment, unless it is empty.</summary>
    public SegmentBody? Flush()
    {
        // A problem may stand for what has gathered, so it is not shown.
        var last = Problem is null && _fragments.Count > 0 && _leadEnd > _start ? Close(_leadEnd) : null;
        _fragments.Clear();
        RunStart ??= TimeSpan.Zero;
        Problem ??= new MediaProblem(MediaFault.OutOfOrder, "The run is over.");
        return last;
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
        _lastKeyframe = at;
        _bytes = 0;
        _frames = 0;
        _fragments.Clear();
    }

    private SegmentBody Close(TimeSpan end)
    {
        _finished++;
        return new SegmentBody(_start, end - _start, [.. _fragments], _bytes, _frames);
    }

    private SegmentBody? Stop(MediaFault fault, string message)
    {
        Problem = new MediaProblem(fault, message);
        return null;
    }
}
