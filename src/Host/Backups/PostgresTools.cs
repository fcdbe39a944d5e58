using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LiveCommerce.Host.Backups;

/// <summary>PostgreSQL's own programs for copies of a database. Passwords go by the environment, not by arguments that others can read.</summary>
internal static class PostgresTools
{
    /// <summary>Where Debian and Ubuntu lay them, one folder a major version.</summary>
    private const string Versions = "/usr/lib/postgresql";

    /// <summary>Writes the whole database, as it is at one moment, while it is used.</summary>
    public static Task DumpAsync(string connectionString, string file, CancellationToken cancellationToken) =>
        RunAsync("pg_dump", connectionString, ["--format=custom", "--no-owner", "--no-privileges", $"--file={file}"], cancellationToken);

    /// <summary>Reads it into an empty database, all or nothing.</summary>
    public static Task RestoreAsync(string connectionString, string file, CancellationToken cancellationToken) =>
        RunAsync(
            "pg_restore", connectionString,
            ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction", $"--dbname={new NpgsqlConnectionStringBuilder(connectionString).Database}", file],
            cancellationToken);

    private static async Task RunAsync(string name, string connectionString, string[] arguments, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        var start = new ProcessStartInfo(Find(name, await ServerVersionAsync(connectionString, cancellationToken))) { UseShellExecute = false, RedirectStandardError = true };
        foreach (var argument in arguments) { start.ArgumentList.Add(argument); }
        start.Environment["PGHOST"] = settings.Host;
        start.Environment["PGPORT"] = settings.Port.ToString(CultureInfo.InvariantCulture);
        start.Environment["PGDATABASE"] = settings.Database;
        if (settings.Username is { Length: > 0 } user) { start.Environment["PGUSER"] = user; }
        if (settings.Password is { Length: > 0 } password) { start.Environment["PGPASSWORD"] = password; }
        if (settings.Passfile is { Length: > 0 } passfile) { start.Environment["PGPASSFILE"] = passfile; }
        if (settings.SslMode is SslMode.Require or SslMode.VerifyCA or SslMode.VerifyFull)
        {
            start.Environment["PGSSLMODE"] = settings.SslMode switch { SslMode.VerifyCA => "verify-ca", SslMode.VerifyFull => "verify-full", _ => "require" };
            if (settings.RootCertificate is { Length: > 0 } root) { start.Environment["PGSSLROOTCERT"] = root; }
        }

        using var process = Process.Start(start) ?? throw new BackupException($"{name} could not be started.");
        try
        {
            var said = await process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            if (process.ExitCode != 0) { throw new BackupException($"{name} ended with {process.ExitCode}: {said.Trim()}"); }
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    // The server's own version, else the next higher: an older pg_dump refuses a newer server, and an older pg_restore a newer pg_dump's file.
    private static string Find(string name, int version)
    {
        var installed = Directory.Exists(Versions)
            ? Directory.EnumerateDirectories(Versions)
                .Select(folder => (Folder: Path.Combine(folder, "bin"), Version: int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var number) ? number : 0))
                .Where(found => found.Version >= version)
                .OrderBy(found => found.Version)
                .Select(found => found.Folder)
            : [];
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return installed.Concat(path).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new BackupException($"{name} is not installed: apt-get install postgresql-client-{version}, the version of your server, or a newer one.");
    }

    private static async Task<int> ServerVersionAsync(string connectionString, CancellationToken cancellationToken)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var show = new NpgsqlCommand("show server_version_num", connection);
        return int.Parse((string)(await show.ExecuteScalarAsync(cancellationToken))!, CultureInfo.InvariantCulture) / 10_000;
    }
}
