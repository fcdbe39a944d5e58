using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Cluster;

/// <summary>What this process is in its cluster. Configuration section <c>Cluster</c>.</summary>
public sealed class ClusterOptions
{
    /// <summary>Of the whole cluster; its database belongs to it alone.</summary>
    [Required, MaxLength(100)]
    public string Name { get; set; } = "livecommerce";

    /// <summary>Where the other processes reach this one: <c>http://10.0.0.5:5080</c>. A silo needs it.</summary>
    public string LinkUrl { get; set; } = "";

    /// <summary>What people call this process; the machine's name by default.</summary>
    [MaxLength(100)]
    public string NodeName { get; set; } = "";

    /// <summary>From one beat of a silo to the next, and from one look at the shards to the next.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:00:10")]
    public TimeSpan BeatPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>A silo serves nothing any more this long after the start of its last good beat.</summary>
    [Range(typeof(TimeSpan), "00:00:00.2", "00:01:00")]
    public TimeSpan FenceAfter { get; set; } = TimeSpan.FromSeconds(3.5);

    /// <summary>A silo that was not seen to beat for this long is declared dead.</summary>
    [Range(typeof(TimeSpan), "00:00:00.3", "00:02:00")]
    public TimeSpan DeadAfter { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a call waits for its shard to have an owner before it is refused.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan OwnerPatience { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long calls to a shard that has moved wait for earlier ones to come back from, or be answered by, its former owner. A hand-over
    /// is quicker; only a turn that does not end makes anybody wait so long.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00")]
    public TimeSpan OrderPatience { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Calls that may wait for an owner; beyond it calls are refused as busy.</summary>
    [Range(1, 1_000_000)]
    public int ParkedMax { get; set; } = 10_000;

    /// <summary>
    /// How long turns have to end before their shards are given away without them, within what the rules allow. A circle through
    /// another silo (a turn here waits for a grain there, and that one for a grain that leaves here) ends only so. Callers wait meanwhile,
    /// and are promised an answer within a second.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:00:10")]
    public TimeSpan ReleaseWithin { get; set; } = TimeSpan.FromSeconds(0.6);

    /// <summary>What a silo that stops may take to give its shards away.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00")]
    public TimeSpan DrainWithin { get; set; } = TimeSpan.FromSeconds(15);

    internal ClusterRules Rules => new()
    {
        BeatPeriod = BeatPeriod, FenceAfter = FenceAfter, DeadAfter = DeadAfter, BlindAfter = DeadAfter / 2,
    };
}

[OptionsValidator]
internal sealed partial class ClusterOptionsValidator : IValidateOptions<ClusterOptions>;

/// <summary>The rules across two options.</summary>
internal sealed class ClusterOptionsRules : IValidateOptions<ClusterOptions>
{
    public ValidateOptionsResult Validate(string? name, ClusterOptions options) =>
        options.Rules.Problem is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
}
