using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>What is given back, what is then owed, and how it is repaid, on both databases.</summary>
public abstract class LedgerReversalSuite(SqlDialect dialect) : IAsyncLifetime
{
    private static readonly LedgerAccount Available = LedgerAccount.Available("star", LedgerUnit.Coins);
    private static readonly LedgerAccount Owed = LedgerAccount.Receivable("star", LedgerUnit.Coins);
    private static readonly LedgerAccount Losses = LedgerAccount.Losses(LedgerUnit.Coins);
    private static readonly LedgerAccount PaidOut = LedgerAccount.PaidOut(LedgerUnit.Coins);

    private readonly TestClock _clock = new(Noon);
    private TestDatabase _database = null!;
    private FaultyLedgerStore _store = null!;
    private LedgerOwner _owner = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await Databases.CreateAsync(dialect);
        _store = new FaultyLedgerStore(SqlLedgerStore.For(_database.Database));
        _owner = await StartAsync();
        await MovesAsync(TopUp(Ana, 100));
    }

    public async ValueTask DisposeAsync()
    {
        await _owner.DisposeAsync();
        Assert.Empty(await new LedgerAudit(_database.Database).VerifyAsync());
        await _database.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task GiftGivenBack_IsAllOfItAgain_AndRepeatsAreAnsweredAlikeInTheNextLifeToo()
    {
        var gift = await MovesAsync(Gift(Ana, 11));
        var back = Back(gift);

        var first = await _owner.ReverseAsync(back);

        Assert.Equal((LedgerOutcome.Moved, 11L), (first.Outcome, first.Amount));
        await HaveAsync((Ana, 100), (Star, 0), (Fee, 0));
        Assert.Equal(first, await _owner.ReverseAsync(back));
        Assert.Equal(LedgerOutcome.KeyReused, (await _owner.ReverseAsync(back with { Fingerprint = 9 })).Outcome);
        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.ReverseAsync(Back(gift))).Outcome);
        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.ReverseAsync(Back(gift, 1))).Outcome);
        await using var next = await StartAsync();
        Assert.Equal(first, await next.ReverseAsync(back));
        Assert.Equal(first, await next.RecallAsync(back.Key, back.Fingerprint));
    }

    [Fact]
    public async Task GiftGivenBackInParts_EndsExactlyWhereItBegan()
    {
        var gift = await MovesAsync(Gift(Ana, 97));
        foreach (var part in (long[])[1, 1, 30, 2, 7])
        {
            Assert.Equal(part, (await _owner.ReverseAsync(Back(gift, part))).Amount);
        }

        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.ReverseAsync(Back(gift, 57))).Outcome);
        Assert.Equal(56, (await _owner.ReverseAsync(Back(gift))).Amount);
        await HaveAsync((Ana, 100), (Star, 0), (Fee, 0));
    }

    [Fact]
    public async Task EarningsThatAreGone_AreTakenFromPendingThenAvailableThenOwed_AndNewOnesRepayFirst()
    {
        var gift = await MovesAsync(Gift(Ana, 80));
        await MovesAsync(Maturity(30));
        await MovesAsync(Entry(LedgerEntryKind.Payout, Available, PaidOut, 25));
        await HaveAsync((Star, 10), (Available, 5), (Fee, 40));

        Assert.Equal(80, (await _owner.ReverseAsync(Back(gift))).Amount);

        await HaveAsync((Ana, 100), (Star, 0), (Available, 0), (Owed, -25), (Fee, 0));
        await MovesAsync(Gift(Ana, 20));
        await HaveAsync((Star, 0), (Owed, -15), (Fee, 10));
        await using var next = await StartAsync();
        Assert.Equal(LedgerOutcome.Moved, (await next.PostAsync(Gift(Ana, 60))).Outcome);
        Assert.Equal((15, 0), (await next.GetBalanceAsync(Star), await next.GetBalanceAsync(Owed)));
        Assert.Equal(LedgerOutcome.Moved, (await next.PostAsync(Gift(Ana, 2))).Outcome);
        Assert.Equal(16, await next.GetBalanceAsync(Star));
        Assert.Equal(
            [LedgerEntryKind.Repayment, LedgerEntryKind.Repayment, LedgerEntryKind.Reversal],
            (await _store.GetLinesAsync(0, Owed, 10)).Select(line => line.Kind));
    }

    [Fact]
    public async Task RepaidDebt_IsNeverOverpaid()
    {
        var gift = await MovesAsync(Gift(Ana, 10));
        await MovesAsync(Maturity(5));
        await MovesAsync(Entry(LedgerEntryKind.Payout, Available, PaidOut, 5));
        await _owner.ReverseAsync(Back(gift));

        Assert.Equal(LedgerOutcome.TooMuch, (await _owner.PostAsync(Entry(LedgerEntryKind.Adjustment, Losses, Owed, 6))).Outcome);
        await MovesAsync(Entry(LedgerEntryKind.Adjustment, Losses, Owed, 5));
        await MovesAsync(Gift(Ana, 10));
        await HaveAsync((Star, 5), (Owed, 0));
    }

    [Fact]
    public async Task FeesThatAreGone_AreThePlatformsLoss()
    {
        var gift = await MovesAsync(Gift(Ana, 10));
        await MovesAsync(Entry(LedgerEntryKind.Adjustment, Fee, Clearing, 3));

        await _owner.ReverseAsync(Back(gift));

        await HaveAsync((Ana, 100), (Fee, 0), (Losses, -3));
    }

    [Fact]
    public async Task TopUpThatIsSpent_CannotBeGivenBack_AndWhatBelongsToItMovesNeither()
    {
        var usd = LedgerAccount.Clearing(LedgerUnit.UsdCents);
        var coinFloat = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);
        var topUp = await MovesAsync(TopUp(Ben, 50));
        await MovesAsync(Entry(LedgerEntryKind.Charge, usd, coinFloat, 50));
        await MovesAsync(Gift(Ben, 20));
        LedgerReversal Refund(long coins) => Back(topUp, coins) with
        {
            Together = [Entry(LedgerEntryKind.Refund, coinFloat, usd, coins)],
            Lot = topUp.Key,
        };

        Assert.Equal(new LedgerAnswer(LedgerOutcome.Insufficient, 30, 31), await _owner.ReverseAsync(Refund(31)));
        await HaveAsync((Ben, 30), (usd, -50), (coinFloat, 50));
        Assert.Equal(30, (await _owner.ReverseAsync(Refund(30))).Amount);
        await HaveAsync((Ben, 0), (usd, -20), (coinFloat, 20));
    }

    [Fact]
    public async Task WhatComesTogetherWithAReversal_IsDecidedFirst_SoThatAHoldCanBeFreedForIt()
    {
        var topUp = await MovesAsync(TopUp(Ben, 50));
        var hold = await MovesAsync(new LedgerEntry(
            Key(), 5, LedgerEntryKind.Hold, Ben, [new LedgerLeg(Clearing, 50)], Rate: 0, Reference: "freeze:1", ExpiresAt: Noon.AddDays(90), Lot: topUp.Key));

        Assert.Equal(LedgerOutcome.Insufficient, (await _owner.ReverseAsync(Back(topUp))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await _owner.ReverseAsync(Back(topUp) with { Together = [End(hold, LedgerEntryKind.HoldVoided)] })).Outcome);
        Assert.Equal(LedgerHoldState.Voided, (await _owner.FindHoldAsync(hold.Key))!.Hold!.State);
        await HaveAsync((Ben, 0), (Clearing, -100));
    }

    [Fact]
    public async Task FrozenAccounts_GiveBackAllTheSame()
    {
        var gift = await MovesAsync(Gift(Ana, 10));
        foreach (var account in (LedgerAccount[])[Star, Fee, Ana])
        {
            await _owner.SetFrozenAsync(new LedgerFreeze(Key(), account, Frozen: true, "op", "asked"));
        }

        Assert.Equal(LedgerOutcome.Moved, (await _owner.ReverseAsync(Back(gift))).Outcome);
        await HaveAsync((Ana, 100));
    }

    [Fact]
    public async Task PostedHold_IsGivenBackLikeAGift()
    {
        var hold = await MovesAsync(Hold(Clearing, 60));
        var post = await MovesAsync(Posted(hold, 50));

        Assert.Equal(50, (await _owner.ReverseAsync(Back(post))).Amount);
        await HaveAsync((Clearing, -100), (Star, 0), (Fee, 0));
    }

    [Fact]
    public async Task WhatMovedNothingOrIsUnknown_CannotBeGivenBack()
    {
        var hold = await MovesAsync(Hold(Ana, 10));
        var gift = await MovesAsync(Gift(Ana, 10));
        var back = Back(gift);
        await _owner.ReverseAsync(back);

        Assert.Equal(LedgerOutcome.OriginalUnknown, (await _owner.ReverseAsync(Back(hold))).Outcome);
        Assert.Equal(LedgerOutcome.OriginalUnknown, (await _owner.ReverseAsync(Back(gift) with { Original = back.Key })).Outcome);
        Assert.Equal(LedgerOutcome.OriginalUnknown, (await _owner.ReverseAsync(Back(Gift(Ana, 10)))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.ReverseAsync(Back(gift, 0))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.ReverseAsync(Back(gift, -1))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await _owner.PostAsync(Gift(Ana, 1) with { Kind = LedgerEntryKind.Reversal, Gift = null })).Outcome);
    }

    [Fact]
    public async Task GiftOfTheSameCommit_CanBeGivenBack()
    {
        var (reached, gate) = (new TaskCompletionSource(), new TaskCompletionSource());
        _store.BeforeAppend = _ =>
        {
            reached.TrySetResult();
            return gate.Task;
        };
        var first = _owner.PostAsync(TopUp(Ben, 5));
        await reached.Task;
        var gift = Gift(Ana, 10);
        var together = new[] { _owner.PostAsync(gift), _owner.ReverseAsync(Back(gift, 4)), _owner.ReverseAsync(Back(gift)), _owner.ReverseAsync(Back(gift)) };
        gate.SetResult();
        await first;

        var answers = await Task.WhenAll(together);

        Assert.Equal([(LedgerOutcome.Moved, 10L), (LedgerOutcome.Moved, 4L), (LedgerOutcome.Moved, 6L), (LedgerOutcome.TooMuch, 0L)],
            answers.Select(answer => (answer.Outcome, answer.Amount)));
        await HaveAsync((Ana, 100), (Star, 0), (Fee, 0));
    }

    [Fact]
    public async Task ReversalInDoubt_GivesBackOnce()
    {
        var gift = await MovesAsync(Gift(Ana, 10));
        var failures = 1;
        _store.AfterAppend = _ => failures-- > 0 ? throw new IOException("injected") : Task.CompletedTask;

        Assert.Equal(4, (await _owner.ReverseAsync(Back(gift, 4))).Amount);
        await HaveAsync((Ana, 94));
    }

    private static LedgerReversal Back(LedgerEntry original, long? amount = null) => new(Key(), 8, original.Key, amount, "dispute:1", []);

    private static LedgerEntry Entry(LedgerEntryKind kind, LedgerAccount from, LedgerAccount to, long amount) =>
        new(Key(), 4, kind, from, [new LedgerLeg(to, amount)], Rate: 0);

    private async Task<LedgerEntry> MovesAsync(LedgerEntry entry)
    {
        Assert.Equal(LedgerOutcome.Moved, (await _owner.PostAsync(entry)).Outcome);
        return entry;
    }

    private async Task HaveAsync(params (LedgerAccount Account, long Balance)[] expected)
    {
        foreach (var (account, balance) in expected) { Assert.Equal((account, balance), (account, await _owner.GetBalanceAsync(account))); }
    }

    private Task<LedgerOwner> StartAsync() => LedgerOwner.StartAsync(0, _store, _ => { }, new LedgerOptions(), _clock, NullLogger.Instance);
}

