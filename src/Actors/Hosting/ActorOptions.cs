using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Hosting;

/// <summary>Bounds of the grain runtime. Configuration section <c>Actors</c>.</summary>
public sealed class ActorOptions
{
    /// <summary>Calls that may wait at one activation before a call of priority High is refused as busy.</summary>
    [Range(3, 1_000_000)]
    public int WaitingHighMax { get; set; } = 4096;

    /// <summary>Calls that may wait at one activation before a call of priority Normal is refused as busy. Less than for High.</summary>
    [Range(2, 1_000_000)]
    public int WaitingNormalMax { get; set; } = 3072;

    /// <summary>Calls that may wait at one activation before a call of priority Low is refused as busy. Less than for Normal.</summary>
    [Range(1, 1_000_000)]
    public int WaitingLowMax { get; set; } = 1024;

    /// <summary>Interleaving calls of one activation that may be under way at once; more stay in the mailbox.</summary>
    [Range(1, 1_000_000)]
    public int RunningMax { get; set; } = 4096;

    /// <summary>Activations in memory before calls to further grains are refused as busy.</summary>
    [Range(1, 100_000_000)]
    public int ActivationsMax { get; set; } = 500_000;

    /// <summary>Calls that may wait for one observer before further ones are dropped (and logged).</summary>
    [Range(1, 1_000_000)]
    public int ObserverWaitingMax { get; set; } = 4096;

    /// <summary>How long a refused caller is asked to wait.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:10:00")]
    public TimeSpan BusyRetryAfter { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>From a call to its answer, the wait in the mailbox included. A ring of grains that wait for each other ends by it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan CallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>After it the token given to <see cref="Grain.OnActivateAsync"/> and <see cref="Grain.OnDeactivateAsync"/> is cancelled.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan LifecycleTimeout { get; set; } = TimeSpan.FromSeconds(20);

    /// <summary>An activation without a call for this long leaves memory.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan IdleAge { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>How often timeouts and idle activations are looked for: what both may be late by.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "00:01:00")]
    public TimeSpan SweepPeriod { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping process lets waiting calls and deactivations finish before it cuts them off.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan ShutdownTimeout { get; set; } = TimeSpan.FromSeconds(10);
}

[OptionsValidator]
internal sealed partial class ActorOptionsValidator : IValidateOptions<ActorOptions>;

/// <summary>The rules across two options.</summary>
internal sealed class ActorOptionsRules : IValidateOptions<ActorOptions>
{
    public ValidateOptionsResult Validate(string? name, ActorOptions options) =>
        options.WaitingLowMax < options.WaitingNormalMax && options.WaitingNormalMax < options.WaitingHighMax
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail("Actors: WaitingLowMax must be less than WaitingNormalMax, and that less than WaitingHighMax, so that money is refused last.");
}
