using Dapper;
using LiveCommerce.Silo.Storage;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.Host.Backups;

/// <summary>
/// Copies everything that an installation cannot make again into a folder, while it runs: the database as it is at one moment, the secrets,
/// and the sandbox's state, which is the bank's memory while there is no real one.
/// </summary>
internal sealed class Backup(Database database, StorageOptions storage, DataFolder data, TimeProvider time)
{
    /// <summary>The database of SQLite.</summary>
    public const string SqliteName = "livecommerce.db";

    /// <summary>The database of PostgreSQL, as pg_dump writes it.</summary>
    public const string PostgresName = "database.dump";

    /// <summary>The payment sandbox's state.</summary>
    public const string SandboxName = "sandbox.db";

    /// <summary>The folder of recordings, those of every gateway of this data folder.</summary>
    public const string RecordingsName = "recordings";

    /// <summary>Takes the backup.</summary>
    /// <param name="folder">Does not exist yet, or is empty.</param>
    /// <exception cref="BackupException">It cannot be taken.</exception>
    public async Task TakeAsync(string folder, bool withRecordings, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new BackupException($"{folder} is not empty. Give a new folder to each backup.");
        }

        _ = new DataFolder(folder);
        var takenAt = time.GetUtcNow();

        // The database first: what the provider did since then is found again by reconciliation, and nothing is known of money that the
        // provider's copy has never heard of.
        if (storage.Provider == SqlDialect.Sqlite) { CopySqlite(storage.ConnectionString, Path.Combine(folder, SqliteName)); }
        else { await PostgresTools.DumpAsync(storage.ConnectionString, Path.Combine(folder, PostgresName), cancellationToken); }
        if (File.Exists(data.Sandbox)) { CopySqlite($"Data Source={data.Sandbox}", Path.Combine(folder, SandboxName)); }
        foreach (var secret in Directory.EnumerateFiles(data.Path, "*.secret")) { File.Copy(secret, Path.Combine(folder, Path.GetFileName(secret))); }
        if (withRecordings) { CopyRecordings(folder, cancellationToken); }
        await BackupManifest.WriteAsync(folder, storage.Provider.ToString(), await SchemaAsync(cancellationToken), takenAt, cancellationToken);
    }

    /// <summary>The schema's version in the database.</summary>
    private async Task<int> SchemaAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        return await connection.ExecuteScalarAsync<int?>("select max(version) from schema_version") ?? 0;
    }

    // SQLite's own copy: whole, whoever writes meanwhile.
    private static void CopySqlite(string from, string to)
    {
        using var source = new SqliteConnection(from);
        using var target = new SqliteConnection($"Data Source={to};Pooling=False");
        source.Open();
        target.Open();
        source.BackupDatabase(target);
    }

    // A recording that is being written is copied as far as it is; its playlist is read again at the start.
    private void CopyRecordings(string folder, CancellationToken cancellationToken)
    {
        foreach (var recordings in Directory.EnumerateDirectories(data.Path, $"{RecordingsName}*"))
        {
            foreach (var file in Directory.EnumerateFiles(recordings, "*", SearchOption.AllDirectories))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var copy = Path.Combine(folder, Path.GetRelativePath(data.Path, file));
                Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
                try { File.Copy(file, copy); }
                catch (FileNotFoundException)
                {
                    // Its time was over between the list and the copy.
                }
            }
        }
    }
}
