using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerMemoryTests
{
    private static readonly RememberedAnswer Answer = new(1, LedgerOutcome.Moved, 2, 3);

    [Fact]
    public void Map_NeverHoldsMoreThanItsCapacityAndKeepsWhatIsUsed()
    {
        var map = new HalvingMap<int, int>(100);
        for (var i = 0; i < 10_000; i++)
        {
            map.Set(i, i);
            Assert.True(map.Count <= 100);
            Assert.True(map.TryGet(0, out _), $"after {i}");
        }

        Assert.True(map.TryGet(9_999, out _));
        Assert.False(map.TryGet(5_000, out _));
    }

    [Fact]
    public void ForgottenKey_MayBeStored_WhileANewOneCannot()
    {
        var keys = new KeyMemory(100);
        keys.Reset(newestStored: null);
        var all = Enumerable.Range(0, 1_000).Select(i => Key(Noon.AddSeconds(i))).ToList();
        foreach (var key in all)
        {
            Assert.False(keys.MayBeStored(key));
            keys.Add(key, Answer);
        }

        Assert.True(keys.Count <= 100);
        Assert.All(all, key => Assert.True(keys.TryGet(key, out _) || keys.MayBeStored(key)));
        Assert.False(keys.MayBeStored(Key(Noon.AddSeconds(1_000))));
    }

    [Fact]
    public void AfterATakeOver_OnlyKeysOfALaterTimeAreCertainlyNew()
    {
        var keys = new KeyMemory(100);
        Assert.True(keys.MayBeStored(Key()));
        var stored = Key(Noon);
        keys.Reset(stored);

        Assert.True(keys.MayBeStored(Key(Noon)));
        Assert.True(keys.MayBeStored(Key(Noon.AddHours(-1))));
        Assert.False(keys.MayBeStored(Key(Noon.AddMilliseconds(1))));
        Assert.True(keys.MayBeStored(Guid.NewGuid()));
    }

    [Fact]
    public void Accounts_ComeOutAsTheyWentIn_WhateverTheirOwnersAreCalled()
    {
        var id = Guid.CreateVersion7().ToString("N");
        var owners = Enumerable.Range(0, 300).Select(_ => Guid.CreateVersion7().ToString("N"))
            .Concat([id, id.ToUpperInvariant(), Guid.NewGuid().ToString("N"), new string('z', 32), "", "star"]).Distinct(StringComparer.Ordinal);
        var accounts = owners.SelectMany(owner => Enum.GetValues<LedgerAccountKind>().SelectMany(
            kind => Enum.GetValues<LedgerUnit>().Select(unit => new LedgerAccount(kind, owner, unit)))).ToList();
        var records = accounts.Select((account, number) => new AccountRecord(
            number, account, AccountFlags.Frozen, number + 1L, long.MaxValue - number, number + 2L, number + 3L, number % 2 == 0)).ToList();
        var all = new AccountMemory(4 * records.Count);
        Assert.False(all.TryGet(accounts[0], out _));
        foreach (var record in records) { all.Set(record.Account, record with { Debits = 0 }); }
        foreach (var record in records) { all.Set(record.Account, record); }

        Assert.All(records, record => Assert.Equal(record, all.TryGet(record.Account, out var found) ? found : null));
    }

    [Fact]
    public void BeyondItsCapacity_AccountsThatAreUsedStay_AndWhatIsKnownIsTheNewest()
    {
        var memory = new AccountMemory(100);
        var used = LedgerAccount.Coins(Guid.CreateVersion7().ToString("N"));
        var first = LedgerAccount.Coins(Guid.CreateVersion7().ToString("N"));
        memory.Set(first, Record(first, 0));
        for (var i = 0; i < 1_000; i++)
        {
            memory.Set(used, Record(used, i));
            var other = LedgerAccount.Coins(Guid.CreateVersion7().ToString("N"));
            memory.Set(other, Record(other, i));
            Assert.True(memory.TryGet(used, out var known));
            Assert.Equal(i, known.Credits);
        }

        Assert.False(memory.TryGet(first, out _));

        static AccountRecord Record(LedgerAccount account, long credits) => new(1, account, AccountFlags.None, 0, credits, 1);
    }

    [Fact]
    public void AnswersWithNumbersOfAnySize_AreRememberedExactly()
    {
        var keys = new KeyMemory(1_000);
        keys.Reset(newestStored: null);
        var answers = new[] { 0, 1, -1, int.MaxValue, int.MinValue, 1L + int.MaxValue, long.MaxValue, long.MinValue }
            .SelectMany(balance => new[] { 1, uint.MaxValue, 1L + uint.MaxValue, long.MaxValue }.Select(
                amount => (Key: Key(), Answer: new RememberedAnswer(long.MinValue + amount, LedgerOutcome.Moved, balance, amount)))).ToList();
        foreach (var (key, answer) in answers) { keys.Add(key, answer); }

        Assert.All(answers, one => Assert.Equal(one.Answer, keys.TryGet(one.Key, out var found) ? found : default));
    }
}
