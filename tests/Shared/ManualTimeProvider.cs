namespace LiveCommerce.Tests;

/// <summary>A clock that moves only when a test says so. Timers fire inside <see cref="Advance"/>, in the order of their due times.</summary>
internal sealed class ManualTimeProvider : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private DateTimeOffset _now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_gate) { return _now; }
    }

    public override long GetTimestamp() => GetUtcNow().UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new ManualTimer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>How many timers will fire.</summary>
    public int ArmedTimers
    {
        get
        {
            lock (_gate) { return _timers.Count; }
        }
    }

    /// <summary>Completes when a timer is due after exactly this time. Gives up after two minutes of real time.</summary>
    public async Task Armed(TimeSpan after)
    {
        var started = System.GetTimestamp();
        while (!IsArmed())
        {
            if (System.GetElapsedTime(started) > TimeSpan.FromMinutes(2)) { throw new TimeoutException($"No timer is due after {after}."); }
            await Task.Run(static () => { });
        }

        bool IsArmed()
        {
            lock (_gate) { return _timers.Exists(timer => timer.Due == _now + after); }
        }
    }

    /// <summary>Moves the clock; every timer due on the way has fired when this returns.</summary>
    public void Advance(TimeSpan by)
    {
        DateTimeOffset end;
        lock (_gate) { end = _now + by; }

        while (true)
        {
            ManualTimer? due;
            lock (_gate)
            {
                due = _timers.Where(timer => timer.Due <= end).MinBy(timer => timer.Due);
                if (due is null)
                {
                    _now = end;
                    return;
                }

                if (due.Due > _now) { _now = due.Due; }
                due.Rearm(_now);
            }

            due.Fire();
        }
    }

    /// <summary>
    /// Moves the clock step by step until the condition holds: for what happens on other threads after a timer fired.
    /// Gives up after two minutes of real time.
    /// </summary>
    public async Task AdvanceUntil(Func<bool> condition, TimeSpan step)
    {
        var started = System.GetTimestamp();
        while (!condition())
        {
            if (System.GetElapsedTime(started) > TimeSpan.FromMinutes(2)) { throw new TimeoutException("The condition never came true."); }
            Advance(step);

            // Through the pool's own queue, behind what the timers have begun there: where it is busy the clock waits for it.
            for (var i = 0; i < 20 && !condition(); i++) { await Task.Run(static () => { }); }
        }
    }

    private sealed class ManualTimer(ManualTimeProvider clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public DateTimeOffset Due { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (clock._gate)
            {
                clock._timers.Remove(this);
                _period = period;
                if (dueTime == Timeout.InfiniteTimeSpan) { return true; }
                Due = clock._now + dueTime;
                clock._timers.Add(this);
                return true;
            }
        }

        public void Rearm(DateTimeOffset now)
        {
            if (_period > TimeSpan.Zero) { Due = now + _period; } else { clock._timers.Remove(this); }
        }

        public void Fire() => callback(state);

        public void Dispose()
        {
            lock (clock._gate) { clock._timers.Remove(this); }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
