using System.Globalization;
using System.Text;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>A segment in a playlist of what was recorded.</summary>
/// <param name="Name">Its address, from the playlist.</param>
/// <param name="InitName">Address of its header.</param>
internal readonly record struct PlaylistItem(string Name, string InitName, bool Discontinuity, DateTimeOffset At, TimeSpan Duration);

/// <summary>Writes plain playlists (RFC 8216) of what was recorded: of a replay, and back into a running broadcast.</summary>
internal static class RecordedPlaylist
{
    /// <summary>Name of the multivariant playlist of a replay.</summary>
    public const string MainName = "main.m3u8";

    /// <summary>Name of the media playlist of a replay.</summary>
    public const string MediaName = "list.m3u8";

    /// <summary>Name of the media playlist back into a running broadcast.</summary>
    public const string DvrName = "dvr.m3u8";

    /// <summary>As in the live playlists: what fMP4 players expect.</summary>
    private const string Start = "#EXTM3U\n#EXT-X-VERSION:7\n";

    /// <summary>Seconds that no segment passes when rounded to whole ones.</summary>
    public static int TargetOf(TimeSpan duration) => (int)Math.Round(duration.TotalSeconds, MidpointRounding.AwayFromZero);

    /// <summary>The list of segments.</summary>
    /// <param name="sequence">Media sequence number of the first.</param>
    /// <param name="discontinuities">That were before the first.</param>
    /// <param name="isReplay">The whole, which never changes.</param>
    /// <param name="ended">Nothing will follow.</param>
    public static string WriteMedia(int targetSeconds, long sequence, long discontinuities, IReadOnlyList<PlaylistItem> items, bool isReplay, bool ended)
    {
        var text = new StringBuilder(Start, 256 + (items.Count * 96))
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{targetSeconds}\n");
        if (isReplay) { text.Append("#EXT-X-PLAYLIST-TYPE:VOD\n"); }
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{sequence}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuities}\n")
            .Append("#EXT-X-INDEPENDENT-SEGMENTS\n");

        string? init = null;
        foreach (var item in items)
        {
            if (item.Discontinuity) { text.Append("#EXT-X-DISCONTINUITY\n"); }
            if (item.InitName != init)
            {
                init = item.InitName;
                text.Append("#EXT-X-MAP:URI=\"").Append(init).Append("\"\n");
            }

            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{item.At.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\n")
                .Append(CultureInfo.InvariantCulture, $"#EXTINF:{item.Duration.TotalSeconds:0.00000},\n")
                .Append(item.Name).Append('\n');
        }

        if (ended) { text.Append("#EXT-X-ENDLIST\n"); }
        return text.ToString();
    }

    /// <summary>The playlist that players of a replay open first.</summary>
    public static string WriteMain(long peakBitsPerSecond, long averageBitsPerSecond, string codecs, int width, int height)
    {
        var text = new StringBuilder(Start).Append("#EXT-X-INDEPENDENT-SEGMENTS\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-STREAM-INF:BANDWIDTH={peakBitsPerSecond},AVERAGE-BANDWIDTH={averageBitsPerSecond},CODECS=\"{codecs}\"");
        if (width > 0) { text.Append(CultureInfo.InvariantCulture, $",RESOLUTION={width}x{height}"); }
        return text.Append('\n').Append(MediaName).Append('\n').ToString();
    }
}
