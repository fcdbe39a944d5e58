using System.Collections.Concurrent;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>What the owner of a shard promises, on both databases.</summary>
public abstract class LedgerOwnerSuite(SqlDialect dialect) : IAsyncLifetime
{
    private readonly TestClock _clock = new(Noon);
    private readonly LedgerOptions _options = new();
    private readonly ConcurrentQueue<SettledGift> _told = new();
    private readonly List<LedgerOwner> _owners = [];
    private TestDatabase _database = null!;
    private FaultyLedgerStore _store = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _store = new FaultyLedgerStore(SqlLedgerStore.For(_database.Database));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var owner in _owners) { await owner.DisposeAsync(); }
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Gift_IsAnsweredWithTheNewBalanceAndTold()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        var gift = Gift(Ana, 11);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await owner.PostAsync(gift));

        Assert.Equal((89, 5, 6), (await owner.GetBalanceAsync(Ana), await owner.GetBalanceAsync(Star), await owner.GetBalanceAsync(Fee)));
        await ToldAsync(1);
        Assert.Equal([(gift.Key, 2L, 0)], _told.Select(told => (told.Key, told.Batch, told.Order)));
    }

    [Fact]
    public async Task NothingIsAnsweredOrToldBeforeTheCommit()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        var (reached, gate) = HoldNextAppend();
        var gift = owner.PostAsync(Gift(Ana, 11));
        await reached;

        Assert.False(gift.IsCompleted);
        Assert.Empty(_told);
        Assert.Equal(100, await owner.GetBalanceAsync(Ana));

        gate.SetResult();
        await gift;
        Assert.Equal(89, await owner.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task WhatArrivesDuringACommit_IsTheNextCommit()
    {
        var owner = await StartAsync();
        var (reached, gate) = HoldNextAppend();
        var first = owner.PostAsync(TopUp(Ana, 1_000));
        await reached;
        var gifts = Enumerable.Range(0, 100).Select(_ => owner.PostAsync(Gift(Ana, 10))).ToList();
        gate.SetResult();
        await first;

        var answers = await Task.WhenAll(gifts);

        Assert.Equal(Enumerable.Range(1, 100).Select(i => 1_000L - (i * 10)), answers.Select(answer => answer.Balance));
        await ToldAsync(100);
        Assert.Equal([2L], _told.Select(gift => gift.Batch).Distinct());
        Assert.Equal(Enumerable.Range(0, 100), _told.Select(gift => gift.Order));
    }

    [Fact]
    public async Task FullQueue_IsBusyAndDecidesNothing()
    {
        _options.QueueMax = 2;
        var owner = await StartAsync();
        var (reached, gate) = HoldNextAppend();
        var first = owner.PostAsync(TopUp(Ana, 100));
        await reached;
        var waiting = new[] { owner.PostAsync(Gift(Ana, 10)), owner.PostAsync(Gift(Ana, 10)) };
        var refused = Gift(Ana, 10);

        Assert.Equal(LedgerOutcome.Busy, (await owner.PostAsync(refused)).Outcome);

        gate.SetResult();
        await first;
        await Task.WhenAll(waiting);
        Assert.Null(await owner.RecallAsync(refused.Key, refused.Fingerprint));
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 70, 10), await owner.PostAsync(refused));
    }

    [Fact]
    public async Task RepeatedKey_GetsItsFirstAnswer_InThisLifeAndTheNext()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        var gift = Gift(Ana, 11);
        var first = await owner.PostAsync(gift);
        await owner.PostAsync(Gift(Ana, 50));

        Assert.Equal(first, await owner.PostAsync(gift));
        Assert.Equal(first, await owner.RecallAsync(gift.Key, gift.Fingerprint));
        Assert.Equal(LedgerOutcome.KeyReused, (await owner.PostAsync(gift with { Fingerprint = 8 })).Outcome);

        await owner.DisposeAsync();
        _clock.Now = Noon.AddDays(40);
        var next = await StartAsync();
        Assert.Equal(first, await next.PostAsync(gift));
        Assert.Equal(first, await next.RecallAsync(gift.Key, gift.Fingerprint));
        Assert.Equal(LedgerOutcome.KeyReused, (await next.RecallAsync(gift.Key, 8))!.Outcome);
        Assert.Equal(39, await next.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task RefusedKey_GetsItsFirstAnswerWhileItIsRemembered()
    {
        var owner = await StartAsync();
        var gift = Gift(Ana, 11);
        var refused = await owner.PostAsync(gift);
        await owner.PostAsync(TopUp(Ana, 100));

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Insufficient, 0, 11), refused);
        Assert.Equal(refused, await owner.PostAsync(gift));
        Assert.Equal(refused, await owner.RecallAsync(gift.Key, gift.Fingerprint));

        await owner.DisposeAsync();
        var next = await StartAsync();
        Assert.Null(await next.RecallAsync(gift.Key, gift.Fingerprint));
        Assert.Equal(LedgerOutcome.Moved, (await next.PostAsync(gift)).Outcome);
    }

    [Fact]
    public async Task NewKeys_NeedNoLookup()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        await owner.PostAsync(Gift(Ana, 1));
        var finds = _store.Finds;
        for (var i = 0; i < 10; i++) { await owner.PostAsync(Gift(Ana, 1)); }

        Assert.Equal(finds, _store.Finds);
    }

    [Fact]
    public async Task CommitThatFailed_IsDecidedAgainAndMovesOnce()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        FailNext(before: true);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await owner.PostAsync(Gift(Ana, 11)));
        Assert.Equal(89, await owner.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task CommitWhoseAnswerWasLost_IsFoundAndAnsweredAlike()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        FailNext(before: false);
        var gift = Gift(Ana, 11);

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await owner.PostAsync(gift));
        Assert.Equal(89, await owner.GetBalanceAsync(Ana));
        Assert.Equal([gift.Key], (await _store.GetGiftsAfterAsync(0, "room1", 0, 0, 10)).Select(settled => settled.Key));
    }

    [Fact]
    public async Task TakeOverThatFailsOrIsNotAnswered_IsTriedAgain()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        FailNext(before: false);
        var failures = 0;
        _store.BeforeTakeOver = () => ++failures == 1 ? throw new IOException("unreachable") : Task.CompletedTask;
        _store.AfterTakeOver = () => failures == 2 ? throw new IOException("answer lost") : Task.CompletedTask;

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await owner.PostAsync(Gift(Ana, 11)));
        Assert.Equal(3, failures);
    }

    [Fact]
    public async Task DatabaseThatStaysDown_IsSaid_AndTheRetryMovesOnce()
    {
        _options.GiveUpAfterMs = 0;
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        _store.AfterAppend = _ => throw new IOException("answer lost");
        _store.BeforeTakeOver = () => throw new IOException("unreachable");
        var gift = Gift(Ana, 11);

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => owner.PostAsync(gift));
        await Assert.ThrowsAsync<LedgerUnavailableException>(() => owner.PostAsync(gift));

        _store.AfterAppend = _ => Task.CompletedTask;
        _store.BeforeTakeOver = () => Task.CompletedTask;
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await owner.PostAsync(gift));
        Assert.Equal(89, await owner.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task RequestThatTheDatabaseRefuses_FailsAlone()
    {
        var owner = await StartAsync();
        await owner.PostAsync(TopUp(Ana, 100));
        var poison = Gift(Ana, 1);
        var (reached, gate) = HoldNextAppend();
        var first = owner.PostAsync(Gift(Ana, 1));
        await reached;
        _store.BeforeAppend = batch => batch.Entries.Any(entry => entry.Request.Key == poison.Key) ? throw new IOException("refused") : Task.CompletedTask;
        var gifts = Enumerable.Range(0, 10).Select(_ => owner.PostAsync(Gift(Ana, 1))).ToList();
        var bad = owner.PostAsync(poison);
        var later = Enumerable.Range(0, 5).Select(_ => owner.PostAsync(Gift(Ana, 1))).ToList();
        gate.SetResult();
        await first;

        await Assert.ThrowsAsync<LedgerUnavailableException>(() => bad);
        Assert.All(await Task.WhenAll([.. gifts, .. later]), answer => Assert.Equal(LedgerOutcome.Moved, answer.Outcome));
        Assert.Equal(84, await owner.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task OvertakenOwner_EndsAndLosesNothing()
    {
        var old = await StartAsync();
        await old.PostAsync(TopUp(Ana, 100));
        var next = await StartAsync();
        var gift = Gift(Ana, 11);

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(gift));
        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(gift));
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await next.PostAsync(gift));
    }

    [Fact]
    public async Task OvertakenOwner_DoesNotRefuseWhatTheNewOneWouldMove()
    {
        var old = await StartAsync();
        var next = await StartAsync();
        await next.PostAsync(TopUp(Ana, 100));

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(Gift(Ana, 11)));
    }

    [Fact]
    public async Task OvertakenOwner_DoesNotCallAKeyTooOldThatTheNewOneHasMoved()
    {
        var old = await StartAsync();
        var next = await StartAsync();
        var topUp = TopUp(Ana, 100);
        await next.PostAsync(topUp);
        _clock.Now = Noon.AddDays(2);

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(topUp));
        Assert.Equal(LedgerOutcome.Moved, (await next.PostAsync(topUp)).Outcome);
    }

    [Fact]
    public async Task OvertakenOwner_DoesNotRecallARefusalThatIsHistory()
    {
        var old = await StartAsync();
        var gift = Gift(Ana, 11);
        await old.PostAsync(gift);
        var next = await StartAsync();
        await next.PostAsync(TopUp(Ana, 100));
        await next.PostAsync(gift);

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.RecallAsync(gift.Key, gift.Fingerprint));
        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(gift));
    }

    [Fact]
    public async Task OwnerInDoubtThatWasOvertaken_DoesNotFightBack()
    {
        var old = await StartAsync();
        await old.PostAsync(TopUp(Ana, 100));
        var gift = Gift(Ana, 11);
        LedgerOwner? next = null;
        _store.AfterAppend = async _ =>
        {
            _store.AfterAppend = _ => Task.CompletedTask;
            next = await StartAsync();
            throw new IOException("answer lost");
        };

        await Assert.ThrowsAsync<InconsistentStateException>(() => old.PostAsync(gift));
        Assert.Equal(new LedgerAnswer(LedgerOutcome.Moved, 89, 11), await next!.PostAsync(gift));
        Assert.Equal(89, await next.GetBalanceAsync(Ana));
    }

    [Fact]
    public async Task EndingOwner_SettlesWhatWaits()
    {
        var owner = await StartAsync();
        var (reached, gate) = HoldNextAppend();
        var first = owner.PostAsync(TopUp(Ana, 100));
        await reached;
        var waiting = owner.PostAsync(Gift(Ana, 11));
        var ending = owner.DisposeAsync();
        var late = owner.PostAsync(Gift(Ana, 11));
        gate.SetResult();
        await ending;

        Assert.Equal(LedgerOutcome.Moved, (await first).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await waiting).Outcome);
        await Assert.ThrowsAsync<InconsistentStateException>(() => late);
    }

    [Fact]
    public async Task MoreWalletsAndKeysThanMemoryHolds_StayCorrect()
    {
        (_options.AccountsInMemoryMax, _options.KeysInMemoryMax, _options.BatchMax) = (64, 64, 50);
        var owner = await StartAsync();
        var wallets = Enumerable.Range(0, 500).Select(i => LedgerAccount.Coins($"w{i}")).ToList();
        await Task.WhenAll(wallets.Select(wallet => owner.PostAsync(TopUp(wallet, 10, Key(Noon.AddMinutes(-1))))));
        var gifts = wallets.Select((wallet, i) => Gift(wallet, 1 + (i % 10), Key(Noon.AddMilliseconds(i)))).ToList();
        var first = await Task.WhenAll(gifts.Select(owner.PostAsync));
        var again = await Task.WhenAll(gifts.Select(owner.PostAsync));

        Assert.Equal(first, again);
        Assert.All(first, answer => Assert.Equal(LedgerOutcome.Moved, answer.Outcome));
        for (var i = 0; i < wallets.Count; i++) { Assert.Equal(9 - (i % 10), await owner.GetBalanceAsync(wallets[i])); }
    }

    private async Task<LedgerOwner> StartAsync()
    {
        var owner = await LedgerOwner.StartAsync(0, _store, Tell, _options, _clock, NullLogger.Instance);
        _owners.Add(owner);
        return owner;
    }

    private void Tell(IReadOnlyList<SettledGift> gifts)
    {
        foreach (var gift in gifts) { _told.Enqueue(gift); }
    }

    // Rooms are told right after the answers.
    private async Task ToldAsync(int count)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(120));
        while (_told.Count < count) { patience.Token.ThrowIfCancellationRequested(); await Task.Yield(); }
    }

    private (Task Reached, TaskCompletionSource Gate) HoldNextAppend()
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _store.BeforeAppend = async _ =>
        {
            _store.BeforeAppend = _ => Task.CompletedTask;
            reached.SetResult();
            await gate.Task;
        };
        return (reached.Task, gate);
    }

    private void FailNext(bool before)
    {
        if (before)
        {
            _store.BeforeAppend = _ =>
            {
                _store.BeforeAppend = _ => Task.CompletedTask;
                throw new IOException("connection lost");
            };
        }
        else
        {
            _store.AfterAppend = _ =>
            {
                _store.AfterAppend = _ => Task.CompletedTask;
                throw new IOException("answer lost");
            };
        }
    }
}

public sealed class SqliteLedgerOwnerTests() : LedgerOwnerSuite(SqlDialect.Sqlite);

public sealed class PostgresLedgerOwnerTests() : LedgerOwnerSuite(SqlDialect.PostgreSql);
