using System.ComponentModel.DataAnnotations;
using LiveCommerce.Actors.Links;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>How gateways serve what arrives at another gateway. Section <c>Video:Edge</c>.</summary>
internal sealed class EdgeOptions
{
    /// <summary>
    /// Where the other gateways reach this one: <c>http://10.0.0.5:5080</c>. Empty: it stands alone. In a cluster it is <c>Cluster:LinkUrl</c>
    /// unless set; the secret of <c>Links:Secret</c> is asked for.
    /// </summary>
    [RegularExpression(@"(https?://[^\s/?#]{1,400}/?)?", ErrorMessage = "Video:Edge:OriginUrl must be like http://10.0.0.5:5080, without a path.")]
    public string OriginUrl { get; set; } = "";

    /// <summary>Bytes in memory of what other gateways gave.</summary>
    [Range(1_000_000, 64_000_000_000)]
    public long BytesMax { get; set; } = 512L * 1024 * 1024;

    /// <summary>The same of one broadcast.</summary>
    [Range(1_000_000, 4_000_000_000)]
    public long StreamBytesMax { get; set; } = 64L * 1024 * 1024;

    /// <summary>Bytes of one part, segment or playlist.</summary>
    [Range(100_000, 1_000_000_000)]
    public int ThingBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>Bytes that are on their way from other gateways; what would be more is refused with Busy.</summary>
    [Range(1_000_000, 64_000_000_000)]
    public long FetchBytesMax { get; set; } = 256L * 1024 * 1024;

    /// <summary>Seconds that a part, a segment or a header stays in memory.</summary>
    [Range(1, 3600)]
    public double HoldSeconds { get; set; } = 60;

    /// <summary>Requests to other gateways at once; one more is refused with Busy. Half of them may go to one gateway.</summary>
    [Range(1, 100_000)]
    public int FetchesMax { get; set; } = 512;

    /// <summary>The same for one broadcast.</summary>
    [Range(1, 10_000)]
    public int StreamFetchesMax { get; set; } = 64;

    /// <summary>Requests to other gateways at once whose answer may wait for a part. Half of them may go to one gateway.</summary>
    [Range(1, 100_000)]
    public int HangingMax { get; set; } = 4096;

    /// <summary>The same for one broadcast: more than there are parts that may be waited for, in all rungs, whole and as updates.</summary>
    [Range(1, 10_000)]
    public int StreamHangingMax { get; set; } = 512;

    /// <summary>Viewers' requests that may wait for other gateways; half of them for one.</summary>
    [Range(10, 1_000_000)]
    public int WaitingMax { get; set; } = 50_000;

    /// <summary>Files of recordings that are read from other gateways at once.</summary>
    [Range(1, 10_000)]
    public int FilesMax { get; set; } = 128;

    /// <summary>Connections to one other gateway, beside those that wait for a part.</summary>
    [Range(1, 10_000)]
    public int ConnectionsMax { get; set; } = 256;

    /// <summary>Seconds in which another gateway must answer at once.</summary>
    [Range(0.1, 60)]
    public double AnswerSeconds { get; set; } = 4;

    /// <summary>Seconds for which another gateway may hold a request that waits for a part; it answers by itself after three target durations.</summary>
    [Range(1, 120)]
    public double WaitSeconds { get; set; } = 12;

    /// <summary>Seconds for which the address of a broadcast's gateway is believed, unless that says that it does not have it.</summary>
    [Range(0.1, 3600)]
    public double OriginSeconds { get; set; } = 60;
}

/// <summary>A rule across sections.</summary>
internal sealed class EdgeOptionsRules(IOptions<LinkOptions> links) : IValidateOptions<VideoOptions>
{
    /// <inheritdoc/>
    public ValidateOptionsResult Validate(string? name, VideoOptions options) =>
        options.Edge.OriginUrl.Length > 0 && links.Value.Secret.Length == 0
            ? ValidateOptionsResult.Fail(
                "Gateways fetch video from each other with Links:Secret, also where links have certificates. Set the same secret for all, "
                + "or set Video:Edge:OriginUrl to nothing: then this gateway serves only what arrives at it.")
            : ValidateOptionsResult.Success;
}
