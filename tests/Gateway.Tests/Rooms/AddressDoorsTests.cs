using System.Net;
using LiveCommerce.Gateway.Rooms;
using LiveCommerce.Tests;

namespace LiveCommerce.Gateway.Tests.Rooms;

public sealed class AddressDoorsTests
{
    private readonly ManualTimeProvider _time = new();

    [Fact]
    public void AddressThatComesAgainAndAgain_IsHeldUpAndNobodyElseIs()
    {
        var doors = new AddressDoors(10, _time);
        var restless = IPAddress.Parse("192.0.2.7");
        for (var i = 0; i < 20; i++) { Assert.Null(doors.TryTake(restless)); }

        Assert.Equal(TimeSpan.FromMilliseconds(100), doors.TryTake(restless));
        Assert.Null(doors.TryTake(IPAddress.Parse("192.0.2.8")));

        _time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Null(doors.TryTake(restless));
        Assert.NotNull(doors.TryTake(restless));
    }

    [Theory]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("::ffff:192.0.2.7", "192.0.2.7")]
    [InlineData("192.0.2.7", "192.0.2.7")]
    public void AddressesOfOneNetwork_AreOne(string address, string key) =>
        Assert.Equal(IPAddress.Parse(key), AddressDoors.KeyOf(IPAddress.Parse(address)));

    [Fact]
    public void MoreAddressesThanAreRemembered_PushOutThoseWhoHaveRested()
    {
        var doors = new AddressDoors(1, _time);
        for (var i = 0; i < AddressDoors.AddressesMax - 1; i++) { doors.TryTake(new IPAddress(i + 1)); }
        _time.Advance(TimeSpan.FromSeconds(2));
        var restless = IPAddress.Parse("192.0.2.7");
        while (doors.TryTake(restless) is null) { }

        doors.TryTake(IPAddress.Parse("192.0.2.8"));

        Assert.NotNull(doors.TryTake(restless));
    }
}
