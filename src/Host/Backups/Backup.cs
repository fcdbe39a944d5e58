using Dapper;
using LiveCommerce.Host.OneMachine;
using LiveCommerce.Silo.Storage;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.Host.Backups;

/// <summary>
/// Copies everything that an installation cannot make again into a folder, while it runs: the database as it is at one moment, the secrets,
/// and the sandbox's state, which is the bank's memory while there is no real one.
/// </summary>
internal sealed class Backup(Database database, StorageOptions storage, DataFolder data, string recordingsFolder, TimeProvider time)
{
    /// <summary>The database of SQLite.</summary>
    public const string SqliteName = "livecommerce.db";

    /// <summary>The database of PostgreSQL, as pg_dump writes it.</summary>
    public const string PostgresName = "database.dump";

    /// <summary>The payment sandbox's state.</summary>
    public const string SandboxName = "sandbox.db";

    /// <summary>The folder of recordings, those of every gateway of this data folder.</summary>
    public const string RecordingsName = "recordings";

    private const string InUseName = "in-use";

    /// <summary>Takes the backup.</summary>
    /// <param name="folder">Does not exist yet, or is empty.</param>
    /// <returns>The folders whose recordings are in it.</returns>
    /// <exception cref="BackupException">It cannot be taken.</exception>
    public async Task<IReadOnlyCollection<string>> TakeAsync(string folder, bool withRecordings, CancellationToken cancellationToken)
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new BackupException($"{folder} is not empty. Give a new folder to each backup.");
        }

        var recordings = withRecordings ? FindRecordings(folder) : [];
        LocalFolder.Make(folder, LocalFolder.Own);
        var takenAt = time.GetUtcNow();

        // The database first: what the provider did since then is found again by reconciliation, and nothing is known of money that the
        // provider's copy has never heard of.
        if (storage.Provider == SqlDialect.Sqlite) { CopySqlite(storage.ConnectionString, Path.Combine(folder, SqliteName)); }
        else { await PostgresTools.DumpAsync(storage.ConnectionString, Path.Combine(folder, PostgresName), cancellationToken); }
        if (File.Exists(data.Sandbox)) { CopySqlite($"Data Source={data.Sandbox}", Path.Combine(folder, SandboxName)); }
        foreach (var secret in Directory.EnumerateFiles(data.Path, "*.secret")) { File.Copy(secret, Path.Combine(folder, Path.GetFileName(secret))); }
        foreach (var (from, name) in recordings) { CopyRecordings(from, Path.Combine(folder, name), cancellationToken); }
        await BackupManifest.WriteAsync(folder, storage.Provider.ToString(), await SchemaAsync(cancellationToken), takenAt, cancellationToken);
        if (!OperatingSystem.IsWindows())
        {
            foreach (var file in FilesUnder(folder)) { File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite); }
        }

        return recordings.Keys;
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

    /// <summary>Every folder with recordings that can be seen from here, and its name in the backup.</summary>
    private Dictionary<string, string> FindRecordings(string folder)
    {
        var found = Directory.EnumerateDirectories(data.Path, $"{RecordingsName}*").ToDictionary(path => path, path => Path.GetFileName(path), StringComparer.Ordinal);
        if (recordingsFolder.Length > 0)
        {
            var configured = Path.TrimEndingDirectorySeparator(Path.GetFullPath(recordingsFolder));
            if (Directory.Exists(configured))
            {
                if (!found.Keys.Any(known => IsWithin(configured, known)))
                {
                    found[configured] = found.ContainsValue(RecordingsName) ? $"{RecordingsName}-configured" : RecordingsName;
                }
            }
            else if (configured != data.Recordings)
            {
                throw new BackupException(
                    $"Video:Recordings:Folder is {configured}, which is not here. Take the backup where the gateway runs, or without --recordings.");
            }
        }

        return found.Keys.FirstOrDefault(from => IsWithin(folder, from)) is { } around
            ? throw new BackupException($"{folder} lies within the recordings of {around}. Give the backup a folder elsewhere.")
            : found;
    }

    private static bool IsWithin(string path, string folder) =>
        path == folder || path.StartsWith(folder + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    // A recording that is being written is copied as far as it is; its playlist is read again at the start.
    private static void CopyRecordings(string from, string to, CancellationToken cancellationToken)
    {
        foreach (var file in FilesUnder(from))
        {
            cancellationToken.ThrowIfCancellationRequested();
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            try { File.Copy(file, copy); }
            catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
            {
                // Its time was over between the list and the copy.
            }
        }
    }

    // Folder by folder: one that goes meanwhile ends nothing but itself.
    private static IEnumerable<string> FilesUnder(string root)
    {
        var folders = new Stack<string>([root]);
        while (folders.TryPop(out var folder))
        {
            string[] files;
            try
            {
                files = Directory.GetFiles(folder);
                foreach (var inner in Directory.GetDirectories(folder)) { folders.Push(inner); }
            }
            catch (DirectoryNotFoundException)
            {
                continue;
            }

            // A gateway that runs has locked the file that says so.
            foreach (var file in files.Where(file => Path.GetFileName(file) != InUseName)) { yield return file; }
        }
    }
}
