using System.Data.Common;
using Dapper;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>A ledger of three batches: a top-up, the three gifts that arrived while it was written, and one more gift.</summary>
public abstract class AuditedLedger(SqlDialect dialect) : IAsyncLifetime
{
    internal TestDatabase Test { get; private set; } = null!;

    internal LedgerAudit Audit => new(Test.Database);

    public async ValueTask InitializeAsync()
    {
        Test = await Databases.CreateAsync(dialect);
        var held = new TaskCompletionSource();
        var reached = new TaskCompletionSource();
        var store = new FaultyLedgerStore(SqlLedgerStore.For(Test.Database))
        {
            BeforeAppend = _ => { reached.TrySetResult(); return held.Task; },
        };
        await using var owner = await LedgerOwner.StartAsync(0, store, _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        var topUp = owner.PostAsync(TopUp(Ana, 100));
        await reached.Task;
        var gifts = Task.WhenAll(owner.PostAsync(Gift(Ana, 11)), owner.PostAsync(Gift(Ana, 12)), owner.PostAsync(Gift(Ana, 13)));
        held.SetResult();
        await topUp;
        await gifts;
        await owner.PostAsync(Gift(Ana, 14));
    }

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What is written stays written, and what somebody changes behind the ledger's back is found.</summary>
public abstract class LedgerAuditSuite(AuditedLedger ledger)
{
    /// <summary>A change of the stored rows, and the rule that must find it.</summary>
    public static TheoryData<string, string> Tamperings => new()
    {
        { "update ledger_entry set amount = amount + 1, amount1 = amount1 + 1 where batch = 2", "hash_chain" },
        { "update ledger_entry set amount = amount + 1, amount1 = amount1 + 1 where batch = 2", "postings_are_their_entries" },
        { "update ledger_entry set sender_name = 'Eve' where batch = 2", "hash_chain" },
        { "update ledger_entry set fingerprint = 8 where batch = 3", "hash_chain" },
        { "update ledger_entry set debit_after = debit_after + 1 where batch = 3", "hash_chain" },
        { "update ledger_entry set reference = null where batch = 1", "hash_chain" },
        { "update ledger_entry set unit = 2 where batch = 2", "entry_balances" },
        { "update ledger_entry set batch = 9 where batch = 2", "entry_without_batch" },
        { "delete from ledger_entry where batch = 2 and ord = 1", "batch_is_its_entries" },
        { "delete from ledger_entry where batch = 2 and ord = 1", "hash_chain" },
        { "delete from ledger_batch where seq = 3", "shard_head" },
        { "delete from ledger_batch where seq = 2", "batch_gap" },
        { "delete from ledger_batch where seq = 2", "posting_without_account_or_batch" },
        { "update ledger_batch set at = at + 1 where seq = 2", "hash_chain" },
        { "update ledger_batch set epoch = 0 where seq = 3", "batch_gap" },
        { "update ledger_shard set last_seq = 4", "shard_head" },
        { "update ledger_shard set last_hash = (select prev_hash from ledger_batch where seq = 2)", "shard_head" },
        { "update ledger_account set credits = credits + 5 where owner = 'ana'", "trial_balance" },
        { "update ledger_account set credits = credits + 5 where owner = 'ana'", "balance_is_its_postings" },
        { "update ledger_account set owner = 'eve' where owner = 'ana'", "hash_chain" },
        { "update ledger_posting set balance_after = balance_after + 1 where batch = 2", "posting_chain" },
        { "update ledger_posting set credit = credit + 1 where batch = 2 and credit > 0", "batch_balances" },
        { "delete from ledger_posting where batch = 2 and credit > 0", "postings_are_their_entries" },
        { "update ledger_posting set first_ord = 1 where batch = 2", "posting_places" },
    };

    /// <summary>Statements that the schema itself refuses.</summary>
    public static TheoryData<string> Refused =>
    [
        "update ledger_entry set rate = 9",
        "delete from ledger_entry",
        "update ledger_posting set credit = 9",
        "delete from ledger_posting",
        "update ledger_batch set at = 0",
        "delete from ledger_batch",
        "delete from ledger_account",
        "update ledger_account set owner = 'eve' where owner = 'ana'",
        "update ledger_account set credits = credits - 1 where owner = 'ana'",
        "update ledger_account set debits = debits + 1000 where owner = 'ana'",
        "update ledger_account set flags = 1 where owner = 'ana'",
        "insert into ledger_account(id, shard, kind, owner, unit) select 99, shard, kind, owner, unit from ledger_account where owner = 'ana'",
    ];

    [Fact]
    public async Task UntouchedLedger_HasNoDefects() => Assert.Empty(await ledger.Audit.VerifyAsync());

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task ChangedRow_IsFound(string sql, string rule)
    {
        await using var connection = await ledger.Test.Database.OpenAsync();
        if (ledger.Test.Database.Dialect == SqlDialect.Sqlite) { await connection.ExecuteAsync("pragma foreign_keys=off"); }
        await using var transaction = await connection.BeginTransactionAsync();
        await DisarmAsync(connection, transaction);
        await connection.ExecuteAsync(sql, transaction: transaction);

        var defects = await ledger.Audit.VerifyAsync(connection, transaction);

        Assert.Contains(rule, defects.Select(defect => defect.Rule));
    }

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task ChangeOfHistory_IsRefusedBySchema(string sql)
    {
        await Assert.ThrowsAnyAsync<DbException>(() => ledger.Test.Database.WriteAsync(
            (connection, transaction) => connection.ExecuteAsync(sql, transaction: transaction)));
        Assert.Empty(await ledger.Audit.VerifyAsync());
    }

    [Fact]
    public async Task Audit_KeepsNoWriterWaiting()
    {
        await using var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(ledger.Test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        using var stop = new CancellationTokenSource();
        var written = 0;
        var writing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await owner.PostAsync(TopUp(Ana, 1));
                Interlocked.Increment(ref written);
            }
        });

        while (Volatile.Read(ref written) < 20) { Assert.Empty(await ledger.Audit.VerifyAsync()); }
        await stop.CancelAsync();
        await writing;
    }

    // What a person with the rights of the database's owner can do.
    internal static async Task DisarmAsync(DbConnection connection, DbTransaction transaction)
    {
        if (connection is SqliteConnection)
        {
            var triggers = await connection.QueryAsync<string>("select name from sqlite_master where type = 'trigger' and name like 'ledger%'", transaction: transaction);
            foreach (var trigger in triggers.ToList()) { await connection.ExecuteAsync($"drop trigger {trigger}", transaction: transaction); }
            return;
        }

        foreach (var table in (string[])["ledger_entry", "ledger_posting", "ledger_batch", "ledger_account", "ledger_shard", "ledger_hold", "ledger_reversal", "ledger_freeze"])
        {
            await connection.ExecuteAsync($"alter table {table} disable trigger all", transaction: transaction);
        }
    }
}

public sealed class SqliteAuditedLedger() : AuditedLedger(SqlDialect.Sqlite);

public sealed class PostgresAuditedLedger() : AuditedLedger(SqlDialect.PostgreSql);

public sealed class SqliteLedgerAuditTests(SqliteAuditedLedger ledger) : LedgerAuditSuite(ledger), IClassFixture<SqliteAuditedLedger>;

public sealed class PostgresLedgerAuditTests(PostgresAuditedLedger ledger) : LedgerAuditSuite(ledger), IClassFixture<PostgresAuditedLedger>;
