using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Silo.RedPackets;

namespace LiveCommerce.Silo.Tests.RedPackets;

public sealed class RedPacketRecordTests
{
    private static readonly Guid Late = Guid.NewGuid();

    [Fact]
    public void KeyThatCameTooLate_IsReplacedOnce_WhoeverIsToldOfIt()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        var packet = With(posted: false).Rekeyed(0, Late, first);
        Assert.Equal(first, packet.Taken[0].Key);

        Assert.Same(packet, packet.Rekeyed(0, Late, second));
    }

    [Fact]
    public void ShareThatIsInItsWallet_KeepsItsKey()
    {
        var packet = With(posted: true);

        Assert.Same(packet, packet.Rekeyed(0, Late, Guid.NewGuid()));
    }

    private static RedPacketRecord With(bool posted) => new() { Taken = [new TakenShare(new Person("ana", "Ana"), 5, Late, posted)] };
}
