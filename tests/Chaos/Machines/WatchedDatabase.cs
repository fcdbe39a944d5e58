using System.Globalization;
using LiveCommerce.Tests.Shared;
using Npgsql;

namespace LiveCommerce.Chaos.Machines;

/// <summary>One silo as the database knows it.</summary>
internal sealed record SiloState(long Id, string Name, int Status, long Heartbeat, int Shards);

/// <summary>
/// The cluster's PostgreSQL, with triggers of the suite that write down what must never be durable: an epoch that falls, and a state
/// that is written by a process after another one has claimed it.
/// </summary>
internal sealed class WatchedDatabase : IAsyncDisposable
{
    private const string Name = "chaos";

    private const string Watch =
        """
        create table chaos_violation(said_at timestamptz not null default clock_timestamp(), what text not null);
        create table chaos_claim(type text, key text, name text, session text not null, epoch bigint not null, primary key (type, key, name));
        create table chaos_death(silo_id bigint primary key, name text not null, died_at timestamptz not null default clock_timestamp());

        create function chaos_watch_shard() returns trigger language plpgsql as $$
        begin
            if new.epoch < old.epoch or (new.epoch = old.epoch and new.owner is distinct from old.owner) then
                insert into chaos_violation(what) values (format('The epoch of shard %s went from %s to %s.', new.shard_id, old.epoch, new.epoch));
            end if;
            return null;
        end $$;
        create trigger chaos_watch_shard after update on shard for each row execute function chaos_watch_shard();

        create function chaos_watch_silo() returns trigger language plpgsql as $$
        begin
            if new.status = 3 and old.status = 1 then insert into chaos_death(silo_id, name) values (new.silo_id, new.name); end if;
            return null;
        end $$;
        create trigger chaos_watch_silo after update on silo for each row when (new.status <> old.status) execute function chaos_watch_silo();

        -- A write raises the etag; a claim names an epoch and leaves it. Who does it is told by its session.
        create function chaos_watch_state() returns trigger language plpgsql as $$
        declare me text := current_setting('application_name'); claim chaos_claim;
        begin
            if tg_op = 'UPDATE' and new.epoch < old.epoch then
                insert into chaos_violation(what) values (format('The epoch of %s/%s fell from %s to %s.', new.type, new.key, old.epoch, new.epoch));
            end if;
            if tg_op = 'INSERT' or new.etag = old.etag then
                insert into chaos_claim(type, key, name, session, epoch) values (new.type, new.key, new.name, me, new.epoch)
                on conflict (type, key, name) do update set session = me, epoch = new.epoch;
            else
                select * into claim from chaos_claim c where c.type = new.type and c.key = new.key and c.name = new.name;
                if claim.session is not null and claim.session <> me then
                    insert into chaos_violation(what) values (format(
                        '%s/%s was written by %s after %s had claimed it under epoch %s.', new.type, new.key, me, claim.session, claim.epoch));
                end if;
            end if;
            return null;
        end $$;
        create trigger chaos_watch_state after insert or update on grain_state for each row execute function chaos_watch_state();
        """;

    private const string LateCommits =
        """
        select format('Ledger commit %s of shard %s names epoch %s after %s.', seq, shard, epoch, before) from (
            select shard, seq, epoch, max(epoch) over (partition by shard order by seq rows between unbounded preceding and 1 preceding) as before from ledger_batch) b
        where epoch < before
        """;

    private readonly string _folder;
    private readonly string _connection;

    private WatchedDatabase(PostgresServer server, string folder)
    {
        (Server, _folder) = (server, folder);

        // Nothing of the suite waits for a database that is away.
        _connection = $"Host=127.0.0.1;Port={server.Port.ToString(CultureInfo.InvariantCulture)};Username=postgres;Database={Name};Pooling=false;Timeout=2;Command Timeout=2;Application Name=chaos";
    }

    public PostgresServer Server { get; }

    /// <summary>Starts one that others of its network may use without a password.</summary>
    public static async Task<WatchedDatabase> StartAsync(INetwork network)
    {
        var folder = Directory.CreateTempSubdirectory("livecommerce-chaos-pg-").FullName;
        var rules = Path.Combine(folder, "hba.conf");
        var net = network.Home.Address[..network.Home.Address.IndexOf('.', 4)];
        await File.WriteAllTextAsync(rules, $"local all all trust\nhost all all 127.0.0.1/32 trust\nhost all all {net}.0.0/16 trust\n");
        var server = await PostgresServer.StartInAsync(folder, "listen_addresses=0.0.0.0", $"hba_file={rules}", "max_connections=400");
        var database = new WatchedDatabase(server, folder);
        await using var admin = new NpgsqlConnection(server.ConnectionString("postgres"));
        await admin.OpenAsync();
        await using var create = new NpgsqlCommand($"create database {Name}", admin);
        await create.ExecuteNonQueryAsync();
        return database;
    }

