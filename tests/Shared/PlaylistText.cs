using System.Globalization;

namespace LiveCommerce.Tests;

/// <summary>A tag with an attribute list, or a line.</summary>
internal sealed record PlaylistTag(string Name, string Value, IReadOnlyDictionary<string, string> Attributes)
{
    public string? this[string attribute] => Attributes.GetValueOrDefault(attribute)?.Trim('"');

    public double? Seconds(string attribute) =>
        double.TryParse(this[attribute], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var seconds) ? seconds : null;

    public long? Integer(string attribute) =>
        long.TryParse(this[attribute], NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

/// <summary>A segment of a playlist, with the tags in front of it.</summary>
internal sealed record PlaylistSegment(
    long Number, long Discontinuity, double? Seconds, string? Uri, string? Map, DateTimeOffset? At, bool Gap, bool Breaks, IReadOnlyList<PlaylistTag> Parts);

/// <summary>A media playlist as text, taken apart without any judgement.</summary>
internal sealed class PlaylistText
{
    private static readonly string[] WithAttributes =
    [
        "EXT-X-MAP", "EXT-X-PART", "EXT-X-PART-INF", "EXT-X-SERVER-CONTROL", "EXT-X-SKIP", "EXT-X-PRELOAD-HINT", "EXT-X-RENDITION-REPORT",
        "EXT-X-STREAM-INF", "EXT-X-MEDIA",
    ];

    private PlaylistText(string text)
    {
        Text = text;
        Lines = [.. text.Split('\n').Where(line => line.Length > 0 && !(line[0] == '#' && !line.StartsWith("#EXT", StringComparison.Ordinal))).Select(Read)];
    }

    public string Text { get; }

    /// <summary>In order; a line that is an address has no name.</summary>
    public IReadOnlyList<PlaylistTag> Lines { get; }

    public List<PlaylistSegment> Segments { get; } = [];

    /// <summary>The segment that has parts and no address yet.</summary>
    public PlaylistSegment? Open { get; private set; }

    /// <summary>Mistakes of grammar.</summary>
    public List<string> Grammar { get; } = [];

    public long First => Integer("EXT-X-MEDIA-SEQUENCE") ?? 0;

    public long FirstDiscontinuity => Integer("EXT-X-DISCONTINUITY-SEQUENCE") ?? 0;

    public long Target => Integer("EXT-X-TARGETDURATION") ?? 0;

    public double? PartTarget => Find("EXT-X-PART-INF")?.Seconds("PART-TARGET");

    public long Skipped => Find("EXT-X-SKIP")?.Integer("SKIPPED-SEGMENTS") ?? 0;

    public bool Ended => Find("EXT-X-ENDLIST") is not null;

    public static PlaylistText Parse(string text)
    {
        var playlist = new PlaylistText(text);
        playlist.Gather();
        return playlist;
    }

    public PlaylistTag? Find(string name) => Lines.FirstOrDefault(line => line.Name == name);

    public IEnumerable<PlaylistTag> All(string name) => Lines.Where(line => line.Name == name);

    public long? Integer(string name) =>
        long.TryParse(Find(name)?.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;

    private void Gather()
    {
        var number = First + Skipped;
        var discontinuity = FirstDiscontinuity;
        string? map = null;
        double? seconds = null;
        DateTimeOffset? at = null;
        var (gap, breaks) = (false, false);
        var parts = new List<PlaylistTag>();
        foreach (var line in Lines)
        {
            switch (line.Name)
            {
                case "EXT-X-DISCONTINUITY": (breaks, discontinuity) = (true, discontinuity + 1); break;
                case "EXT-X-MAP": map = line["URI"]; break;
                case "EXT-X-GAP": gap = true; break;
                case "EXT-X-PART": parts.Add(line); break;
                case "EXT-X-PROGRAM-DATE-TIME":
                    if (DateTimeOffset.TryParse(line.Value, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var date)) { at = date; }
                    else { Grammar.Add($"A date can't be read: {line.Value}"); }
                    break;
                case "EXTINF":
                    seconds = double.TryParse(line.Value.Split(',')[0], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var length) ? length : null;
                    break;
                case "":
                    Segments.Add(new PlaylistSegment(number++, discontinuity, seconds, line.Value, map, at, gap, breaks, parts));
                    (seconds, at, gap, breaks, parts) = (null, null, false, false, []);
                    break;
            }
        }

        if (parts.Count > 0) { Open = new PlaylistSegment(number, discontinuity, null, null, map, at, gap, breaks, parts); }
    }

    private PlaylistTag Read(string line)
    {
        if (line[0] != '#') { return new PlaylistTag("", line, new Dictionary<string, string>()); }

        var colon = line.IndexOf(':');
        var (name, value) = colon < 0 ? (line[1..], "") : (line[1..colon], line[(colon + 1)..]);
        return new PlaylistTag(name, value, WithAttributes.Contains(name) ? ReadAttributes(name, value) : new Dictionary<string, string>());
    }

    private Dictionary<string, string> ReadAttributes(string tag, string text)
    {
        var attributes = new Dictionary<string, string>();
        for (var at = 0; at < text.Length;)
        {
            var equals = text.IndexOf('=', at);
            if (equals <= at)
            {
                Grammar.Add($"{tag} has something that is no attribute: {text[at..]}");
                break;
            }

            var name = text[at..equals];
            var quoted = equals + 1 < text.Length && text[equals + 1] == '"';
            var end = quoted ? text.IndexOf('"', equals + 2) + 1 : text.IndexOf(',', equals);
            if (quoted && end == 0)
            {
                Grammar.Add($"{tag} has a quoted string without an end.");
                break;
            }

            if (end < 0) { end = text.Length; }
            if (!name.All(letter => letter is (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '-')) { Grammar.Add($"{tag} has an attribute with the name {name}."); }
            if (!attributes.TryAdd(name, text[(equals + 1)..end])) { Grammar.Add($"{tag} has {name} twice."); }
            if (end < text.Length && text[end] != ',')
            {
                Grammar.Add($"{tag} has something behind {name}.");
                break;
            }

            at = end + 1;
        }

        return attributes;
    }
}
