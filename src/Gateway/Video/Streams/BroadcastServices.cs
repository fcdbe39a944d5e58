using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>What every broadcast uses.</summary>
internal sealed record BroadcastServices(
    VideoOptions Options, TimeProvider Time, IStreamDesk Desk, Thumbnailer Thumbnails, ILogger<Broadcast> Logger)
{
    /// <summary>How segments are cut.</summary>
    public SegmentRules Rules { get; } = new() { Target = TimeSpan.FromSeconds(Options.SegmentSeconds) };

    /// <summary>How much of a rung is kept.</summary>
    public TimelineLimits Limits { get; } = new()
    {
        ListedSegments = Options.ListedSegments, KeptSegments = Options.KeptSegments, KeptBytes = Options.KeptBytes,
    };
}
