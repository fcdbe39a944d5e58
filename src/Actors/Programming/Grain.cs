namespace LiveCommerce.Actors;

/// <summary>Base of every grain: one turn at a time, private state, no locks.</summary>
public abstract class Grain
{
    private IGrainContext? _context;

    /// <summary>Gives references to other grains.</summary>
    protected IGrainFactory GrainFactory => Context.GrainFactory;

    /// <summary>The clock of this process.</summary>
    protected TimeProvider Time => Context.Time;

    internal IGrainContext Context
    {
        get => _context ?? throw new InvalidOperationException("A grain has no context before it is activated: do not use it in the constructor.");
        set => _context = value;
    }

    /// <summary>The key this grain was called by.</summary>
    public string GetPrimaryKeyString() => Context.GrainId.Key;

    /// <summary>Runs before the first call, after the persistent state was read. A failure fails the waiting calls.</summary>
    public virtual Task OnActivateAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the last call. Not run when the process dies: nothing may depend on it.</summary>
    public virtual Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Leave memory as soon as the calls that wait are done.</summary>
    protected void DeactivateOnIdle() => Context.DeactivateOnIdle();

    /// <summary>A timer whose callback is a turn of this grain; ticks never overlap and end with the activation.</summary>
    protected IGrainTimer RegisterGrainTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options) =>
        Context.RegisterTimer(callback, options);
}

/// <summary>Why an activation ends.</summary>
public enum DeactivationReason
{
    /// <summary>No call for the idle time.</summary>
    Idle = 0,

    /// <summary>The grain asked for it.</summary>
    Requested = 1,

    /// <summary>The process stops.</summary>
    ShuttingDown = 2,

    /// <summary>The store refused a write: another owner has taken over.</summary>
    Fenced = 3,
}

/// <summary>When a grain timer ticks.</summary>
/// <param name="DueTime">Until the first tick.</param>
/// <param name="Period">From the end of one tick to the start of the next; <see cref="Timeout.InfiniteTimeSpan"/> for one tick.</param>
public readonly record struct GrainTimerCreationOptions(TimeSpan DueTime, TimeSpan Period)
{
    /// <summary>Whether ticks keep an otherwise idle activation in memory.</summary>
    public bool KeepAlive { get; init; }
}

/// <summary>A running timer. Dispose to stop it.</summary>
public interface IGrainTimer : IDisposable
{
    /// <summary>Sets a new due time and period.</summary>
    void Change(TimeSpan dueTime, TimeSpan period);
}

/// <summary>What the runtime gives an activation.</summary>
internal interface IGrainContext
{
    GrainId GrainId { get; }

    IGrainFactory GrainFactory { get; }

    TimeProvider Time { get; }

    void DeactivateOnIdle();

    IGrainTimer RegisterTimer(Func<CancellationToken, Task> callback, GrainTimerCreationOptions options);
}
