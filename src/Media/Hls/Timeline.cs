using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>How much of a broadcast is kept.</summary>
public sealed record TimelineLimits
{
    /// <summary>Segments in the playlist.</summary>
    public int ListedSegments { get; init; } = 15;

    /// <summary>Segments kept, listed or not: a player may still fetch one that has just left the list.</summary>
    public int KeptSegments { get; init; } = 24;

    /// <summary>Bytes of all kept segments; the newest is kept in any case.</summary>
    public long KeptBytes { get; init; } = 96L * 1024 * 1024;
}

/// <summary>Hears what a timeline takes, in order. The view is already the new one.</summary>
public interface ITimelineListener
{
    /// <summary>A segment is whole.</summary>
    void Made(Segment segment);

    /// <summary>A fragment of the open segment.</summary>
    void Took(Fragment fragment);

    /// <summary>The view is another: a part or a segment more, a header, or the end.</summary>
    void Changed();
}

/// <summary>One rung of a broadcast as HLS: runs of encoders one after the other, with the newest segments in memory.</summary>
/// <remarks>One writer at a time; any number of readers of <see cref="View"/>, which never wait.</remarks>
public sealed class Timeline
{
    /// <summary>Fragments of a following rung that may wait for the leader to come to them.</summary>
    public const int WaitingMax = 2000;

    private readonly SegmentRules _rules;
    private readonly TimelineLimits _limits;
    private readonly Timeline? _leader;
    private readonly ITimelineListener? _listener;
    private readonly Queue<Segment> _kept = new();
    private readonly Dictionary<int, InitSegment> _inits = [];
    private readonly List<Segment> _news = [];
    private readonly Queue<Fragment> _waiting = new();
    private readonly RenditionMeter _meter = new();
    private volatile TimelineView _view;
    private Segmenter? _run;
    private SegmentStarts _starts = new();
    private SegmentStarts? _led;
    private SegmentStart? _open;
    private SegmentStart? _nextOpen;
    private DateTimeOffset _runAt;
    private MediaProblem? _problem;
    private bool _breaks;
    private bool _ended;
    private long _next;

    // A discontinuity sequence may not fall either, and no broadcast has more discontinuities than segments.
    private long _discontinuities;
    private long _keptBytes;
    private int _shownParts;

    /// <summary>An empty timeline.</summary>
    /// <param name="continuesAt">
    /// Null for a new broadcast. Otherwise its beginning was shown from somewhere else (another process): the number of the first
    /// segment here, above any that players can have seen.
    /// </param>
    /// <param name="leader">The rung whose segments this one's are: same numbers, same times. Null: it leads itself.</param>
    /// <param name="listener">Hears what happens.</param>
    /// <param name="initsBefore">Headers that an earlier timeline of the same name has numbered: a number never means two headers.</param>
    public Timeline(
        SegmentRules rules, TimelineLimits limits, long? continuesAt = null, Timeline? leader = null, ITimelineListener? listener = null, int initsBefore = 0)
    {
        _rules = rules;
        _limits = limits;
        _leader = leader;
        _listener = listener;
        _next = _discontinuities = continuesAt ?? 0;
        InitNumber = initsBefore - 1;
        _view = new TimelineView(rules, []);
    }

    /// <summary>What readers see now.</summary>
    public TimelineView View => _view;

    /// <summary>Where the current run's media has got to, from its start.</summary>
    public TimeSpan RunPosition => _run is { RunStart: { } start } run ? run.Position - start : TimeSpan.Zero;

    /// <summary>Number of the current run's header; one below the first before the first run.</summary>
    public int InitNumber { get; private set; }

    /// <summary>Fragments of the segment that is not whole yet, in order.</summary>
    public IReadOnlyList<Fragment> Open => _run?.Open ?? [];

    /// <summary>An encoder starts. Of a following timeline: after the leader's run before has ended.</summary>
    /// <param name="at">When its first picture was recorded.</param>
    public void BeginRun(InitSegment init, DateTimeOffset at)
    {
        EndRun();
        _inits[++InitNumber] = init;
        ForgetInits();
        _run = new Segmenter(init, _rules, _leader is null ? null : FollowsAt);
        _starts = new SegmentStarts();
        _led = null;
        _runAt = at;
        _breaks = _next > 0;
        Tell(taken: null, changed: true);
    }

    /// <summary>Takes the encoder's next fragment.</summary>
    /// <returns>The newest segment that became whole, or null.</returns>
    public Segment? Add(Fragment fragment, out MediaProblem? problem)
    {
        if (_run is null) { throw new InvalidOperationException("A fragment needs a run: call BeginRun first."); }

        Segment? made = null;
        if (_leader is null) { made = Take(_run, fragment); }
        else if (_waiting.Count == WaitingMax)
        {
            _problem ??= new MediaProblem(MediaFault.OutOfOrder, "This rung runs too far ahead of the source.");
        }
        else
        {
            _waiting.Enqueue(fragment);
            made = Follow();
        }

        problem = _run.Problem ?? _problem;
        return made;
    }

    /// <summary>The leader has gone on: takes what waited for that.</summary>
    public Segment? Follow()
    {
        Segment? made = null;
        while (_run is { } run && _waiting.TryPeek(out var next) && LeaderHasPassed(run, next))
        {
            made = Take(run, _waiting.Dequeue()) ?? made;
        }

        return made;
    }

    /// <summary>The encoder is gone: what it had begun becomes a segment. The leader's run ends first.</summary>
    public Segment? EndRun()
    {
        if (_run is not { } run) { return null; }

        _starts.EndRun();
        var made = Follow();
        if (run.Flush() is { } last && _open is not null) { made = Publish(last); }
        if (_open is not null) { Forget(_open); }
        _run = null;
        _problem = null;
        _waiting.Clear();
        _open = _nextOpen = null;
        Tell(taken: null, changed: true);
        return made;
    }

