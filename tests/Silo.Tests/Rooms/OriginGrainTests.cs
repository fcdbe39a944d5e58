using LiveCommerce.Contracts.Video;
using LiveCommerce.Silo.Rooms;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Rooms;

/// <summary>Which gateway has a broadcast, as long as it says so.</summary>
public sealed class OriginGrainTests
{
    [Fact]
    public async Task WordOfAGateway_IsBelievedForSomeSeconds_AndTheNewestCounts()
    {
        var clock = new ManualTimeProvider();
        await using var silo = TestSilo.Start(services => services.AddSingleton<TimeProvider>(clock).AddActors(actors => actors.AddGrain<IOriginGrain, OriginGrain>()));
        var origin = silo.Grains.GetGrain<IOriginGrain>("a");
        Assert.Null(await origin.Find());

        await origin.Announce("http://one:80");
        Assert.Equal("http://one:80", await origin.Find());
        Assert.Null(await silo.Grains.GetGrain<IOriginGrain>("b").Find());

        clock.Advance(OriginLimits.Life - TimeSpan.FromSeconds(1));
        await origin.Announce("http://two:80", "room");
        Assert.Equal("http://two:80", await origin.Find());
        Assert.Equal(new Origin("http://two:80", "room"), await origin.FindOrigin());
        clock.Advance(OriginLimits.Life - TimeSpan.FromSeconds(1));
        Assert.Equal("http://two:80", await origin.Find());

        // A gateway of the release before does not say whose it is, which never changes.
        await origin.Announce("http://three:80");
        Assert.Equal(new Origin("http://three:80", "room"), await origin.FindOrigin());
        clock.Advance(OriginLimits.Life - TimeSpan.FromSeconds(1));

        await origin.Announce(new string('x', OriginLimits.AddressLengthMax + 1));
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(await origin.Find());
    }
}
