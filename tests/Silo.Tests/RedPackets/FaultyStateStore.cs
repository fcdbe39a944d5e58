using LiveCommerce.Actors;

namespace LiveCommerce.Silo.Tests.RedPackets;

/// <summary>A store of grain states whose writes fail when the test says so: before anything is stored, or after, when nobody learns it.</summary>
internal sealed class FaultyStateStore(IGrainStateStore store, Func<string, WriteFault> next) : IGrainStateStore
{
    public ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken) => store.ClaimAsync(grain, name, cancellationToken);

    public ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken) => store.ReadAsync(grain, name, cancellationToken);

    public async ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
    {
        var fault = next(name);
        if (fault == WriteFault.Before) { throw new IOException("The test cuts the write off before it."); }
        var written = await store.WriteAsync(grain, name, epoch, etag, payload);
        return fault == WriteFault.After ? throw new IOException("The test cuts the write off after it.") : written;
    }

    public ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) => store.ClearAsync(grain, name, epoch, etag);
}

/// <summary>What becomes of a write.</summary>
internal enum WriteFault
{
    None,
    Before,
    After,
}
