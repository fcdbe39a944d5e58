using LiveCommerce.Contracts;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>
/// The encoder of one lower rung, fed with what the source's gives, from a keyframe on. Its process starts beside the source's
/// path and is never waited for there.
/// </summary>
/// <remarks>Guarded by the lock of its owner; only <see cref="Ended"/> and its sink run beside it.</remarks>
internal sealed class RungEncoder(InitSegment init, Func<Func<MediaUnit, Refusal?>, Encoder?> start, Func<RungEncoder, MediaUnit, Refusal?> sink)
{
    /// <summary>Bytes that may wait while the process starts.</summary>
    private const int WaitingBytesMax = 8 * 1024 * 1024;

    private readonly Lock _lock = new();
    private readonly List<Slice> _waiting = [];
    private Encoder? _encoder;
    private Task<EncoderEnd>? _ended;
    private int _waitingBytes;
    private bool _finish;
    private bool _kill;

    /// <summary>Ends with its process, or at once when none was started; never fails.</summary>
    public Task<EncoderEnd> Ended => _ended ?? Task.FromResult(EncoderEnd.Finished);

    /// <summary>Whether it has begun: before, it waits for a keyframe.</summary>
    public bool HasBegun => _ended is not null;

    /// <summary>Where its pictures have got to, on the source's clock.</summary>
    public TimeSpan Position { get; set; }

    /// <summary>Takes a fragment of the source. False: it can't keep up.</summary>
    public bool TryFeed(Fragment fragment, TimeSpan at)
    {
        if (_ended is null)
        {
            if (fragment.Of(TrackKind.Video) is not { StartsWithKeyframe: true }) { return true; }

            Position = at;
            Write(new Slice(init.Bytes, (long)at.TotalMilliseconds));
            _ended = Task.Run(RunAsync);
        }

        return Write(new Slice(fragment.Bytes, (long)at.TotalMilliseconds));
    }

    /// <summary>The source is over: lets it give what it holds.</summary>
    public Task<EncoderEnd> FinishAsync()
    {
        lock (_lock)
        {
            _finish = true;
            _ = _encoder?.FinishAsync();
        }

        return Ended;
    }

    /// <summary>Ends it now.</summary>
    public void Kill()
    {
        lock (_lock)
        {
            _kill = true;
            _encoder?.Kill();
        }
    }

    private bool Write(Slice slice)
    {
        lock (_lock)
        {
            if (_encoder is not null) { return _encoder.TryWrite(slice); }

            _waitingBytes += slice.Bytes.Length;
            if (_waitingBytes > WaitingBytesMax) { return false; }
            _waiting.Add(slice);
            return true;
        }
    }

    private async Task<EncoderEnd> RunAsync()
    {
        if (start(unit => sink(this, unit)) is not { } encoder)
        {
            return new EncoderEnd(new Refusal(RefusalCode.EncoderMissing, "FFmpeg is gone."));
        }

        await using var owned = encoder;
        lock (_lock)
        {
            foreach (var slice in _waiting) { encoder.TryWrite(slice); }
            _waiting.Clear();
            _encoder = encoder;
            if (_finish) { _ = encoder.FinishAsync(); }
            if (_kill) { encoder.Kill(); }
        }

        return await encoder.Completion;
    }
}
