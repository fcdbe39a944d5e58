using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

/// <summary>A ledger with an owner, a clock that the test moves, and the books over the same tables.</summary>
internal sealed class BooksWorld : IAsyncDisposable
{
    public const int Shard = 0;

    private BooksWorld(TestDatabase database, LedgerOwner owner, TestClock clock)
    {
        Test = database;
        Owner = owner;
        Clock = clock;
        Journal = new Journal(database.Database);
        Lots = new LotReader(database.Database, Journal);
        Statements = new StatementReader(Journal);
        Earnings = new EarningsReader(database.Database, Journal, Microsoft.Extensions.Options.Options.Create(Options));
    }

    public TestDatabase Test { get; }

    public LedgerOwner Owner { get; }

    public TestClock Clock { get; }

    public LedgerOptions Options { get; } = new();

    public Journal Journal { get; }

    public LotReader Lots { get; }

    public StatementReader Statements { get; }

    public EarningsReader Earnings { get; }

    public static async Task<BooksWorld> OpenAsync(SqlDialect dialect)
    {
        var database = await Databases.CreateAsync(dialect);
        var clock = new TestClock(LedgerSamples.Noon);
        var owner = await LedgerOwner.StartAsync(
            Shard, SqlLedgerStore.For(database.Database), _ => { }, new LedgerOptions(), clock, NullLogger.Instance);
        return new BooksWorld(database, owner, clock);
    }

    /// <summary>Posts an entry now, under a key of now.</summary>
    public async Task<LedgerEntry> PostAsync(LedgerEntry entry)
    {
        var posted = entry with { Key = LedgerSamples.Key(Clock.Now) };
        Assert.Equal(LedgerOutcome.Moved, (await Owner.PostAsync(posted)).Outcome);
        return posted;
    }

    /// <summary>Gives back a part of an entry now.</summary>
    public async Task ReverseAsync(Guid original, long amount, Guid? lot = null) => Assert.Equal(
        LedgerOutcome.Moved,
        (await Owner.ReverseAsync(new LedgerReversal(LedgerSamples.Key(Clock.Now), 9, original, amount, "refund:1", [], lot))).Outcome);

    /// <summary>A statement, one page of it.</summary>
    public Task<LedgerStatement> ReadAsync(LedgerAccount account, DateTimeOffset from, DateTimeOffset until, int take = 500, LedgerPlace? after = null) =>
        Statements.ReadAsync(Shard, new LedgerStatementRequest(account, from, until, after, take));

    public async ValueTask DisposeAsync()
    {
        await Owner.DisposeAsync();
        Assert.Empty(await new LedgerAudit(Test.Database).VerifyAsync());
        await Test.DisposeAsync();
    }
}
