using System.Data.Common;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>What both ledgers have in common: the fence and the reads. How a batch is written is each dialect's own.</summary>
internal abstract partial class SqlLedgerStore(Database database) : ILedgerStore
{
    private const string GiftColumns =
        "e.id, e.room, e.sender, e.sender_name, e.gift, e.quantity, e.amount, e.batch, e.ord, b.at "
        + "from ledger_entry e join ledger_batch b on b.shard = e.shard and b.seq = e.batch ";

    /// <summary>What <see cref="ReadKeysAsync"/> reads. A reversal's answer is about all of it, not its first entry alone.</summary>
    protected const string KeyColumns =
        "e.id, e.fingerprint, e.debit_after, coalesce((select r.amount from ledger_reversal r where r.id = e.id and e.kind = 3), e.amount) from ledger_entry e";

    /// <summary>What <see cref="ReadAccountsAsync"/> reads. Earnings know whether their owner owes.</summary>
    protected const string AccountColumns =
        "a.id, a.kind, a.owner, a.unit, a.flags, a.debits, a.credits, a.postings, a.held, case when a.kind in (2, 4) and exists (select 1 "
        + "from ledger_account o where o.shard = a.shard and o.kind = 7 and o.owner = a.owner and o.unit = a.unit and o.credits < o.debits) then 1 else 0 end";

    protected Database Database { get; } = database;

    /// <summary>A store for the dialect of the database.</summary>
    public static ILedgerStore For(Database database) => database.Dialect switch
    {
        SqlDialect.Sqlite => new SqliteLedgerStore(database),
        SqlDialect.PostgreSql => new PostgresLedgerStore(database),
        _ => throw new ArgumentOutOfRangeException(nameof(database), database.Dialect, "There is no ledger for this database."),
    };

    public Task<LedgerHead> TakeOverAsync(int shard, string owner) => Database.WriteAsync(async (connection, transaction) =>
    {
        // The row lock of an earlier owner's commit is waited for here; what it commits later names an epoch that is gone.
        await using var take = connection.Command(transaction, """
            insert into ledger_shard(shard, epoch, owner, last_seq, last_hash) values (@shard, 1, @owner, 0, @genesis)
            on conflict (shard) do update set epoch = ledger_shard.epoch + 1, owner = @owner
            returning epoch, last_seq, last_hash
            """);
        take.With("shard", shard).With("owner", owner).With("genesis", LedgerHash.Genesis);
        return await ReadHeadAsync(connection, transaction, take, shard);
    });

    public Task<LedgerHead> TakeOverAgainAsync(int shard, string owner) => Database.WriteAsync(async (connection, transaction) =>
    {
        // By owner, not by epoch: an earlier try of this may have raised the epoch without our learning it.
        await using var take = connection.Command(transaction, """
            update ledger_shard set epoch = epoch + 1 where shard = @shard and owner = @owner returning epoch, last_seq, last_hash
            """);
        take.With("shard", shard).With("owner", owner);
        return await ReadHeadAsync(connection, transaction, take, shard);
    });

    public abstract Task AppendAsync(LedgerBatch batch);

