using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.LoadTester.Checks;

namespace LiveCommerce.LoadTester.Tests;

public sealed class WalletProofTests
{
    private static readonly Guid First = Guid.CreateVersion7();
    private static readonly Guid Second = Guid.CreateVersion7();
    private readonly WalletProof _wallet = new("ana", coinsBefore: 100);

    public WalletProofTests()
    {
        foreach (var key in new[] { First, Second })
        {
            _wallet.Sent(key);
            _wallet.Acknowledged(new GiftReceipt(key, 5, 0));
        }
    }

    [Fact]
    public void EveryGiftOnce_AndTheBalance_IsRight_AlsoOverSeveralReadings()
    {
        _wallet.Read([Line(First, -5)]);
        _wallet.Read([Line(Second, -5), Line(First, -5)]);

        Assert.Null(_wallet.Problem(coinsAfter: 90));
    }

    [Fact]
    public void AcknowledgedGiftThatIsNotThere_IsFound()
    {
        _wallet.Read([Line(First, -5)]);
        Assert.Contains("is not in the wallet", _wallet.Problem(95), StringComparison.Ordinal);
    }

    [Fact]
    public void GiftThatMovedTwice_IsFound()
    {
        _wallet.Read([Line(First, -5), Line(First, -5), Line(Second, -5)]);
        Assert.Contains("twice", _wallet.Problem(85), StringComparison.Ordinal);
    }

    [Fact]
    public void GiftThatNobodySent_IsFound()
    {
        _wallet.Read([Line(Guid.CreateVersion7(), -5), Line(First, -5), Line(Second, -5)]);
        Assert.Contains("never sent", _wallet.Problem(85), StringComparison.Ordinal);
    }

    [Fact]
    public void BalanceThatDoesNotAgree_IsFound()
    {
        _wallet.Read([Line(First, -5), Line(Second, -5)]);
        Assert.Equal("ana should have 90 coins and has 91", _wallet.Problem(91));
    }

    [Fact]
    public void GiftWithoutAnAnswer_MayStandInTheWallet()
    {
        var unknown = Guid.CreateVersion7();
        _wallet.Sent(unknown);
        _wallet.Read([Line(unknown, -5), Line(First, -5), Line(Second, -5)]);

        Assert.Null(_wallet.Problem(85));
    }

    private static WalletLine Line(Guid key, long coins) => new(key, WalletLineKind.GiftSent, coins, DateTimeOffset.UnixEpoch, null, "heart", 1);
}
