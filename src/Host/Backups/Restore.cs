using Dapper;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Backups;

/// <summary>Lays a backup into a fresh place.</summary>
internal sealed class Restore(StorageOptions storage, DataFolder data)
{
    private static readonly string[] SqliteCompanions = ["-wal", "-shm", "-journal"];

    /// <summary>Restores everything. What is there already is never overwritten.</summary>
    /// <exception cref="BackupException">The place is not fresh, or the backup is not whole.</exception>
    public async Task<BackupManifest> LayAsync(string folder, CancellationToken cancellationToken)
    {
        var manifest = await BackupManifest.ReadAsync(folder, cancellationToken);
        if (manifest.Provider != storage.Provider.ToString())
        {
            throw new BackupException($"This backup is of {manifest.Provider}, and Storage:Provider says {storage.Provider}. It is restored into the same.");
        }

        // Everything is looked at before anything is written: half a restore helps nobody.
        var sources = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in manifest.Files.Keys.Where(name => name != Backup.PostgresName))
        {
            var source = Path.Combine(folder, name);
            var place = name == Backup.SqliteName ? SqlitePlace() : Path.Combine(data.Path, name);
            if (!await IsThereAsync(source, place, cancellationToken)) { sources[place] = source; }
        }

        if (storage.Provider == SqlDialect.PostgreSql) { await LayPostgresAsync(folder, cancellationToken); }
        foreach (var (place, source) in sources)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(source, place);
        }

        return manifest;
    }

    /// <summary>
    /// The silos of the backup's time live on in its rows, perhaps also in truth, beside another database: nobody of the restored cluster
    /// may send them a call.
    /// </summary>
    public static async Task ForgetSilosAsync(IClusterStore store, CancellationToken cancellationToken)
    {
        foreach (var silo in (await store.ReadAsync(cancellationToken)).Silos) { await store.LeaveAsync(silo.SiloId, cancellationToken); }
    }

    /// <summary>Whether the very file lies there already, as a secret does that was laid there by hand.</summary>
    /// <exception cref="BackupException">Another one does, or what belongs to another one.</exception>
    private static async Task<bool> IsThereAsync(string source, string place, CancellationToken cancellationToken)
    {
        // A log of another database would be played into this one.
        var beside = place.EndsWith(".db", StringComparison.Ordinal) || Path.GetFileName(source) == Backup.SqliteName ? SqliteCompanions : [];
        if (beside.Select(ending => place + ending).FirstOrDefault(Path.Exists) is { } left)
        {
            throw new BackupException($"{left} exists already, of another database. Restore into an empty --data folder.");
        }

        if (!Path.Exists(place)) { return false; }
        if (place.EndsWith(".secret", StringComparison.Ordinal) && File.Exists(place))
        {
            var there = await File.ReadAllBytesAsync(place, cancellationToken);
            var saved = await File.ReadAllBytesAsync(source, cancellationToken);
            if (there.SequenceEqual(saved)) { return true; }
        }

        throw new BackupException($"{place} exists already. Restore into an empty --data folder.");
    }

    private string SqlitePlace() => Path.GetFullPath(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(storage.ConnectionString).DataSource);

    private async Task LayPostgresAsync(string folder, CancellationToken cancellationToken)
    {
        await using (var connection = new Npgsql.NpgsqlConnection($"{storage.ConnectionString};Pooling=false"))
        {
            await connection.OpenAsync(cancellationToken);
            var tables = await connection.ExecuteScalarAsync<long>("select count(*) from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace");
            if (tables > 0) { throw new BackupException("The database has tables already. Restore into a new one: createdb livecommerce2."); }
        }

        await PostgresTools.RestoreAsync(storage.ConnectionString, Path.Combine(folder, Backup.PostgresName), cancellationToken);
    }
}
