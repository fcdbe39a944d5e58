using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Links;

/// <summary>Bounds of the links between processes. Configuration section <c>Links</c>.</summary>
public sealed class LinkOptions
{
    /// <summary>Known to every process of the cluster and to nobody else.</summary>
    [MinLength(16, ErrorMessage = "Links:Secret must have at least 16 characters, the same in every process of the cluster.")]
    public string Secret { get; set; } = "";

    /// <summary>Bytes that may wait to be sent to one process; beyond it calls are refused as busy and notices are dropped.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int WaitingBytesMax { get; set; } = 32 * 1024 * 1024;

    /// <summary>Bytes of one message, the same in every process: a peer that sends more is cut off.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int MessageBytesMax { get; set; } = 16 * 1024 * 1024;

    /// <summary>Calls that this process, as a silo, works on at once for one other process. What it grants as credit; each answer gives one back.</summary>
    [Range(1, 1_000_000)]
    public int CreditCalls { get; set; } = 16_384;

    /// <summary>Bytes of these calls together.</summary>
    [Range(64 * 1024, 256 * 1024 * 1024)]
    public int CreditBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Calls that may wait in this process for a connection to one silo, or for its credit; beyond it calls are refused as busy.</summary>
    [Range(1, 1_000_000)]
    public int WaitingCallsMax { get; set; } = 8192;

    /// <summary>How long a call waits for credit before it is refused as busy.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan CreditPatience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>A peer that takes nothing of what is sent to it for this long is cut off.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00")]
    public TimeSpan StalledAfter { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Between two pings of a silent connection.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan PingEvery { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A connection without a sign of life for this long is given up.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:05:00")]
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>What a connection may take to be made.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan ConnectWithin { get; set; } = TimeSpan.FromSeconds(2);
}

[OptionsValidator]
internal sealed partial class LinkOptionsValidator : IValidateOptions<LinkOptions>;
