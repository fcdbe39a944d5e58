using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace LiveCommerce.Silo.Storage;

/// <summary>SQLite: one file, many readers, and one writer at a time in this process.</summary>
internal sealed class SqliteDatabase : Database
{
    /// <summary>How long a statement waits for another process (a backup, a second connection of Identity) before it fails.</summary>
    private const int BusyTimeoutMs = 5_000;

    private readonly string _connectionString;
    private readonly SemaphoreSlim _writer = new(1, 1);
    private SqliteConnection? _writing;

    public SqliteDatabase(string connectionString)
    {
        var builder = new SqliteConnectionStringBuilder(connectionString);
        if (Path.GetDirectoryName(builder.DataSource) is { Length: > 0 } folder) { Directory.CreateDirectory(folder); }
        _connectionString = builder.ToString();
    }

    public override SqlDialect Dialect => SqlDialect.Sqlite;

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken = default) =>
        await ConnectAsync(cancellationToken);

    public override async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work)
    {
        // SQLite allows one writer; waiting here, in order, is cheaper and fairer than its busy handler.
        await _writer.WaitAsync();
        try
        {
            _writing ??= await ConnectAsync(CancellationToken.None);

            // Not deferred: a transaction that begins with a read could not become a writer after somebody else's commit.
            await using var transaction = _writing.BeginTransaction(IsolationLevel.Serializable, deferred: false);
            var result = await work(_writing, transaction);
            await transaction.CommitAsync();
            return result;
        }
        finally
        {
            _writer.Release();
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await _writer.WaitAsync();
        if (_writing is not null) { await _writing.DisposeAsync(); }
        SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        _writer.Dispose();
    }

    private async ValueTask<SqliteConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        var connection = new SqliteConnection(_connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            await using var pragma = connection.CreateCommand();

            // FULL, not NORMAL: in WAL mode NORMAL may lose the last commits at a power cut, and they were acknowledged.
            pragma.CommandText = $"""
                pragma journal_mode=WAL;
                pragma synchronous=FULL;
                pragma foreign_keys=ON;
                pragma busy_timeout={BusyTimeoutMs};
                """;
            await pragma.ExecuteNonQueryAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
