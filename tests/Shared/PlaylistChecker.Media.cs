namespace LiveCommerce.Tests;

/// <summary>The rules within one media playlist.</summary>
internal static partial class PlaylistChecker
{
    private static IEnumerable<string> CheckShape(PlaylistText playlist)
    {
        if (!playlist.Text.StartsWith("#EXTM3U\n", StringComparison.Ordinal)) { yield return "4.4.1.1: the first line is #EXTM3U."; }
        if (!playlist.Text.EndsWith('\n') || playlist.Text.Contains('\r') || playlist.Text.Contains('\uFEFF')) { yield return "4.1: lines end with a line feed, and there is no byte order mark."; }
        foreach (var tag in OnceOnly)
        {
            if (playlist.All(tag).Count() > 1) { yield return $"4.4.3: {tag} is there more than once."; }
        }

        foreach (var line in playlist.Lines.Where(line => line.Name is "EXT-X-STREAM-INF" or "EXT-X-MEDIA" or "EXT-X-I-FRAME-STREAM-INF"))
        {
            yield return $"4.4.6: {line.Name} does not belong into a media playlist.";
        }

        if (playlist.Target < 1) { yield return "4.4.3.1: EXT-X-TARGETDURATION is required, and at least 1."; }
        if (playlist.Find("EXT-X-PLAYLIST-TYPE") is not null && !playlist.Ended) { yield return "6.2.2: a live playlist has no EXT-X-PLAYLIST-TYPE."; }

        var firstSegment = Index(playlist, line => line.Name is "" or "EXTINF" or "EXT-X-PART");
        foreach (var tag in (string[])["EXT-X-MEDIA-SEQUENCE", "EXT-X-DISCONTINUITY-SEQUENCE"])
        {
            if (playlist.Find(tag) is not null && playlist.Integer(tag) is null) { yield return $"4.4.3: {tag} is no number."; }
            if (Index(playlist, line => line.Name == tag) is var at and < int.MaxValue && at > firstSegment) { yield return $"4.4.3: {tag} comes before the first segment."; }
        }

        if (Index(playlist, line => line.Name == "EXT-X-DISCONTINUITY-SEQUENCE") is var sequence and < int.MaxValue
            && sequence > Index(playlist, line => line.Name == "EXT-X-DISCONTINUITY"))
        {
            yield return "4.4.3.3: EXT-X-DISCONTINUITY-SEQUENCE comes before any EXT-X-DISCONTINUITY.";
        }

        var needed = playlist.Find("EXT-X-SKIP") is not null ? 9 : playlist.Find("EXT-X-MAP") is not null ? 6 : 3;
        if ((playlist.Integer("EXT-X-VERSION") ?? 1) < needed) { yield return $"8: these tags need version {needed}."; }
    }

    private static IEnumerable<string> CheckSegments(PlaylistText playlist)
    {
        if (playlist.Find("EXT-X-MEDIA-SEQUENCE") is null) { yield return "6.2.2: a live playlist needs EXT-X-MEDIA-SEQUENCE."; }
        foreach (var segment in playlist.Segments)
        {
            if (segment.Seconds is not { } seconds) { yield return $"4.4.4.1: segment {segment.Number} needs EXTINF."; }
            else if (Math.Round(seconds, MidpointRounding.AwayFromZero) > playlist.Target) { yield return $"4.4.3.1: segment {segment.Number} is longer than the target duration."; }
            if (segment.Map is null && playlist.Skipped == 0) { yield return $"3.1.2: segment {segment.Number} needs EXT-X-MAP."; }
        }

        if (playlist.Segments.Any(segment => segment.Breaks || segment.Discontinuity > 0) && playlist.Find("EXT-X-DISCONTINUITY-SEQUENCE") is null)
        {
            yield return "6.2.2: a live playlist with discontinuities needs EXT-X-DISCONTINUITY-SEQUENCE.";
        }

        foreach (var segment in playlist.Segments.Where(segment => segment.Breaks && segment.At is null)) { yield return $"6.2.1: segment {segment.Number} begins anew and should have a date."; }

        PlaylistSegment? before = null;
        foreach (var segment in playlist.Segments.Where(segment => segment.At is not null))
        {
            // Overlaps below a second are allowed: clocks drift.
            if (before is not null && (segment.At <= before.At || segment.At < before.At!.Value.AddSeconds((before.Seconds ?? 0) - 1))) { yield return $"6.2.1: the date of segment {segment.Number} lies before the end of another."; }
            before = segment;
        }
    }

    private static IEnumerable<string> CheckControl(PlaylistText playlist)
    {
        var control = playlist.Find("EXT-X-SERVER-CONTROL");
        if (control?["CAN-SKIP-UNTIL"] is not null && !(control.Seconds("CAN-SKIP-UNTIL") >= 6 * playlist.Target)) { yield return "4.4.3.8: CAN-SKIP-UNTIL is at least six target durations."; }
        if (control?["HOLD-BACK"] is not null && !(control.Seconds("HOLD-BACK") >= 3 * playlist.Target)) { yield return "4.4.3.8: HOLD-BACK is at least three target durations."; }
        if (control?["CAN-SKIP-DATERANGES"] is not null && control["CAN-SKIP-UNTIL"] is null) { yield return "4.4.3.8: CAN-SKIP-DATERANGES goes with CAN-SKIP-UNTIL."; }
        if (control?["CAN-BLOCK-RELOAD"] is not (null or "YES")) { yield return "4.4.3.8: CAN-BLOCK-RELOAD is YES or not there."; }
        if (playlist.Find("EXT-X-PART-INF") is { } parts)
        {
            if (parts.Seconds("PART-TARGET") is not > 0) { yield return "4.4.3.7: EXT-X-PART-INF needs PART-TARGET."; }
            if (control?.Seconds("PART-HOLD-BACK") is not { } hold) { yield return "4.4.3.8: EXT-X-PART-INF needs PART-HOLD-BACK."; }
            else if (hold < (3 * playlist.PartTarget) - Rounding) { yield return "4.4.3.8: PART-HOLD-BACK should be at least three part targets."; }
        }

        if (playlist.Find("EXT-X-SKIP") is not { } skip) { yield break; }

        if (skip.Integer("SKIPPED-SEGMENTS") is not > 0) { yield return "4.4.5.2: EXT-X-SKIP says how many segments it stands for."; }
        if (control?["CAN-SKIP-UNTIL"] is null) { yield return "6.2.5.1: EXT-X-SKIP goes with CAN-SKIP-UNTIL."; }
        if (playlist.Ended) { yield return "6.2.5.1: a playlist that has ended is sent whole."; }
        if (Index(playlist, line => line.Name == "EXT-X-SKIP") > Index(playlist, line => line.Name is "" or "EXT-X-PART" or "EXTINF")) { yield return "4.4.5.2: EXT-X-SKIP comes before the segments that are left."; }
    }

