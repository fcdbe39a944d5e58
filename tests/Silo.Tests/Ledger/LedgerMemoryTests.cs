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
}
