using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger.Books;

public sealed class MaturityTests
{
    private static readonly LedgerAccount Available = LedgerAccount.Available("star", LedgerUnit.Coins);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    public static TheoryData<SqlDialect, int> Trials
    {
        get
        {
            var trials = new TheoryData<SqlDialect, int>();
            for (var seed = 0; seed < 12; seed++) { trials.Add(SqlDialect.Sqlite, seed); }
            for (var seed = 12; seed < 15; seed++) { trials.Add(SqlDialect.PostgreSql, seed); }
            return trials;
        }
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task GiftPastItsHoldingTime_BecomesAvailable_OnceHoweverOftenItIsLookedFor(SqlDialect dialect)
    {
        await using var world = await World.StartAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        await world.PostAsync(Gift(Ana, 60, streamer: LedgerAccount.Agency("agency", LedgerUnit.Coins)));
        world.Clock.Advance(TimeSpan.FromDays(6));
        await world.PostAsync(Gift(Ana, 40));

        Assert.Equal(new MaturityLook(0, 0, More: false), await world.Maturity.Look());
        world.Clock.Advance(TimeSpan.FromDays(1) + TimeSpan.FromHours(1));
        var moved = await world.Maturity.Look();
        var again = await world.Maturity.Look();

        Assert.Equal((new MaturityLook(2, 80, More: false), new MaturityLook(0, 0, More: false)), (moved, again));
        Assert.Equal((50, 20), (await world.Ledger.GetBalance(Available), await world.Ledger.GetBalance(Star)));
        Assert.Equal(30, await world.Ledger.GetBalance(LedgerAccount.Available("agency", LedgerUnit.Coins)));
        var line = Assert.Single(await world.Ledger.GetLines(Available, 10));
        Assert.Equal((LedgerEntryKind.Maturity, 50L), (line.Kind, line.Change));
        Assert.StartsWith("maturity:20", line.Reference, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task LookThatDiedAfterItsCommit_IsRepeatedWithoutMovingMore(SqlDialect dialect)
    {
        await using var world = await World.StartAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        world.Clock.Advance(TimeSpan.FromDays(8));
        var now = world.Clock.GetUtcNow();
        var slot = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);

        // What a process did of this slot before it was killed; the one after it counts another amount and repeats the same key.
        Assert.Equal(LedgerOutcome.Moved, (await world.Ledger.Post(MaturityGrain.Entry(Star, 30, slot, slot.AddDays(-7)))).Outcome);
        await world.Maturity.Look();
        Assert.Equal(30, await world.Ledger.GetBalance(Available));

        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Maturity.Look();
        Assert.Equal((50, 0), (await world.Ledger.GetBalance(Available), await world.Ledger.GetBalance(Star)));
    }

    [Theory]
    [MemberData(nameof(Both))]
    public async Task HeldEarnings_StayPending(SqlDialect dialect)
    {
        await using var world = await World.StartAsync(dialect);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        var hold = await world.PostAsync(new LedgerEntry(
            Key(), 1, LedgerEntryKind.Hold, Star, [new LedgerLeg(Fee, 20)], Rate: 0, Reference: "freeze:1", ExpiresAt: world.Clock.GetUtcNow().AddDays(60)));
        world.Clock.Advance(TimeSpan.FromDays(8));

        await world.Maturity.Look();
        Assert.Equal((30, 0), (await world.Ledger.GetBalance(Available), await world.Ledger.GetBalance(Star)));

        await world.PostAsync(new LedgerEntry(Key(), 1, LedgerEntryKind.HoldVoided, Star, [], Rate: 0, Original: hold.Key));
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Maturity.Look();
        Assert.Equal((50, 0), (await world.Ledger.GetBalance(Available), await world.Ledger.GetBalance(Star)));
    }

    [Fact]
    public async Task FrozenEarnings_StayPendingUntilTheyAreThawed()
    {
        await using var world = await World.StartAsync(SqlDialect.Sqlite);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        world.Clock.Advance(TimeSpan.FromDays(8));
        await world.Ledger.SetFrozen(new LedgerFreeze(Key(world.Clock.GetUtcNow()), Star, Frozen: true, "operator", "a look at it"));

        Assert.Equal(0, (await world.Maturity.Look()).Accounts);

        await world.Ledger.SetFrozen(new LedgerFreeze(Key(world.Clock.GetUtcNow()), Star, Frozen: false, "operator", "all is well"));
        world.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(50, (await world.Maturity.Look()).Moved);
    }

    [Fact]
    public async Task OneLook_MovesABoundedNumberOfAccounts_AndTheNextGoesOn()
    {
        await using var world = await World.StartAsync(SqlDialect.Sqlite, accountsMax: 2);
        await world.PostAsync(TopUp(Ana, 1_000));
        for (var i = 0; i < 5; i++) { await world.PostAsync(Gift(Ana, 10, streamer: LedgerAccount.Earnings($"star{i}"))); }
        world.Clock.Advance(TimeSpan.FromDays(8));

        Assert.Equal([new MaturityLook(2, 10, true), new MaturityLook(2, 10, true), new MaturityLook(1, 5, false)],
            [await world.Maturity.Look(), await world.Maturity.Look(), await world.Maturity.Look()]);
    }

    [Fact]
    public async Task ServersTimer_LooksByItself()
    {
        await using var world = await World.StartAsync(SqlDialect.Sqlite, timer: true);
        await world.PostAsync(TopUp(Ana, 1_000));
        await world.PostAsync(Gift(Ana, 100));
        world.Clock.Advance(TimeSpan.FromDays(8));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (await world.Ledger.GetBalance(Available) == 0)
        {
            patience.Token.ThrowIfCancellationRequested();
            world.Clock.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.Equal(50, await world.Ledger.GetBalance(Available));
    }

    /// <summary>Against a model that knows of every gift how much of it is left and when it came; what goes out takes the oldest first.</summary>
    [Theory]
    [MemberData(nameof(Trials))]
    public async Task WhateverComesAndGoes_WhatIsAvailableIsWhatIsLeftOfTheOldGifts(SqlDialect dialect, int seed)
    {
        await using var world = await World.StartAsync(dialect);
        var random = new Random(seed);
        var pending = new List<(DateTimeOffset At, long Left)>();
        var available = 0L;
        await world.PostAsync(TopUp(Ana, 1_000_000));
        for (var i = 0; i < 40; i++)
        {
            world.Clock.Advance(TimeSpan.FromMinutes(random.Next(3_000)));
            var now = world.Clock.GetUtcNow();
            var sum = pending.Sum(gift => gift.Left);
            if (sum > 0 && random.Next(4) == 0)
            {
                var amount = 1 + random.NextInt64(sum);
                await world.PostAsync(new LedgerEntry(Key(), 1, LedgerEntryKind.Adjustment, Star, [new LedgerLeg(Fee, amount)], Rate: 0));
                Take(amount);
            }
            else
            {
                var coins = 2 * (1 + random.Next(100));
                await world.PostAsync(Gift(Ana, coins));
                pending.Add((now, coins / 2));
            }

            if (random.Next(3) > 0) { continue; }
            while ((await world.Maturity.Look()).More) { }
            var slot = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, 0, 0, TimeSpan.Zero);
            var ripe = pending.Where(gift => gift.At < slot.AddDays(-7)).Sum(gift => gift.Left);
            available += ripe;
            Take(ripe);

            Assert.Equal(
                (pending.Sum(gift => gift.Left), available), (await world.Ledger.GetBalance(Star), await world.Ledger.GetBalance(Available)));
            var earnings = (await world.Books.GetEarnings("star")).Gifts;
            DateTimeOffset? next = pending.Count == 0 ? null : pending[0].At.AddDays(7);
            Assert.Equal((pending.Sum(gift => gift.Left), available, next), (earnings.Pending, earnings.Available, earnings.NextAt));
        }

        void Take(long amount)
        {
            while (amount > 0)
            {
                var part = Math.Min(amount, pending[0].Left);
                amount -= part;
                pending[0] = pending[0] with { Left = pending[0].Left - part };
                if (pending[0].Left == 0) { pending.RemoveAt(0); }
            }
        }
    }

    /// <summary>The ledger as the silo runs it, with a clock that only the test moves.</summary>
    private sealed class World(TestDatabase database, TestSilo silo, ManualTimeProvider clock) : IAsyncDisposable
    {
        public ManualTimeProvider Clock => clock;

        public IGiftLedgerGrain Ledger => silo.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

        public ILedgerMaturityGrain Maturity => silo.Grains.GetGrain<ILedgerMaturityGrain>(IGiftLedgerGrain.Key);

        public ILedgerBooksGrain Books => silo.Grains.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key);

        /// <summary>Starts one on a database of its own.</summary>
        /// <param name="timer">Whether the server looks by itself as well; else only the test does.</param>
        public static async Task<World> StartAsync(SqlDialect dialect, int accountsMax = 500, bool timer = false)
        {
            var database = await Databases.CreateAsync(dialect);
            var clock = new ManualTimeProvider();
            var settings = new Dictionary<string, string?>
            {
                ["Storage:Provider"] = database.Options.Provider.ToString(),
                ["Storage:ConnectionString"] = database.Options.ConnectionString,
                ["Ledger:MaturityAccountsMax"] = accountsMax.ToString(),
                ["Actors:CallTimeout"] = "01:00:00", // the test's clock outruns the database
            };
            var silo = TestSilo.Start(
                services =>
                {
                    services.AddSingleton<TimeProvider>(clock);
                    services.AddLogging();
                    services.AddStorage().AddLedger().AddSilo();
                    if (!timer) { services.Remove(services.Single(service => service.ImplementationType == typeof(MaturityJob))); }
                },
                settings);
            return new World(database, silo, clock);
        }

        public async Task<LedgerEntry> PostAsync(LedgerEntry entry)
        {
            var posted = entry with { Key = Key(clock.GetUtcNow()) };
            Assert.Equal(LedgerOutcome.Moved, (await Ledger.Post(posted)).Outcome);
            return posted;
        }

        public async ValueTask DisposeAsync()
        {
            Assert.Empty(await silo.Services.GetRequiredService<ILedgerAudit>().VerifyAsync());
            await silo.DisposeAsync();
            await database.DisposeAsync();
        }
    }
}
