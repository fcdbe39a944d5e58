using System.Globalization;
using LiveCommerce.Gateway.Video.Playback;
using LiveCommerce.Gateway.Video.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using LiveCommerce.Media.Hls;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>What kinds of things there are below <c>/live/{streamId}/</c>.</summary>
internal enum EdgeFileKind
{
    /// <summary>The multivariant playlist.</summary>
    Main = 0,

    /// <summary>A media playlist as it is now.</summary>
    Playlist = 1,

    /// <summary>A media playlist from some part on; the answer may wait for that.</summary>
    PlaylistFrom = 2,

    /// <summary>The playlist back into the broadcast.</summary>
    Dvr = 3,

    /// <summary>A header.</summary>
    Init = 4,

    /// <summary>A segment.</summary>
    Segment = 5,

    /// <summary>A part; the answer may wait for it.</summary>
    Part = 6,

    /// <summary>The newest picture.</summary>
    Thumbnail = 7,
}

/// <summary>One thing of a broadcast.</summary>
/// <param name="Path">Its one address below <c>/live/{streamId}/</c>: whoever means the same asks for the same.</param>
internal readonly record struct EdgeFile(EdgeFileKind Kind, string Path)
{
    private const string SkipQuery = "_HLS_skip=YES";

    // Shorter than a part: a playlist that names no part is never a part old.
    private static readonly TimeSpan NowHold = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan ShortHold = TimeSpan.FromSeconds(1);

    /// <summary>Whether the answer may come later.</summary>
    public bool MayWait => Kind is EdgeFileKind.PlaylistFrom or EdgeFileKind.Part;

    /// <summary>
    /// The other form of a playlist that is waited for: whole, or as an update. Both come at the same moment, so one of them is waited for
    /// at its gateway, and the other is asked for when that is there. Null: there is no other form.
    /// </summary>
    public string? OtherForm => Kind != EdgeFileKind.PlaylistFrom ? null
        : Path.EndsWith(SkipQuery, StringComparison.Ordinal) ? Path[..^(SkipQuery.Length + 1)]
        : $"{Path}&{SkipQuery}";

    /// <summary>For how long an answer stands.</summary>
    public TimeSpan HoldFor(EdgeOptions options) => Kind switch
    {
        EdgeFileKind.Init or EdgeFileKind.Segment or EdgeFileKind.Part => TimeSpan.FromSeconds(options.HoldSeconds),
        EdgeFileKind.Playlist => NowHold,
        _ => ShortHold,
    };

    /// <summary>Reads what a player asks for; nothing else is asked of another gateway.</summary>
    /// <param name="rung">Null: what belongs to the whole broadcast.</param>
    /// <param name="mistake">What to tell the player when its query is wrong.</param>
    /// <returns>Null: there is no such thing, or the query is wrong.</returns>
    public static EdgeFile? Read(string? rung, string file, string? query, out string mistake)
    {
        mistake = "";
        if (rung is null)
        {
            return file switch
            {
                PlaybackEndpoint.MainName => new(EdgeFileKind.Main, file),
                PlaybackEndpoint.ThumbnailName => new(EdgeFileKind.Thumbnail, file),
                _ => null,
            };
        }

        if (!Rung.IsName(rung)) { return null; }
        var path = $"{rung}/{file}";
        switch (file)
        {
            case PlaylistWriter.MediaName:
                return PlaylistDirectives.TryRead(query, out var directives, out mistake) ? Playlist(path, directives) : null;
            case RecordedPlaylist.DvrName:
                return new(EdgeFileKind.Dvr, path);
            default:
                return MediaFile.Parse(file).Kind switch
                {
                    MediaFileKind.Init => new(EdgeFileKind.Init, path),
                    MediaFileKind.Segment => new(EdgeFileKind.Segment, path),
                    MediaFileKind.Part => new(EdgeFileKind.Part, path),
                    _ => null,
                };
        }
    }

    private static EdgeFile Playlist(string path, PlaylistDirectives directives)
    {
        var skip = directives.Skip ? SkipQuery : "";
        if (directives.Number is not { } number) { return new(EdgeFileKind.Playlist, skip.Length == 0 ? path : $"{path}?{skip}"); }

        var part = directives.Part is { } index ? string.Create(CultureInfo.InvariantCulture, $"&_HLS_part={index}") : "";
        return new(EdgeFileKind.PlaylistFrom, string.Create(CultureInfo.InvariantCulture, $"{path}?_HLS_msn={number}{part}{(directives.Skip ? "&" : "")}{skip}"));
    }
}
