using System.Data.Common;
using Dapper;
using LiveCommerce.Actors.Cluster;

namespace LiveCommerce.Silo.Storage.Cluster;

/// <summary>
/// Silos and shards in PostgreSQL. Whatever a silo does to shards locks its own row first, so a beat and a late request of the same
/// silo come one after the other, and so does a declaration of death.
/// </summary>
internal sealed class PostgresClusterStore(PostgresDatabase database, string clusterName) : IClusterStore, IAsyncDisposable
{
    /// <summary>Dead silos that are kept for people to look at.</summary>
    private const int DeadKept = 64;

    public async ValueTask<long> JoinAsync(SiloEntry entry, CancellationToken cancellationToken) =>
        await DoAsync(async work =>
        {
            var name = await work.ScalarAsync<string>(
                """
                insert into cluster_identity(one, name) values (1, @clusterName) on conflict (one) do nothing;
                select name from cluster_identity where one = 1 for share
                """,
                new { clusterName });
            if (name != clusterName) { throw OtherCluster(name); }

            foreach (var alive in await work.QueryAsync<string>("select version from silo where status <> 3"))
            {
                if (SiloVersion.ProblemOf(entry.Version, alive) is { } problem) { throw new ClusterMismatchException(problem); }
            }

            await work.ExecuteAsync(
                """
                delete from silo where status = 3 and silo_id not in (select silo_id from silo where status = 3 order by silo_id desc limit @DeadKept)
                """,
                new { DeadKept });
            return await work.ScalarAsync<long>(
                """
                insert into silo(name, link_url, version, session, status, heartbeat) values (@Name, @LinkUrl, @Version, @Session, 1, 1)
                returning silo_id
                """,
                new { entry.Name, entry.LinkUrl, entry.Version, database.Session });
        }, cancellationToken);

    public async ValueTask<ClusterView?> BeatAsync(long silo, CancellationToken cancellationToken) =>
        await DoAsync(async work =>
            await work.ExecuteAsync(
                "update silo set heartbeat = heartbeat + 1 where silo_id = @silo and status <> 3", new { silo }) == 1
                ? await ReadAsync(work)
                : null,
            cancellationToken);

