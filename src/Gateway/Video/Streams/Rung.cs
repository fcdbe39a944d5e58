using LiveCommerce.Media;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>What a rung needs of its broadcast.</summary>
/// <param name="Lock">All writing happens under it.</param>
/// <param name="Places">For those who wait.</param>
/// <param name="Reports">Where the other rungs are.</param>
internal sealed record RungSurroundings(Lock Lock, WaitingPlaces Places, BroadcastServices Services, Func<Rung, IReadOnlyList<RenditionReport>> Reports);

/// <summary>One quality of a broadcast: what its encoder gives, as a timeline, for listeners, and for requests that wait.</summary>
/// <remarks>Written to under the broadcast's lock only; <see cref="Now"/> can be read by anybody at any time.</remarks>
internal sealed class Rung : ITimelineListener
{
    /// <summary>The rung that every broadcast has and that leads the others.</summary>
    public const string SourceName = "source";

    /// <summary>Characters of a name: lower-case letters and digits.</summary>
    public const int NameLengthMax = 16;

    /// <summary>Listeners of one rung.</summary>
    public const int ListenersMax = 10_000;

    /// <summary>Target durations for which a request may wait: what the draft asks for.</summary>
    public const int PatienceTargets = 3;

    /// <summary>Instead of a number: whatever comes first.</summary>
    private const long FirstOfAll = -1;

    private readonly RungSurroundings _around;
    private readonly Timeline _timeline;

    // Replaced, never changed: a listener may leave while it is being told.
    private IRungListener[] _listeners = [];
    private volatile RungMoment _moment;
    private InitSegment? _init;
    private DateTimeOffset _recordedAt;
    private volatile bool _over;

    /// <summary>An empty rung.</summary>
    /// <param name="leader">The source, unless it is this one.</param>
    /// <param name="continuesAt">See <see cref="Timeline"/>.</param>
    /// <param name="initsBefore">Headers that a dropped rung of this name has had.</param>
    public Rung(string name, RungSurroundings around, Rung? leader, long? continuesAt, int initsBefore)
    {
        Name = name;
        _around = around;
        _timeline = new Timeline(around.Services.Rules, around.Services.LimitsOf(name), continuesAt, leader?._timeline, this, initsBefore);
        _moment = NewMoment();
    }

    /// <summary>Its place in addresses: <c>source</c>, <c>p480</c>.</summary>
    public string Name { get; }

    /// <summary>What viewers can fetch.</summary>
    public TimelineView View => _moment.View;

    /// <summary>The same with its playlists, and with the signal that it has passed.</summary>
    public RungMoment Now => _moment;

    /// <summary>Where the current run's media has got to, from its start.</summary>
    internal TimeSpan RunPosition => _timeline.RunPosition;

    /// <summary>Headers numbered so far.</summary>
    internal int Inits => _timeline.InitNumber + 1;

    private TimeSpan Patience => TimeSpan.FromSeconds(PatienceTargets * View.Rules.TargetSeconds);

    /// <summary>Whether a name can be a rung's.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= NameLengthMax && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9'));

    /// <summary>Waits until the playlist has come to a segment, or to a part of it.</summary>
    /// <param name="number">Media sequence number.</param>
    /// <param name="part">Null: the whole segment.</param>
    /// <exception cref="OperationCanceledException">Who asked is gone.</exception>
    public ValueTask<RungWait> WaitForAsync(long number, int? part, CancellationToken cancellationToken)
    {
        var now = _moment;
        if (now.View.Has(number, part)) { return ValueTask.FromResult(RungWait.There); }
        return now.View.IsTooFar(number, part) ? ValueTask.FromResult(RungWait.TooFar) : WaitAsync(now, number, part, cancellationToken);
    }

    /// <summary>Waits until there is a segment to list.</summary>
    /// <exception cref="OperationCanceledException">Who asked is gone.</exception>
    public ValueTask<RungWait> WaitForFirstAsync(CancellationToken cancellationToken)
    {
        var now = _moment;
        return IsThere(now.View, FirstOfAll, null) ? ValueTask.FromResult(RungWait.There) : WaitAsync(now, FirstOfAll, null, cancellationToken);
    }

