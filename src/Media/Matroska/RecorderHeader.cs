namespace LiveCommerce.Media.Matroska;

/// <summary>What a recording says of itself before its first picture.</summary>
/// <param name="VideoCodec">Matroska's name (<c>V_VP8</c>, <c>V_MPEG4/ISO/AVC</c>), or null without a picture.</param>
/// <param name="Width">Pixels; 0 when not said.</param>
/// <param name="Height">Pixels; 0 when not said.</param>
/// <param name="AudioCodec">Matroska's name (<c>A_OPUS</c>), or null without sound.</param>
/// <param name="IsBaselineH264">H.264 in the baseline profile: every browser decodes it and pictures are never reordered, so it can be copied.</param>
public sealed record RecorderHeader(string? VideoCodec, int Width, int Height, string? AudioCodec, bool IsBaselineH264)
{
    /// <summary>Matroska's name of H.264.</summary>
    public const string H264 = "V_MPEG4/ISO/AVC";

    /// <summary>Bytes before the parameters that a recorder wrote into its first H.264 picture; 0 when they stand in the header.</summary>
    public int PictureAt { get; init; }
}

/// <summary>How far <see cref="RecorderHeaderReader"/> has come.</summary>
public enum HeaderVerdict
{
    /// <summary>Give it more bytes from the start.</summary>
    NeedsMore = 0,

    /// <summary>The header is there.</summary>
    Read = 1,

    /// <summary>There will be none.</summary>
    Refused = 2,
}
