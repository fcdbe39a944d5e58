using System.Globalization;

namespace LiveCommerce.LoadTester.Running;

/// <summary>A part of a live playlist.</summary>
/// <param name="Number">Of its segment.</param>
/// <param name="Index">Within it.</param>
/// <param name="EndsAt">When its last picture was recorded.</param>
internal readonly record struct LivePart(long Number, int Index, string Uri, double Seconds, bool Independent, DateTimeOffset EndsAt);

/// <summary>A low-latency playlist, whole or delta, as far as a player needs it that goes from part to part.</summary>
/// <param name="PartSeconds">No part is longer.</param>
/// <param name="HoldBackSeconds">How far from the end a player begins.</param>
/// <param name="Parts">Those that are listed, oldest first.</param>
/// <param name="Next">The part that the next reload waits for; null: nothing follows.</param>
/// <param name="Init">Address of the header of the newest.</param>
internal sealed record PartPlaylist(
    int TargetSeconds, double PartSeconds, double HoldBackSeconds, bool CanSkip, IReadOnlyList<LivePart> Parts, (long Number, int Index)? Next, string? Init)
{
    /// <summary>Reads one.</summary>
    /// <exception cref="InvalidDataException">It is none, or has no parts.</exception>
    public static PartPlaylist Read(string text)
    {
        if (!text.StartsWith("#EXTM3U", StringComparison.Ordinal)) { throw new InvalidDataException("A playlist begins with #EXTM3U."); }

        var (target, partSeconds, holdBack, canSkip, ended) = (1, 0.0, 0.0, false, false);
        var (number, index, at) = (0L, 0, DateTimeOffset.MinValue);
        string? init = null;
        var parts = new List<LivePart>();
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan()[range].Trim();
            if (line.IsEmpty) { continue; }
            if (Is(line, "#EXT-X-PART:", out var rest))
            {
                var seconds = Number(Attribute(rest, "DURATION"));
                at = at.AddSeconds(seconds);
                parts.Add(new LivePart(number, index++, Attribute(rest, "URI").Trim('"').ToString(), seconds, rest.Contains("INDEPENDENT=YES", StringComparison.Ordinal), at));
            }
            else if (Is(line, "#EXT-X-PROGRAM-DATE-TIME:", out rest)) { at = DateTimeOffset.Parse(rest, CultureInfo.InvariantCulture); }
            else if (Is(line, "#EXT-X-TARGETDURATION:", out rest)) { target = (int)Number(rest); }
            else if (Is(line, "#EXT-X-MEDIA-SEQUENCE:", out rest)) { number = (long)Number(rest); }
            else if (Is(line, "#EXT-X-SKIP:", out rest)) { number += (long)Number(Attribute(rest, "SKIPPED-SEGMENTS")); }
            else if (Is(line, "#EXT-X-PART-INF:", out rest)) { partSeconds = Number(Attribute(rest, "PART-TARGET")); }
            else if (Is(line, "#EXT-X-MAP:", out rest)) { init = Attribute(rest, "URI").Trim('"').ToString(); }
            else if (Is(line, "#EXT-X-SERVER-CONTROL:", out rest))
            {
                holdBack = Number(Attribute(rest, "PART-HOLD-BACK"));
                canSkip = !Attribute(rest, "CAN-SKIP-UNTIL").IsEmpty;
            }
            else if (line is "#EXT-X-ENDLIST") { ended = true; }
            else if (line[0] != '#') { (number, index) = (number + 1, 0); }
        }

        if (partSeconds <= 0) { throw new InvalidDataException("This playlist has no parts."); }
        return new PartPlaylist(Math.Max(1, target), partSeconds, Math.Max(holdBack, 3 * partSeconds), canSkip, parts, ended ? null : (number, index), init);
    }

    /// <summary>Where a player begins: with the newest picture that needs no other before it and is far enough from the end.</summary>
    public LivePart? Start()
    {
        LivePart? start = null;
        var left = 0.0;
        for (var i = Parts.Count - 1; i >= 0; i--)
        {
            left += Parts[i].Seconds;
            if (!Parts[i].Independent) { continue; }
            start = Parts[i];
            if (left >= HoldBackSeconds) { break; }
        }

        return start;
    }

    private static bool Is(ReadOnlySpan<char> line, string tag, out ReadOnlySpan<char> rest)
    {
        rest = line.StartsWith(tag, StringComparison.Ordinal) ? line[tag.Length..] : default;
        return !rest.IsEmpty;
    }

    /// <summary>The value of an attribute; empty: there is none. Addresses have no comma.</summary>
    private static ReadOnlySpan<char> Attribute(ReadOnlySpan<char> list, string name)
    {
        foreach (var range in list.Split(','))
        {
            var one = list[range];
            if (one.StartsWith(name, StringComparison.Ordinal) && one.Length > name.Length && one[name.Length] == '=') { return one[(name.Length + 1)..]; }
        }

        return default;
    }

    private static double Number(ReadOnlySpan<char> text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number : throw new InvalidDataException($"{text} is no number.");
}
