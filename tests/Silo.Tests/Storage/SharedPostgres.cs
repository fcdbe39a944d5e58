using LiveCommerce.Tests.Shared;

[assembly: AssemblyFixture(typeof(LiveCommerce.Silo.Tests.Storage.SharedPostgres))]

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>
/// Ends the database server with the last test. Left to the end of the process, removing a hundred databases takes longer than the
/// test runner waits, and it reports a failed run.
/// </summary>
public sealed class SharedPostgres : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => PostgresServer.StopSharedAsync();
}
