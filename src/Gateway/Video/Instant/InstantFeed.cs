using System.Threading.Channels;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>
/// One rung for its instant viewers: makes every frame once, keeps the newest, and gives them to all. Hears the rung only while
/// somebody watches.
/// </summary>
internal sealed partial class InstantFeed : IRungListener, IDisposable
{
    private readonly Lock _lock = new();
    private readonly InstantRing _ring;
    private readonly ILogger _logger;
    private readonly IDisposable _listening;
    private readonly Channel<bool> _pulse = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    // Replaced, never changed: the pump goes over them without the lock.
    private volatile InstantViewer[] _viewers = [];

    // What is heard between the first breath and the picture of what was before; null once that is in the ring.
    private List<Action>? _early = [];
    private InitSegment? _init;
    private InstantFrame? _header;
    private TrackKind _lead;
    private DateTimeOffset _beganAt;
    private TimeSpan? _began;
    private InstantPlace _newest;
    private bool _over;

    public InstantFeed(Rung rung, InstantLimits limits, TimeProvider time, ILogger logger)
    {
        Rung = rung;
        _ring = new InstantRing(limits, time);
        _logger = logger;
        _listening = rung.Listen(this, out var now);
        Begin(now);
        _ = PumpAsync();
    }

    public Rung Rung { get; }

    /// <summary>Nothing will be added any more.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock) { return _over; }
        }
    }

    /// <summary>The run that a new viewer is given first; null while there is none.</summary>
    public (InstantFrame Header, InitSegment Init)? Run
    {
        get
        {
            lock (_lock) { return _header is { } header && _init is { } init ? (header, init) : null; }
        }
    }

    /// <summary>The viewer gets frames from now on.</summary>
    public void Add(InstantViewer viewer)
    {
        lock (_lock) { _viewers = [.. _viewers, viewer]; }
        viewer.Pump();
    }

    public void Remove(InstantViewer viewer)
    {
        lock (_lock) { _viewers = [.. _viewers.Where(other => other != viewer)]; }
    }

    /// <summary>What a viewer gets next; null: it has all.</summary>
    public InstantFrame? Next(ref InstantCursor cursor, out bool skipped)
    {
        lock (_lock) { return _ring.Next(ref cursor, out skipped); }
    }

    /// <inheritdoc/>
    public void RunBegan(int initNumber, InitSegment init, DateTimeOffset recordedAt) => Hear(() => TakeRun(initNumber, init, recordedAt));

    /// <inheritdoc/>
    public void FragmentCame(Fragment fragment) => Hear(() => TakeFragment(fragment));

    /// <inheritdoc/>
    public void SegmentMade(Segment segment)
    {
        // Instant viewers know no segments.
    }

    /// <inheritdoc/>
    public void RunEnded() => Hear(() => _ring.Add(InstantWire.Pause(_newest)));

    /// <inheritdoc/>
    public void Over() => Hear(() => _over = true);

    /// <inheritdoc/>
    public void Dispose()
    {
        _listening.Dispose();
        _pulse.Writer.TryComplete();
    }

    private void Hear(Action what)
    {
        lock (_lock)
        {
            if (_early is { } early)
            {
                early.Add(what);
                return;
            }

            what();
        }

        _pulse.Writer.TryWrite(true);
    }

    private void Begin(RungNow now)
    {
        lock (_lock)
        {
            if (now.Init is { } init)
            {
                TakeRun(now.InitNumber, init, now.RecordedAt);

                // What is given first is the open segment, and the playlist knows when that began.
                if (now.View.Open is { } open) { _beganAt = open.Start.At; }
                foreach (var fragment in now.Open) { TakeFragment(fragment); }
            }

            _over = now.Over;
            foreach (var what in _early!) { what(); }
            _early = null;
        }
    }

    private void TakeRun(int number, InitSegment init, DateTimeOffset recordedAt)
    {
        _init = init;
        _header = InstantWire.Init(number, init, recordedAt);
        _lead = init.Video is null ? TrackKind.Audio : TrackKind.Video;
        (_beganAt, _began) = (recordedAt, null);
    }

    private void TakeFragment(Fragment fragment)
    {
        if (_header is not { } header) { return; }

        var lead = fragment.Of(_lead);
        var at = lead?.Start ?? fragment.Runs[0].Start;
        _began ??= at;
        _newest = new InstantPlace(header.Place.Run, at, _beganAt + (at - _began.Value));
        _ring.Add(InstantWire.Fragment(_newest, lead is { StartsWithKeyframe: true }, fragment, header));
    }

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
