using System.Data.Common;
using Dapper;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>A ledger with an open hold, a posted and a voided one, a gift given back in part that left a debt, its repayment, and a freeze.</summary>
public abstract class AuditedHolds(SqlDialect dialect) : IAsyncLifetime
{
    internal TestDatabase Test { get; private set; } = null!;

    internal LedgerAudit Audit => new(Test.Database);

    public async ValueTask InitializeAsync()
    {
        Test = await Databases.CreateAsync(dialect);
        await using var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(Test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        var (open, posted, voided) = (Hold(Ana, 10), Hold(Ana, 10), Hold(Ana, 10));
        var gift = Gift(Ana, 20);
        var available = LedgerAccount.Available("star", LedgerUnit.Coins);
        foreach (var entry in (LedgerEntry[])
        [
            TopUp(Ana, 100), open, posted, voided, Posted(posted, 4), End(voided, LedgerEntryKind.HoldVoided), gift, Maturity(12),
            new(Key(), 4, LedgerEntryKind.Payout, available, [new LedgerLeg(LedgerAccount.PaidOut(LedgerUnit.Coins), 12)], Rate: 0),
        ])
        {
            Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(entry)).Outcome);
        }

        Assert.Equal(LedgerOutcome.Moved, (await owner.ReverseAsync(new LedgerReversal(Key(), 8, gift.Key, 18, "dispute:1", []))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(Gift(Ana, 2))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await owner.SetFrozenAsync(new LedgerFreeze(Key(), Ben, Frozen: true, "op", "asked"))).Outcome);
    }

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>What somebody changes of holds, reversals and freezes behind the ledger's back is found.</summary>
public abstract class LedgerHoldAuditSuite(AuditedHolds ledger)
{
    /// <summary>A change of the stored rows, and the rule that must find it.</summary>
    public static TheoryData<string, string> Tamperings => new()
    {
        { "update ledger_account set held = held + 1 where owner = 'ana'", "held_is_open_holds" },
        { "update ledger_account set held = held + 1000000 where kind = 1 and owner = 'ana'", "below_zero" },
        { "update ledger_hold set amount = amount + 1 where state = 0", "hold_is_its_entry" },
        { "update ledger_hold set expires_at = expires_at + 1 where state = 0", "hold_is_its_entry" },
        { "delete from ledger_hold where state = 0", "hold_is_its_entry" },
        { "update ledger_hold set state = 2, resolved_by = id where state = 0", "hold_ends_once" },
        { "update ledger_hold set state = 0, resolved_by = null where state = 2", "hold_ends_once" },
        { "update ledger_hold set posted = posted + 1 where state = 1", "hold_ends_once" },
        { "update ledger_entry set original = (select id from ledger_hold where state = 0) where kind = 6", "hold_ends_once" },
        { "update ledger_entry set original = id where kind = 6", "end_without_hold" },
        { "update ledger_entry set original = id where kind = 6", "hash_chain" },
        { "update ledger_entry set expires_at = expires_at + 1 where kind = 4", "hash_chain" },
        { "update ledger_entry set lot = id where kind = 4", "hash_chain" },
        { "update ledger_reversal set amount = amount + 1, amount1 = amount1 + 1, total = total + 1", "reversal_is_its_entries" },
        { "update ledger_reversal set amount = 21, amount1 = 21, amount2 = 0, total = 20", "reversal_within_original" },
        { "update ledger_reversal set seq = 2", "reversal_within_original" },
        { "delete from ledger_reversal", "reversal_is_its_entries" },
        { "update ledger_entry set original = id where kind = 3", "reversal_pays_back" },
        { "update ledger_account set credits = credits + 1000 where kind = 7", "debt_overpaid" },
        { "update ledger_entry set original = id where kind = 18", "repayment_is_owed" },
        { "update ledger_account set flags = 0 where owner = 'ben'", "freeze_is_flag" },
        { "update ledger_account set flags = flags + 2 where owner = 'star' and kind = 2", "freeze_is_flag" },
        { "delete from ledger_freeze", "freeze_is_flag" },
        { "update ledger_freeze set seq = 2", "freeze_gap" },
    };

    /// <summary>Statements that the schema itself refuses.</summary>
    public static TheoryData<string> Refused =>
    [
        "update ledger_account set held = 1000 where kind = 1 and owner = 'ana'",
        "update ledger_account set credits = credits + 1000 where kind = 7",
        "update ledger_hold set amount = amount + 1 where state = 0",
        "update ledger_hold set state = 0, resolved_by = null, posted = 0 where state = 1",
        "update ledger_hold set state = 1, posted = 11, resolved_by = id where state = 0",
        "delete from ledger_hold",
        "update ledger_reversal set amount = amount + 1",
        "delete from ledger_reversal",
        "update ledger_freeze set frozen = 0",
        "delete from ledger_freeze",
        "insert into ledger_reversal select original, shard, batch, original, 2, 3, 3, 0, 0, 21, 20 from ledger_reversal",
    ];

