using System.Globalization;

namespace LiveCommerce.Gateway.Video.Playback;

/// <summary>What kind of media a file name means.</summary>
internal enum MediaFileKind
{
    None = 0,
    Init = 1,
    Segment = 2,
    Part = 3,
}

/// <summary>A file name of a rung: <c>init-{n}.mp4</c>, <c>{msn}.m4s</c>, <c>{msn}.{part}.m4s</c>.</summary>
/// <param name="Number">Of the header or of the segment.</param>
/// <param name="Part">Only of a part.</param>
internal readonly record struct MediaFile(MediaFileKind Kind, long Number, int Part)
{
    private const string InitStart = "init-", InitEnd = ".mp4", SegmentEnd = ".m4s";

    /// <summary>Reads a name; <see cref="MediaFileKind.None"/> when it is another. Each file has one name only.</summary>
    public static MediaFile Parse(ReadOnlySpan<char> name)
    {
        if (name.StartsWith(InitStart, StringComparison.Ordinal) && name.EndsWith(InitEnd, StringComparison.Ordinal))
        {
            return TryNumber(name[InitStart.Length..^InitEnd.Length], out var init) && init <= int.MaxValue ? new(MediaFileKind.Init, init, 0) : default;
        }

        if (!name.EndsWith(SegmentEnd, StringComparison.Ordinal)) { return default; }

        name = name[..^SegmentEnd.Length];
        var dot = name.IndexOf('.');
        if (dot < 0) { return TryNumber(name, out var whole) ? new(MediaFileKind.Segment, whole, 0) : default; }
        return TryNumber(name[..dot], out var number) && TryNumber(name[(dot + 1)..], out var part) && part <= int.MaxValue
            ? new(MediaFileKind.Part, number, (int)part)
            : default;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out long number) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && (text.Length == 1 || text[0] != '0');
}
