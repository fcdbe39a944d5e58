namespace LiveCommerce.Actors;

/// <summary>The durable state of one grain. Read before <c>OnActivateAsync</c>; written only when the grain says so.</summary>
/// <typeparam name="TState">A plain class, stored as JSON with System.Text.Json.</typeparam>
public interface IPersistentState<TState>
    where TState : class, new()
{
    /// <summary>The state. Change it, then call <see cref="WriteStateAsync"/>.</summary>
    TState State { get; set; }

    /// <summary>Changes with every write; null while nothing is stored.</summary>
    string? Etag { get; }

    /// <summary>Whether the store has a row.</summary>
    bool RecordExists { get; }

    /// <summary>
    /// The fencing epoch of this activation: rises with every activation of the grain, across restarts and owners.
    /// A write by an older epoch is refused by the store.
    /// </summary>
    long Epoch { get; }

    /// <summary>Durable when the task completes.</summary>
    /// <exception cref="InconsistentStateException">Somebody else wrote in between or took over; this activation is dropped.</exception>
    Task WriteStateAsync();

    /// <summary>Reads again, losing unwritten changes.</summary>
    Task ReadStateAsync();

    /// <summary>Deletes the payload and keeps the fence.</summary>
    Task ClearStateAsync();
}

/// <summary>The stored state is not the one this activation knew: another owner wrote it. The activation is dropped, the call may be retried.</summary>
public sealed class InconsistentStateException(string message) : Exception(message);

/// <summary>The grain's mailbox is full. Nothing was decided; retry with the same idempotency key.</summary>
public sealed class GrainBusyException(GrainId grain, TimeSpan retryAfter)
    : Exception($"{grain} has too many calls waiting. Retry in {retryAfter.TotalMilliseconds:0} ms.")
{
    /// <summary>Who is busy.</summary>
    public GrainId Grain { get; } = grain;

    /// <summary>How long to wait before the retry.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
