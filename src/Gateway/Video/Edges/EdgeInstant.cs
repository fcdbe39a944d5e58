using LiveCommerce.Actors.Links;
using LiveCommerce.Gateway.Video.Encoders;
using LiveCommerce.Gateway.Video.Instant;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>A rung of another gateway's broadcast.</summary>
internal sealed record EdgeFeedKey(string StreamId, string Rung);

/// <summary>Instant viewing of broadcasts that arrive at other gateways: one socket to there for each rung that is watched here.</summary>
internal sealed class EdgeInstant(
    EdgeDesk edges,
    EdgeOrigins origins,
    EdgeReach reach,
    EdgeMetrics metrics,
    IOptions<VideoOptions> options,
    IOptions<LinkOptions> links,
    TimeProvider time,
    ILogger<EdgeFeed> logger)
{
    // Of no broadcast are there others; whoever asks for what is not there gets the source, and opens no socket of its own.
    private static readonly HashSet<string> Names = [Rung.SourceName, .. RungSize.Names];

    /// <summary>Whether another gateway has it (null: nobody can say, or not whose it is), and whose it is.</summary>
    public async ValueTask<(bool? Has, string? RoomId)> FindAsync(string streamId, CancellationToken cancellationToken)
    {
        if (!edges.IsOn) { return (false, null); }
        if (await origins.FindAsync(streamId, cancellationToken) is not { } origin) { return (null, null); }
        if (origin.Address is null) { return (false, null); }
        return (await edges.FindRoomAsync(streamId, cancellationToken)).RoomId is { } roomId ? (true, roomId) : (null, null);
    }

    /// <summary>The rung that is meant.</summary>
    public static EdgeFeedKey KeyOf(string streamId, string rung) => new(streamId, Names.Contains(rung) ? rung : Rung.SourceName);

    /// <summary>Begins to fetch it.</summary>
    public InstantFeed Open(EdgeFeedKey key, InstantLimits limits) =>
        new EdgeFeed(key, origins, reach, metrics, options.Value, LinkCredential.Of(links.Value), limits, time, logger);
}
