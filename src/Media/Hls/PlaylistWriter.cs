using System.Globalization;
using System.Text;

namespace LiveCommerce.Media.Hls;

/// <summary>Where another rung is, for players that switch to it.</summary>
/// <param name="Name">The rung's.</param>
/// <param name="Number">Its newest media sequence number.</param>
/// <param name="Part">Its newest part of that segment, if it has any.</param>
public sealed record RenditionReport(string Name, long Number, int? Part);

/// <summary>Writes playlists as draft-pantos-hls-rfc8216bis asks for them. Addresses are relative to the playlist.</summary>
public static class PlaylistWriter
{
    /// <summary>Name of the media playlist.</summary>
    public const string MediaName = "list.m3u8";

    /// <summary>The skip boundary in target durations, and the hold-backs: the draft's smallest.</summary>
    private const int SkipTargets = 6, HoldBackTargets = 3, HoldBackParts = 3;

    /// <summary>Parts stay in the list for this many target durations.</summary>
    private const int PartTargets = 3;

    /// <summary>EXT-X-SKIP needs 9; EXT-X-MAP in a playlist that is not I-frames only would need 6.</summary>
    private const int MediaVersion = 9, MultivariantVersion = 6;

    /// <summary>The playlist that players open first.</summary>
    /// <param name="renditions">The one to begin with first. Its name is the folder of its media playlist.</param>
    public static string WriteMultivariant(IEnumerable<(string Name, Rendition Rendition)> renditions)
    {
        var text = Start(MultivariantVersion).Append("#EXT-X-INDEPENDENT-SEGMENTS\n");
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

    /// <summary>The list of segments and parts.</summary>
    /// <param name="view">With at least one segment.</param>
    /// <param name="reports">The other rungs.</param>
    /// <param name="delta">Whether the player has what is beyond the skip boundary.</param>
    public static string WriteMedia(TimelineView view, IReadOnlyList<RenditionReport> reports, bool delta)
    {
        var listed = view.Segments.Skip(Math.Max(0, view.Segments.Count - view.ListedSegments)).ToArray();
        var (target, part) = (view.Rules.TargetSeconds, view.Rules.PartTarget.TotalSeconds);
        var text = Start(MediaVersion)
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-TARGETDURATION:{target}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-SERVER-CONTROL:CAN-BLOCK-RELOAD=YES,CAN-SKIP-UNTIL={target * SkipTargets}.0")
            .Append(CultureInfo.InvariantCulture, $",HOLD-BACK={target * HoldBackTargets}.0,PART-HOLD-BACK={part * HoldBackParts:0.0####}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-PART-INF:PART-TARGET={part:0.0####}\n")
            .Append(CultureInfo.InvariantCulture, $"#EXT-X-MEDIA-SEQUENCE:{listed[0].Number}\n");

        // A discontinuity is counted here once its tag has left the list; the first segment's own tag is still in it.
        var left = listed[0].Discontinuities - (listed[0].Discontinuity ? 1 : 0);
        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-DISCONTINUITY-SEQUENCE:{left}\n").Append("#EXT-X-INDEPENDENT-SEGMENTS\n");

        // How long before the playlist's end each segment ends; skipping counts from the last whole segment's end.
        var sinceEnd = listed.Aggregate(TimeSpan.Zero, (sum, segment) => sum + segment.Duration);
        var open = view.Open is { Parts.Count: > 0 } growing && !view.Ended ? growing : null;
        var openLength = open is null ? TimeSpan.Zero : open.Parts.Aggregate(TimeSpan.Zero, (sum, one) => sum + one.Duration);
        var skipped = delta && !view.Ended ? CountSkipped(listed, sinceEnd, TimeSpan.FromSeconds(target * SkipTargets)) : 0;
        if (skipped > 0) { text.Append(CultureInfo.InvariantCulture, $"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n"); }

        var init = -1;
        for (var i = 0; i < listed.Length; i++)
        {
            var segment = listed[i];
            sinceEnd -= segment.Duration;
            if (i < skipped)
            {
                init = segment.InitNumber;
                continue;
            }

            WriteStart(text, segment.Discontinuity, segment.InitNumber, segment.At, ref init);
            if (sinceEnd + openLength < TimeSpan.FromSeconds(target * PartTargets)) { WriteParts(text, segment.Number, segment.Body.Parts); }
            if (segment.IsGap) { text.Append("#EXT-X-GAP\n"); }
            text.Append(CultureInfo.InvariantCulture, $"#EXTINF:{segment.Duration.TotalSeconds:0.00000},\n").Append(SegmentName(segment.Number)).Append('\n');
        }

        if (open is not null)
        {
            WriteStart(text, open.Start.Discontinuity, open.InitNumber, open.Start.At, ref init);
            WriteParts(text, open.Number, open.Parts);
        }

        return view.Ended ? text.Append("#EXT-X-ENDLIST\n").ToString() : WriteAhead(text, view, reports, init).ToString();
    }

    /// <summary>Address of a header.</summary>
    public static string InitName(int number) => string.Create(CultureInfo.InvariantCulture, $"init-{number}.mp4");

    /// <summary>Address of a segment.</summary>
    public static string SegmentName(long number) => string.Create(CultureInfo.InvariantCulture, $"{number}.m4s");

    /// <summary>Address of a part.</summary>
    public static string PartName(long number, int part) => string.Create(CultureInfo.InvariantCulture, $"{number}.{part}.m4s");

    private static int CountSkipped(Segment[] listed, TimeSpan sinceEnd, TimeSpan boundary)
    {
        // "Further from the end of the last segment": by where a segment begins it would be skipped one too early.
        var skipped = 0;
        foreach (var segment in listed)
        {
            sinceEnd -= segment.Duration;
            if (sinceEnd < boundary) { break; }
            skipped++;
        }

        return skipped;
    }

    private static void WriteStart(StringBuilder text, bool discontinuity, int initNumber, DateTimeOffset at, ref int init)
    {
        if (discontinuity) { text.Append("#EXT-X-DISCONTINUITY\n"); }
        if (initNumber != init)
        {
            init = initNumber;
            text.Append("#EXT-X-MAP:URI=\"").Append(InitName(init)).Append("\"\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PROGRAM-DATE-TIME:{at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ}\n");
    }

    private static void WriteParts(StringBuilder text, long number, IReadOnlyList<SegmentPart> parts)
    {
        foreach (var part in parts)
        {
            text.Append(CultureInfo.InvariantCulture, $"#EXT-X-PART:DURATION={part.Duration.TotalSeconds:0.00000},URI=\"")
                .Append(PartName(number, part.Index)).Append(part.Independent ? "\",INDEPENDENT=YES\n" : "\"\n");
        }
    }

    /// <summary>What will come, and where the other rungs are.</summary>
    private static StringBuilder WriteAhead(StringBuilder text, TimelineView view, IReadOnlyList<RenditionReport> reports, int init)
    {
        if (view.Hint is var (number, part))
        {
            if (view.NextInit is { } next && next != init) { text.Append("#EXT-X-PRELOAD-HINT:TYPE=MAP,URI=\"").Append(InitName(next)).Append("\"\n"); }
            text.Append("#EXT-X-PRELOAD-HINT:TYPE=PART,URI=\"").Append(PartName(number, part)).Append("\"\n");
        }

        foreach (var report in reports)
        {
            text.Append("#EXT-X-RENDITION-REPORT:URI=\"../").Append(report.Name).Append('/').Append(MediaName)
                .Append(CultureInfo.InvariantCulture, $"\",LAST-MSN={report.Number}");
            if (report.Part is { } last) { text.Append(CultureInfo.InvariantCulture, $",LAST-PART={last}"); }
            text.Append('\n');
        }

        return text;
    }

    private static StringBuilder Start(int version) =>
        new StringBuilder(4096).Append(CultureInfo.InvariantCulture, $"#EXTM3U\n#EXT-X-VERSION:{version}\n");
}
