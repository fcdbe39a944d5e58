namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>The FFmpeg processes that encode right now, so that none outlives this one's orderly end.</summary>
internal sealed class EncoderProcesses : IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Encoder> _running = [];
    private bool _closed;

    /// <summary>How many run.</summary>
    public int Count
    {
        get
        {
            lock (_lock) { return _running.Count; }
        }
    }

    /// <summary>Their process ids.</summary>
    public IReadOnlyList<int> Ids
    {
        get
        {
            lock (_lock) { return [.. _running.Select(encoder => encoder.ProcessId)]; }
        }
    }

    /// <summary>Ends all of them now.</summary>
    public void KillAll()
    {
        Encoder[] all;
        lock (_lock) { all = [.. _running]; }
        foreach (var encoder in all) { encoder.Kill(); }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) { _closed = true; }
        KillAll();
    }

    internal void Add(Encoder encoder)
    {
        lock (_lock)
        {
            _running.Add(encoder);
            if (!_closed) { return; }
        }

        encoder.Kill();
    }

    internal void Remove(Encoder encoder)
    {
        lock (_lock) { _running.Remove(encoder); }
    }
}
