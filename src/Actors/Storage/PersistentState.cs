using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Actors.Runtime;

namespace LiveCommerce.Actors.Storage;

/// <summary>A state that an activation claims before its grain is used.</summary>
internal interface IGrainState
{
    Task ClaimAsync(CancellationToken cancellationToken);
}

/// <summary>How states look in the store.</summary>
internal static class StateJson
{
    public static JsonSerializerOptions Options { get; } = Create();

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.Web)
        {
            // A store may keep JSON with its names in another order; the kind of a polymorphic record is then not the first.
            AllowOutOfOrderMetadataProperties = true,
            Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        };
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }
}

/// <summary>The durable state of one activation over the store.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose.")]
internal sealed class PersistentState<TState>(IGrainStateStore store, Activation activation, string name) : IPersistentState<TState>, IGrainState
    where TState : class, new()
{
    // Interleaving turns may write at the same time; each must see the etag of the one before.
    private readonly SemaphoreSlim _turnstile = new(1, 1);

    public TState State { get; set; } = new();

    public string? Etag { get; private set; }

    public bool RecordExists => Etag is not null;

    public long Epoch { get; private set; }

    public static IGrainState Create(IGrainStateStore store, Activation activation, string name) =>
        new PersistentState<TState>(store, activation, name);

    public async Task ClaimAsync(CancellationToken cancellationToken)
    {
        var record = await store.ClaimAsync(activation.GrainId, name, cancellationToken);
        Epoch = record.Epoch;
        Take(record);
    }

    public async Task ReadStateAsync()
    {
        var record = await store.ReadAsync(activation.GrainId, name, CancellationToken.None);
        if (record.Epoch != Epoch)
        {
            activation.Drop(DeactivationReason.Fenced);
            throw new InconsistentStateException($"{activation.GrainId} was taken over: epoch {record.Epoch} is stored, this activation has {Epoch}.");
        }

        Take(record);
    }

    public Task WriteStateAsync() => Change(async () =>
        Etag = await store.WriteAsync(activation.GrainId, name, Epoch, Etag, JsonSerializer.SerializeToUtf8Bytes(State, StateJson.Options)));

    public Task ClearStateAsync() => Change(async () =>
    {
        await store.ClearAsync(activation.GrainId, name, Epoch, Etag);
        Etag = null;
        State = new TState();
    });

    private async Task Change(Func<Task> change)
    {
        await _turnstile.WaitAsync();
        try
        {
            await change();
        }
        catch (InconsistentStateException)
        {
            activation.Drop(DeactivationReason.Fenced);
            throw;
        }
        catch
        {
            // Whether it was stored is unknown, and memory may now be ahead of the store: the next activation reads what is true.
            activation.Drop(DeactivationReason.Requested);
            throw;
        }
        finally
        {
            _turnstile.Release();
        }
    }

    private void Take(GrainRecord record)
    {
        Etag = record.Etag;
        State = record.Etag is null
            ? new TState()
            : JsonSerializer.Deserialize<TState>(record.Payload.Span, StateJson.Options)
                ?? throw new InvalidOperationException($"The stored state {name} of {activation.GrainId} is null.");
    }
}
