namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Decides whether a viewer really watches: its player reports every 5 s where it is, and the position has to advance with the clock.
/// </summary>
internal sealed class WatchMeter(TimeProvider time)
{
    /// <summary>A verified viewer counts this long without another report: two reports may be lost.</summary>
    public static readonly TimeSpan CountedFor = TimeSpan.FromSeconds(15);

    /// <summary>Reports closer together say nothing.</summary>
    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(2);

    /// <summary>A report after a longer silence starts anew.</summary>
    private static readonly TimeSpan IntervalMax = TimeSpan.FromSeconds(30);

    /// <summary>Slowest advance that is playback (it may have buffered), as a part of real time.</summary>
    private const double SlowestRate = 0.25;

    /// <summary>Fastest advance that is playback (a player behind the live edge catches up).</summary>
    private const double FastestRate = 1.6;

    /// <summary>Milliseconds that a short jump to the live edge may add.</summary>
    private const double JumpMs = 2_500;

    private readonly Lock _gate = new();
    private string? _streamId;
    private long _positionMs;
    private long _reportedAt;
    private long? _verifiedAt;

    /// <summary>Whether the viewer counts now.</summary>
    public bool IsWatching
    {
        get
        {
            lock (_gate) { return _verifiedAt is { } at && time.GetElapsedTime(at) <= CountedFor; }
        }
    }

    /// <summary>Takes a report.</summary>
    /// <param name="liveStreamId">The stream the room shows now; null when it shows none.</param>
    public void Report(string? streamId, long positionMs, string? liveStreamId)
    {
        lock (_gate)
        {
            var now = time.GetTimestamp();
            if (streamId is null || streamId != liveStreamId || positionMs < 0)
            {
                Forget();
                return;
            }

            if (_streamId != streamId || time.GetElapsedTime(_reportedAt, now) > IntervalMax)
            {
                _verifiedAt = null;
            }
            else
            {
                var elapsed = time.GetElapsedTime(_reportedAt, now);
                if (elapsed < IntervalMin) { return; }

                var advancedMs = (double)positionMs - _positionMs;
                var real = elapsed.TotalMilliseconds;
                if (advancedMs >= real * SlowestRate && advancedMs <= (real * FastestRate) + JumpMs) { _verifiedAt = now; }
            }

            (_streamId, _positionMs, _reportedAt) = (streamId, positionMs, now);
        }
    }

    /// <summary>The viewer has left the room.</summary>
    public void Reset()
    {
        lock (_gate) { Forget(); }
    }

    private void Forget()
    {
        _streamId = null;
        _verifiedAt = null;
    }
}
