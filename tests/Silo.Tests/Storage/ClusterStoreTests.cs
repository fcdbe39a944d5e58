using System.Collections.Concurrent;
using Dapper;
using LiveCommerce.Actors.Cluster;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Storage.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Silo.Tests.Storage;

public sealed class ClusterStoreTests : IAsyncLifetime
{
    private static readonly SiloEntry Entry = new("here", "http://127.0.0.1:1", "2.1");

    private TestDatabase _test = null!;
    private PostgresClusterStore _store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _test = await Databases.CreateAsync(SqlDialect.PostgreSql);
        _store = StoreOf(_test.Database, "shop");
    }

    public ValueTask DisposeAsync() => _test.DisposeAsync();

    [Fact]
    public async Task TwoSilosThatClaimAtOnce_GetDifferentShardsUnderDifferentEpochs()
    {
        var silos = new[] { await _store.JoinAsync(Entry, Token), await _store.JoinAsync(Entry, Token) };

        var claims = await Task.WhenAll(silos.Select(silo => Task.Run(() => _store.ClaimAsync(silo, 512, Token).AsTask())));

        Assert.All(claims, claim => Assert.Equal(512, claim.Count));
        Assert.Equal(Shards.Count, claims.SelectMany(claim => claim).Select(shard => shard.Shard).Distinct().Count());
        Assert.Equal(Shards.Count, claims.SelectMany(claim => claim).Select(shard => shard.Epoch).Distinct().Count());
        var view = await _store.ReadAsync(Token);
        Assert.All(view.Shards, shard => Assert.Contains(shard, claims.SelectMany(claim => claim)));
    }

    [Fact]
    public async Task SiloThatHasBeatenSince_IsNotDeclaredDead()
    {
        var (watcher, other) = (await _store.JoinAsync(Entry, Token), await _store.JoinAsync(Entry, Token));
        var seen = (await _store.BeatAsync(watcher, Token))!.Silos.Single(silo => silo.SiloId == other).Heartbeat;
        Assert.NotNull(await _store.BeatAsync(other, Token));

        Assert.False(await _store.DeclareDeadAsync(other, seen, Token));

        Assert.NotNull(await _store.BeatAsync(other, Token));
    }

    [Fact]
    public async Task DeadSilo_LosesItsShardsToHigherEpochs_AndCanNeitherBeatNorClaimNorGive()
    {
        var (watcher, victim) = (await _store.JoinAsync(Entry, Token), await _store.JoinAsync(Entry, Token));
        var owned = await _store.ClaimAsync(victim, 10, Token);

        Assert.True(await _store.DeclareDeadAsync(victim, 1, Token));

        var view = await _store.ReadAsync(Token);
        Assert.All(owned, shard =>
        {
            Assert.Null(view.Shards[shard.Shard].Owner);
            Assert.True(view.Shards[shard.Shard].Epoch > shard.Epoch);
        });
        Assert.Null(await _store.BeatAsync(victim, Token));
        Assert.Empty(await _store.ClaimAsync(victim, 10, Token));
        await _store.HandOverAsync(victim, 1, owned, watcher, Token);
        Assert.DoesNotContain((await _store.ReadAsync(Token)).Shards, shard => shard.Owner is not null);
        Assert.False(await _store.DeclareDeadAsync(victim, 1, Token));
    }

    [Fact]
    public async Task SessionsOfADeadSilo_AreCutOff()
    {
        await using var victims = StorageServices.Open(_test.Options);
        var victim = await StoreOf(victims, "shop").JoinAsync(Entry, Token);

        // It is frozen in the middle of a transaction, with a row lock in its hands.
        await using var frozen = await victims.OpenAsync(Token);
        await using var transaction = await frozen.BeginTransactionAsync(Token);
        await frozen.ExecuteAsync("select 1 from shard where shard_id = 7 for update", transaction: transaction);

        Assert.True(await _store.DeclareDeadAsync(victim, 1, Token));

        await Assert.ThrowsAnyAsync<Exception>(() => frozen.ExecuteScalarAsync<int>("select 1", transaction: transaction));
        var next = await _store.JoinAsync(Entry, Token);
        Assert.Equal(Shards.Count, (await _store.ClaimAsync(next, Shards.Count, Token)).Count);
    }

    [Fact]
    public async Task HandOverThatComesLate_TakesNothing()
    {
        var (giver, receiver) = (await _store.JoinAsync(Entry, Token), await _store.JoinAsync(Entry, Token));
        var owned = await _store.ClaimAsync(giver, 10, Token);
        var heartbeat = (await _store.BeatAsync(giver, Token))!.Silos.Single(silo => silo.SiloId == giver).Heartbeat;
        await _store.BeatAsync(giver, Token);

        await _store.HandOverAsync(giver, heartbeat, owned, receiver, Token);
        Assert.Equal(10, (await _store.ReadAsync(Token)).Shards.Count(shard => shard.Owner == giver));

        await _store.HandOverAsync(giver, heartbeat + 1, owned, receiver, Token);
        Assert.Equal(10, (await _store.ReadAsync(Token)).Shards.Count(shard => shard.Owner == receiver));
    }

    [Fact]
    public async Task DrainingSilo_IsGivenNothing_AndItsShardsBecomeFreeWhenItLeaves()
    {
        var (stays, drains) = (await _store.JoinAsync(Entry, Token), await _store.JoinAsync(Entry, Token));
        await _store.ClaimAsync(drains, 5, Token);
        var owned = await _store.ClaimAsync(stays, 5, Token);
        await _store.DrainAsync(drains, Token);

        Assert.Empty(await _store.ClaimAsync(drains, 5, Token));
        await _store.HandOverAsync(stays, 1, owned, drains, Token);
        await _store.LeaveAsync(drains, Token);

        Assert.All((await _store.ReadAsync(Token)).Shards, shard => Assert.Null(shard.Owner));
    }

    [Fact]
    public async Task AnotherClustersProcess_IsRefusedWithWhatToDo()
    {
        await _store.JoinAsync(Entry, Token);

        var refusal = await Assert.ThrowsAsync<ClusterMismatchException>(
            () => StoreOf(_test.Database, "other").JoinAsync(Entry, Token).AsTask());

        Assert.Contains("belongs to the cluster \"shop\"", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SiloTwoVersionsApart_MayJoinOnlyWhenNoneOfTheOldOnesIsAlive_AndANeighbourAtOnce()
    {
        var old = await _store.JoinAsync(Entry, Token);
        var next = Entry with { Version = "2.3" };

        var refusal = await Assert.ThrowsAsync<ClusterMismatchException>(() => _store.JoinAsync(next, Token).AsTask());
        Assert.Contains("A silo with another version is alive", refusal.Message, StringComparison.Ordinal);
        var neighbour = await _store.JoinAsync(Entry with { Version = "2.2" }, Token);
        await _store.LeaveAsync(neighbour, Token);
        foreach (var silo in (await _store.ReadAsync(Token)).Silos) { await _store.LeaveAsync(silo.SiloId, Token); }

        Assert.True(await _store.JoinAsync(next, Token) > old);
    }

    [Theory]
    [InlineData("0.1")]
    [InlineData("1")]
    public async Task SiloOfBeforeTheOldestUnderstoodVersion_MustStopFirst(string version)
    {
        var old = await _store.JoinAsync(Entry, Token);
        await using (var connection = await _test.Database.OpenAsync(Token))
        {
            await connection.ExecuteAsync("update silo set version = @version where silo_id = @old", new { version, old });
        }

        var refusal = await Assert.ThrowsAsync<ClusterMismatchException>(() => _store.JoinAsync(Entry, Token).AsTask());

        Assert.Contains("stop all silos and gateways first, then start the new version", refusal.Message, StringComparison.Ordinal);
        await _store.LeaveAsync(old, Token);
        Assert.True(await _store.JoinAsync(Entry, Token) > old);
    }

    [Fact]
    public async Task RequestsThatAreGivenUp_GiveTheirConnectionsBack()
    {
        var silo = await _store.JoinAsync(Entry, Token);
        await using var own = StorageServices.OpenForCluster(_test.Options.ConnectionString, "a test");
        var store = StoreOf(own, "shop");
        await using var other = await _test.Database.OpenAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await other.ExecuteAsync("select 1 from silo for update", transaction: transaction);

        // As many as the pool has, twice; a lock that was waited for to its end would say so instead.
        for (var round = 0; round < 2; round++)
        {
            using var wanted = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var beats = Enumerable.Range(0, 4).Select(_ => store.BeatAsync(silo, wanted.Token).AsTask()).ToList();
            await wanted.CancelAsync();
            foreach (var beat in beats) { await Assert.ThrowsAnyAsync<OperationCanceledException>(() => beat); }
        }

        await transaction.RollbackAsync(Token);
        Assert.Equal(2, (await store.BeatAsync(silo, Token))!.Silos.Single().Heartbeat);
    }

    [Fact]
    public async Task SiloThatStopsBeating_IsReplacedByTheOthers_AndOneThatDrains_LeavesNothingUnserved()
    {
        var host = new QuietHost();
        await using var first = await JoinAsync(host);
        var second = await JoinAsync(host);
        await using var third = await JoinAsync(host);
        ClusterMember[] all = [first, second, third];
        await Eventually(() => Served(all) == Shards.Count && all.All(member => member.View.Shards.Count(shard => shard.Owner == member.SiloId) is > 300 and < 400));

        // As a crash: nobody is told.
        await second.DisposeAsync();
        await Eventually(() => Served([first, third]) == Shards.Count);

        await third.DrainAsync();
        Assert.Contains(true, host.Ends);
        await Eventually(() => Served([first]) == Shards.Count);
        Assert.Equal(Shards.Count, (await _store.ReadAsync(Token)).Shards.Count(shard => shard.Owner == first.SiloId));
    }

    private static PostgresClusterStore StoreOf(Database database, string cluster) => new((PostgresDatabase)database, cluster);

    private static int Served(IEnumerable<ClusterMember> members) =>
        Enumerable.Range(0, Shards.Count).Count(shard => members.Any(member => member.EpochOf(shard) is not null));

    private async Task<ClusterMember> JoinAsync(IClusterHost host) =>
        await ClusterMember.JoinAsync(_store, Entry, host, new ClusterRules(), TimeProvider.System, NullLogger.Instance, Token);

    private static async Task Eventually(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(1));
        while (!condition()) { await timer.WaitForNextTickAsync(limit.Token); }
    }

    private sealed class QuietHost : IClusterHost
    {
        public ConcurrentBag<bool> Ends { get; } = [];

        public ValueTask ReleaseAsync(IReadOnlyCollection<int> shards, CancellationToken cancellationToken) => ValueTask.CompletedTask;

        public void Left(bool inOrder) => Ends.Add(inOrder);
    }
}
