using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using Microsoft.Extensions.Logging.Abstractions;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

/// <summary>Amounts, units, accounts and keys that cannot be: a typed answer, and nothing moves.</summary>
public sealed class LedgerBadInputTests
{
    private static readonly LedgerAccount Usd = LedgerAccount.Clearing(LedgerUnit.UsdCents);

    [Fact]
    public async Task WhateverIsWrong_IsSaidAsAnOutcome_AndNothingMoves()
    {
        var store = new MemoryLedgerStore();
        await using var owner = await LedgerOwner.StartAsync(0, store, _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        await owner.PostAsync(TopUp(Ana, 100));
        var hold = Hold(Ana, 10);
        await owner.PostAsync(hold);
        var commits = store.Journal.Batches.Count;
        for (var seed = 0; seed < 500; seed++)
        {
            var random = new Random(seed);
            var good = random.Next(3) switch { 0 => Gift(Ana, 10), 1 => Hold(Ana, 10), _ => Posted(hold, 5) };
            var (bad, expected) = Spoil(good, random);

            var answer = random.Next(2) == 0 ? await owner.PostAsync(bad) : await owner.PostTogetherAsync([TopUp(Ben, 5), bad]);

            Assert.True(answer.Outcome == expected, $"Seed {seed}: {answer} to {bad}");
        }

        Assert.Equal(commits, store.Journal.Batches.Count);
        Assert.Equal((90, 0), (await owner.GetBalanceAsync(Ana), await owner.GetBalanceAsync(Ben)));
    }

    private static (LedgerEntry Bad, LedgerOutcome Expected) Spoil(LedgerEntry good, Random random) => random.Next(12) switch
    {
        0 => (good with { Credits = [new LedgerLeg(Star, 0)] }, LedgerOutcome.Malformed),
        1 => (good with { Credits = [new LedgerLeg(Star, -random.NextInt64(1, long.MaxValue))] }, LedgerOutcome.Malformed),
        2 => (good with { Credits = [new LedgerLeg(Star, long.MaxValue), new LedgerLeg(Fee, 1)] }, LedgerOutcome.Malformed),
        3 => (good with { Credits = [new LedgerLeg(LedgerAccount.Sales("star"), 1)] }, LedgerOutcome.Malformed),
        4 => (good with { Credits = [new LedgerLeg(Star with { Unit = (LedgerUnit)9 }, 1)] }, LedgerOutcome.Malformed),
        5 => (good with { Debit = Ana with { Kind = (LedgerAccountKind)99 } }, LedgerOutcome.Malformed),
        6 => (good with { Debit = Ana with { Owner = "a\0b" } }, LedgerOutcome.Malformed),
        7 => (good with { Credits = [] }, LedgerOutcome.Malformed),
        8 => (good with { Credits = [new LedgerLeg(Star, 1), new LedgerLeg(Star, 1)] }, LedgerOutcome.Malformed),
        9 => (good with { Kind = random.Next(2) == 0 ? LedgerEntryKind.Reversal : LedgerEntryKind.Repayment, Gift = null, ExpiresAt = null }, LedgerOutcome.Malformed),
        10 => (good with { Key = random.Next(3) switch { 0 => Guid.NewGuid(), 1 => LedgerKeys.DeriveOwn(Key(), "x"), _ => Key(Noon.AddDays(-2)) } }, LedgerOutcome.KeyOutOfTime),
        _ => (good with { Rate = -1 }, LedgerOutcome.Malformed),
    };

    [Fact]
    public async Task TurnoverThatWouldOverflow_IsRefused_AlsoByAReversalAndAHold()
    {
        var store = new MemoryLedgerStore();
        await using var owner = await LedgerOwner.StartAsync(0, store, _ => { }, new LedgerOptions(), new TestClock(Noon), NullLogger.Instance);
        var floats = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);
        LedgerEntry Charge(long amount) => new(Key(), 1, LedgerEntryKind.Charge, Usd, [new LedgerLeg(floats, amount)], Rate: 0);
        var charge = Charge(long.MaxValue - 1);
        Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(charge)).Outcome);

        Assert.Equal(LedgerOutcome.Malformed, (await owner.PostAsync(Charge(2))).Outcome);
        Assert.Equal(LedgerOutcome.Moved, (await owner.ReverseAsync(new LedgerReversal(Key(), 1, charge.Key, null, "refund:1", []))).Outcome);
        Assert.Equal(LedgerOutcome.TooMuch, (await owner.ReverseAsync(new LedgerReversal(Key(), 1, charge.Key, 1, "refund:1", []))).Outcome);
        LedgerEntry HoldUsd(long amount) => new(
            Key(), 1, LedgerEntryKind.Hold, Usd, [new LedgerLeg(floats, amount)], Rate: 0, ExpiresAt: Noon.AddHours(1));
        Assert.Equal(LedgerOutcome.Moved, (await owner.PostAsync(HoldUsd(long.MaxValue - 1))).Outcome);
        Assert.Equal(LedgerOutcome.Malformed, (await owner.PostAsync(HoldUsd(2))).Outcome);
        Assert.Equal(0, (await owner.FindAsync([Usd]))[0]!.Balance);
    }
}
