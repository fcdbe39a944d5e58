using System.Globalization;
using System.Text;

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

/// <summary>Writes playlists by RFC 8216 and its successor draft. Addresses are relative to the playlist.</summary>
public static class PlaylistWriter
{
    /// <summary>Name of the media playlist.</summary>
    public const string MediaName = "list.m3u8";

    /// <summary>EXT-X-MAP in a playlist that is not I-frames only needs 6; 7 is what fMP4 players expect.</summary>
    private const int Version = 7;

    /// <summary>The playlist that players open first.</summary>
    /// <param name="renditions">The one to begin with first. Its name is the folder of its media playlist.</param>
    public static string WriteMultivariant(IEnumerable<(string Name, Rendition Rendition)> renditions)
    {
        var text = Start().Append("#EXT-X-INDEPENDENT-SEGMENTS\n");
        foreach (var (name, rendition) in renditions)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={rendition.PeakBitsPerSecond}");
            text.Append(CultureInfo.InvariantCulture, $",AVERAGE-BANDWIDTH={rendition.AverageBitsPerSecond}");
            text.Append(CultureInfo.InvariantCulture, $",CODECS=\"{rendition.Codecs}\"");
            if (rendition.Width > 0) { text.Append(CultureInfo.InvariantCulture, $",RESOLUTION={rendition.Width}x{rendition.Height}"); }
            if (rendition.FramesPerSecond > 0) { text.Append(CultureInfo.InvariantCulture, $",FRAME-RATE={rendition.FramesPerSecond:0.000}"); }
            text.Append('\n').Append(name).Append('/').Append(MediaName).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The list of segments.</summary>
    /// <param name="targetSeconds">No segment is longer when rounded to whole seconds.</param>
    /// <param name="segments">Oldest first, without a hole; not empty.</param>
    /// <param name="ended">Nothing will follow.</param>
    public static string WriteMedia(int targetSeconds, IReadOnlyList<Segment> segments, bool ended)
    {
        var first = segments[0];

        // A discontinuity is counted here once its tag has left the list; the first segment's own tag is still in it.
        var left = first.Discontinuities - (first.Discontinuity ? 1 : 0);

        var text = Start()
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{targetSeconds}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{first.Number}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{left}\n")
            .Append("#EXT-X-INDEPENDENT-SEGMENTS\n");

        var init = -1;
        foreach (var segment in segments)
        {
            if (segment.Discontinuity) { text.Append("#EXT-X-DISCONTINUITY\n"); }
            if (segment.InitNumber != init)
            {
                init = segment.InitNumber;
                text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MAP:URI=\"{InitName(init)}\"\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{segment.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\n")
                .Append(CultureInfo.InvariantCulture, $"#EXTINF:{segment.Duration.TotalSeconds:0.00000},\n")
                .Append(SegmentName(segment.Number)).Append('\n');
        }

        if (ended) { text.Append("#EXT-X-ENDLIST\n"); }
        return text.ToString();
    }

    /// <summary>Address of a header.</summary>
    public static string InitName(int number) => string.Create(CultureInfo.InvariantCulture, $"init-{number}.mp4");

    /// <summary>Address of a segment.</summary>
    public static string SegmentName(long number) => string.Create(CultureInfo.InvariantCulture, $"{number}.m4s");

    private static StringBuilder Start() =>
        new StringBuilder(2048).Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:{Version}\n");
}
