using System.Security.Cryptography;
using System.Text.Json;

namespace LiveCommerce.Host.Backups;

/// <summary>What a backup holds: written last, so a folder without one is no backup.</summary>
/// <param name="Format">Of this record; a program reads its own and older ones.</param>
/// <param name="Provider">Sqlite or PostgreSql: it is restored into the same.</param>
/// <param name="Schema">The schema's version.</param>
/// <param name="TakenAt">When the copy of the database began. What was acknowledged later is not in it.</param>
/// <param name="Files">SHA-256 in hex of every file, by its path in the backup.</param>
internal sealed record BackupManifest(int Format, string Provider, int Schema, DateTimeOffset TakenAt, IReadOnlyDictionary<string, string> Files)
{
    /// <summary>Written now.</summary>
    public const int FormatNow = 1;

    /// <summary>The manifest's own name.</summary>
    public const string FileName = "backup.json";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes it for the files of a folder.</summary>
    public static async Task WriteAsync(string folder, string provider, int schema, DateTimeOffset takenAt, CancellationToken cancellationToken)
    {
        var files = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            files[Path.GetRelativePath(folder, file)] = await HashAsync(file, cancellationToken);
        }

        var text = JsonSerializer.Serialize(new BackupManifest(FormatNow, provider, schema, takenAt, files), Json);
        await File.WriteAllTextAsync(Path.Combine(folder, FileName), text, cancellationToken);
    }

    /// <summary>Reads it and looks at every file.</summary>
    /// <exception cref="BackupException">It is no backup, or not what was written.</exception>
    public static async Task<BackupManifest> ReadAsync(string folder, CancellationToken cancellationToken)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file)) { throw new BackupException($"{folder} is no backup: {FileName} is missing. A backup that was cut off has none; take another."); }

        BackupManifest manifest;
        try
        {
            manifest = JsonSerializer.Deserialize<BackupManifest>(await File.ReadAllTextAsync(file, cancellationToken), Json)
                ?? throw new JsonException("It is empty.");
        }
        catch (JsonException unreadable)
        {
            throw new BackupException($"{file} cannot be read: {unreadable.Message}");
        }

        if (manifest.Format > FormatNow) { throw new BackupException("This backup was taken by a newer program. Restore it with that one."); }
        foreach (var (name, hash) in manifest.Files)
        {
            var path = Path.GetFullPath(Path.Combine(folder, name));
            if (!path.StartsWith(Path.GetFullPath(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal) || !File.Exists(path))
            {
                throw new BackupException($"{name} is missing in the backup.");
            }

            if (await HashAsync(path, cancellationToken) != hash) { throw new BackupException($"{name} is not what the backup wrote: its checksum differs. Use another backup."); }
        }

        return manifest;
    }

    private static async Task<string> HashAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }
}

/// <summary>A backup cannot be taken or restored: the message says why and what to do.</summary>
internal sealed class BackupException(string message) : Exception(message);
