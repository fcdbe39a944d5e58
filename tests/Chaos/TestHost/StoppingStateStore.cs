using System.Runtime.InteropServices;
using Dapper;
using LiveCommerce.Actors;
using LiveCommerce.Silo.Storage;
using Npgsql;

namespace LiveCommerce.Chaos.TestHost;

/// <summary>
/// The product's store, which stops the whole process in front of a write when a file says so: between deciding and writing, where it
/// matters. It can also be told to write without asking for the epoch: then the suite must find what comes of it.
/// </summary>
internal sealed partial class StoppingStateStore(IGrainStateStore inner, Database database, bool isChecked, string stopFile) : IGrainStateStore
{
    private const int Stop = 19;

    /// <summary>Connections that a silo which was called dead left behind are cut: it takes a new one, and then another.</summary>
    private const int TriesMax = 30;

    public ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken) => inner.ClaimAsync(grain, name, cancellationToken);

    public ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken) => inner.ReadAsync(grain, name, cancellationToken);

    public ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) => inner.ClearAsync(grain, name, epoch, etag);

    public async ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
    {
        if (!IsToStop(grain)) { return await StoreAsync(grain, name, epoch, etag, payload); }

        // Sent to this very thread, it stops before it goes on; sent to the process, the write could still slip through.
        _ = Raise(Stop);
        try
        {
            var stored = await StoreStubbornlyAsync(grain, name, epoch, etag, payload);
            Say("stored");
            return stored;
        }
        catch (InconsistentStateException)
        {
            Say("refused");
            throw;
        }
    }

    private bool IsToStop(GrainId grain)
    {
        if (!File.Exists(stopFile) || File.ReadAllText(stopFile) != grain.Key) { return false; }
        File.Delete(stopFile);
        return true;
    }

    private void Say(string outcome)
    {
        File.WriteAllText($"{stopFile}.new", outcome);
        File.Move($"{stopFile}.new", $"{stopFile}.outcome", overwrite: true);
    }

    private async Task<string> StoreStubbornlyAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                return await StoreAsync(grain, name, epoch, etag, payload);
            }
            catch (NpgsqlException) when (tries < TriesMax)
            {
                // Its connections were cut.
            }
        }
    }

    private async Task<string> StoreAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload)
    {
        if (isChecked || etag is null) { return await inner.WriteAsync(grain, name, epoch, etag, payload); }

        // As the product's, without "and epoch = …".
        var stored = await database.WriteAsync((connection, transaction) => connection.ExecuteScalarAsync<long?>(
            """
            update grain_state set etag = etag + 1, payload = @payload
            where type = @Type and key = @Key and name = @name and etag = @known
            returning etag
            """,
            new { grain.Type, grain.Key, name, known = long.Parse(etag, System.Globalization.CultureInfo.InvariantCulture), payload = payload.ToArray() }, transaction));
        return stored?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? throw new InconsistentStateException($"{grain} was written by another activation.");
    }

    [LibraryImport("libc", EntryPoint = "raise")]
    private static partial int Raise(int signal);
}
