using Dapper;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>A ledger in which everything that is paid has both sides: a top-up, its refund, one taken back, a card gift, a payout.</summary>
public abstract class AuditedSides(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly LedgerAccount Usd = LedgerAccount.Clearing(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Float = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);

    internal TestDatabase Test { get; private set; } = null!;

    internal LedgerAudit Audit => new(Test.Database);

    public async ValueTask InitializeAsync() => Test = await CreateAsync(dialect);

    public async ValueTask DisposeAsync()
    {
        await Test.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    internal static async Task<TestDatabase> CreateAsync(SqlDialect dialect)
    {
        var test = await Databases.CreateAsync(dialect);
        await using var owner = await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(test.Database), _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);

        // A top-up; a part of it refunded to its card, which comes back; another part taken back.
        var topUp = TopUp(Ana, 100) with { Reference = "topup:1" };
        await TogetherAsync(topUp, Entry(LedgerEntryKind.Charge, Usd, Float, 129, "topup:1"));
        var hold = Entry(LedgerEntryKind.Hold, Ana, Clearing, 40, "topup:1") with { ExpiresAt = Noon.AddDays(1), Lot = topUp.Key };
        await TogetherAsync(hold);
        var sent = Entry(LedgerEntryKind.HoldPosted, Ana, Clearing, 40, "refund:1") with { Original = hold.Key };
        await TogetherAsync(sent, Entry(LedgerEntryKind.Refund, Float, Usd, 50, "refund:1"));
        await BackAsync(sent.Key, null, "refund:1", Entry(LedgerEntryKind.Refund, Usd, Float, 50, "refund:1"));
        await BackAsync(topUp.Key, 10, "dispute:1", Entry(LedgerEntryKind.Dispute, Float, LedgerAccount.Disputed(LedgerUnit.UsdCents), 13, "dispute:1"));

        // A card gift, given back and given again.
        var pending = Hold(Clearing, 20) with { Reference = "cardgift:1" };
        await TogetherAsync(pending);
        var given = Posted(pending, 20) with { Reference = "cardgift:1" };
        await TogetherAsync(given, Entry(LedgerEntryKind.Charge, Usd, Float, 26, "cardgift:1"));
        await BackAsync(given.Key, null, "refund:2", Entry(LedgerEntryKind.Refund, Float, Usd, 26, "refund:2"));
        var anew = Hold(Clearing, 20) with { Reference = "cardgift:1" };
        await TogetherAsync(anew, Posted(anew, 20) with { Reference = "cardgift:1" }, Entry(LedgerEntryKind.Refund, Usd, Float, 26, "refund:2"));

        // A payout, and one cent that no whole coin stands for.
        await TogetherAsync(Maturity(8));
        await TogetherAsync(
            Entry(LedgerEntryKind.Payout, LedgerAccount.Available("star", LedgerUnit.Coins), LedgerAccount.PaidOut(LedgerUnit.Coins), 8, "payout:1"),
            Entry(LedgerEntryKind.Payout, Float, Usd, 8, "payout:1"));
        await TogetherAsync(Entry(LedgerEntryKind.Refund, Float, Usd, 1, "refund:3"));
        return test;

        async Task TogetherAsync(params LedgerEntry[] entries) => Assert.Equal(LedgerOutcome.Moved, (await owner.PostTogetherAsync(entries)).Outcome);

        async Task BackAsync(Guid original, long? amount, string reference, LedgerEntry money) => Assert.Equal(
            LedgerOutcome.Moved, (await owner.ReverseAsync(new LedgerReversal(Key(), 9, original, amount, reference, [money]))).Outcome);
    }

    private static LedgerEntry Entry(LedgerEntryKind kind, LedgerAccount debit, LedgerAccount credit, long amount, string reference) =>
        new(Key(), 30, kind, debit, [new LedgerLeg(credit, amount)], Rate: 0, Reference: reference);
}

