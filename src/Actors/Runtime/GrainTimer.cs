namespace LiveCommerce.Actors.Runtime;

/// <summary>A timer of a grain. It is itself the turn of its tick, so there is never more than one.</summary>
internal sealed class GrainTimer : Turn, IGrainTimer
{
    private readonly Activation _activation;
    private readonly Func<CancellationToken, Task> _callback;
    private readonly ITimer _clock;
    private readonly CancellationTokenSource _disposed = new();
    private readonly Lock _gate = new();
    private readonly bool _keepAlive;

    private TimeSpan _period;
    private TimeSpan? _changedDue;
    private bool _ticking;
    private bool _stopped;

    public GrainTimer(Activation activation, Func<CancellationToken, Task> callback, GrainTimerCreationOptions options)
    {
        _activation = activation;
        _callback = callback;
        _keepAlive = options.KeepAlive;
        _period = options.Period;
        _clock = activation.Time.CreateTimer(static state => ((GrainTimer)state!).Due(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    // Above every call: a flood must not stop the heartbeat of a room. There is at most one tick of a timer, so no flood of ticks.
    internal override CallPriority Priority => CallPriority.High;

    internal override bool KeepsAlive => _keepAlive;

    public void Change(TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            if (_stopped) { return; }
            _period = period;
            // While a tick waits or runs, the new time counts from its end.
            if (_ticking) { _changedDue = dueTime; } else { _clock.Change(dueTime, Timeout.InfiniteTimeSpan); }
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_stopped) { return; }
            _stopped = true;
        }

        _clock.Dispose();
        _activation.Forget(this);
        _disposed.Cancel();
    }

    internal override void Run(Activation activation) => _ = Tick();

    private async Task Tick()
    {
        try
        {
            if (!_disposed.IsCancellationRequested) { await _callback(_disposed.Token); }
        }
        catch (OperationCanceledException) when (_disposed.IsCancellationRequested)
        {
            // The tick was told to stop.
        }
        catch (Exception exception)
        {
            _activation.LogTickFailure(exception);
        }

        _activation.Ended(this, failure: null);
        lock (_gate)
        {
            _ticking = false;
            if (_stopped) { return; }
            var due = _changedDue ?? _period;
            _changedDue = null;
            if (due != Timeout.InfiniteTimeSpan) { _clock.Change(due, Timeout.InfiniteTimeSpan); }
        }
    }

    private void Due()
    {
        lock (_gate)
        {
            if (_stopped || _ticking) { return; }
            _ticking = true;
        }

        _activation.PostTick(this);
    }
}
