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
        await database.WriteAsync(async (connection, transaction) =>
        {
            var name = await connection.ExecuteScalarAsync<string>(
                """
                insert into cluster_identity(one, name) values (1, @clusterName) on conflict (one) do nothing;
                select name from cluster_identity where one = 1 for share
                """,
                new { clusterName }, transaction);
            if (name != clusterName) { throw OtherCluster(name); }

            var other = await connection.ExecuteScalarAsync<string>(
                "select version from silo where status <> 3 and abs(split_part(version, '.', 1)::integer - split_part(@Version, '.', 1)::integer) > 1 limit 1",
                entry, transaction);
            if (other is not null)
            {
                throw new ClusterMismatchException(
                    $"A silo with another version is alive in this cluster: it speaks contracts {other}, and this process speaks {entry.Version}. " +
                    "Only neighbouring versions work together: go through those between them one after another, or stop the others first.");
            }

            await connection.ExecuteAsync(
                """
                delete from silo where status = 3 and silo_id not in (select silo_id from silo where status = 3 order by silo_id desc limit @DeadKept)
                """,
                new { DeadKept }, transaction);
            return await connection.ExecuteScalarAsync<long>(
                """
                insert into silo(name, link_url, version, session, status, heartbeat) values (@Name, @LinkUrl, @Version, @Session, 1, 1)
                returning silo_id
                """,
                new { entry.Name, entry.LinkUrl, entry.Version, database.Session }, transaction);
        });

    public async ValueTask<ClusterView?> BeatAsync(long silo, CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
            await connection.ExecuteAsync(
                "update silo set heartbeat = heartbeat + 1 where silo_id = @silo and status <> 3", new { silo }, transaction) == 1
                ? await ReadAsync(connection, transaction)
                : null);

    public async ValueTask<bool> DeclareDeadAsync(long victim, long heartbeatSeen, CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
        {
            var victimsSession = await connection.ExecuteScalarAsync<string>(
                "update silo set status = 3 where silo_id = @victim and heartbeat = @heartbeatSeen and status <> 3 returning session",
                new { victim, heartbeatSeen }, transaction);
            if (victimsSession is null) { return false; }

            await FreeAsync(connection, transaction, victim);

            // It may be frozen with row locks in its hands.
            await connection.ExecuteAsync(
                """
                select pg_terminate_backend(pid) from pg_stat_activity
                where application_name = @victimsSession and datname = current_database() and usename = current_user and pid <> pg_backend_pid()
                """,
                new { victimsSession }, transaction);
            return true;
        });

    public async ValueTask<IReadOnlyList<ShardRow>> ClaimAsync(long silo, int count, CancellationToken cancellationToken) =>
        await database.WriteAsync<IReadOnlyList<ShardRow>>(async (connection, transaction) =>
        {
            if (await StatusAsync(connection, transaction, silo) != SiloStatus.Active) { return []; }

            var free = (await connection.QueryAsync<int>(
                "select shard_id from shard where owner is null order by shard_id limit @count for update skip locked",
                new { count }, transaction)).AsList();
            return await GiveAsync(connection, transaction, free, silo);
        });

    public async ValueTask HandOverAsync(
        long silo, long heartbeat, IReadOnlyList<ShardRow> shards, long? to, CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
        {
            var now = await connection.ExecuteScalarAsync<long?>(
                "select heartbeat from silo where silo_id = @silo and status <> 3 for share", new { silo }, transaction);
            if (now != heartbeat) { return; }

            var receiver = to is { } id && await StatusAsync(connection, transaction, id) == SiloStatus.Active ? to : null;
            var still = (await connection.QueryAsync<int>(
                """
                select shard.shard_id from shard
                join unnest(@ids::integer[], @epochs::bigint[]) as given(shard_id, epoch) using (shard_id)
                where shard.owner = @silo and shard.epoch = given.epoch
                order by shard.shard_id for update of shard
                """,
                new { silo, ids = shards.Select(shard => shard.Shard).ToArray(), epochs = shards.Select(shard => shard.Epoch).ToArray() },
                transaction)).AsList();
            await GiveAsync(connection, transaction, still, receiver);
        });

    public async ValueTask DrainAsync(long silo, CancellationToken cancellationToken) =>
        await database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "update silo set status = 2 where silo_id = @silo and status = 1", new { silo }, transaction));

    public async ValueTask LeaveAsync(long silo, CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
        {
            await connection.ExecuteAsync("update silo set status = 3 where silo_id = @silo", new { silo }, transaction);
            await FreeAsync(connection, transaction, silo);
        });

    public async ValueTask<ClusterView> ReadAsync(CancellationToken cancellationToken) =>
        await database.WriteAsync(async (connection, transaction) =>
        {
            // Nobody has joined yet: then it is as much this cluster's as any other's.
            var name = await connection.ExecuteScalarAsync<string?>("select name from cluster_identity where one = 1", transaction: transaction);
            return name is null || name == clusterName ? await ReadAsync(connection, transaction) : throw OtherCluster(name);
        });

    private ClusterMismatchException OtherCluster(string? name) => new(
        $"This database belongs to the cluster \"{name}\", and this process was started for \"{clusterName}\". " +
        "Give each cluster a database of its own, or correct Cluster:Name.");

    public ValueTask DisposeAsync() => database.DisposeAsync();

    private static async Task<ClusterView> ReadAsync(DbConnection connection, DbTransaction transaction)
    {
        using var both = await connection.QueryMultipleAsync(
            """
            select silo_id, name, link_url, version, status, heartbeat from silo where status <> 3 order by silo_id;
            select shard_id, owner, epoch from shard order by shard_id
            """,
            transaction: transaction);
        var silos = await both.ReadAsync<(long Id, string Name, string LinkUrl, string Version, short Status, long Heartbeat)>();
        var shards = await both.ReadAsync<(int Id, long? Owner, long Epoch)>();
        return new ClusterView(
            [.. silos.Select(row => new SiloRow(row.Id, row.Name, row.LinkUrl, row.Version, (SiloStatus)row.Status, row.Heartbeat))],
            [.. shards.Select(row => new ShardRow(row.Id, row.Owner, row.Epoch))]);
    }

    /// <summary>The status, which stays so until the transaction ends; null: there is no such silo.</summary>
    private static async Task<SiloStatus?> StatusAsync(DbConnection connection, DbTransaction transaction, long silo) =>
        (SiloStatus?)await connection.ExecuteScalarAsync<short?>(
            "select status from silo where silo_id = @silo for share", new { silo }, transaction);

    private static async Task FreeAsync(DbConnection connection, DbTransaction transaction, long owner)
    {
        var owned = (await connection.QueryAsync<int>(
            "select shard_id from shard where owner = @owner order by shard_id for update", new { owner }, transaction)).AsList();
        await GiveAsync(connection, transaction, owned, null);
    }

    private static async Task<IReadOnlyList<ShardRow>> GiveAsync(
        DbConnection connection, DbTransaction transaction, List<int> shards, long? to)
    {
        if (shards.Count == 0) { return []; }

        var last = await connection.ExecuteScalarAsync<long>(
            "update epoch_sequence set last = last + @Count returning last", new { shards.Count }, transaction);
        var first = last - shards.Count + 1;
        await connection.ExecuteAsync(
            """
            update shard set owner = @to, epoch = given.epoch
            from unnest(@ids::integer[], @epochs::bigint[]) as given(shard_id, epoch) where shard.shard_id = given.shard_id
            """,
            new { to, ids = shards.ToArray(), epochs = shards.Select((_, index) => first + index).ToArray() }, transaction);
        return [.. shards.Select((shard, index) => new ShardRow(shard, to, first + index))];
    }
}
