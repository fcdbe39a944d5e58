using System.Collections.Concurrent;
using Dapper;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Storage.Cluster;
using LiveCommerce.Tests.Shared;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Tests.Storage;

/// <summary>A database that is slow, full, or gone for a while: silos stop serving, nobody is declared dead, and all go on by themselves.</summary>
public sealed class ClusterTroubleTests : IAsyncLifetime
{
    private readonly Quiet _host = new();
    private readonly List<ClusterMember> _members = [];
    private readonly List<Database> _databases = [];
    private PostgresServer _server = null!;
    private string _connection = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // One of its own: it is stopped.
        _server = await PostgresServer.StartAsync(settings: []);
        _connection = _server.ConnectionString("postgres");
        await using var database = Open();
        await new Migrator(database, Microsoft.Extensions.Logging.Abstractions.NullLogger<Migrator>.Instance).ApplyAsync();
        for (var number = 0; number < 2; number++) { _members.Add(await JoinAsync()); }
        await EventuallyAsync(AllServe);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members) { await member.DisposeAsync(); }
        foreach (var database in _databases) { await database.DisposeAsync(); }
        await _server.DisposeAsync();
    }

    [Fact]
    public async Task DatabaseThatIsSlow_FencesTheSilos_AndWhenItIsQuickAgainTheyServeAsBefore()
    {
        var before = Alive();
        await using var other = Open();
        await using (var connection = await other.OpenAsync(Token))
        {
            await connection.ExecuteAsync("set idle_in_transaction_session_timeout = 0; set statement_timeout = 0");
            await using var transaction = await connection.BeginTransactionAsync(Token);
            await connection.ExecuteAsync("lock table silo in access exclusive mode", transaction: transaction);
            await AllAreFencedAsync();
            await transaction.RollbackAsync(Token);
        }

        await IsAsBeforeAsync(before);
    }

    [Fact]
    public async Task DatabaseThatIsFull_FencesTheSilos_SaysWhy_AndWhenThereIsRoomAgainTheyServeAsBefore()
    {
        // What the server answers when its disk is full: no test may fill one.
        var before = Alive();
        await using var other = Open();
        await using (var connection = await other.OpenAsync(Token))
        {
            await connection.ExecuteAsync(
                """
                create function full_disk() returns trigger language plpgsql as
                $$ begin raise exception 'could not extend file: No space left on device' using errcode = '53100'; end $$;
                create trigger full_disk before update on silo for each statement execute function full_disk()
                """);
            await AllAreFencedAsync();
            Assert.Contains(_host.Lines, line => line.StartsWith("1108:", StringComparison.Ordinal) && line.Contains("its disk is full", StringComparison.Ordinal));
            await connection.ExecuteAsync("drop trigger full_disk on silo");
        }

        await IsAsBeforeAsync(before);
    }

    [Fact]
    public async Task DatabaseThatIsGone_FencesTheSilos_AndWhenItIsBackTheyServeAsBefore()
    {
        var before = Alive();
        await _server.StopAtOnceAsync();
        await AllAreFencedAsync();
        await _server.StartAgainAsync();

        await IsAsBeforeAsync(before);
    }

    [Fact]
    public async Task GatewayOfAnotherCluster_IsRefusedToo()
    {
        await using var other = Open();

        var refusal = await Assert.ThrowsAsync<ClusterMismatchException>(() => new PostgresClusterStore((PostgresDatabase)other, "other").ReadAsync(Token).AsTask());

        Assert.Contains("belongs to the cluster \"shop\"", refusal.Message, StringComparison.Ordinal);
    }

    private Task AllAreFencedAsync()
    {
        // Longer than the time after which a silo that alone is silent would be dead.
        var since = TimeProvider.System.GetTimestamp();
        return EventuallyAsync(() => _members.All(member => member.IsFenced) && TimeProvider.System.GetElapsedTime(since) > new ClusterRules().DeadAfter * 1.4);
    }

    private async Task IsAsBeforeAsync(IReadOnlyList<long> before)
    {
        await EventuallyAsync(AllServe);
        Assert.Empty(_host.Ends);
        Assert.Equal(before, Alive());
    }

    private List<long> Alive() => [.. _members[0].View.Silos.Select(silo => silo.SiloId)];

    private bool AllServe() => _members.All(member => member.View.Silos.Count == 2 && !member.IsFenced)
        && Enumerable.Range(0, Shards.Count).All(shard => _members.Count(member => member.EpochOf(shard) is not null) == 1);

    private Database Open() => StorageServices.Open(new StorageOptions { Provider = SqlDialect.PostgreSql, ConnectionString = _connection });

    private async Task<ClusterMember> JoinAsync()
    {
        var database = StorageServices.OpenForCluster(_connection, $"test-{_databases.Count}");
        _databases.Add(database);
        return await ClusterMember.JoinAsync(
            new PostgresClusterStore(database, "shop"), new SiloEntry("here", "http://127.0.0.1:1", "2.1"), _host, new ClusterRules(),
            TimeProvider.System, _host, Token);
    }

    private static async Task EventuallyAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition()) { await timer.WaitForNextTickAsync(limit.Token); }
    }

    private sealed class Quiet : IClusterHost, ILogger
    {
        public ConcurrentBag<bool> Ends { get; } = [];

        public ConcurrentQueue<string> Lines { get; } = new();

        public ValueTask ReleaseAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Left(bool inOrder) => Ends.Add(inOrder);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{eventId.Id}: {formatter(state, exception)}");
    }
}
