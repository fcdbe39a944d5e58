using System.Text;
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

/// <summary>
/// One rung of a broadcast as HLS: runs of encoders one after the other, the newest segments in memory, and the playlists as bytes that
/// are rendered once a segment and answer every request.
/// </summary>
/// <remarks>One writer (the broadcast's encoder); any number of readers, which never wait.</remarks>
/// <param name="continuesAt">
/// Null for a new broadcast. Otherwise its beginning was shown from somewhere else (another process): the number of the first
/// segment here, above any that players can have seen.
/// </param>
public sealed class Timeline(SegmentRules rules, TimelineLimits limits, long? continuesAt = null)
{
    private readonly Queue<Segment> _kept = new();
    private readonly Dictionary<int, InitSegment> _inits = [];
    private volatile TimelineView _view = TimelineView.Empty;
    private Segmenter? _run;
    private InitSegment? _init;
    private DateTimeOffset _runAt;
    private bool _breaks;
    private int _initNumber = -1;
    private long _next = continuesAt ?? 0;

    // A discontinuity sequence may not fall either, and no broadcast has more discontinuities than segments.
    private long _discontinuities = continuesAt ?? 0;
    private long _keptBytes;
    private int _targetSeconds = (int)Math.Round(rules.Target.TotalSeconds, MidpointRounding.AwayFromZero);
    private long _peak;

    /// <summary>What readers see now.</summary>
    public TimelineView View => _view;

    /// <summary>Where the current run's media has got to, from its start.</summary>
    public TimeSpan RunPosition => _run is { RunStart: { } start } run ? run.Position - start : TimeSpan.Zero;

    /// <summary>Number of the current run's header; -1 before the first run.</summary>
    public int InitNumber => _initNumber;

    /// <summary>Whether the current run has come to its first keyframe: what was before is not shown.</summary>
    public bool HasBegun => _run?.RunStart is not null;

    /// <summary>Fragments of the segment that is not whole yet, in order.</summary>
    public IReadOnlyList<Fragment> Open => _run?.Open ?? [];

    /// <summary>An encoder starts.</summary>
    /// <param name="at">When its first picture was recorded.</param>
    public void BeginRun(InitSegment init, DateTimeOffset at)
    {
        EndRun();
        _init = init;
        _initNumber++;
        _run = new Segmenter(init, rules);
        _runAt = at;
        _breaks = _next > 0;
    }

    /// <summary>Takes the encoder's next fragment.</summary>
    /// <returns>The segment that became whole, or null.</returns>
    public Segment? Add(Fragment fragment, out MediaProblem? problem)
    {
        if (_run is not { } run) { throw new InvalidOperationException("A fragment needs a run: call BeginRun first."); }

        var body = run.Add(fragment);
        problem = run.Problem;
        return body is null ? null : Publish(run, body);
    }

    /// <summary>The encoder is gone: what it had begun becomes a segment.</summary>
    public Segment? EndRun()
    {
        if (_run is not { } run) { return null; }

        _run = null;
        return run.Flush() is { } last ? Publish(run, last) : null;
    }

    /// <summary>Nothing will follow. What is kept can still be read.</summary>
    public void End()
    {
        EndRun();
        Show(ended: true);
    }

    private Segment Publish(Segmenter run, SegmentBody body)
    {
        _inits[_initNumber] = _init!;
        if (_breaks) { _discontinuities++; }

        var at = _runAt + (body.Start - run.RunStart!.Value);
        var segment = new Segment(_next++, _initNumber, _breaks, _discontinuities, at, body);
        _breaks = false;
        _kept.Enqueue(segment);
        _keptBytes += body.Bytes;
        while (_kept.Count > 1 && (_kept.Count > limits.KeptSegments || _keptBytes > limits.KeptBytes))
        {
            _keptBytes -= _kept.Dequeue().Body.Bytes;
        }

        var oldest = _kept.Peek().InitNumber;
        foreach (var number in _inits.Keys.Where(number => number < oldest).ToArray()) { _inits.Remove(number); }

        // The target duration may not shrink, and grows only when a recorder kept us from cutting in time.
        _targetSeconds = Math.Max(_targetSeconds, (int)Math.Round(segment.Duration.TotalSeconds, MidpointRounding.AwayFromZero));
        _peak = Math.Max(_peak, BitsPerSecond(body.Bytes, body.Duration));
        Show(ended: false);
        return segment;
    }

    private void Show(bool ended)
    {
        if (_kept.Count == 0)
        {
            _view = TimelineView.Empty with { Ended = ended };
            return;
        }

        var kept = _kept.ToArray();
        var listed = kept[Math.Max(0, kept.Length - limits.ListedSegments)..];
        var newest = kept[^1];
        var init = _inits[newest.InitNumber];
        var time = kept.Aggregate(TimeSpan.Zero, (sum, segment) => sum + segment.Duration);
        var rendition = new Rendition(
            init.Codecs,
            _peak,
            BitsPerSecond(_keptBytes, time),
            init.Video?.Width ?? 0,
            init.Video?.Height ?? 0,
            time > TimeSpan.Zero ? kept.Sum(segment => (long)segment.Body.Frames) / time.TotalSeconds : 0);

        _view = new TimelineView(
            kept,
            _inits.ToDictionary(),
            rendition,
            Encoding.UTF8.GetBytes(PlaylistWriter.WriteMedia(_targetSeconds, listed, ended)),
            ended);
    }

    private static long BitsPerSecond(long bytes, TimeSpan time) =>
        time > TimeSpan.Zero ? (long)Math.Ceiling(bytes * 8 / time.TotalSeconds) : 0;
}

/// <summary>A rung at one moment; never changes.</summary>
/// <param name="Rendition">As measured; null before the first segment.</param>
/// <param name="Media">UTF-8; empty before the first segment.</param>
public sealed record TimelineView(
    IReadOnlyList<Segment> Segments,
    IReadOnlyDictionary<int, InitSegment> Inits,
    Rendition? Rendition,
    ReadOnlyMemory<byte> Media,
    bool Ended)
{
    /// <summary>Nothing to play yet.</summary>
    public static TimelineView Empty { get; } = new([], new Dictionary<int, InitSegment>(), null, default, false);

    /// <summary>Whether there is a playlist.</summary>
    public bool HasMedia => Segments.Count > 0;

    /// <summary>A segment that is still kept.</summary>
    public Segment? Find(long number)
    {
        // Numbers have no hole, so the place follows from the first.
        if (Segments.Count == 0 || number < Segments[0].Number || number > Segments[^1].Number) { return null; }
        return Segments[(int)(number - Segments[0].Number)];
    }
}
