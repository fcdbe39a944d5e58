using System.Threading.Channels;
using LiveCommerce.Contracts;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>A quality that viewers may choose.</summary>
internal sealed record InstantRung(string Name, int Width, int Height);

/// <summary>The run that a viewer is given first.</summary>
/// <param name="Codecs">As players ask for them.</param>
internal sealed record InstantRun(InstantFrame Header, string Codecs);

/// <summary>One rung for its instant viewers: keeps the newest frames, each made once, and gives them to all.</summary>
internal abstract partial class InstantFeed : IDisposable
{
    private readonly InstantRing _ring;
    private readonly ILogger _logger;
    private readonly Channel<bool> _pulse = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Replaced, never changed: the pump goes over them without the lock.
    private volatile InstantViewer[] _viewers = [];
    private InstantRun? _run;
    private bool _over;

    protected InstantFeed(InstantLimits limits, TimeProvider time, ILogger logger)
    {
        _ring = new InstantRing(limits, time);
        _logger = logger;
        _ = PumpAsync();
    }

    /// <summary>Which rung it is.</summary>
    public abstract string Name { get; }

    /// <summary>What there is beside it.</summary>
    public abstract IReadOnlyList<InstantRung> Rungs { get; }

    /// <summary>What viewers are told when it is over.</summary>
    public abstract int CloseCode { get; }

    /// <summary>Ends when it can be watched: with null, or with why it can't be.</summary>
    public virtual Task<Refusal?> Ready { get; } = Task.FromResult<Refusal?>(null);

    /// <summary>It is not of the rung that was asked for, and that one is there by now: who comes now gets another feed.</summary>
    public virtual bool IsSurpassed => false;

    /// <summary>Nothing will be added any more.</summary>
    public bool IsOver
    {
        get
        {
            lock (Sync) { return _over; }
        }
    }

    /// <summary>The run that a new viewer is given first; null while there is none.</summary>
    public InstantRun? Run
    {
        get
        {
            lock (Sync) { return _run; }
        }
    }

    /// <summary>Everything is changed under it.</summary>
    protected Lock Sync { get; } = new();

    /// <summary>The viewer gets frames from now on.</summary>
    public void Add(InstantViewer viewer)
    {
        lock (Sync) { _viewers = [.. _viewers, viewer]; }
        viewer.Pump();
    }

    public void Remove(InstantViewer viewer)
    {
        lock (Sync) { _viewers = [.. _viewers.Where(other => other != viewer)]; }
    }

    /// <summary>What a viewer gets next; null: it has all.</summary>
    public InstantFrame? Next(ref InstantCursor cursor, out bool skipped)
    {
        lock (Sync) { return _ring.Next(ref cursor, out skipped); }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Stop();
        _pulse.Writer.TryComplete();
    }

    /// <summary>Nobody watches any more.</summary>
    protected abstract void Stop();

    /// <summary>A run begins.</summary>
    protected void Begin(InstantRun run) => _run = run;

    /// <summary>The next frame.</summary>
    protected void Take(InstantFrame frame) => _ring.Add(frame);

    /// <summary>That was all.</summary>
    protected void End() => _over = true;

    /// <summary>Has the viewers look, after something was taken.</summary>
    protected void Pulse() => _pulse.Writer.TryWrite(true);

    private async Task PumpAsync()
    {
        await foreach (var _ in _pulse.Reader.ReadAllAsync())
        {
            try
            {
                foreach (var viewer in _viewers) { viewer.Pump(); }
            }
            catch (Exception failure)
            {
                Log.PumpFailed(_logger, failure);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 3411, Level = LogLevel.Error, Message = "Frames could not be given to instant viewers")]
        public static partial void PumpFailed(ILogger logger, Exception failure);
    }
}
