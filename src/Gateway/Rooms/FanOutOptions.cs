using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>How events reach viewers. Section <c>FanOut</c>.</summary>
public sealed class FanOutOptions
{
    /// <summary>Frames that may wait for one viewer before it skips to a snapshot. More than <see cref="ReplayFramesMax"/>.</summary>
    [Range(16, 4_096)]
    public int QueueFramesMax { get; set; } = 256;

    /// <summary>Batches of a room kept for viewers that reconnect.</summary>
    [Range(1, 256)]
    public int RingFramesMax { get; set; } = 256;

    /// <summary>Seconds a batch is kept for viewers that reconnect.</summary>
    [Range(1, 600)]
    public int RingSeconds { get; set; } = 60;

    /// <summary>Batches a viewer is given one by one; who missed more gets a snapshot.</summary>
    [Range(1, 256)]
    public int ReplayFramesMax { get; set; } = 128;

    /// <summary>Milliseconds one snapshot serves all who join.</summary>
    [Range(0, 10_000)]
    public int SnapshotReuseMs { get; set; } = 1_000;

    /// <summary>Viewers that are let in a second: connections of this gateway, and joins. More wait in line.</summary>
    [Range(1, 100_000)]
    public int JoinsPerSecond { get; set; } = 2_000;

    /// <summary>Of those, connections from one address (of IPv6: one network of 64 bits); twice as many at once. A whole office may share one.</summary>
    [Range(1, 100_000)]
    public int JoinsPerAddressPerSecond { get; set; } = 200;

    /// <summary>Milliseconds somebody may wait in line; who would wait longer is told when to come again.</summary>
    [Range(0, 10_000)]
    public int JoinWaitMs { get; set; } = 2_000;

    /// <summary>Seconds one write to a viewer may take before its connection is closed.</summary>
    [Range(1, 300)]
    public int StuckSeconds { get; set; } = 15;

    /// <summary>Seconds a room stays subscribed after its last viewer has left.</summary>
    [Range(0, 300)]
    public int LingerSeconds { get; set; } = 5;

    /// <summary>Bytes of one message from a viewer.</summary>
    [Range(1_024, 1_048_576)]
    public int ReceiveBytesMax { get; set; } = 32 * 1024;

    /// <summary>
    /// Calls of one connection that run at a time: a chat does not wait for a gift. Further ones wait, four messages of the largest size at most,
    /// and are read no further than that until one that runs has ended.
    /// </summary>
    [Range(1, 16)]
    public int ParallelCallsMax { get; set; } = 4;

    /// <summary>Bytes kept for one client that asked for SignalR's stateful reconnect, until it has acknowledged them.</summary>
    [Range(1_024, 1_048_576)]
    public int ResumeBytesMax { get; set; } = 100_000;

    /// <summary>Milliseconds a client has to leave after it was told to.</summary>
    [Range(50, 10_000)]
    public int CloseGraceMs { get; set; } = 500;
}

[OptionsValidator]
internal sealed partial class FanOutOptionsValidator : IValidateOptions<FanOutOptions>;

/// <summary>The rules across two options.</summary>
internal sealed class FanOutBoundsValidator : IValidateOptions<FanOutOptions>
{
    public ValidateOptionsResult Validate(string? name, FanOutOptions options) =>
        options.QueueFramesMax > options.ReplayFramesMax
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("FanOut:QueueFramesMax must be more than FanOut:ReplayFramesMax: a replay has to fit into the queue.");
}
