using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>The ledger as the rest of the silo calls it: through the actor runtime, beside real rooms.</summary>
public abstract class GiftLedgerGrainSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly List<IHost> _hosts = [];
    private TestDatabase _database = null!;
    private IHost _host = null!;

    private IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    private IGiftLedgerGrain Ledger => Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _host = await StartHostAsync();
    }

    public async ValueTask DisposeAsync()
    {
        Assert.Empty(await _host.Services.GetRequiredService<ILedgerAudit>().VerifyAsync());
        foreach (var host in _hosts)
        {
            await host.StopAsync();
            host.Dispose();
        }

        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task SettledGift_IsShownByItsRoom()
    {
        var room = Grains.GetGrain<IRoomGrain>("room1");
        Assert.True((await room.Create(new Person("star", "Star"), new RoomDetails("Hats", "fashion", null))).Ok);
        await Ledger.Post(Now(TopUp(Ana, 100)));
        var gift = Now(Gift(Ana, 11));

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await Ledger.Post(gift));

        using var patience = new CancellationTokenSource(Patience);
        while (!(await room.GetSnapshot()).Value!.Gifts.Any(shown => shown.Key == gift.Key)) { patience.Token.ThrowIfCancellationRequested(); }
        var latest = Assert.Single(await Ledger.GetLatestGifts("room1", 10));
        Assert.Equal([latest], await Ledger.GetGiftsAfter("room1", 0, 0, 10));
        Assert.Equal((gift.Key, 11L, 2L, 0), (latest.Key, latest.Coins, latest.Batch, latest.Order));
    }

    [Fact]
    public async Task GiftToARoomThatIsNotThere_IsSettledAllTheSame()
    {
        await Ledger.Post(Now(TopUp(Ana, 100)));

        Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(Now(Gift(Ana, 11, room: "nowhere")))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(Now(Gift(Ana, 11, room: new string('x', 128))))).Outcome);
    }

    [Fact]
    public async Task ManySendersAtOnce_AreEachAnsweredAndNoCoinIsLost()
    {
        var senders = Enumerable.Range(0, 40).Select(i => LedgerAccount.Coins($"w{i}")).ToList();
        await Task.WhenAll(senders.Select(async sender => await Ledger.Post(Now(TopUp(sender, 50)))));

        var answers = await Task.WhenAll(senders.SelectMany(sender => Enumerable.Range(0, 8).Select(async _ => await Ledger.Post(Now(Gift(sender, 10))))));

        Assert.Equal(40 * 5, answers.Count(answer => answer.Outcome == LedgerOutcome.Moved));
        Assert.Equal(40 * 3, answers.Count(answer => answer.Outcome == LedgerOutcome.Insufficient));
        Assert.Equal(40 * 5 * 5, await Ledger.GetBalance(Star));
        Assert.Equal(40 * -50, await Ledger.GetBalance(Clearing));
        foreach (var sender in senders) { Assert.Equal(0, await Ledger.GetBalance(sender)); }
    }

    [Fact]
    public async Task RestartedServer_RemembersBalancesHistoryAndKeys()
    {
        var (topUp, gift) = (Now(TopUp(Ana, 100)), Now(Gift(Ana, 11)));
        await Ledger.Post(topUp);
        var first = await Ledger.Post(gift);
        await _host.StopAsync();

        _host = await StartHostAsync();

        Assert.Equal(first, await Ledger.Recall(gift.Key, gift.Fingerprint));
        Assert.Equal(first, await Ledger.Post(gift));
        Assert.Equal(LedgerOutcome.KeyReused, (await Ledger.Post(gift with { Fingerprint = 8 })).Outcome);
        Assert.Null(await Ledger.Recall(Key(TimeProvider.System.GetUtcNow()), 1));
        Assert.Equal(89, await Ledger.GetBalance(Ana));
        Assert.Equal([(gift.Key, -11L), (topUp.Key, 100L)], (await Ledger.GetLines(Ana, 10)).Select(line => (line.EntryId, line.Change)));
    }

    [Fact]
    public async Task OvertakenActivation_Leaves_AndTheRetryIsAnsweredByANewOne()
    {
        await Ledger.Post(Now(TopUp(Ana, 100)));
        await using (await LedgerOwner.StartAsync(
            0, SqlLedgerStore.For(_database.Database), _ => { }, new LedgerOptions(), TimeProvider.System, NullLogger.Instance))
        {
            var gift = Now(Gift(Ana, 11));
            await Assert.ThrowsAsync<InconsistentStateException>(async () => await Ledger.Post(gift));

            using var patience = new CancellationTokenSource(Patience);
            while (true)
            {
                patience.Token.ThrowIfCancellationRequested();
                try
                {
                    Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await Ledger.Post(gift));
                    break;
                }
                catch (InconsistentStateException)
                {
                }
            }
        }
    }

    [Fact]
    public async Task ReadsOutOfBounds_AreRefused()
    {
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Ledger.GetLines(Ana, 201));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Ledger.GetLatestGifts("room1", 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await Ledger.GetGiftsAfter("room1", 0, 0, 1_001));
        Assert.Equal(0, await Ledger.GetBalance(default));
        Assert.Empty(await Ledger.GetLines(default, 1));
    }

    // The host's clock is the real one.
    private static LedgerEntry Now(LedgerEntry entry) => entry with { Key = Key(TimeProvider.System.GetUtcNow()) };

    private async Task<IHost> StartHostAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Storage:Provider"] = _database.Options.Provider.ToString(),
            ["Storage:ConnectionString"] = _database.Options.ConnectionString,
        });
        builder.Services.AddLogging();
        builder.Services.AddStorage().AddLedger().AddSilo();
        var host = builder.Build();
        await host.StartAsync();
        _hosts.Add(host);
        return host;
    }
}

public sealed class SqliteGiftLedgerGrainTests() : GiftLedgerGrainSuite(SqlDialect.Sqlite);

public sealed class PostgresGiftLedgerGrainTests() : GiftLedgerGrainSuite(SqlDialect.PostgreSql);
