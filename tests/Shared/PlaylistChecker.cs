using System.Text.RegularExpressions;

namespace LiveCommerce.Tests;

/// <summary>
/// The rules that draft-pantos-hls-rfc8216bis has for playlists (each MUST that a live playlist of fragmented MP4 can break, and the
/// SHOULDs that this product keeps). Section numbers are the draft's. An empty answer means that all hold.
/// </summary>
internal static partial class PlaylistChecker
{
    /// <summary>Written durations have five digits.</summary>
    private const double Rounding = 0.00002;

    private static readonly string[] OnceOnly =
    [
        "EXTM3U", "EXT-X-VERSION", "EXT-X-INDEPENDENT-SEGMENTS", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE",
        "EXT-X-ENDLIST", "EXT-X-PLAYLIST-TYPE", "EXT-X-I-FRAMES-ONLY", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL", "EXT-X-SKIP",
    ];

    private static readonly string[] MediaTags =
    [
        "EXTINF", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL",
        "EXT-X-PART", "EXT-X-MAP", "EXT-X-DISCONTINUITY", "EXT-X-PROGRAM-DATE-TIME", "EXT-X-GAP", "EXT-X-SKIP", "EXT-X-PRELOAD-HINT", "EXT-X-RENDITION-REPORT",
    ];

    /// <summary>One media playlist, whole or delta.</summary>
    public static IReadOnlyList<string> Check(string text)
    {
        var playlist = PlaylistText.Parse(text);
        return [.. playlist.Grammar, .. CheckShape(playlist), .. CheckSegments(playlist), .. CheckControl(playlist), .. CheckParts(playlist), .. CheckAhead(playlist)];
    }

    /// <summary>A multivariant playlist (4.4.6).</summary>
    public static IReadOnlyList<string> CheckMain(string text)
    {
        var playlist = PlaylistText.Parse(text);
        var wrong = new List<string>(playlist.Grammar);
        if (!text.StartsWith("#EXTM3U\n", StringComparison.Ordinal)) { wrong.Add("4.4.1.1: the first line is #EXTM3U."); }
        wrong.AddRange(playlist.Lines.Where(line => MediaTags.Contains(line.Name)).Select(line => $"4.4.3: {line.Name} does not belong into a multivariant playlist."));
        if (!playlist.All("EXT-X-STREAM-INF").Any()) { wrong.Add("4.4.6.2: there is no variant."); }
        for (var i = 0; i < playlist.Lines.Count; i++)
        {
            var line = playlist.Lines[i];
            if (line.Name == "" && (i == 0 || playlist.Lines[i - 1].Name != "EXT-X-STREAM-INF")) { wrong.Add("4.4.6.2: an address without EXT-X-STREAM-INF."); }
            if (line.Name != "EXT-X-STREAM-INF") { continue; }
            if (i + 1 == playlist.Lines.Count || playlist.Lines[i + 1].Name != "") { wrong.Add("4.4.6.2: a variant needs its address in the next line."); }
            if (line.Integer("BANDWIDTH") is not > 0) { wrong.Add("4.4.6.2: a variant needs BANDWIDTH."); }
            if (line.Integer("AVERAGE-BANDWIDTH") > line.Integer("BANDWIDTH")) { wrong.Add("4.4.6.2: the average is above the peak."); }
            if (string.IsNullOrEmpty(line["CODECS"])) { wrong.Add("4.4.6.2: a variant should say its CODECS."); }
            if (line["RESOLUTION"] is { } size && !Resolution().IsMatch(size)) { wrong.Add("4.2: RESOLUTION is width x height."); }
        }

        return wrong;
    }

    /// <summary>Whether a whole playlist may follow another of the same rendition (6.2.1, 6.2.2).</summary>
    public static IReadOnlyList<string> CheckUpdate(string before, string after)
    {
        var (old, now) = (PlaylistText.Parse(before), PlaylistText.Parse(after));
        var wrong = new List<string>();
        foreach (var tag in (string[])["EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL", "EXT-X-INDEPENDENT-SEGMENTS"])
        {
            if (old.Find(tag)?.Value != now.Find(tag)?.Value) { wrong.Add($"6.2.1: {tag} has changed."); }
        }

        if (now.First < old.First) { wrong.Add("6.2.2: EXT-X-MEDIA-SEQUENCE has fallen."); }
        if (now.FirstDiscontinuity < old.FirstDiscontinuity) { wrong.Add("6.2.2: EXT-X-DISCONTINUITY-SEQUENCE has fallen."); }
        if (now.Segments.LastOrDefault()?.Number < old.Segments.LastOrDefault()?.Number) { wrong.Add("6.2.1: segments have gone from the end."); }
        if (old.Ended && (!now.Ended || now.Segments.LastOrDefault()?.Number > old.Segments.LastOrDefault()?.Number)) { wrong.Add("4.4.3.4: something came after the end."); }
        if (now.First > old.First && !now.Ended && now.Segments.Sum(segment => segment.Seconds ?? 0) < 3 * now.Target)
        {
            wrong.Add("6.2.2: removing segments has left less than three target durations.");
        }

        foreach (var was in old.Segments)
        {
            if (now.Segments.Find(segment => segment.Number == was.Number) is not { } here) { continue; }
            if ((here.Uri, here.Seconds, here.Map, here.At, here.Gap) != (was.Uri, was.Seconds, was.Map, was.At, was.Gap)) { wrong.Add($"6.2.1: segment {was.Number} has changed."); }
            if (here.Discontinuity != was.Discontinuity) { wrong.Add($"6.2.2: the discontinuity sequence number of segment {was.Number} has changed."); }
            if (here.Parts.Count > 0) { CompareParts(was, here, wrong); }
        }

        if (old.Open is { } open)
        {
            var next = now.Open?.Number == open.Number ? now.Open : now.Segments.Find(segment => segment.Number == open.Number);
            if (next is null && now.First <= open.Number) { wrong.Add($"6.2.1: the parts of segment {open.Number} have gone."); }
            if (next is not null && (next.Parts.Count > 0 || next.Uri is null)) { CompareParts(open, next, wrong); }
            if (next is not null && ((next.Map, next.At, next.Breaks) != (open.Map, open.At, open.Breaks))) { wrong.Add($"6.2.1: what stands in front of segment {open.Number} has changed."); }
        }

        return wrong;
    }