    /// <summary>For a process that reaches it at this host and port.</summary>
    public static string ConnectionStringFor((string Host, int Port) at) =>
        $"Host={at.Host};Port={at.Port.ToString(CultureInfo.InvariantCulture)};Username=postgres;Database={Name};Maximum Pool Size=20;Timeout=15";

    /// <summary>Begins to watch. The product has made its tables by then.</summary>
    public async Task WatchAsync() => await WithAsync(async connection =>
    {
        await using var watch = new NpgsqlCommand(Watch, connection);
        return await watch.ExecuteNonQueryAsync();
    });

    /// <summary>The silos that are not dead, with what each owns; null: the database does not answer.</summary>
    public async Task<IReadOnlyList<SiloState>?> TrySilosAsync()
    {
        try
        {
            return await ListAsync(
                "select silo_id, name, status, heartbeat, (select count(*)::int from shard where owner = silo_id) from silo where status <> 3 order by silo_id",
                row => new SiloState(row.GetInt64(0), row.GetString(1), row.GetInt16(2), row.GetInt64(3), row.GetInt32(4)));
        }
        catch (Exception away) when (away is NpgsqlException or TimeoutException or IOException)
        {
            return null;
        }
    }

    /// <summary>Silos that others have declared dead so far, in order.</summary>
    public Task<IReadOnlyList<(long Id, string Name)>> DeathsAsync() =>
        ListAsync("select silo_id, name from chaos_death order by died_at", row => (row.GetInt64(0), row.GetString(1)));

    /// <summary>What should never have become durable.</summary>
    public Task<IReadOnlyList<string>> ViolationsAsync() => ListAsync("select what from chaos_violation order by said_at", row => row.GetString(0));

    /// <summary>Commits of the ledger that name a lower epoch than an earlier one.</summary>
    public Task<IReadOnlyList<string>> LateCommitsAsync() => ListAsync(LateCommits, row => row.GetString(0));

    /// <summary>
    /// Whether <see cref="LateCommitsAsync"/> would find one: it is made up, looked for and undone. It is not the next in order, which a
    /// silo may be committing at this moment.
    /// </summary>
    public async Task<bool> FindsLateCommitAsync() => await WithAsync(async connection =>
    {
        await using var transaction = await connection.BeginTransactionAsync();
        await using var late = new NpgsqlCommand(
            """
            insert into ledger_batch(shard, seq, epoch, entries, prev_hash, hash, at)
            select shard, seq + 1000, epoch - 1, 1, hash, hash, at from ledger_batch order by seq desc limit 1
            """,
            connection,
            transaction);
        await late.ExecuteNonQueryAsync();
        await using var look = new NpgsqlCommand(LateCommits, connection, transaction);
        var found = await look.ExecuteScalarAsync() is string;
        await transaction.RollbackAsync();
        return found;
    });

    /// <summary>The gifts of a room, in the ledger's order.</summary>
    public Task<IReadOnlyList<Guid>> GiftsAsync(string roomId) =>
        ListAsync($"select id from ledger_entry where kind = 1 and room = '{roomId}' order by batch, ord", row => row.GetGuid(0));

    /// <summary>The name of the silo that owns a shard; null: none does.</summary>
    public async Task<string?> OwnerAsync(int shard)
    {
        var names = await ListAsync($"select name from shard join silo on silo_id = owner where shard_id = {shard.ToString(CultureInfo.InvariantCulture)}", row => row.GetString(0));
        return names.Count == 0 ? null : names[0];
    }

    /// <summary>The epoch under which a grain's state was claimed last; null: never.</summary>
    public async Task<long?> ClaimAsync(string key)
    {
        var epochs = await ListAsync($"select epoch from chaos_claim where key = '{key}' and type = 'Room'", row => row.GetInt64(0));
        return epochs.Count == 0 ? null : epochs[0];
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        if (Directory.Exists(_folder)) { Directory.Delete(_folder, recursive: true); }
    }

    // The texts are this file's; what varies in them are ids of rooms and numbers.
    private Task<IReadOnlyList<T>> ListAsync<T>(string sql, Func<NpgsqlDataReader, T> read) => WithAsync<IReadOnlyList<T>>(async connection =>
    {
#pragma warning disable CA2100
        await using var command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) { rows.Add(read(reader)); }
        return rows;
    });

    private async Task<T> WithAsync<T>(Func<NpgsqlConnection, Task<T>> work)
    {
        await using var connection = new NpgsqlConnection(_connection);
        await connection.OpenAsync();
        return await work(connection);
    }
}
