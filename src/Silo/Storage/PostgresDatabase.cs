using System.Data;
using System.Data.Common;
using Npgsql;

namespace LiveCommerce.Silo.Storage;

/// <summary>PostgreSQL over one pooled data source.</summary>
internal sealed class PostgresDatabase : Database
{
    /// <summary>How long a server that was asked to break a request off may take to say so, before its connection is given up.</summary>
    private const int BreakOffMilliseconds = 500;

    private readonly NpgsqlDataSource _source;

    /// <summary>Opens a pool of connections; none is made before it is needed.</summary>
    /// <param name="session">Null: a name of its own. A second pool of one process bears the name of the first.</param>
    /// <param name="connectionsMax">Null: as the connection string or its default says.</param>
    /// <param name="secondsMax">Seconds that a command, or getting a connection, may take. Null: as the connection string or its default says.</param>
    public PostgresDatabase(string connectionString, string? session = null, int? connectionsMax = null, int? secondsMax = null)
    {
        Session = session ?? $"livecommerce-{Guid.CreateVersion7():N}"[..^8];
        var builder = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = Session,

            // A frozen process must not keep row locks: the server ends its transaction (cluster.md, server backstops).
            Options = "-c idle_in_transaction_session_timeout=2000 -c lock_timeout=2000 -c statement_timeout=5000",
        };
        if (connectionsMax is { } max)
        {
            builder.MaxPoolSize = max;
            builder.MinPoolSize = Math.Min(builder.MinPoolSize, max);
        }

        if (secondsMax is { } seconds)
        {
            (builder.CommandTimeout, builder.Timeout) = (seconds, seconds);
            builder.CancellationTimeout = BreakOffMilliseconds;
        }

        _source = new NpgsqlDataSourceBuilder(builder.ConnectionString).Build();
    }

    /// <summary>
    /// As which the connections of this process appear in pg_stat_activity: by it the others cut off a silo that is dead but holds locks.
    /// </summary>
    public string Session { get; }

    public override SqlDialect Dialect => SqlDialect.PostgreSql;

    public override async ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken = default) =>
        await _source.OpenConnectionAsync(cancellationToken);

    public override Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work) => WriteAsync(work, CancellationToken.None);

    /// <summary>The same, given up where <paramref name="cancellationToken"/> says so before the commit begins.</summary>
    public async Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await _source.OpenConnectionAsync(cancellationToken);
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            var result = await work(connection, transaction);
            cancellationToken.ThrowIfCancellationRequested();
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        }
        catch when (connection.State != ConnectionState.Open)
        {
            // When one connection breaks, the server has most likely gone, and with it every connection that waits in the pool:
            // without this, each would be found dead by a write of its own.
            _source.Clear();
            throw;
        }
    }

    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