public sealed class SqliteLedgerReversalTests() : LedgerReversalSuite(SqlDialect.Sqlite);

public sealed class PostgresLedgerReversalTests() : LedgerReversalSuite(SqlDialect.PostgreSql);

public sealed class ReversalPlanTests
{
    [Fact]
    public void Shares_AreExact_NeverMoreThanIsLeft_AndInTheEndEverything()
    {
        for (var seed = 0; seed < 2_000; seed++)
        {
            var random = new Random(seed);
            var left = Enumerable.Range(0, 1 + random.Next(3)).Select(_ => random.Next(4) == 0 ? random.NextInt64(1L << 61) : random.Next(30)).ToArray();
            if (left.Sum() == 0) { continue; }
            var platform = random.Next(left.Length);
            while (left.Sum() > 0)
            {
                var amount = random.Next(5) == 0 ? left.Sum() : random.NextInt64(1, left.Sum() + 1);
                var before = left.ToArray();
                var shares = ReversalPlan.Share(left, platform, amount);

                Assert.True(shares.Sum() == amount, $"Seed {seed}: {string.Join("+", shares)} is not {amount}");
                for (var leg = 0; leg < left.Length; leg++)
                {
                    Assert.True(shares[leg] >= 0 && shares[leg] <= left[leg], $"Seed {seed}: leg {leg} gives {shares[leg]} of {left[leg]}");
                    Assert.True(
                        Int128.Abs(((Int128)shares[leg] * before.Sum()) - ((Int128)left[leg] * amount)) <= (Int128)before.Sum() * left.Length,
                        $"Seed {seed}: leg {leg} is not in proportion");
                    left[leg] -= shares[leg];
                }
            }
        }
    }
}
