using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;
using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>A rung of a broadcast that arrives here: makes every frame once. Hears the rung only while somebody watches.</summary>
internal sealed class RungFeed : InstantFeed, IRungListener
{
    private readonly Broadcast _broadcast;
    private readonly Rung _rung;
    private readonly IDisposable _listening;

    // What is heard between the first breath and the picture of what was before; null once that is in the ring.
    private List<Action>? _early = [];
    private InstantFrame? _header;
    private TrackKind _lead;
    private DateTimeOffset _beganAt;
    private TimeSpan? _began;
    private InstantPlace _newest;

    public RungFeed(Broadcast broadcast, Rung rung, InstantLimits limits, TimeProvider time, ILogger logger)
        : base(limits, time, logger)
    {
        (_broadcast, _rung) = (broadcast, rung);
        _listening = rung.Listen(this, out var now);
        Begin(now);
    }

    /// <inheritdoc/>
    public override string Name => _rung.Name;

    /// <inheritdoc/>
    public override IReadOnlyList<InstantRung> Rungs =>
        [.. _broadcast.Rungs.Select(one => new InstantRung(one.Name, one.View.Rendition?.Width ?? 0, one.View.Rendition?.Height ?? 0))];

    /// <inheritdoc/>
    public override int CloseCode => _broadcast.EndedBecause is null or BroadcastEnd.ShuttingDown ? InstantClose.ComeBack : InstantClose.Over;

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
    public void RunEnded() => Hear(() => Take(InstantWire.Pause(_newest)));

    /// <inheritdoc/>
    public void Over() => Hear(End);

    /// <inheritdoc/>
    protected override void Stop() => _listening.Dispose();

    private void Hear(Action what)
    {
        lock (Sync)
        {
            if (_early is { } early)
            {
                early.Add(what);
                return;
            }

            what();
        }

        Pulse();
    }

    private void Begin(RungNow now)
    {
        lock (Sync)
        {
            if (now.Init is { } init)
            {
                TakeRun(now.InitNumber, init, now.RecordedAt);

                // What is given first is the open segment, and the playlist knows when that began.
                if (now.View.Open is { } open) { _beganAt = open.Start.At; }
                foreach (var fragment in now.Open) { TakeFragment(fragment); }
            }

            if (now.Over) { End(); }
            foreach (var what in _early!) { what(); }
            _early = null;
        }
    }

    private void TakeRun(int number, InitSegment init, DateTimeOffset recordedAt)
    {
        _header = InstantWire.Init(number, init, recordedAt);
        Begin(new InstantRun(_header, init.Codecs));
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
        Take(InstantWire.Fragment(_newest, lead is { StartsWithKeyframe: true }, fragment, header));
    }
}
