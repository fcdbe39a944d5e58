using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>What the table of due times promises.</summary>
public abstract class DueTimesSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private TestDatabase _database = null!;
    private DueTimes _due = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _due = new DueTimes(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task GrainBeforeItsTime_IsNotTaken()
    {
        await _due.SetAsync("TopUp", "a", Noon + Minute);

        Assert.Empty(await _due.ClaimAsync(Noon, Noon + Minute, 10));
    }

    [Fact]
    public async Task DueGrains_ComeLongestWaitingFirstAndBounded()
    {
        await _due.SetAsync("TopUp", "late", Noon);
        await _due.SetAsync("TopUp", "later", Noon - Minute);
        await _due.SetAsync("Order", "latest", Noon - (2 * Minute));

        Assert.Equal([new DueGrain("Order", "latest"), new DueGrain("TopUp", "later")], await _due.ClaimAsync(Noon, Noon + Minute, 2));
    }

    [Fact]
    public async Task TakenGrainThatNeitherSetsNorClears_IsTakenAgainAfterTheLease()
    {
        await _due.SetAsync("TopUp", "a", Noon);
        await _due.ClaimAsync(Noon, Noon + Minute, 10);

        Assert.Empty(await _due.ClaimAsync(Noon, Noon + Minute, 10));
        Assert.Single(await _due.ClaimAsync(Noon + Minute, Noon + (2 * Minute), 10));
    }

    [Fact]
    public async Task SetAgain_MovesTheTime()
    {
        await _due.SetAsync("TopUp", "a", Noon);
        await _due.SetAsync("TopUp", "a", Noon + Minute);

        Assert.Equal(Noon + Minute, await _due.FindAsync("TopUp", "a"));
    }

    [Fact]
    public async Task Cleared_IsNeverTaken()
    {
        await _due.SetAsync("TopUp", "a", Noon);
        await _due.ClearAsync("TopUp", "a");
        await _due.ClearAsync("TopUp", "a");

        Assert.Empty(await _due.ClaimAsync(Noon, Noon + Minute, 10));
        Assert.Null(await _due.FindAsync("TopUp", "a"));
    }

    [Fact]
    public async Task TwoProcesses_NeverTakeTheSameGrain()
    {
        for (var i = 0; i < 20; i++) { await _due.SetAsync("TopUp", $"t{i}", Noon); }

        var taken = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => _due.ClaimAsync(Noon, Noon + Minute, 20))));

        Assert.Equal(20, taken.Sum(some => some.Count));
        Assert.Equal(20, taken.SelectMany(some => some).Distinct().Count());
    }
}

public sealed class SqliteDueTimesTests() : DueTimesSuite(SqlDialect.Sqlite);

public sealed class PostgresDueTimesTests() : DueTimesSuite(SqlDialect.PostgreSql);
