using LiveCommerce.Tests.Shared;

[assembly: AssemblyFixture(typeof(LiveCommerce.EndToEnd.Tests.RunOnTheirOwn))]

// Each test starts whole processes: side by side they would only measure how busy the machine is.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: LiveCommerce.EndToEnd.Tests.EvidenceOfFailures]

namespace LiveCommerce.EndToEnd.Tests;

/// <summary>Ends the database server with the last test.</summary>
public sealed class RunOnTheirOwn : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => PostgresServer.StopSharedAsync();
}
