using LiveCommerce.Contracts;
using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Sees how far an encoder's stream has come, and whether it can go on being copied.</summary>
internal sealed class RtmpSink(bool copies)
{
    private TimeSpan _keyframeAt;
    private long _positionTicks;

    /// <summary>How much of the stream has come out.</summary>
    public TimeSpan Position => TimeSpan.FromTicks(Interlocked.Read(ref _positionTicks));

    /// <summary>Sees the next unit.</summary>
    /// <returns>Why FFmpeg must end.</returns>
    public Refusal? Inspect(MediaUnit unit)
    {
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

        return null;
    }
}
