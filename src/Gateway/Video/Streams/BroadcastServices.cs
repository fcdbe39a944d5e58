using LiveCommerce.Media.Hls;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Streams;

/// <summary>What every broadcast uses.</summary>
internal sealed record BroadcastServices(
    VideoOptions Options, TimeProvider Time, IStreamDesk Desk, Thumbnailer Thumbnails, ILogger<Broadcast> Logger)
{
    /// <summary>How segments and parts are cut.</summary>
    public SegmentRules Rules { get; } = new()
    {
        Target = TimeSpan.FromSeconds(Options.SegmentSeconds), PartTarget = TimeSpan.FromSeconds(Options.PartSeconds),
    };

    /// <summary>How much of a rung is kept. The bytes are for all rungs together; the source has the most.</summary>
    public TimelineLimits LimitsOf(string rung) => new()
    {
        ListedSegments = Options.ListedSegments,
        KeptSegments = Options.KeptSegments,
        KeptBytes = rung == Rung.SourceName ? Options.KeptBytes / 2 : Options.KeptBytes / 2 / (Broadcast.RungsMax - 1),
    };
}
