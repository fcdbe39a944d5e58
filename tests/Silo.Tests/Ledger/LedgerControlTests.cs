using Dapper;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.Tests.Shared;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>
/// Controls: each takes one safeguard away and shows that the checks see what it was there for. A control that finds nothing means that
/// the checks prove nothing.
/// </summary>
public sealed class LedgerControlTests
{
    private const int Gifts = 50;

    [Theory]
    [InlineData("on")]
    [InlineData("off")]
    public async Task KilledPostgreSql_KeepsWhatWasAcknowledged_UnlessItsCommitsDoNotWaitForTheDisk(string synchronousCommit)
    {
        await using var server = await PostgresServer.StartAsync($"synchronous_commit={synchronousCommit}", "wal_writer_delay=10000", "wal_buffers=16MB");
        var options = new StorageOptions { Provider = SqlDialect.PostgreSql, ConnectionString = server.ConnectionString("postgres") };
        var acknowledged = new List<Guid>();
        await using (var database = StorageServices.Open(options))
        {
            await new Migrator(database, NullLogger<Migrator>.Instance).ApplyAsync();
            await using (var connection = await database.OpenAsync()) { await connection.ExecuteAsync("checkpoint;"); }

            // A writer that never comes round: what was not waited for is still in memory when the kill comes, however late.
            await server.HoldAsync("walwriter");
            await using var owner = await StartAsync(SqlLedgerStore.For(database));
            await PostAsync(owner, TopUp(Ana, 1_000), acknowledged);
            for (var i = 0; i < Gifts; i++) { await PostAsync(owner, Gift(Ana, 2), acknowledged); }
        }

        await server.KillAsync();
        await server.StartAgainAsync();
        NpgsqlConnection.ClearAllPools();
        await using var after = StorageServices.Open(options);
        var lost = acknowledged.Except(await ReadKeysAsync(after)).ToList();

        Assert.Equal(synchronousCommit == "off", lost.Count > 0);

        // The audit sees nothing of it: the end of a ledger that is gone leaves no gap.
        Assert.Empty(await new LedgerAudit(after).VerifyAsync());
    }

    [Fact]
    public async Task WithoutTheFence_TwoOwnersWriteTwoEnds_AndTheAuditSeesIt()
    {
        await using var test = await Databases.CreateAsync(SqlDialect.PostgreSql);
        var unfenced = new FaultyLedgerStore(SqlLedgerStore.For(test.Database)) { BeforeAppend = batch => TakeFenceAwayAsync(test.Database, batch) };
        await using var first = await StartAsync(unfenced);
        await first.PostAsync(TopUp(Ana, 100));
        await first.PostAsync(TopUp(Ben, 100));
        var star = LedgerAccount.Earnings("another star");
        await first.PostAsync(Move(Ana, Star, 1));
        await first.PostAsync(Move(Ben, star, 1));
        await using var second = await StartAsync(SqlLedgerStore.For(test.Database));
        await using (var connection = await test.Database.OpenAsync())
        {
            // One commit, one number: that alone would already stop the first owner.
            await connection.ExecuteAsync("alter table ledger_batch drop constraint ledger_batch_pkey cascade; drop index ledger_entry_place");
        }

        Assert.Equal(LedgerOutcome.Moved, (await second.PostAsync(Move(Ana, Star, 10))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await first.PostAsync(Move(Ben, star, 10))).Outcome);

        var broken = (await new LedgerAudit(test.Database).VerifyAsync()).Select(defect => defect.Rule).ToHashSet();
        Assert.Contains("batch_gap", broken);
        Assert.Contains("hash_chain", broken);
    }

    [Fact]
    public async Task WithoutThePrimaryKey_AGiftMovesTwice_AndTheAuditSeesIt()
    {
        await using var test = await Databases.CreateAsync(SqlDialect.PostgreSql);
        await using (var connection = await test.Database.OpenAsync())
        {
            await connection.ExecuteAsync("alter table ledger_entry drop constraint ledger_entry_pkey cascade");
        }

        var forgetful = new FaultyLedgerStore(SqlLedgerStore.For(test.Database));
        var gift = Gift(Ana, 10);
        await using (var owner = await StartAsync(forgetful))
        {
            await owner.PostAsync(TopUp(Ana, 100));
            await owner.PostAsync(gift);
        }

        // An owner that does not look for the key has nothing left that stops it.
        forgetful.Forgets = true;
        await using var next = await StartAsync(forgetful);
        Assert.Equal(LedgerOutcome.Moved, (await next.PostAsync(gift)).Outcome);

        Assert.Contains(await new LedgerAudit(test.Database).VerifyAsync(), defect => defect.Rule == "duplicate_key");
    }

    [Fact]
    public async Task FullDisk_NothingAcknowledgedIsLost_AndWithSpaceTheSameGiftGoesThrough()
    {
        await using var test = await Databases.CreateAsync(SqlDialect.Sqlite);
        await using var owner = await StartAsync(SqlLedgerStore.For(test.Database), new LedgerOptions { GiveUpAfterMs = 0 });
        var acknowledged = new List<Guid>();
        await PostAsync(owner, TopUp(Ana, 100_000), acknowledged);

        // As much as it has now, and not a page more.
        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync("pragma max_page_count = 1", transaction: transaction));
        LedgerEntry? unanswered = null;
        for (var sent = 0; unanswered is null && sent < 100_000; sent++)
        {
            var gift = Gift(Ana, 2);
            try { await PostAsync(owner, gift, acknowledged); }
            catch (LedgerUnavailableException) { unanswered = gift; }
        }

        Assert.NotNull(unanswered);
        Assert.Equal(acknowledged.Order(), (await ReadKeysAsync(test.Database)).Order());
        Assert.Empty(await new LedgerAudit(test.Database).VerifyAsync());

        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync("pragma max_page_count = 1000000", transaction: transaction));
        await PostAsync(owner, unanswered, acknowledged);
        Assert.Equal(acknowledged.Order(), (await ReadKeysAsync(test.Database)).Order());
    }

    private static Task<LedgerOwner> StartAsync(ILedgerStore store, LedgerOptions? options = null) =>
        LedgerOwner.StartAsync(0, store, _ => { }, options ?? new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);

    private static async Task PostAsync(LedgerOwner owner, LedgerEntry entry, List<Guid> acknowledged)
    {
        Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(entry)).Outcome);
        acknowledged.Add(entry.Key);
    }

    // One credit only: the two owners touch no account in common.
    private static LedgerEntry Move(LedgerAccount viewer, LedgerAccount streamer, long coins) => Gift(viewer, coins, streamer: streamer) with
    {
        Credits = [new LedgerLeg(streamer, coins)],
    };

    private static async Task TakeFenceAwayAsync(Database database, LedgerBatch batch)
    {
        await using var connection = await database.OpenAsync();
        await connection.ExecuteAsync(
            "update ledger_shard set epoch = @Epoch, last_seq = @Before, last_hash = @PreviousHash where shard = @Shard",
            new { batch.Epoch, Before = batch.Seq - 1, batch.PreviousHash, batch.Shard });
    }

    private static async Task<IReadOnlyList<Guid>> ReadKeysAsync(Database database)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, "select id from ledger_entry");
        await using var reader = await command.ExecuteReaderAsync();
        var keys = new List<Guid>();
        while (await reader.ReadAsync()) { keys.Add(reader.GetValue(0) is byte[] bytes ? new Guid(bytes, bigEndian: true) : reader.GetGuid(0)); }
        return keys;
    }
}
