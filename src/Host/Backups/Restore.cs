using Dapper;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Host.Backups;

/// <summary>Lays a backup into a fresh place.</summary>
internal sealed class Restore(StorageOptions storage, DataFolder data)
{
    /// <summary>Restores everything. What is there already is never overwritten.</summary>
    /// <exception cref="BackupException">The place is not fresh, or the backup is not whole.</exception>
    public async Task<BackupManifest> LayAsync(string folder, CancellationToken cancellationToken)
    {
        var manifest = await BackupManifest.ReadAsync(folder, cancellationToken);
        if (manifest.Provider != storage.Provider.ToString())
        {
            throw new BackupException($"This backup is of {manifest.Provider}, and Storage:Provider says {storage.Provider}. It is restored into the same.");
        }

        if (storage.Provider == SqlDialect.Sqlite) { LaySqlite(folder); }
        else { await LayPostgresAsync(folder, cancellationToken); }
        foreach (var name in manifest.Files.Keys.Where(name => name is not Backup.SqliteName and not Backup.PostgresName))
        {
            var place = Path.Combine(data.Path, name);
            if (File.Exists(place)) { throw new BackupException($"{place} exists already. Restore into an empty --data folder."); }
            Directory.CreateDirectory(Path.GetDirectoryName(place)!);
            File.Copy(Path.Combine(folder, name), place);
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

    private void LaySqlite(string folder)
    {
        var place = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(storage.ConnectionString).DataSource;
        if (File.Exists(place)) { throw new BackupException($"{place} exists already. Restore into an empty --data folder."); }
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(place))!);
        File.Copy(Path.Combine(folder, Backup.SqliteName), place);
    }

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
