namespace LiveCommerce.Gateway.Video.Ffmpeg;

/// <summary>What every FFmpeg of ours is told.</summary>
internal static class FfmpegArguments
{
    /// <summary>Bytes of one allocation in an encoder: a picture of 3840 × 2160 with four bytes a pixel has 33 million.</summary>
    public const string EncoderAllocationMax = "134217728";

    /// <summary>Bytes of one allocation in a call: an uploaded picture of 50 million pixels may have eight bytes each.</summary>
    public const string CallAllocationMax = "536870912";
}
