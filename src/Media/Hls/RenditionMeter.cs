using LiveCommerce.Media.Fragments;

namespace LiveCommerce.Media.Hls;

/// <summary>What the multivariant playlist says of one rendition.</summary>
/// <param name="Codecs">RFC 6381, of every track.</param>
/// <param name="PeakBitsPerSecond">Of the heaviest segment.</param>
/// <param name="AverageBitsPerSecond">Of all segments.</param>
/// <param name="Width">Pixels; 0 without a picture.</param>
/// <param name="Height">Pixels; 0 without a picture.</param>
/// <param name="FramesPerSecond">0 when not known.</param>
public sealed record Rendition(
    string Codecs, long PeakBitsPerSecond, long AverageBitsPerSecond, int Width, int Height, double FramesPerSecond);

/// <summary>Measures what a rung costs to watch.</summary>
internal sealed class RenditionMeter
{
    private long _peak;

    /// <summary>A segment more.</summary>
    public void Add(SegmentBody body) => _peak = Math.Max(_peak, BitsPerSecond(body.Bytes, body.Duration));

    /// <summary>As the kept segments are.</summary>
    public Rendition Measure(IReadOnlyList<Segment> kept, long bytes, InitSegment init)
    {
        var time = kept.Where(segment => !segment.IsGap).Aggregate(TimeSpan.Zero, (sum, segment) => sum + segment.Duration);
        return new Rendition(
            init.Codecs,
            _peak,
            BitsPerSecond(bytes, time),
            init.Video?.Width ?? 0,
            init.Video?.Height ?? 0,
            time > TimeSpan.Zero ? kept.Sum(segment => (long)segment.Body.Frames) / time.TotalSeconds : 0);
    }

    private static long BitsPerSecond(long bytes, TimeSpan time) =>
        time > TimeSpan.Zero ? (long)Math.Ceiling(bytes * 8 / time.TotalSeconds) : 0;
}