    public async ValueTask<bool> DeclareDeadAsync(long victim, long heartbeatSeen, CancellationToken cancellationToken) =>
        await DoAsync(async work =>
        {
            var victimsSession = await work.ScalarAsync<string>(
                "update silo set status = 3 where silo_id = @victim and heartbeat = @heartbeatSeen and status <> 3 returning session",
                new { victim, heartbeatSeen });
            if (victimsSession is null) { return false; }

            await FreeAsync(work, victim);

            // It may be frozen with row locks in its hands.
            await work.ExecuteAsync(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = @victimsSession and datname = current_database() and usename = current_user and pid <> pg_backend_pid()
                """,
                new { victimsSession });
            return true;
        }, cancellationToken);

    public async ValueTask<IReadOnlyList<ShardRow>> ClaimAsync(long silo, int count, CancellationToken cancellationToken) =>
        await DoAsync<IReadOnlyList<ShardRow>>(async work =>
        {
            if (await StatusAsync(work, silo) != SiloStatus.Active) { return []; }

            var free = (await work.QueryAsync<int>(
                "select shard_id from shard where owner is null order by shard_id limit @count for update skip locked",
                new { count })).AsList();
            return await GiveAsync(work, free, silo);
        }, cancellationToken);

    public async ValueTask HandOverAsync(
        long silo, long heartbeat, IReadOnlyList<ShardRow> shards, long? to, CancellationToken cancellationToken) =>
        await DoAsync(async work =>
        {
            var now = await work.ScalarAsync<long?>(
                "select heartbeat from silo where silo_id = @silo and status <> 3 for share", new { silo });
            if (now != heartbeat) { return false; }

            var receiver = to is { } id && await StatusAsync(work, id) == SiloStatus.Active ? to : null;
            var still = (await work.QueryAsync<int>(
                """
                select shard.shard_id from shard
                join unnest(@ids::integer[], @epochs::bigint[]) as given(shard_id, epoch) using (shard_id)
                where shard.owner = @silo and shard.epoch = given.epoch
                order by shard.shard_id for update of shard
                """,
                new { silo, ids = shards.Select(shard => shard.Shard).ToArray(), epochs = shards.Select(shard => shard.Epoch).ToArray() })).AsList();
            await GiveAsync(work, still, receiver);
            return true;
        }, cancellationToken);

    public async ValueTask DrainAsync(long silo, CancellationToken cancellationToken) =>
        await DoAsync(work => work.ExecuteAsync(
            "update silo set status = 2 where silo_id = @silo and status = 1", new { silo }), cancellationToken);

    public async ValueTask LeaveAsync(long silo, CancellationToken cancellationToken) =>
        await DoAsync(async work =>
        {
            await work.ExecuteAsync("update silo set status = 3 where silo_id = @silo", new { silo });
            await FreeAsync(work, silo);
            return true;
        }, cancellationToken);

    public async ValueTask<ClusterView> ReadAsync(CancellationToken cancellationToken) =>
        await DoAsync(async work =>
        {
            // Nobody has joined yet: then it is as much this cluster's as any other's.
            var name = await work.ScalarAsync<string?>("select name from cluster_identity where one = 1");
            return name is null || name == clusterName ? await ReadAsync(work) : throw OtherCluster(name);
        }, cancellationToken);

    private ClusterMismatchException OtherCluster(string? name) => new(
        $"This database belongs to the cluster \"{name}\", and this process was started for \"{clusterName}\". " +
        "Give each cluster a database of its own, or correct Cluster:Name.");

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static async Task<ClusterView> ReadAsync(Work work)
    {
        using var both = await work.QueryMultipleAsync(
            """
            select silo_id, name, link_url, version, status, heartbeat from silo where status <> 3 order by silo_id;
            select shard_id, owner, epoch from shard order by shard_id
            """);
        var silos = await both.ReadAsync<(long Id, string Name, string LinkUrl, string Version, short Status, long Heartbeat)>();
        var shards = await both.ReadAsync<(int Id, long? Owner, long Epoch)>();
        return new ClusterView(
            [.. silos.Select(row => new SiloRow(row.Id, row.Name, row.LinkUrl, row.Version, (SiloStatus)row.Status, row.Heartbeat))],
            [.. shards.Select(row => new ShardRow(row.Id, row.Owner, row.Epoch))]);
    }

    /// <summary>The status, which stays so until the transaction ends; null: there is no such silo.</summary>
    private static async Task<SiloStatus?> StatusAsync(Work work, long silo) =>
        (SiloStatus?)await work.ScalarAsync<short?>(
            "select status from silo where silo_id = @silo for share", new { silo });

    private static async Task FreeAsync(Work work, long owner)
    {
        var owned = (await work.QueryAsync<int>(
            "select shard_id from shard where owner = @owner order by shard_id for update", new { owner })).AsList();
        await GiveAsync(work, owned, null);
    }

    private static async Task<IReadOnlyList<ShardRow>> GiveAsync(Work work, List<int> shards, long? to)
    {
        if (shards.Count == 0) { return []; }

        var last = await work.ScalarAsync<long>(
            "update epoch_sequence set last = last + @Count returning last", new { shards.Count });
        var first = last - shards.Count + 1;
        await work.ExecuteAsync(
            """
            update shard set owner = @to, epoch = given.epoch
            from unnest(@ids::integer[], @epochs::bigint[]) as given(shard_id, epoch) where shard.shard_id = given.shard_id
            """,
            new { to, ids = shards.ToArray(), epochs = shards.Select((_, index) => first + index).ToArray() });
        return [.. shards.Select((shard, index) => new ShardRow(shard, to, first + index))];
    }

    private Task<T> DoAsync<T>(Func<Work, Task<T>> step, CancellationToken cancellationToken) =>
        database.WriteAsync((connection, transaction) => step(new Work(connection, transaction, cancellationToken)), cancellationToken);

    /// <summary>One transaction, broken off in the middle of a command when nobody waits for it any more.</summary>
    private sealed class Work(DbConnection connection, DbTransaction transaction, CancellationToken cancellationToken)
    {
        public Task<int> ExecuteAsync(string sql, object? with = null) => connection.ExecuteAsync(Command(sql, with));

        public Task<T?> ScalarAsync<T>(string sql, object? with = null) => connection.ExecuteScalarAsync<T>(Command(sql, with));

        public Task<IEnumerable<T>> QueryAsync<T>(string sql, object? with = null) => connection.QueryAsync<T>(Command(sql, with));

        public Task<SqlMapper.GridReader> QueryMultipleAsync(string sql) => connection.QueryMultipleAsync(Command(sql, null));

        private CommandDefinition Command(string sql, object? with) => new(sql, with, transaction, cancellationToken: cancellationToken);
    }
}