/// <summary>What has lost its other side is found, in the whole and in what is new.</summary>
public abstract class LedgerSideAuditSuite(AuditedSides ledger)
{
    private static readonly string[] Rules =
        ["top_up_has_charge", "top_up_reversal_has_money", "card_gift_has_charge", "charge_has_coins", "refund_has_coins", "payout_has_money"];

    /// <summary>A change of the stored rows, and the rule that must find it.</summary>
    public static TheoryData<string, string> Tamperings => new()
    {
        { "update ledger_entry set kind = 12 where kind = 14 and reference = 'topup:1'", "top_up_has_charge" },
        { "update ledger_entry set reference = 'topup:2' where kind = 14 and reference = 'topup:1'", "top_up_has_charge" },
        { "update ledger_entry set kind = 12 where kind = 17 and reference = 'dispute:1'", "top_up_reversal_has_money" },
        { "update ledger_entry set kind = 12 where kind = 16 and reference = 'refund:1'", "top_up_reversal_has_money" },
        { "update ledger_entry set kind = 12 where kind = 14 and reference = 'cardgift:1'", "card_gift_has_charge" },
        { "update ledger_entry set kind = 12 where kind = 16 and reference = 'refund:2'", "card_gift_has_charge" },
        { "update ledger_entry set kind = 12 where kind = 2", "charge_has_coins" },
        { "update ledger_entry set reference = null where kind = 5 and reference = 'cardgift:1'", "charge_has_coins" },
        { "update ledger_entry set reference = 'refund:9' where kind = 5 and reference = 'refund:1'", "refund_has_coins" },
        { "update ledger_entry set reference = 'refund:9' where kind = 3 and reference = 'refund:2'", "refund_has_coins" },
        { "update ledger_entry set reference = null where kind = 8 and unit = 2", "payout_has_money" },
        { "update ledger_entry set kind = 9 where kind = 8 and unit = 2", "entry_kind_known" },
        { "update ledger_entry set kind = 10 where kind = 11", "entry_kind_known" },
        { "update ledger_account set kind = 13 where kind = 9", "account_kind_known" },
    };

    [Fact]
    public async Task LedgerWithBothSides_HasNoDefects() => Assert.Empty(await ledger.Audit.VerifyAsync());

    [Theory]
    [MemberData(nameof(Tamperings))]
    public async Task SideThatIsMissing_IsFound(string sql, string rule)
    {
        await using var connection = await ledger.Test.Database.OpenAsync();
        var isSqlite = ledger.Test.Database.Dialect == SqlDialect.Sqlite;
        if (isSqlite) { await connection.ExecuteAsync("pragma foreign_keys=off; pragma ignore_check_constraints=on"); }
        await using var transaction = await connection.BeginTransactionAsync();
        await LedgerAuditSuite.DisarmAsync(connection, transaction);
        await connection.ExecuteAsync(sql, transaction: transaction);

        var defects = await ledger.Audit.VerifyAsync(connection, transaction);

        Assert.Contains(rule, defects.Select(defect => defect.Rule));
        await transaction.RollbackAsync();
        if (isSqlite) { await connection.ExecuteAsync("pragma foreign_keys=on; pragma ignore_check_constraints=off"); }
    }

