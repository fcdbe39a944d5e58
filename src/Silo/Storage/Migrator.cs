using System.Collections.Immutable;
using System.Data.Common;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Storage;

/// <summary>One versioned step of the schema.</summary>
/// <param name="Version">Counts up from 1 without a hole per dialect.</param>
/// <param name="Name">What it brings.</param>
/// <param name="Sql">The statements.</param>
public sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the SQL, in hex: an applied step must never change.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql.ReplaceLineEndings("\n"))));
}

/// <summary>The stored schema cannot be used by this program: newer, or changed behind its back. The message says what to do.</summary>
public sealed class SchemaMismatchException(string message) : Exception(message);

/// <summary>Brings a database to the schema of this program: each step once, in order, in a transaction of its own.</summary>
public sealed partial class Migrator(Database database, ILogger<Migrator> logger)
{
    /// <summary>Serialises two processes that migrate one PostgreSQL database; any constant that nobody else uses.</summary>
    private const long AdvisoryLock = 0x4C43_4D49_4752;

    /// <summary>The steps this program knows for a dialect, in order.</summary>
    public static ImmutableArray<Migration> Known(SqlDialect dialect)
    {
        var assembly = typeof(Migrator).Assembly;
        var prefix = $"LiveCommerce.Silo.Storage.Migrations.{dialect}.";
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => Parse(assembly, name, name[prefix.Length..]))
            .OrderBy(step => step.Version)];
    }

    /// <summary>Applies what is missing.</summary>
    /// <param name="upTo">The last version to apply; for upgrade tests.</param>
    /// <returns>The steps that were applied now.</returns>
    /// <exception cref="SchemaMismatchException">The database is newer than the program, or an applied step has changed.</exception>
    public async Task<ImmutableArray<Migration>> ApplyAsync(int upTo = int.MaxValue)
    {
        var known = Known(database.Dialect);
        await database.WriteAsync(CreateVersionTable);
        var applied = ImmutableArray.CreateBuilder<Migration>();
        foreach (var step in known.Where(step => step.Version <= upTo))
        {
            if (await database.WriteAsync((connection, transaction) => ApplyStep(connection, transaction, step)))
            {
                Log.Applied(logger, step.Version, step.Name);
                applied.Add(step);
            }
        }

        await RefuseNewer(known);
        return applied.ToImmutable();
    }

    /// <summary>Looks whether the schema is this program's, and changes nothing.</summary>
    /// <exception cref="SchemaMismatchException">It is older or newer, or a step has changed.</exception>
    public async Task CheckAsync()
    {
        var known = Known(database.Dialect);
        var stored = await StoredAsync();
        var missing = known.Where(step => !stored.ContainsKey(step.Version)).ToList();
        if (missing.Count > 0)
        {
            throw new SchemaMismatchException(
                $"The database lacks schema step {missing[0].Version} ({missing[0].Name})"
                + (missing.Count > 1 ? $" and {missing.Count - 1} more" : "")
                + ", and Storage:Migrate is off. Run `livecommerce migrate` with this program first.");
        }

        foreach (var step in known.Where(step => stored[step.Version] != step.Checksum)) { throw Changed(step); }
        await RefuseNewer(known);
    }

    private static SchemaMismatchException Changed(Migration step) => new(
        $"Schema step {step.Version} ({step.Name}) was applied with other content. Restore the program version that made this database, or a backup.");

    private async Task<Dictionary<int, string>> StoredAsync()
    {
        await using var connection = await database.OpenAsync();
        var exists = await connection.ExecuteScalarAsync<long>(database.Dialect == SqlDialect.PostgreSql
            ? "select count(*) from information_schema.tables where table_schema = current_schema() and table_name = 'schema_version'"
            : "select count(*) from sqlite_master where type = 'table' and name = 'schema_version'");
        if (exists == 0) { return []; }
        var rows = await connection.QueryAsync<(int Version, string Checksum)>("select version, checksum from schema_version");
        return rows.ToDictionary(row => row.Version, row => row.Checksum);
    }

    private async Task CreateVersionTable(DbConnection connection, DbTransaction transaction)
    {
        await LockAsync(connection, transaction);
        await connection.ExecuteAsync(
            "create table if not exists schema_version(version integer primary key, name text not null, checksum text not null)",
            transaction: transaction);
    }

    private async Task<bool> ApplyStep(DbConnection connection, DbTransaction transaction, Migration step)
    {
        await LockAsync(connection, transaction);
        var stored = await connection.QuerySingleOrDefaultAsync<string?>(
            "select checksum from schema_version where version = @Version", new { step.Version }, transaction);
        if (stored is not null)
        {
            return stored == step.Checksum
                ? false
                : throw Changed(step);
        }

        await connection.ExecuteAsync(step.Sql, transaction: transaction, commandTimeout: 0);
        await connection.ExecuteAsync(
            "insert into schema_version(version, name, checksum) values (@Version, @Name, @Checksum)",
            new { step.Version, step.Name, step.Checksum }, transaction);
        return true;
    }

    private async Task RefuseNewer(ImmutableArray<Migration> known)
    {
        await using var connection = await database.OpenAsync();
        var newest = await connection.ExecuteScalarAsync<int?>("select max(version) from schema_version") ?? 0;
        var last = known.IsEmpty ? 0 : known[^1].Version;
        if (newest > last)
        {
            throw new SchemaMismatchException(
                $"The database has schema version {newest} and this program knows {last}. Start the newer program, or restore a backup.");
        }
    }

    private async Task LockAsync(DbConnection connection, DbTransaction transaction)
    {
        if (database.Dialect == SqlDialect.PostgreSql)
        {
            // A step may build an index over years of messages, and another process may be at it: both take as long as they take.
            await connection.ExecuteAsync(
                "set local statement_timeout = 0; set local lock_timeout = 0; set local idle_in_transaction_session_timeout = 0",
                transaction: transaction);
            await connection.ExecuteAsync("select pg_advisory_xact_lock(@AdvisoryLock)", new { AdvisoryLock }, transaction, commandTimeout: 0);
        }
    }

    private static Migration Parse(Assembly assembly, string resource, string file)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        var name = Path.GetFileNameWithoutExtension(file);
        var split = name.IndexOf('_', StringComparison.Ordinal);
        return new Migration(int.Parse(name[..split]), name[(split + 1)..], reader.ReadToEnd());
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 7001, Level = LogLevel.Information, Message = "Schema step {Version} ({Name}) applied")]
        public static partial void Applied(ILogger logger, int version, string name);
    }
}
