using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Hands what FFmpeg makes of an encoder's stream to the broadcast, and sees whether it can go on being copied.</summary>
internal sealed class RtmpSink(Broadcast broadcast, Broadcast.Seat seat, bool copies, TimeProvider time)
{
    private DateTimeOffset _recordedAt;
    private TimeSpan _keyframeAt;
    private long _positionTicks;

    /// <summary>How much of the stream has come out.</summary>
    public TimeSpan Position => TimeSpan.FromTicks(Interlocked.Read(ref _positionTicks));

    /// <summary>Takes the next unit.</summary>
    /// <returns>Why FFmpeg must end.</returns>
    public Refusal? Take(MediaUnit unit)
    {
        // The first picture of the run passes now, or the moment before.
        if (unit is InitSegment) { _recordedAt = time.GetUtcNow(); }
        if (unit is Fragment fragment && fragment.Of(TrackKind.Video) is { } pictures)
        {
            Interlocked.Exchange(ref _positionTicks, pictures.End.Ticks);
            if (pictures.StartsWithKeyframe) { _keyframeAt = pictures.Start; }
            var since = pictures.End - _keyframeAt;
            if (copies && since.TotalSeconds > RtmpSource.KeyframeSecondsMax)
            {
                return new Refusal(RefusalCode.EncoderFailed, "Keyframes are too far apart. Set the keyframe interval of your encoder to 2 s; until then the server encodes your picture anew.");
            }
        }

        return broadcast.Take(seat, Rung.SourceName, unit, _recordedAt);
    }
}