    private static IEnumerable<string> CheckParts(PlaylistText playlist)
    {
        if (playlist.Find("EXT-X-PART") is not null && playlist.PartTarget is null) { yield return "4.4.3.7: EXT-X-PART needs EXT-X-PART-INF."; }
        foreach (var segment in playlist.Segments.Append(playlist.Open).OfType<PlaylistSegment>())
        {
            for (var i = 0; i < segment.Parts.Count; i++)
            {
                var part = segment.Parts[i];
                var name = $"part {i} of segment {segment.Number}";
                if (part["URI"] is null) { yield return $"4.4.4.9: {name} needs an URI."; }
                if (part["INDEPENDENT"] is not (null or "YES") || part["GAP"] is not (null or "YES")) { yield return $"4.4.4.9: INDEPENDENT and GAP of {name} are YES or not there."; }
                if (part.Seconds("DURATION") is not { } seconds) { yield return $"4.4.4.9: {name} needs DURATION."; continue; }
                if (seconds > playlist.PartTarget + Rounding) { yield return $"4.4.4.9: {name} is longer than the part target."; }

                // Of a segment that is not whole nobody knows which part is the last.
                var exempt = part["INDEPENDENT"] == "YES" || part["GAP"] == "YES"
                    || (i + 1 < segment.Parts.Count ? segment.Parts[i + 1]["GAP"] == "YES" : segment.Uri is not null);
                if (!exempt && seconds < (0.85 * playlist.PartTarget) - Rounding) { yield return $"4.4.4.9: {name} is shorter than 85 % of the part target."; }
            }
        }

        var inParts = false;
        foreach (var line in playlist.Lines)
        {
            if (line.Name == "EXT-X-PART") { inParts = true; }
            else if (line.Name == "") { inParts = false; }
            else if (inParts && (line.Name is "EXT-X-DISCONTINUITY" or "EXT-X-MAP" or "EXT-X-PROGRAM-DATE-TIME")) { yield return $"4.4.4.9: {line.Name} comes before the first part of its segment."; }
        }

        // Parts that are older than three target durations should go (6.2.2).
        var after = playlist.Open?.Parts.Sum(part => part.Seconds("DURATION") ?? 0) ?? 0;
        foreach (var segment in Enumerable.Reverse(playlist.Segments))
        {
            if (segment.Parts.Count > 0 && after > 3 * playlist.Target) { yield return $"6.2.2: parts of segment {segment.Number} should have gone."; }
            after += segment.Seconds ?? 0;
        }
    }

    private static IEnumerable<string> CheckAhead(PlaylistText playlist)
    {
        var hints = playlist.All("EXT-X-PRELOAD-HINT").ToList();
        if (hints.Count > 0 && playlist.Ended) { yield return "4.4.5.3: a playlist that has ended has no EXT-X-PRELOAD-HINT."; }
        foreach (var hint in hints)
        {
            if (hint["TYPE"] is not ("PART" or "MAP")) { yield return "4.4.5.3: EXT-X-PRELOAD-HINT needs its TYPE."; }
            if (hint["URI"] is not { } uri) { yield return "4.4.5.3: EXT-X-PRELOAD-HINT needs an URI."; }
            else if (playlist.All("EXT-X-PART").Any(part => part["URI"] == uri)) { yield return $"4.4.5.3: {uri} is there already."; }
        }

        if (hints.Select(hint => hint["TYPE"]).Distinct().Count() < hints.Count) { yield return "6.2.6: one EXT-X-PRELOAD-HINT of a type is enough."; }
        foreach (var report in playlist.All("EXT-X-RENDITION-REPORT"))
        {
            if (report["URI"] is not { } uri) { yield return "4.4.5.4: EXT-X-RENDITION-REPORT needs an URI."; }
            else if (uri.Contains("://", StringComparison.Ordinal) || uri.StartsWith('/')) { yield return "4.4.5.4: the URI of EXT-X-RENDITION-REPORT is relative."; }
            if (report.Integer("LAST-MSN") is null) { yield return "4.4.5.4: EXT-X-RENDITION-REPORT needs LAST-MSN."; }
            if (report.Integer("LAST-PART") is null && playlist.PartTarget is not null) { yield return "4.4.5.4: EXT-X-RENDITION-REPORT of a rendition with parts needs LAST-PART."; }
        }
    }

    private static int Index(PlaylistText playlist, Func<PlaylistTag, bool> which)
    {
        for (var i = 0; i < playlist.Lines.Count; i++)
        {
            if (which(playlist.Lines[i])) { return i; }
        }

        return int.MaxValue;
    }
}