    public async Task CheckAsync(int shard, long epoch)
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, "select epoch from ledger_shard where shard = @shard");
        command.With("shard", shard);
        if (Convert.ToInt64(await command.ExecuteScalarAsync()) != epoch)
        {
            throw new InconsistentStateException($"Ledger shard {shard} was taken over: epoch {epoch} decides nothing any more.");
        }
    }

    public Task FreezeAsync(FreezeRecord freeze) => Database.WriteAsync((connection, transaction) => WriteFreezeAsync(connection, transaction, freeze));

    public abstract Task<LedgerFound> FindAsync(
        int shard, IReadOnlyCollection<Guid> keys, IReadOnlyCollection<LedgerAccount> accounts, IReadOnlyCollection<Guid> originals);

    public async Task<IReadOnlyList<LedgerLine>> GetLinesAsync(int shard, LedgerAccount account, int take)
    {
        await using var connection = await Database.OpenAsync();

        // Only the newest postings that together hold enough entries: a hot account has many entries a batch.
        await using var command = connection.Command(null, """
            with touched as (
                select p.account, p.batch, p.first_ord, p.last_ord from (
                    select account, batch, entries, first_ord, last_ord, sum(entries) over (order by batch desc) as running from (
                        select p.account, p.batch, p.entries, p.first_ord, p.last_ord from ledger_account a join ledger_posting p on p.account = a.id
                        where a.shard = @shard and a.kind = @kind and a.owner = @owner and a.unit = @unit
                        order by p.batch desc limit @take) newest) p
                where p.running - p.entries < @take)
            select e.id, e.kind,
                case when e.debit = t.account then -e.amount when e.credit1 = t.account then e.amount1
                    when e.credit2 = t.account then e.amount2 else e.amount3 end as change,
                b.at, e.room, e.gift, e.quantity, e.reference
            from touched t
            join ledger_entry e on e.shard = @shard and e.batch = t.batch and e.ord between t.first_ord and t.last_ord
                and (e.debit = t.account or e.credit1 = t.account or e.credit2 = t.account or e.credit3 = t.account)
                and e.kind not in (4, 6, 7)
            join ledger_batch b on b.shard = e.shard and b.seq = e.batch
            order by e.batch desc, e.ord desc limit @take
            """);
        command.With("shard", shard).With("kind", (int)account.Kind).With("owner", account.Owner).With("unit", (int)account.Unit).With("take", take);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<LedgerLine>();
        while (await reader.ReadAsync())
        {
            lines.Add(new LedgerLine(
                ReadKey(reader, 0), (LedgerEntryKind)reader.GetInt32(1), reader.GetInt64(2), LedgerTime.FromMicroseconds(reader.GetInt64(3)),
                reader.TextOrNull(4), reader.TextOrNull(5), reader.GetInt32(6), reader.TextOrNull(7)));
        }

        return lines;
    }

    public Task<IReadOnlyList<SettledGift>> GetGiftsAfterAsync(int shard, string roomId, long batch, int order, int take) =>
        ReadGiftsAsync(
            $"select {GiftColumns} where e.room = @room and e.shard = @shard and (e.batch, e.ord) > (@batch, @order) order by e.batch, e.ord limit @take",
            command => command.With("room", roomId).With("shard", shard).With("batch", batch).With("order", order).With("take", take));

    public async Task<IReadOnlyList<SettledGift>> GetLatestGiftsAsync(int shard, string roomId, int take)
    {
        var newestFirst = await ReadGiftsAsync(
            $"select {GiftColumns} where e.room = @room and e.shard = @shard order by e.batch desc, e.ord desc limit @take",
            command => command.With("room", roomId).With("shard", shard).With("take", take));
        return [.. newestFirst.Reverse()];
    }

    public abstract Task<IReadOnlyList<string>> FindUnsafeSettingsAsync();

    /// <summary>A stored key.</summary>
    protected abstract Guid ReadKey(DbDataReader reader, int ordinal);

    /// <summary>A key as a parameter's value.</summary>
    protected abstract object Key(Guid key);

    /// <summary>Columns: <see cref="KeyColumns"/>.</summary>
    protected async Task ReadKeysAsync(DbCommand command, Dictionary<Guid, RememberedAnswer> into)
    {
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            into[ReadKey(reader, 0)] = new RememberedAnswer(reader.GetInt64(1), LedgerOutcome.Moved, reader.GetInt64(2), reader.GetInt64(3));
        }
    }

    /// <summary>Columns: <see cref="AccountColumns"/>.</summary>
    protected static async Task ReadAccountsAsync(DbCommand command, Dictionary<LedgerAccount, AccountRecord> into)
    {
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var account = new LedgerAccount((LedgerAccountKind)reader.GetInt32(1), reader.GetString(2), (LedgerUnit)reader.GetInt32(3));
            into[account] = new AccountRecord(
                reader.GetInt64(0), account, (AccountFlags)reader.GetInt32(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetInt64(7),
                reader.GetInt64(8), Indebted: reader.GetInt32(9) != 0);
        }
    }

    protected static InconsistentStateException Fenced(LedgerBatch batch) =>
        new($"Ledger shard {batch.Shard} was taken over: epoch {batch.Epoch} cannot store commit {batch.Seq} any more.");

    /// <summary>A stored account is not as this owner knew it. It takes over again and reads it.</summary>
    protected static InvalidOperationException Differs(LedgerBatch batch) =>
        new($"An account of ledger shard {batch.Shard} is not as its owner knew it before commit {batch.Seq}.");

    private async Task<LedgerHead> ReadHeadAsync(DbConnection connection, DbTransaction transaction, DbCommand take, int shard)
    {
        long epoch, lastSeq;
        byte[] lastHash;
        await using (var reader = await take.ExecuteReaderAsync())
        {
            if (!await reader.ReadAsync())
            {
                throw new InconsistentStateException($"Ledger shard {shard} was taken over by another owner.");
            }

            (epoch, lastSeq, lastHash) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetFieldValue<byte[]>(2));
        }

        await using var accounts = connection.Command(transaction, "select coalesce(max(id), 0) from ledger_account where shard = @shard");
        accounts.With("shard", shard);
        var lastAccountId = Convert.ToInt64(await accounts.ExecuteScalarAsync());

        await using var keys = connection.Command(transaction, "select id from ledger_entry order by id desc limit 1");
        await using var newest = await keys.ExecuteReaderAsync();
        Guid? newestKey = await newest.ReadAsync() ? ReadKey(newest, 0) : null;
        return new LedgerHead(epoch, lastSeq, lastHash, Math.Max(lastAccountId, FirstAccountId(shard)), newestKey);
    }

    private async Task<IReadOnlyList<SettledGift>> ReadGiftsAsync(string sql, Action<DbCommand> parameters)
    {
        await using var connection = await Database.OpenAsync();
        await using var command = connection.Command(null, sql);
        parameters(command);
        await using var reader = await command.ExecuteReaderAsync();
        var gifts = new List<SettledGift>();
        while (await reader.ReadAsync())
        {
            gifts.Add(new SettledGift(
                ReadKey(reader, 0), reader.GetString(1), new Person(reader.GetString(2), reader.GetString(3)), reader.GetString(4),
                reader.GetInt32(5), reader.GetInt64(6), reader.GetInt64(7), reader.GetInt32(8), LedgerTime.FromMicroseconds(reader.GetInt64(9))));
        }

        return gifts;
    }

    // Each shard counts in a range of its own, so that an id names one account of the whole ledger.
    private static long FirstAccountId(int shard) => (long)shard << 40;
}

/// <summary>Short forms for commands.</summary>
internal static class LedgerCommands
{
    public static DbCommand Command(this DbConnection connection, DbTransaction? transaction, string sql)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constant text; values are parameters.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.Transaction = transaction;
        return command;
    }

    public static DbCommand With(this DbCommand command, string name, object? value)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = name;
        parameter.Value = value ?? DBNull.Value;
        command.Parameters.Add(parameter);
        return command;
    }

    public static string? TextOrNull(this DbDataReader reader, int ordinal) => reader.IsDBNull(ordinal) ? null : reader.GetString(ordinal);
}