    /// <summary>Nothing will follow. What is kept can still be read.</summary>
    public void End()
    {
        EndRun();
        _ended = true;
        Tell(taken: null, changed: true);
    }

    private Segment? Take(Segmenter run, Fragment fragment)
    {
        var step = run.Add(fragment);
        Segment? made = null;
        if (step.Finished is { } body && _open is not null) { made = Publish(body); }
        if (step.Opened is { } start)
        {
            _open = _leader is null ? Lead(start, run.RunStart!.Value) : _nextOpen!;
            if (_leader is not null) { FillGaps(_open.Number); }
            _next = _open.Number + 1;
            _shownParts = 0;
        }

        if (_leader is null) { _starts.Reach(run.DecidedTo); }
        var changed = made is not null || step.Opened is not null || run.Parts.Count != _shownParts;
        Tell(step.Taken ? fragment : null, changed);
        return made;
    }

    private void Tell(Fragment? taken, bool changed)
    {
        if (changed) { Show(); }
        foreach (var made in _news) { _listener?.Made(made); }
        _news.Clear();
        if (taken is not null) { _listener?.Took(taken); }
        if (changed) { _listener?.Changed(); }
    }

    /// <summary>A segment of which nothing was shown is none: its number is the next one's.</summary>
    private void Forget(SegmentStart start)
    {
        _next = start.Number;
        if (_leader is null && start.Discontinuity) { _discontinuities--; }
    }

    private SegmentStart Lead(TimeSpan start, TimeSpan runStart)
    {
        if (_breaks)
        {
            _discontinuities++;

            // Dates may not run backwards, whatever the clock that said when this recording began.
            if (_kept.LastOrDefault() is { } last && last.At + last.Duration is var end && end > _runAt) { _runAt = end; }
        }

        var opened = new SegmentStart(_next, start, _runAt + (start - runStart), _breaks, _discontinuities);
        _breaks = false;
        _starts.Add(opened);
        return opened;
    }

    /// <summary>Whether this keyframe begins a segment: where the leader has begun one, or the first after that when it is missing.</summary>
    private bool FollowsAt(TimeSpan keyframe)
    {
        if (Led?.NewestBefore(keyframe + SegmentStarts.Tolerance) is not { } start || start.Number < _next) { return false; }

        _nextOpen = start;
        return true;
    }

    /// <summary>Only a keyframe can begin a segment, so only keyframes wait until it is known whether the leader cuts there.</summary>
    private bool LeaderHasPassed(Segmenter run, Fragment fragment)
    {
        var lead = fragment.Of(run.Lead);
        return lead is not { StartsWithKeyframe: true } || Led?.HavePassed(lead.Start + SegmentStarts.Tolerance) == true;
    }

    /// <summary>The leader's run that this run belongs to; null until it has begun.</summary>
    private SegmentStarts? Led => _led ??= _leader?._run is null ? null : _leader._starts;

    /// <summary>Segments that the leader has and this rung has missed.</summary>
    private void FillGaps(long number)
    {
        for (; _kept.Count > 0 && _next < number; _next++)
        {
            if (_leader!._view.Find(_next) is not { } led)
            {
                // Away for longer than anything is kept: it appears anew.
                _kept.Clear();
                _keptBytes = 0;
                return;
            }

            var nothing = led.Body with { Fragments = [], Parts = [], Bytes = 0, Frames = 0 };
            var gap = led with { InitNumber = InitNumber, Body = nothing };
            Keep(gap);
        }
    }

    private Segment Publish(SegmentBody body)
    {
        // The leader's is whole by now, and says where this one ends, whether or not there was a keyframe at that place.
        if (_leader?._view.Find(_open!.Number) is { } led) { body = body with { Duration = led.Duration }; }
        var segment = new Segment(_open!.Number, InitNumber, _open.Discontinuity, _open.Discontinuities, _open.At, body);
        _open = null;
        _shownParts = 0;
        _meter.Add(body);
        Keep(segment);
        return segment;
    }

    private void Keep(Segment segment)
    {
        _news.Add(segment);
        _kept.Enqueue(segment);
        _keptBytes += segment.Body.Bytes;
        while (_kept.Count > 1 && (_kept.Count > _limits.KeptSegments || _keptBytes > _limits.KeptBytes))
        {
            _keptBytes -= _kept.Dequeue().Body.Bytes;
        }

        ForgetInits();
    }

    /// <summary>Headers of what is kept and of the current run stay.</summary>
    private void ForgetInits()
    {
        var used = _kept.Select(segment => segment.InitNumber).ToHashSet();
        foreach (var number in _inits.Keys.Where(number => number != InitNumber && !used.Contains(number)).ToArray()) { _inits.Remove(number); }
    }

    private void Show()
    {
        var before = _view;
        var segments = before.Segments;
        if (_kept.Count != segments.Count || (_kept.Count > 0 && !ReferenceEquals(_kept.Last(), segments[^1]))) { segments = _kept.ToArray(); }

        _shownParts = _run?.Parts.Count ?? 0;
        var rendition = segments.Count == 0 ? null
            : ReferenceEquals(segments, before.Segments) ? before.Rendition
            : _meter.Measure(segments, _keptBytes, _inits[segments[^1].InitNumber]);
        _view = new TimelineView(_rules, segments)
        {
            Inits = _inits.ToDictionary(),
            ListedSegments = _limits.ListedSegments,
            Open = _open is null || _run is null ? null : new OpenSegment(_open, InitNumber, _run.Parts),
            NextNumber = _open?.Number ?? _next,
            NextInit = _run is null ? null : InitNumber,
            Rendition = rendition,
            Ended = _ended,
        };
    }
}
