using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerKeysTests
{
    [Fact]
    public void DerivedKey_HasTheTimeOfItsKeyAndIsTheSameEachTime()
    {
        var key = Key();

        var derived = LedgerKeys.Derive(key, "usd");

        Assert.Equal(7, derived.Version);
        Assert.Equal(8, derived.Variant & 0xC);
        Assert.Equal(LedgerRules.KeyTime(key), LedgerRules.KeyTime(derived));
        Assert.Equal(derived, LedgerKeys.Derive(key, "usd"));
        Assert.Equal(4, new HashSet<Guid> { key, derived, LedgerKeys.Derive(key, "fee"), LedgerKeys.Derive(Key(), "usd") }.Count);
    }

    [Fact]
    public void KeyOfTheLedgersOwn_CanBeNoRequestsKey()
    {
        var own = LedgerKeys.DeriveOwn(Key(), "expired");

        Assert.Equal(8, own.Version);
        Assert.False(LedgerRules.IsKeyInTime(own, Noon));
    }
}
