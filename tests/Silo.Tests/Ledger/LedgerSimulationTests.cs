using System.Globalization;
using Dapper;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>
/// Seeded trials against a model, thousands over a store in memory and some over the real databases. <c>LEDGER_SEED=137</c> runs one seed
/// again, <c>LEDGER_SEEDS=50000</c> runs that many.
/// </summary>
public sealed class LedgerSimulationTests
{
    private const int SeedsInMemory = 3_000;
    private const int SeedsAlone = 1_000;
    private const int SeedsPerDatabase = 15;
    private const int AtOnce = 16;

    public static TheoryData<SqlDialect, int> Groups
    {
        get
        {
            var groups = new TheoryData<SqlDialect, int>();
            for (var group = 0; group < 4; group++) { groups.Add(SqlDialect.Sqlite, group * SeedsPerDatabase); }
            for (var group = 4; group < 6; group++) { groups.Add(SqlDialect.PostgreSql, group * SeedsPerDatabase); }
            return groups;
        }
    }

    [Fact]
    public Task WhateverFails_WhatIsStoredIsWhatTheModelMoves_AndWhatWasAcknowledgedIsThere() => ForSeedsAsync(SeedsInMemory, async seed =>
    {
        var store = new MemoryLedgerStore();
        await RunAsync(new LedgerTrial(store, seed), store, seed);
    });

    [Fact]
    public Task AloneAndUndisturbed_EveryAnswerIsTheModels() =>
        ForSeedsAsync(SeedsAlone, seed => new LedgerTrial(new MemoryLedgerStore(), seed).RunAloneAsync());

    [Theory]
    [MemberData(nameof(Groups))]
    public async Task OnADatabase_WhateverFails_TheSameHolds_AndTheAuditFindsNothing(SqlDialect dialect, int firstSeed)
    {
        await using var test = await Databases.CreateAsync(dialect);
        var trials = new List<LedgerTrial>();
        foreach (var seed in Enumerable.Range(firstSeed, SeedsPerDatabase).Where(seed => Only is null || seed == Only))
        {
            var trial = new LedgerTrial(SqlLedgerStore.For(test.Database), seed);
            await trial.RunAsync();
            trials.Add(trial);
        }

        await LedgerReplay.CheckAsync(
            $"from {firstSeed}", await LedgerReplay.ReadAsync(test.Database), [.. trials.SelectMany(trial => trial.Asked)],
            trials.SelectMany(trial => trial.Acknowledged), SqlLedgerStore.For(test.Database));

        // No packets are here to give back what nobody took.
        await test.Database.WriteAsync((connection, transaction) => connection.ExecuteAsync(
            "insert into due_time(grain_type, grain_key, due_at, first_due_at) select 'RedPacket', owner, 0, 0 from ledger_account where kind = 14",
            transaction: transaction));
        var defects = await new LedgerAudit(test.Database).VerifyAsync();
        Assert.True(defects.Count == 0, $"Seeds from {firstSeed}: {string.Join("; ", defects.Take(5))}");
    }

    [Fact]
    public async Task StoreThatLosesCommits_IsCaught()
    {
        // Counted, not drawn: how many commits there are depends on timing, and a run that lost none would prove nothing.
        var store = new MemoryLedgerStore();

        var caught = await Assert.ThrowsAnyAsync<Xunit.Sdk.XunitException>(() => RunAsync(new LedgerTrial(store, seed: 1, commit => commit % 3 == 0), store, seed: 1));

        Assert.Contains("Seed 1:", caught.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task StoreThatForgetsWhatWasGivenBack_IsCaught()
    {
        var caught = 0;
        for (var seed = 0; seed < 20; seed++)
        {
            var store = new MemoryLedgerStore { ForgetsReversals = true };
            try
            {
                await RunAsync(new LedgerTrial(store, seed), store, seed);
            }
            catch (Xunit.Sdk.XunitException)
            {
                caught++;
            }
        }

        Assert.True(caught >= 5, $"{caught} of 20 seeds caught it.");
    }

    private static int? Only => Number("LEDGER_SEED");

    private static async Task RunAsync(LedgerTrial trial, MemoryLedgerStore store, int seed)
    {
        await trial.RunAsync();
        await LedgerReplay.CheckAsync($"{seed}", LedgerReplay.Read(store), trial.Asked, trial.Acknowledged, store);
    }

    private static Task ForSeedsAsync(int count, Func<int, Task> run) => Parallel.ForEachAsync(
        Only is { } only ? [only] : Enumerable.Range(0, Number("LEDGER_SEEDS") ?? count),
        new ParallelOptions { MaxDegreeOfParallelism = AtOnce },
        async (seed, _) =>
        {
            try
            {
                await run(seed);
            }
            catch (Exception failure) when (!failure.Message.Contains($"Seed {seed}:", StringComparison.Ordinal))
            {
                throw new InvalidOperationException($"Seed {seed}: {failure.Message}", failure);
            }
        });

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
