using System.Globalization;

namespace LiveCommerce.Actors.Storage;

/// <summary>Grain states that end with the process, with the same fence as the durable stores. For tests and trials.</summary>
public sealed class InMemoryGrainStateStore : IGrainStateStore
{
    private readonly Dictionary<(GrainId Grain, string Name), GrainRecord> _rows = [];
    private readonly Lock _gate = new();
    private long _lastEpoch;
    private long _lastEtag;

    /// <inheritdoc/>
    public ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var claimed = Row(grain, name) with { Epoch = ++_lastEpoch };
            _rows[(grain, name)] = claimed;
            return ValueTask.FromResult(claimed);
        }
    }

    /// <inheritdoc/>
    public ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken)
    {
        lock (_gate) { return ValueTask.FromResult(Row(grain, name)); }
    }

    /// <inheritdoc/>
    public ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
    {
        lock (_gate)
        {
            if (Refusal(grain, name, epoch, etag) is { } refusal) { return ValueTask.FromException<string>(refusal); }
            var stored = (++_lastEtag).ToString(CultureInfo.InvariantCulture);
            _rows[(grain, name)] = new GrainRecord(payload.ToArray(), stored, epoch);
            return ValueTask.FromResult(stored);
        }
    }

    /// <inheritdoc/>
    public ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag)
    {
        lock (_gate)
        {
            if (Refusal(grain, name, epoch, etag) is { } refusal) { return ValueTask.FromException(refusal); }
            _rows[(grain, name)] = new GrainRecord(default, null, epoch);
            return ValueTask.CompletedTask;
        }
    }

    private GrainRecord Row(GrainId grain, string name) => _rows.GetValueOrDefault((grain, name)) ?? new GrainRecord(default, null, 0);

    private InconsistentStateException? Refusal(GrainId grain, string name, long epoch, string? etag)
    {
        var row = Row(grain, name);
        return row.Epoch == epoch && row.Etag == etag
            ? null
            : new InconsistentStateException($"The state {name} of {grain} is stored with epoch {row.Epoch} and etag {row.Etag ?? "none"}; the write has {epoch} and {etag ?? "none"}.");
    }
}
