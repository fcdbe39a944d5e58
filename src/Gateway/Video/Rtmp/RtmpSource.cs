using LiveCommerce.Gateway.Video.Encoders;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>What an encoder sends, and what may be done with it.</summary>
internal static class RtmpSource
{
    /// <summary>
    /// Seconds between two keyframes up to which a picture is copied: players begin at a keyframe, and segments are cut there, so that a
    /// longer distance would make segments longer than their playlist may say (target duration 2 s, which 2.499 s still rounds to).
    /// </summary>
    public const double KeyframeSecondsMax = 2.45;

    // Of the profiles that nginx knows these play in every browser; others (10 bits, 4:2:2) have no name there.
    private static readonly string[] PlayedProfiles = ["Baseline", "Main", "High"];

    /// <summary>What most encoders send. FFmpeg begins with it, before the encoder does, and so misses nothing of what comes first.</summary>
    public static SourceFormat Likely { get; } = new(HasPicture: true, HasSound: true, CopiesPicture: true, CopiesSound: true, ShortSide: 0, Reorders: true);

    /// <summary>Whether picture and sound have told all that a plan needs.</summary>
    public static bool IsComplete(RtmpStream stream) =>
        stream is { Picture: { Width: > 0, Height: > 0 } picture, Sound: not null } && (picture.Codec != "H264" || picture.Profile.Length > 0);

    /// <summary>What FFmpeg is to do with it.</summary>
    public static SourceFormat FormatOf(RtmpStream stream)
    {
        var picture = stream.Picture is { Width: > 0, Height: > 0 } shown ? shown : null;
        return new SourceFormat(
            HasPicture: picture is not null,
            HasSound: stream.Sound is not null,
            CopiesPicture: picture is { Codec: "H264" } && PlayedProfiles.Contains(picture.Profile, StringComparer.Ordinal),
            CopiesSound: stream.Sound is { Codec: "AAC", Profile: "LC", SampleRate: 44_100 or 48_000, Channels: 1 or 2 },
            ShortSide: picture is null ? 0 : Math.Min(picture.Width, picture.Height),
            Reorders: picture is { Profile: not "Baseline" });
    }
}
