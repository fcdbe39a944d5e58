using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>Holds, several entries in one commit, and freezes, on both databases.</summary>
public abstract class LedgerHoldSuite(SqlDialect dialect) : IAsyncLifetime
{
    private readonly TestClock _clock = new(Noon);
    private readonly List<SettledGift> _told = [];
    private TestDatabase _database = null!;
    private FaultyLedgerStore _store = null!;
    private LedgerOwner _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _store = new FaultyLedgerStore(SqlLedgerStore.For(_database.Database));
        _owner = await StartAsync();
        await _owner.PostAsync(TopUp(Ana, 100));
    }

    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task HeldCoins_CannotBeSpentAndAreStillThere()
    {
        var hold = Hold(Ana, 60);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 40, 60), await _owner.PostAsync(hold));

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Insufficient, 40, 41), await _owner.PostAsync(Gift(Ana, 41)));
        Assert.Equal(LedgerOutcome.Insufficient, (await _owner.PostAsync(Hold(Ana, 41))).Outcome);
        Assert.Equal((100, 60), await BalanceAsync(Ana));
        Assert.Equal(0, await _owner.GetBalanceAsync(Star));
        Assert.Equal([100], (await _store.GetLinesAsync(0, Ana, 10)).Select(line => line.Change));
    }

    [Fact]
    public async Task PostedHold_MovesAPart_FreesTheRest_AndTellsTheRoom()
    {
        var hold = Hold(Ana, 60);
        await _owner.PostAsync(hold);
        var post = Posted(hold, 50);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 50, 50), await _owner.PostAsync(post));

        Assert.Equal((50, 0), await BalanceAsync(Ana));
        Assert.Equal((25, 25), (await _owner.GetBalanceAsync(Star), await _owner.GetBalanceAsync(Fee)));
        Assert.Equal(post.Key, Assert.Single(_told).Key);
        Assert.Equal("castle", Assert.Single(await _store.GetLatestGiftsAsync(0, "room1", 10)).GiftId);
        var stored = (await _owner.FindHoldAsync(hold.Key))!;
        Assert.Equal((LedgerHoldState.Posted, 50L, 60L, "cardgift:1"), (stored.Hold!.State, stored.Hold.Posted, stored.Amount, stored.Entry.Reference));
    }

    [Fact]
    public async Task HoldThatIsOver_CannotEndAgain_AndRepeatsAreAnsweredAlike()
    {
        var hold = Hold(Ana, 60);
        await _owner.PostAsync(hold);
        var voided = End(hold, LedgerEntryKind.HoldVoided);
        var first = await _owner.PostAsync(voided);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 100, 60), first);
        Assert.Equal(LedgerOutcome.HoldOver, (await _owner.PostAsync(Posted(hold, 50))).Outcome);
        Assert.Equal(LedgerOutcome.HoldOver, (await _owner.PostAsync(End(hold, LedgerEntryKind.HoldVoided))).Outcome);
        Assert.Equal(first, await _owner.PostAsync(voided));
        Assert.Equal(LedgerOutcome.OriginalUnknown, (await _owner.PostAsync(Posted(Hold(Ana, 5), 5))).Outcome);
        Assert.Equal((100, 0), await BalanceAsync(Ana));
    }

    [Fact]
    public async Task EndsThatRace_ExactlyOneWins()
    {
        for (var round = 0; round < 20; round++)
        {
            var hold = Hold(Ana, 10);
            var opened = _owner.PostAsync(hold);
            var ends = new[] { Posted(hold, 10), End(hold, LedgerEntryKind.HoldVoided), Posted(hold, 3), End(hold, LedgerEntryKind.HoldVoided) }
                .OrderBy(_ => Random.Shared.Next())
                .Select(entry => Task.Run(() => _owner.PostAsync(entry)))
                .ToList();
            await opened;
            var answers = await Task.WhenAll(ends);
            var moved = answers.Count(answer => answer.Outcome == LedgerOutcome.Moved);
            Assert.True(moved <= 1);
            Assert.All(answers, answer => Assert.Contains(
                answer.Outcome, (LedgerOutcome[])[LedgerOutcome.Moved, LedgerOutcome.HoldOver, LedgerOutcome.OriginalUnknown]));
            if (moved == 0) { Assert.Equal(LedgerOutcome.Moved, (await _owner.PostAsync(End(hold, LedgerEntryKind.HoldVoided))).Outcome); }
            Assert.Equal(0, (await BalanceAsync(Ana)).Held);
            await _owner.PostAsync(TopUp(Ana, 10));
        }
    }

    [Fact]
    public async Task PostOfMoreThanWasHeld_OrFromAnotherAccount_IsRefused()
    {
        var hold = Hold(Ana, 60);
        await _owner.PostAsync(hold);

        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.PostAsync(Posted(hold, 61))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostAsync(Posted(hold, 60) with { Debit = Clearing })).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostAsync(Hold(Ana, 1, Noon))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostAsync(Hold(Ana, 1) with { ExpiresAt = null })).Outcome);
        Assert.Equal((100, 60), await BalanceAsync(Ana));
    }

    [Fact]
    public async Task Hold_ExpiresNotBeforeItsTime_AndThenByItself()
    {
        var hold = Hold(Ana, 60, Noon.AddDays(3));
        await _owner.PostAsync(hold);

        Assert.Equal(LedgerOutcome.NotYet, (await _owner.PostAsync(End(hold, LedgerEntryKind.HoldExpired))).Outcome);
        _clock.Now = Noon.AddDays(3);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while ((await BalanceAsync(Ana)).Held > 0) { patience.Token.ThrowIfCancellationRequested(); await Task.Yield(); }

        Assert.Equal(LedgerHoldState.Expired, (await _owner.FindHoldAsync(hold.Key))!.Hold!.State);
        Assert.Equal(LedgerOutcome.HoldOver, (await _owner.PostAsync(Posted(hold, 60) with { Key = Key(_clock.Now) })).Outcome);
    }

    [Fact]
    public async Task CommitOfAHoldInDoubt_IsSettledOnce()
    {
        var hold = Hold(Ana, 60);
        FailOnce();
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 40, 60), await _owner.PostAsync(hold));
        FailOnce();
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 45, 55), await _owner.PostAsync(Posted(hold, 55)));
        Assert.Equal((45, 0), await BalanceAsync(Ana));
    }

    [Fact]
    public async Task EntriesTogether_MoveAllOrNone_AndAnswerByTheFirstKey()
    {
        var usd = LedgerAccount.Clearing(LedgerUnit.UsdCents);
        var topUp = TopUp(Ben, 50);
        var charge = new LedgerEntry(
            LedgerKeys.Derive(topUp.Key, "usd"), 2, LedgerEntryKind.Charge, usd, [new LedgerLeg(LedgerAccount.CoinFloat(LedgerUnit.UsdCents), 50)], Rate: 0);
        var tooMuch = Gift(Ben, 60);

        Assert.Equal(LedgerOutcome.Insufficient, (await _owner.PostTogetherAsync([topUp with { Key = Key() }, charge with { Key = Key() }, tooMuch])).Outcome);
        Assert.Equal((0, 0), (await _owner.GetBalanceAsync(Ben), await _owner.GetBalanceAsync(usd)));

        var first = await _owner.PostTogetherAsync([topUp, charge]);
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, -150, 50), first);
        Assert.Equal((50, -50), (await _owner.GetBalanceAsync(Ben), await _owner.GetBalanceAsync(usd)));
        Assert.Equal(first, await _owner.PostTogetherAsync([topUp, charge]));
        Assert.Equal(first, await _owner.RecallAsync(topUp.Key, topUp.Fingerprint));
        Assert.Equal(LedgerOutcome.KeyReused, (await _owner.PostTogetherAsync([TopUp(Ben, 50), charge])).Outcome);
        var twice = TopUp(Ben, 50);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostTogetherAsync([twice, twice])).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostTogetherAsync([])).Outcome);
        Assert.Equal(50, await _owner.GetBalanceAsync(Ben));
    }

    [Fact]
    public async Task EntriesTogether_SeeWhatThoseBeforeThemMoved_AndLeaveNoTraceWhenTheyFail()
    {
        var hold = Hold(Ben, 30);

        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.PostTogetherAsync([TopUp(Ben, 50), hold, Posted(hold, 31)])).Outcome);
        Assert.Null(await _owner.FindHoldAsync(hold.Key));
        Assert.Equal(LedgerOutcome.Moved, (await _owner.PostTogetherAsync([TopUp(Ben, 50), hold, Posted(hold, 30), Gift(Ben, 20)])).Outcome);
        Assert.Equal((0, 0), await BalanceAsync(Ben));
    }

    [Fact]
    public async Task FrozenAccount_PaysNothing_HoldsNothing_AndItsHoldsAreStillPosted()
    {
        var hold = Hold(Ana, 60);
        await _owner.PostAsync(hold);
        var freeze = new LedgerFreeze(Key(), Ana, Frozen: true, "op", "asked by the bank");

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 40, 0), await _owner.SetFrozenAsync(freeze));
        Assert.Equal(LedgerOutcome.Moved, (await _owner.SetFrozenAsync(freeze)).Outcome);
        Assert.Equal(LedgerOutcome.KeyReused, (await _owner.SetFrozenAsync(freeze with { Frozen = false })).Outcome);
        Assert.Equal(LedgerOutcome.KeyOutOfTime, (await _owner.SetFrozenAsync(freeze with { Key = Key(Noon.AddDays(-2)) })).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.SetFrozenAsync(freeze with { Key = Key(), Reason = "" })).Outcome);
        Assert.Equal(LedgerOutcome.Frozen, (await _owner.PostAsync(Gift(Ana, 1))).Outcome);
        Assert.Equal(LedgerOutcome.Frozen, (await _owner.PostAsync(Hold(Ana, 1))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await _owner.PostAsync(Posted(hold, 60))).Outcome);

        Assert.Equal(LedgerOutcome.Moved, (await _owner.SetFrozenAsync(freeze with { Key = Key(), Frozen = false })).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await _owner.PostAsync(Gift(Ana, 1))).Outcome);
    }

    [Fact]
    public async Task FreezeOfAnAccountNeverUsed_IsKept_AlsoWhenItsCommitIsInDoubt()
    {
        var failures = 1;
        _store.AfterFreeze = () => failures-- > 0 ? throw new IOException("injected") : Task.CompletedTask;

        Assert.Equal(LedgerOutcome.Moved, (await _owner.SetFrozenAsync(new LedgerFreeze(Key(), Ben, Frozen: true, "op", "asked"))).Outcome);
        await _owner.PostAsync(TopUp(Ben, 10));
        await using var next = await StartAsync();

        Assert.Equal(LedgerOutcome.Frozen, (await next.PostAsync(Gift(Ben, 1))).Outcome);
    }

    private async Task<(long Balance, long Held)> BalanceAsync(LedgerAccount account)
    {
        var record = (await _owner.FindAsync([account]))[0];
        return (record?.Balance ?? 0, record?.Held ?? 0);
    }

    private void FailOnce()
    {
        var failures = 1;
        _store.AfterAppend = _ => failures-- > 0 ? throw new IOException("injected") : Task.CompletedTask;
    }

    private Task<LedgerOwner> StartAsync() => LedgerOwner.StartAsync(
        0, _store, _told.AddRange, new LedgerOptions { ExpiryEveryMs = 20 }, _clock, NullLogger.Instance);
}

public sealed class SqliteLedgerHoldTests() : LedgerHoldSuite(SqlDialect.Sqlite);

public sealed class PostgresLedgerHoldTests() : LedgerHoldSuite(SqlDialect.PostgreSql);