    /// <summary>Whether a delta update leaves out of its whole playlist what it may, and nothing else (6.2.5.1).</summary>
    public static IReadOnlyList<string> CheckDelta(string whole, string delta)
    {
        var (all, some) = (PlaylistText.Parse(whole), PlaylistText.Parse(delta));
        var wrong = new List<string>();
        var boundary = all.Find("EXT-X-SERVER-CONTROL")?.Seconds("CAN-SKIP-UNTIL") ?? double.PositiveInfinity;
        var skipped = (int)Math.Min(some.Skipped, all.Segments.Count);
        var behind = all.Segments.Skip(skipped).Sum(segment => segment.Seconds ?? 0);
        if (skipped > 0 && behind < boundary - Rounding) { wrong.Add("6.2.5.1: a segment within the skip boundary is left out."); }
        if (skipped == 0 && all.Segments.Count > 0 && all.Segments.Skip(1).Sum(segment => segment.Seconds ?? 0) >= boundary && !all.Ended)
        {
            wrong.Add("6.2.5.1: a delta update leaves out what is beyond the skip boundary.");
        }

        if (all.Ended && skipped > 0) { wrong.Add("6.2.5.1: a playlist that has ended is sent whole."); }
        if (skipped > 0)
        {
            var rest = Rest(whole, all.Segments[skipped - 1].Uri!);
            if (!delta.EndsWith(rest, StringComparison.Ordinal)) { wrong.Add("6.2.5.1: what is not skipped stays as it is."); }
        }
        else if (whole != delta)
        {
            wrong.Add("6.2.5.1: nothing is skipped, and still it differs.");
        }

        foreach (var tag in (string[])["EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-TARGETDURATION", "EXT-X-SERVER-CONTROL", "EXT-X-PART-INF"])
        {
            if (all.Find(tag)?.Value != some.Find(tag)?.Value) { wrong.Add($"6.2.5.1: {tag} is another."); }
        }

        return wrong;
    }

    /// <summary>Playlists of the variants of one presentation, at about one moment (6.2.4).</summary>
    public static IReadOnlyList<string> CheckVariants(params IReadOnlyList<string> texts)
    {
        var wrong = new List<string>();
        var playlists = texts.Select(PlaylistText.Parse).ToList();
        foreach (var other in playlists.Skip(1))
        {
            var first = playlists[0];
            if (other.Target != first.Target) { wrong.Add("6.2.4: target durations differ."); }
            if (other.Find("EXT-X-SERVER-CONTROL")?.Value != first.Find("EXT-X-SERVER-CONTROL")?.Value) { wrong.Add("6.2.4: EXT-X-SERVER-CONTROL differs."); }
            foreach (var segment in other.Segments)
            {
                if (first.Segments.Find(same => same.Number == segment.Number) is not { } led) { continue; }
                if (segment.Discontinuity != led.Discontinuity) { wrong.Add($"6.2.4: discontinuity sequence numbers of {segment.Number} differ."); }
                if (segment.At != led.At) { wrong.Add($"6.2.4: the dates of segment {segment.Number} differ."); }
                if (Math.Abs((segment.Seconds ?? 0) - (led.Seconds ?? 0)) > 0.1 && segment.Number != first.Segments[^1].Number) { wrong.Add($"6.2.4: segment {segment.Number} has other times."); }
            }
        }

        return wrong;
    }

    private static void CompareParts(PlaylistSegment was, PlaylistSegment here, List<string> wrong)
    {
        // Parts go from a segment's playlist all at once here, so what is left of them begins alike.
        if (here.Parts.Count < was.Parts.Count || was.Parts.Zip(here.Parts).Any(pair => pair.First.Value != pair.Second.Value))
        {
            wrong.Add($"6.2.1: parts of segment {was.Number} have changed.");
        }
    }

    private static string Rest(string whole, string uri) => whole[(whole.IndexOf($"\n{uri}\n", StringComparison.Ordinal) + uri.Length + 2)..];

    [GeneratedRegex("^[1-9][0-9]*x[1-9][0-9]*$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Resolution();
}