    [Fact]
    public async Task UntouchedLedger_HasNoDefects_AndEveryRuleSaysWhatItChecked()
    {
        var rules = await ledger.Audit.CheckAsync();

        Assert.All(rules, rule => Assert.True(rule is { Rows: > 0, Defects.Count: 0 }, rule.Rule));
        Assert.Equal(rules.Count, rules.Select(rule => rule.Rule).Distinct().Count());
        Assert.Contains("hash_chain", rules.Select(rule => rule.Rule));
    }

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task ChangedRow_IsFound(string sql, string rule)
    {
        await using var connection = await ledger.Test.Database.OpenAsync();
        var isSqlite = ledger.Test.Database.Dialect == SqlDialect.Sqlite;
        if (isSqlite) { await connection.ExecuteAsync("pragma foreign_keys=off; pragma ignore_check_constraints=on"); }
        await using var transaction = await connection.BeginTransactionAsync();
        await LedgerAuditSuite.DisarmAsync(connection, transaction);
        if (!isSqlite) { await DropChecksAsync(connection, transaction); }
        await connection.ExecuteAsync(sql, transaction: transaction);

        var defects = await ledger.Audit.VerifyAsync(connection, transaction);

        Assert.Contains(rule, defects.Select(defect => defect.Rule));
        await transaction.RollbackAsync();
        if (isSqlite) { await connection.ExecuteAsync("pragma foreign_keys=on; pragma ignore_check_constraints=off"); }
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
    public async Task AuditOfTheRunningServer_ChecksWhatIsNew_AndADefectIsDegradedHealth()
    {
        var time = new TestClock(Noon);
        using var job = new LedgerAuditJob(
            ledger.Audit, Options.Create(new LedgerOptions { AuditBatchesMax = 4 }), time, NullLogger<LedgerAuditJob>.Instance);
        while (await job.LookAsync(default)) { }
        Assert.Equal(HealthStatus.Healthy, (await job.CheckHealthAsync(new HealthCheckContext())).Status);

        await using var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(ledger.Test.Database), _ => { }, new LedgerOptions(), time, NullLogger.Instance);
        await owner.PostAsync(TopUp(Ana, 1));
        while (await job.LookAsync(default)) { }
        Assert.Equal(HealthStatus.Healthy, (await job.CheckHealthAsync(new HealthCheckContext())).Status);
    }

    // What a person with the rights of the database's owner can do.
    private static async Task DropChecksAsync(DbConnection connection, DbTransaction transaction)
    {
        var checks = await connection.QueryAsync<(string Table, string Name)>(
            "select conrelid::regclass::text, conname::text from pg_constraint where contype = 'c' and conrelid::regclass::text like 'ledger%'", transaction: transaction);
        foreach (var (table, name) in checks) { await connection.ExecuteAsync($"alter table {table} drop constraint {name}", transaction: transaction); }
    }
}

public sealed class SqliteAuditedHolds() : AuditedHolds(SqlDialect.Sqlite);

public sealed class PostgresAuditedHolds() : AuditedHolds(SqlDialect.PostgreSql);

public sealed class SqliteLedgerHoldAuditTests(SqliteAuditedHolds ledger) : LedgerHoldAuditSuite(ledger), IClassFixture<SqliteAuditedHolds>;

public sealed class PostgresLedgerHoldAuditTests(PostgresAuditedHolds ledger) : LedgerHoldAuditSuite(ledger), IClassFixture<PostgresAuditedHolds>;

/// <summary>A defect in what is new, on a database of its own.</summary>
public sealed class LedgerAuditJobTests
{
    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task DefectInANewCommit_DegradesHealthUntilSomebodyHasLooked(SqlDialect dialect)
    {
        await using var test = await Databases.CreateAsync(dialect);
        using var job = new LedgerAuditJob(
            new LedgerAudit(test.Database), Options.Create(new LedgerOptions()), new TestClock(Noon), NullLogger<LedgerAuditJob>.Instance);
        await using (var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance))
        {
            await owner.PostAsync(TopUp(Ana, 10));
            await job.LookAsync(default);
            await owner.PostAsync(Gift(Ana, 4));
        }

        await test.Database.WriteAsync(async (connection, transaction) =>
        {
            await LedgerAuditSuite.DisarmAsync(connection, transaction);
            return await connection.ExecuteAsync("update ledger_entry set sender_name = 'Eve' where batch = 2", transaction: transaction);
        });
        await job.LookAsync(default);

        var health = await job.CheckHealthAsync(new HealthCheckContext());
        Assert.Equal(HealthStatus.Degraded, health.Status);
        Assert.Contains("hash_chain", health.Description, StringComparison.Ordinal);
    }
}
