using LiveCommerce.Silo.Storage;
using LiveCommerce.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>Fresh databases of both kinds.</summary>
internal static class Databases
{
    /// <summary>Both dialects, as theory data.</summary>
    public static TheoryData<SqlDialect> Both => [SqlDialect.Sqlite, SqlDialect.PostgreSql];

    /// <summary>A new database with today's schema.</summary>
    public static Task<TestDatabase> CreateAsync(SqlDialect dialect) => CreateAsync(dialect, upTo: int.MaxValue);

    /// <summary>A new database with the schema up to a version.</summary>
    public static async Task<TestDatabase> CreateAsync(SqlDialect dialect, int upTo)
    {
        var database = dialect == SqlDialect.Sqlite ? CreateSqlite() : await CreatePostgresAsync();
        await new Migrator(database.Database, NullLogger<Migrator>.Instance).ApplyAsync(upTo);
        return database;
    }

    private static TestDatabase CreateSqlite()
    {
        var folder = Directory.CreateTempSubdirectory("livecommerce-sqlite-").FullName;
        var options = new StorageOptions { Provider = SqlDialect.Sqlite, ConnectionString = $"Data Source={folder}/test.db" };
        return new TestDatabase(options, () => Directory.Delete(folder, recursive: true));
    }

    private static async Task<TestDatabase> CreatePostgresAsync()
    {
        var server = await PostgresServer.SharedAsync();
        var name = $"test_{Guid.CreateVersion7():N}";
        await using (var admin = new NpgsqlConnection(server.ConnectionString("postgres")))
        {
            await admin.OpenAsync();
            await using var create = new NpgsqlCommand($"create database {name}", admin);
            await create.ExecuteNonQueryAsync();
        }

        // The server's data folder goes with the test process; dropping each database would only cost time.
        return new TestDatabase(new StorageOptions { Provider = SqlDialect.PostgreSql, ConnectionString = server.ConnectionString(name) }, () => { });
    }
}

/// <summary>A database for one test. <see cref="Options"/> opens it a second time, as a restarted process would.</summary>
internal sealed class TestDatabase(StorageOptions options, Action delete) : IAsyncDisposable
{
    /// <summary>How to open it.</summary>
    public StorageOptions Options { get; } = options;

    /// <summary>The opened database.</summary>
    public Database Database { get; } = StorageServices.Open(options);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        delete();
    }
}
