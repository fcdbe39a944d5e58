namespace LiveCommerce.LoadTester.Running;

/// <summary>
/// What a player would show, without a screen: it begins with what is held back, and whenever it has nothing left it stands still until the
/// next part. Knows no clock: the caller says what time it is, in microseconds.
/// </summary>
/// <param name="holdBackMicros">Media that it has before it begins.</param>
internal sealed class PartScreen(long holdBackMicros)
{
    private long _has;
    private long _endsAt = -1;
    private long _stillSince = -1;

    /// <summary>Whether what it has been given since it began, or leapt, is shown.</summary>
    public bool HasBegun => _endsAt >= 0;

    /// <summary>A part has come.</summary>
    /// <returns>For how long nothing moved before it; 0: it came in time.</returns>
    public long Take(long micros, long now)
    {
        if (_endsAt < 0)
        {
            _has += micros;
            if (_has < holdBackMicros) { return 0; }

            var still = _stillSince < 0 ? 0 : Math.Max(0, now - _stillSince);
            (_endsAt, _stillSince) = (now + _has, -1);
            return still;
        }

        var dry = Math.Max(0, now - _endsAt);
        _endsAt += micros + dry;
        return dry;
    }

    /// <summary>What should come next is gone: it begins anew somewhere else. From the end of what it has until then nothing moves.</summary>
    public void Leap()
    {
        if (_endsAt >= 0) { _stillSince = _endsAt; }
        (_has, _endsAt) = (0, -1);
    }

    /// <summary>For how long nothing moves at the end.</summary>
    public long End(long now)
    {
        var since = _endsAt >= 0 ? _endsAt : _stillSince;
        return since < 0 ? 0 : Math.Max(0, now - since);
    }
}
