using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace LiveCommerce.Host.Backups;

/// <summary>PostgreSQL's own programs for copies of a database. Passwords go by the environment, not by arguments that others can read.</summary>
internal static class PostgresTools
{
    private static readonly string[] Folders = ["/usr/lib/postgresql/18/bin", "/usr/lib/postgresql/17/bin", "/usr/lib/postgresql/16/bin", "/usr/lib/postgresql/15/bin"];

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
        var start = new ProcessStartInfo(Find(name)) { UseShellExecute = false, RedirectStandardError = true };
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

    // The newest: an older pg_dump refuses a newer server.
    private static string Find(string name)
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return Folders.Concat(path).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new BackupException($"{name} is not installed: apt-get install postgresql-client-15, or the version of your server.");
    }
}