    [Fact]
    public async Task SidesThatAreMissingInNewCommits_AreFoundByTheAuditOfTheMinute()
    {
        await using var test = await AuditedSides.CreateAsync(ledger.Test.Database.Dialect);
        var audit = new LedgerAudit(test.Database);
        Assert.Empty((await audit.AuditRecentAsync(0, after: 0, max: 1_000, TestContext.Current.CancellationToken)).Defects);
        await test.Database.WriteAsync(async (connection, transaction) =>
        {
            await LedgerAuditSuite.DisarmAsync(connection, transaction);
            return await connection.ExecuteAsync("update ledger_entry set reference = 'payout:9' where unit = 2 and kind = 8; update ledger_entry set kind = 12 where kind in (14, 16)", transaction: transaction);
        });

        var found = (await audit.AuditRecentAsync(0, after: 0, max: 1_000, TestContext.Current.CancellationToken)).Defects.Select(defect => defect.Rule).ToHashSet();
        Assert.Superset(new HashSet<string>(["top_up_has_charge", "top_up_reversal_has_money", "card_gift_has_charge", "payout_has_money"]), found);

        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "update ledger_entry set kind = 14 where kind = 12 and reference like 'topup:%'; update ledger_entry set kind = 16 where kind = 12 and reference like 'refund:%'; "
            + "update ledger_entry set reference = 'gone' where unit = 1; update ledger_entry set kind = 9 where kind = 11", transaction: transaction));
        found = (await audit.AuditRecentAsync(0, after: 0, max: 1_000, TestContext.Current.CancellationToken)).Defects.Select(defect => defect.Rule).ToHashSet();
        Assert.Superset(new HashSet<string>(["charge_has_coins", "refund_has_coins", "entry_kind_known"]), found);
    }

    [Fact]
    public async Task Rules_NeverReadTheJournalFromEndToEnd()
    {
        if (ledger.Test.Database.Dialect != SqlDialect.Sqlite) { return; }
        await using var connection = await ledger.Test.Database.OpenAsync();
        Assert.Equal(Rules, LedgerSideRules.Whole.Select(rule => rule.Name));
        foreach (var rule in LedgerSideRules.Whole.Concat(LedgerSideRules.Recent))
        {
            await using var command = connection.Command(null, "explain query plan " + rule.Sql);
            command.With("shard", 0).With("after", 0L).With("until", 1_000L);
            await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                var step = reader.GetString(3);
                Assert.False(step is "SCAN e" or "SCAN s" or "SCAN p" or "SCAN o", $"{rule.Name}: {step}");
            }
        }
    }
}

public sealed class SqliteAuditedSides() : AuditedSides(SqlDialect.Sqlite);

public sealed class PostgresAuditedSides() : AuditedSides(SqlDialect.PostgreSql);

public sealed class SqliteLedgerSideAuditTests(SqliteAuditedSides ledger) : LedgerSideAuditSuite(ledger), IClassFixture<SqliteAuditedSides>;

public sealed class PostgresLedgerSideAuditTests(PostgresAuditedSides ledger) : LedgerSideAuditSuite(ledger), IClassFixture<PostgresAuditedSides>;

/// <summary>The audit of the whole ledger comes when it is due, however often the server is restarted.</summary>
public sealed class LedgerWholeAuditTests
{
    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task ServerThatIsRestartedDaily_AuditsTheWholeOnceADay(SqlDialect dialect)
    {
        await using var test = await AuditedSides.CreateAsync(dialect);
        var time = new TestClock(Noon);
        Assert.True(await AuditAsync(test, time));
        Assert.False(await AuditAsync(test, time));

        var audited = 0;
        for (var hour = 1; hour <= 96; hour++)
        {
            time.Now = Noon.AddHours(hour);
            if (await AuditAsync(test, time)) { audited++; }
        }

        Assert.Equal(4, audited);
    }

    [Fact]
    public async Task AuditThatWasCutOff_IsBegunAgainAfterAnHourAndNotWithEachStart()
    {
        await using var test = await AuditedSides.CreateAsync(SqlDialect.Sqlite);
        var time = new TestClock(Noon);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AuditAsync(test, time, new CancellationToken(canceled: true)));

        time.Now = Noon.AddMinutes(59);
        Assert.False(await AuditAsync(test, time));
        time.Now = Noon.AddMinutes(60);
        Assert.True(await AuditAsync(test, time));
    }

    /// <summary>As a server does that has just started.</summary>
    private static async Task<bool> AuditAsync(TestDatabase test, TimeProvider time, CancellationToken cancellationToken = default)
    {
        using var job = new LedgerAuditJob(new LedgerAudit(test.Database), Options.Create(new LedgerOptions()), time, NullLogger<LedgerAuditJob>.Instance);
        return await job.AuditWholeIfDueAsync(cancellationToken);
    }
}