    /// <summary>Hears what comes from now on, until disposed.</summary>
    /// <param name="now">All that was before.</param>
    /// <exception cref="InvalidOperationException">There are <see cref="ListenersMax"/> already: the caller has a bound of its own below.</exception>
    public IDisposable Listen(IRungListener listener, out RungNow now)
    {
        lock (_around.Lock)
        {
            if (_listeners.Length == ListenersMax) { throw new InvalidOperationException($"A rung has at most {ListenersMax} listeners."); }
            _listeners = [.. _listeners, listener];
            now = new RungNow(_timeline.View, _init, _timeline.InitNumber, _recordedAt, [.. _timeline.Open], _over);
        }

        return new Subscription(this, listener);
    }

    /// <inheritdoc/>
    void ITimelineListener.Made(Segment segment)
    {
        foreach (var listener in _listeners) { listener.SegmentMade(segment); }
    }

    /// <inheritdoc/>
    void ITimelineListener.Took(Fragment fragment)
    {
        foreach (var listener in _listeners) { listener.FragmentCame(fragment); }
    }

    /// <inheritdoc/>
    void ITimelineListener.Changed()
    {
        var before = _moment;
        _moment = NewMoment();
        before.Pass();
    }

    internal void BeginRun(InitSegment init, DateTimeOffset recordedAt)
    {
        EndRun();
        (_init, _recordedAt) = (init, recordedAt);
        _timeline.BeginRun(init, recordedAt);
        foreach (var listener in _listeners) { listener.RunBegan(_timeline.InitNumber, init, recordedAt); }
    }

    internal Segment? Add(Fragment fragment, out MediaProblem? problem)
    {
        problem = null;
        return _init is null ? null : _timeline.Add(fragment, out problem);
    }

    /// <summary>The source has gone on.</summary>
    internal void Follow() => _timeline.Follow();

    internal void EndRun()
    {
        if (_init is null) { return; }

        _timeline.EndRun();
        _init = null;
        foreach (var listener in _listeners) { listener.RunEnded(); }
    }

    /// <summary>No more comes here.</summary>
    /// <param name="goesOnElsewhere">The playlist has no end then, and who waits for more is sent away to come back.</param>
    internal void End(bool goesOnElsewhere)
    {
        if (_over) { return; }

        EndRun();
        if (!goesOnElsewhere) { _timeline.End(); }
        _over = true;
        if (goesOnElsewhere) { Pass(); }
        foreach (var listener in _listeners) { listener.Over(); }
    }

    /// <summary>
    /// Called now and then: when nothing comes, wakes those who wait, so that each sees for itself whether it has waited long
    /// enough. One timer a broadcast does for all of them.
    /// </summary>
    internal void Tick()
    {
        var time = _around.Services.Time;
        lock (_around.Lock)
        {
            var before = _moment;
            if (!_over && time.GetElapsedTime(before.At).TotalSeconds >= before.View.Rules.TargetSeconds) { Pass(); }
        }
    }

    private void Pass()
    {
        var before = _moment;
        _moment = new RungMoment(before.Playlists, _around.Services.Time.GetTimestamp());
        before.Pass();
    }

    private async ValueTask<RungWait> WaitAsync(RungMoment now, long number, int? part, CancellationToken cancellationToken)
    {
        if (!_around.Places.TryTake()) { return RungWait.TooMany; }
        try
        {
            var began = _around.Services.Time.GetTimestamp();
            while (true)
            {
                if (_over) { return RungWait.TooLong; }
                await now.Passed.WaitAsync(cancellationToken);
                now = _moment;
                if (IsThere(now.View, number, part)) { return RungWait.There; }
                if (_around.Services.Time.GetElapsedTime(began) >= Patience) { return RungWait.TooLong; }
            }
        }
        finally
        {
            _around.Places.Leave();
        }
    }

    private static bool IsThere(TimelineView view, long number, int? part) => number == FirstOfAll ? view.HasMedia || view.Ended : view.Has(number, part);

    private RungMoment NewMoment() => new(new RungPlaylists(_timeline.View, () => _around.Reports(this)), _around.Services.Time.GetTimestamp());

    private sealed class Subscription(Rung rung, IRungListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (rung._around.Lock) { rung._listeners = [.. rung._listeners.Where(other => other != listener)]; }
        }
    }
}
