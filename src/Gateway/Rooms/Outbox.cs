namespace LiveCommerce.Gateway.Rooms;

/// <summary>Where a viewer's frames go: a hub connection, or a test.</summary>
internal interface IFrameSink
{
    /// <summary>Hands one frame over; completes when the connection can take the next.</summary>
    ValueTask WriteAsync(WireMessage frame);

    /// <summary>Ends the connection after what was written.</summary>
    void Close();

    /// <summary>Ends the connection at once.</summary>
    /// <returns>False: it is ending already, in time.</returns>
    bool Abort();

    /// <summary>This server goes away: the client is told to come back, and the connection ends.</summary>
    void ComeBack();

    /// <summary>Looks after the connection, now and then: it may have to say that it is there.</summary>
    /// <param name="stuck">How long the client may take nothing.</param>
    /// <returns>False: it takes nothing any more, or says nothing any more, and has to be cut off.</returns>
    bool Tend(TimeSpan stuck);
}

/// <summary>
/// What waits for one viewer: a bounded queue in front of one write at a time. Nobody waits for a viewer; a full queue means that the
/// viewer is behind and its owner decides what it gets instead.
/// </summary>
internal sealed class Outbox(IFrameSink sink, int framesMax, TimeProvider time, Action caughtUp)
{
    private readonly Lock _gate = new();
    private Queue<WireMessage>? _waiting; // most viewers never need one
    private bool _writing;
    private bool _behind;
    private bool _closing;
    private long _writingSince = time.GetTimestamp();

    /// <summary>Writes now or soon. Never waits.</summary>
    /// <returns>False when the viewer is behind: nothing was taken, and <c>caughtUp</c> is called once all that waits is written.</returns>
    public bool TryEnqueue(WireMessage frame)
    {
        lock (_gate)
        {
            // To one that leaves, everything is "delivered".
            if (_closing) { return true; }
            if (_behind) { return false; }
            if (_writing)
            {
                _waiting ??= new Queue<WireMessage>();
                if (_waiting.Count < framesMax)
                {
                    _waiting.Enqueue(frame);
                    return true;
                }

                // What waits is old by the time it could be read: the snapshot that follows has it all.
                _waiting = null;
                _behind = true;
                return false;
            }

            Begin();
        }

        Pump(frame);
        return true;
    }

    /// <summary>Drops what waits: the viewer has left the room it came from.</summary>
    public void Drop()
    {
        lock (_gate)
        {
            if (_closing) { return; }
            _waiting = null;
            _behind = false;
        }
    }

    /// <summary>The last frame; then the connection is closed. What waits is dropped.</summary>
    public void Close(WireMessage last)
    {
        lock (_gate)
        {
            if (_closing) { return; }
            _closing = true;
            _behind = false;
            _waiting = null;
            if (_writing)
            {
                _waiting = new Queue<WireMessage>([last]);
                return;
            }

            Begin();
        }

        Pump(last);
    }

    /// <summary>How long the current write has been waiting for the connection; zero when nothing waits.</summary>
    public TimeSpan StuckFor()
    {
        lock (_gate) { return _writing ? time.GetElapsedTime(_writingSince) : TimeSpan.Zero; }
    }

    /// <summary>How long nothing was written; zero while something is.</summary>
    public TimeSpan SilentFor()
    {
        lock (_gate) { return _writing ? TimeSpan.Zero : time.GetElapsedTime(_writingSince); }
    }

    private void Begin()
    {
        _writing = true;
        _writingSince = time.GetTimestamp();
    }

    // Loops while the connection takes frames at once, which it nearly always does; costs no allocation then.
    private void Pump(WireMessage frame)
    {
        for (WireMessage? next = frame; next is not null; next = Next())
        {
            var write = Write(next);
            if (!write.IsCompletedSuccessfully)
            {
                _ = FinishAsync(write);
                return;
            }
        }
    }

    private async Task FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        catch (Exception)
        {
            // The connection is gone; SignalR tells the hub, which takes the viewer out. Not on the stack of who wrote: it may be one of
            // several that work under the room's lock.
            await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            sink.Abort();
            return;
        }

        if (Next() is { } next) { Pump(next); }
    }

    private ValueTask Write(WireMessage frame)
    {
        try
        {
            return sink.WriteAsync(frame);
        }
        catch (Exception exception)
        {
            return ValueTask.FromException(exception);
        }
    }

    private WireMessage? Next()
    {
        bool wasBehind;
        lock (_gate)
        {
            _writingSince = time.GetTimestamp();
            if (_waiting is not null && _waiting.TryDequeue(out var next)) { return next; }
            _waiting = null;
            _writing = false;
            wasBehind = _behind;
            _behind = false;
        }

        if (Volatile.Read(ref _closing)) { sink.Close(); }
        else if (wasBehind) { caughtUp(); }
        return null;
    }
}
