namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>Whether a rung is carried.</summary>
internal enum RungState
{
    On = 0,

    /// <summary>Not begun: the server had no room for it.</summary>
    Off = 1,

    /// <summary>Given up while live; it may come back.</summary>
    Dropped = 2,
}

/// <summary>Why a rung is not carried.</summary>
internal enum RungReason
{
    None = 0,

    /// <summary>The cores for encoding are spoken for.</summary>
    NoCores = 1,

    /// <summary>An encoder could not keep up with real time.</summary>
    Behind = 2,

    /// <summary>Its encoder failed.</summary>
    Failed = 3,
}

/// <summary>One rung, for the streamer.</summary>
/// <param name="BitsPerSecond">As it comes out now.</param>
internal sealed record RungReport(string Name, int Width, int Height, long BitsPerSecond, RungState State, RungReason Reason);

/// <summary>How the encoders of a publisher do.</summary>
/// <param name="BacklogMs">Recording that waits for the encoder.</param>
/// <param name="DelayMs">Age of the newest picture that came out; 0 before the first.</param>
/// <param name="Rungs">The source first; empty before its header.</param>
internal sealed record EncoderReport(long BacklogMs, long DelayMs, long BitsPerSecond, double FramesPerSecond, IReadOnlyList<RungReport> Rungs);

/// <summary>Bytes and frames a second, over the last few looks.</summary>
internal sealed class Throughput
{
    private const int LooksMax = 4;

    private readonly Queue<(TimeSpan At, long Bytes, long Frames)> _looks = new();

    /// <summary>Remembers the counts of now and gives what a second brought lately.</summary>
    public (long BitsPerSecond, double FramesPerSecond) Look(TimeSpan at, long bytes, long frames)
    {
        _looks.Enqueue((at, bytes, frames));
        if (_looks.Count > LooksMax) { _looks.Dequeue(); }

        var first = _looks.Peek();
        var seconds = (at - first.At).TotalSeconds;
        return seconds > 0 ? ((long)((bytes - first.Bytes) * 8 / seconds), Math.Round((frames - first.Frames) / seconds, 1)) : (0, 0);
    }
}
