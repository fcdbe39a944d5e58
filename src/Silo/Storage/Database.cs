using System.Data.Common;

namespace LiveCommerce.Silo.Storage;

/// <summary>The database of this process: opens connections and commits writes.</summary>
public abstract class Database : IAsyncDisposable
{
    /// <summary>Which SQL it speaks.</summary>
    public abstract SqlDialect Dialect { get; }

    /// <summary>An open connection for reading. The caller disposes it.</summary>
    public abstract ValueTask<DbConnection> OpenAsync(CancellationToken cancellationToken = default);

    /// <summary>Runs <paramref name="work"/> in one transaction and commits it; durable when the task completes.</summary>
    /// <remarks>
    /// An exception rolls back, save for one thrown by the commit itself: then the outcome is unknown and the caller must look.
    /// No cancellation token: what is being committed is not stopped halfway.
    /// </remarks>
    public abstract Task<T> WriteAsync<T>(Func<DbConnection, DbTransaction, Task<T>> work);

    /// <summary>As <see cref="WriteAsync{T}"/>, with nothing to return.</summary>
    public async Task WriteAsync(Func<DbConnection, DbTransaction, Task> work)
    {
        await WriteAsync(async (connection, transaction) =>
        {
            await work(connection, transaction);
            return 0;
        });
    }

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();
}
