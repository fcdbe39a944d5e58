using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Inbox;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>What the store of the provider's events promises.</summary>
public abstract class PaymentEventsSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private TestDatabase _database = null!;
    private PaymentEvents _events = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _events = new PaymentEvents(_database.Database);
    }

    public async ValueTask DisposeAsync()
    {
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task KnownEvent_IsStoredOnceWithItsFirstBody()
    {
        Assert.True(await Add("evt_1", "first"));
        Assert.False(await Add("evt_1", "second"));

        Assert.Equal("first", Assert.Single(await _events.ReadWaitingAsync(10)).Body);
    }

    [Fact]
    public async Task SameEventAtOnce_IsNewToOneOnly()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Add("evt_1", "{}"))));

        Assert.Single(added, isNew => isNew);
    }

    [Fact]
    public async Task StoredEvent_WakesTheInboxInTheSameCommit()
    {
        await Add("evt_1", "{}");

        Assert.Equal(Noon.AddSeconds(5), await new DueTimes(_database.Database).FindAsync("PaymentInbox", "main"));
    }

    [Fact]
    public async Task ProcessedEvent_WaitsNoMoreAndStaysKnown()
    {
        await Add("evt_1", "{}");
        await _events.MarkAsync([(await _events.ReadWaitingAsync(10))[0].Seq], [], Noon);

        Assert.Empty(await _events.ReadWaitingAsync(10));
        Assert.False(await Add("evt_1", "{}"));
    }

    [Fact]
    public async Task FailedEvent_ComesAfterThoseThatWereTriedLess()
    {
        await Add("evt_1", "{}");
        await Add("evt_2", "{}");
        await _events.MarkAsync([], [(await _events.ReadWaitingAsync(1))[0].Seq], Noon);

        var waiting = await _events.ReadWaitingAsync(10);

        Assert.Equal(["evt_2", "evt_1"], waiting.Select(one => one.EventId));
        Assert.Equal(1, waiting[1].Attempts);
    }

    [Fact]
    public async Task OldProcessedEvents_AreForgottenAndWaitingOnesAreNot()
    {
        await Add("evt_1", "{}");
        await Add("evt_2", "{}");
        await _events.MarkAsync([(await _events.ReadWaitingAsync(1))[0].Seq], [], Noon);

        Assert.Equal(0, await _events.ForgetAsync(Noon));
        Assert.Equal(1, await _events.ForgetAsync(Noon.AddDays(1)));
        Assert.Equal("evt_2", Assert.Single(await _events.ReadWaitingAsync(10)).EventId);
    }

    private Task<bool> Add(string id, string body) =>
        _events.AddAsync(id, "payment_intent.succeeded", body, Noon, Noon.AddSeconds(5), "PaymentInbox", "main");
}

public sealed class SqlitePaymentEventsTests() : PaymentEventsSuite(SqlDialect.Sqlite);

public sealed class PostgresPaymentEventsTests() : PaymentEventsSuite(SqlDialect.PostgreSql);
