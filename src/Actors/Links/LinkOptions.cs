using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Links;

/// <summary>Bounds of the links between processes. Configuration section <c>Links</c>.</summary>
public sealed class LinkOptions
{
    /// <summary>Known to every process of the cluster and to nobody else. May be empty only where <see cref="PeerCertificate"/> is set.</summary>
    public string Secret { get; set; } = "";

    /// <summary>A PEM file with the certificate that this process shows: a silo at its https address, everybody when linking. Read at the start.</summary>
    public string Certificate { get; set; } = "";

    /// <summary>A PEM file with the certificate's key, without a password.</summary>
    public string CertificateKey { get; set; } = "";

    /// <summary>A PEM file with the certificates that the others' certificates must be signed by; without one, those that the machine trusts.</summary>
    public string Authority { get; set; } = "";

    /// <summary>Whether this process, as a silo, takes in only who shows a certificate that <see cref="Authority"/> has signed. Needs https.</summary>
    public bool PeerCertificate { get; set; }

    /// <summary>Bytes that may wait to be sent to one process; beyond it calls are refused as busy, notices are dropped, and callers hear of an answer only that it is lost.</summary>
    [Range(64 * 1024, 1024 * 1024 * 1024)]
    public int WaitingBytesMax { get; set; } = 32 * 1024 * 1024;

    /// <summary>
    /// Bytes of notices among them: what a peer has not taken of so many is its credit. Beyond it notices are dropped, and rooms that were not
    /// heard are asked for what was missed; so answers never wait behind more than this.
    /// </summary>
    [Range(16 * 1024, 1024 * 1024 * 1024)]
    public int NoticeBytesMax { get; set; } = 8 * 1024 * 1024;

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
