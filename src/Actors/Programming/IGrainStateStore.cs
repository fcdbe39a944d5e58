namespace LiveCommerce.Actors;

/// <summary>One stored grain state.</summary>
/// <param name="Payload">UTF-8 JSON; empty when nothing is stored.</param>
/// <param name="Etag">Null when nothing is stored.</param>
/// <param name="Epoch">The epoch this claim was given.</param>
public sealed record GrainRecord(ReadOnlyMemory<byte> Payload, string? Etag, long Epoch);

/// <summary>Where grains keep their state. Implementations: SQLite and PostgreSQL (in the silo), memory (tests of this project).</summary>
/// <remarks>Every implementation passes the same abstract test suite.</remarks>
public interface IGrainStateStore
{
    /// <summary>Takes the grain over: gives it a new, higher epoch that fences every earlier activation, and reads what is stored.</summary>
    /// <remarks>Where nothing was ever written there may be nothing to fence with: then the first of several claims to write wins, and the others' writes are refused.</remarks>
    ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken);

    /// <summary>Reads without claiming.</summary>
    ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken);

    /// <summary>Stores the payload if etag and epoch are still the stored ones. Durable on completion.</summary>
    /// <returns>The new etag.</returns>
    /// <exception cref="InconsistentStateException">Another epoch or etag is stored.</exception>
    ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload);

    /// <summary>Deletes the payload if etag and epoch are still the stored ones; the fence stays.</summary>
    /// <exception cref="InconsistentStateException">Another epoch or etag is stored.</exception>
    ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag);
}
