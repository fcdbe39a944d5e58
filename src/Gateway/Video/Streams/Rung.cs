using LiveCommerce.Media;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>One quality of a broadcast: what its encoder gives, as a timeline and for listeners.</summary>
/// <remarks>Written to under the broadcast's lock only; <see cref="View"/> can be read by anybody at any time.</remarks>
internal sealed class Rung
{
    /// <summary>The rung that every broadcast has and that leads the others.</summary>
    public const string SourceName = "source";

    /// <summary>Characters of a name: lower-case letters and digits.</summary>
    public const int NameLengthMax = 16;

    /// <summary>Listeners of one rung.</summary>
    public const int ListenersMax = 10_000;

    private readonly Lock _lock;
    private readonly Timeline _timeline;

    // Replaced, never changed: a listener may leave while it is being told.
    private IRungListener[] _listeners = [];
    private InitSegment? _init;
    private DateTimeOffset _recordedAt;
    private bool _over;

    /// <summary>An empty rung.</summary>
    /// <param name="broadcastLock">The lock of its broadcast.</param>
    public Rung(string name, Timeline timeline, Lock broadcastLock)
    {
        Name = name;
        _timeline = timeline;
        _lock = broadcastLock;
    }

    /// <summary>Its place in addresses: <c>source</c>, <c>p480</c>.</summary>
    public string Name { get; }

    /// <summary>What viewers can fetch.</summary>
    public TimelineView View => _timeline.View;

    /// <summary>Where the current run's media has got to, from its start.</summary>
    internal TimeSpan RunPosition => _timeline.RunPosition;

    /// <summary>Whether a name can be a rung's.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= NameLengthMax && name.All(letter => letter is (>= 'a' and <= 'z') or (>= '0' and <= '9'));

    /// <summary>Hears what comes from now on, until disposed.</summary>
    /// <param name="now">All that was before.</param>
    /// <exception cref="InvalidOperationException">There are <see cref="ListenersMax"/> already: the caller has a bound of its own below.</exception>
    public IDisposable Listen(IRungListener listener, out RungNow now)
    {
        lock (_lock)
        {
            if (_listeners.Length == ListenersMax) { throw new InvalidOperationException($"A rung has at most {ListenersMax} listeners."); }
            _listeners = [.. _listeners, listener];
            now = new RungNow(_timeline.View, _init, _timeline.InitNumber, _recordedAt, [.. _timeline.Open], _over);
        }

        return new Subscription(this, listener);
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
        var made = _timeline.Add(fragment, out problem);
        Tell(made);
        if (problem is null && _timeline.HasBegun)
        {
            foreach (var listener in _listeners) { listener.FragmentCame(fragment); }
        }

        return made;
    }

    internal void EndRun()
    {
        if (_init is null) { return; }

        Tell(_timeline.EndRun());
        _init = null;
        foreach (var listener in _listeners) { listener.RunEnded(); }
    }

    internal void End()
    {
        if (_over) { return; }

        EndRun();
        _timeline.End();
        _over = true;
        foreach (var listener in _listeners) { listener.Over(); }
    }

    private void Tell(Segment? made)
    {
        if (made is null) { return; }
        foreach (var listener in _listeners) { listener.SegmentMade(made); }
    }

    private sealed class Subscription(Rung rung, IRungListener listener) : IDisposable
    {
        public void Dispose()
        {
            lock (rung._lock) { rung._listeners = [.. rung._listeners.Where(other => other != listener)]; }
        }
    }
}
