using System.Collections.Concurrent;
using Dapper;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerDurabilityTests
{
    [Fact]
    public async Task DatabaseSetUpToLoseCommits_IsWarnedOfAtStart()
    {
        await using var test = await Databases.CreateAsync(SqlDialect.PostgreSql);
        await using (var connection = await test.Database.OpenAsync())
        {
            await connection.ExecuteAsync($"alter database {await connection.ExecuteScalarAsync<string>("select current_database()")} set synchronous_commit = off");
        }

        // The setting counts for connections made from here on.
        await using var restarted = StorageServices.Open(test.Options);
        var log = new Recorder();
        await new LedgerDurabilityCheck(SqlLedgerStore.For(restarted), log).StartAsync(default);

        Assert.Equal(["PostgreSQL runs with synchronous_commit = off: a crash can lose acknowledged gifts."], log.Lines);
    }

    /// <summary>Keeps what was logged.</summary>
    private sealed class Recorder : ILogger<LedgerDurabilityCheck>
    {
        public ConcurrentQueue<string> Lines { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
