using System.Reflection;
using LiveCommerce.Actors.Runtime;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Actors.Tests;

public sealed class RegistrationTests
{
    public interface IOverloadedGrain : IGrainWithStringKey
    {
        ValueTask Say(string text);

        ValueTask Say(int number);
    }

    public interface ISynchronousGrain : IGrainWithStringKey
    {
        int Say(string text);
    }

    public interface IImpossibleOneWayGrain : IGrainWithStringKey
    {
        [OneWay]
        ValueTask<int> Say(string text);
    }

    [Theory]
    [InlineData(typeof(IProbeGrain), "Probe")]
    [InlineData(typeof(IProbeObserver), "ProbeObserver")]
    [InlineData(typeof(IGrain), "Grain")]
    public void GrainType_IsTheNameWithoutIAndGrain(Type type, string expected) => Assert.Equal(expected, GrainInterface.TypeNameOf(type));

    [Theory]
    [InlineData(typeof(IOverloadedGrain), "overloads")]
    [InlineData(typeof(ISynchronousGrain), "return Task")]
    [InlineData(typeof(IImpossibleOneWayGrain), "one-way")]
    public void InterfaceThatCannotBeCalled_IsRefusedWithTheReason(Type type, string reason)
    {
        var refused = Assert.Throws<InvalidOperationException>(() => GrainInterface.Of(type));
        Assert.Contains(reason, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ScannedAssembly_GivesEveryGrainItsClass()
    {
        await using var silo = TestSilo.Start(services => services.AddActors(actors => actors
            .AddGrainsFrom(Assembly.Load("LiveCommerce.Actors.Tests"), type => type != typeof(ReentrantProbeGrain))
            .UseMemoryState()).AddSingleton<Script>());
        await silo.Grains.GetGrain<IProbeGrain>("a").Do("x");
        await silo.Grains.GetGrain<IBasketGrain>("a").Put(new Pear("green"));
    }

    [Fact]
    public void TwoClassesForOneInterface_AreRefused() =>
        Assert.Throws<InvalidOperationException>(() => new ServiceCollection().AddActors(actors => actors
            .AddGrain<IProbeGrain, ProbeGrain>()
            .AddGrain<IProbeGrain, ReentrantProbeGrain>()));

    [Fact]
    public async Task SeveralAddActors_AddUp()
    {
        await using var silo = TestSilo.Start(services => services
            .AddSingleton<Script>()
            .AddActors(actors => actors.AddGrain<IProbeGrain, ProbeGrain>())
            .AddActors(actors => actors.AddGrain<IBasketGrain, BasketGrain>().AddGrain<IProbeGrain, ProbeGrain>().UseMemoryState()));
        await silo.Grains.GetGrain<IProbeGrain>("a").Do("x");
        await silo.Grains.GetGrain<IBasketGrain>("a").Clear();
    }

    [Fact]
    public async Task GrainWithoutAClassHere_FailsTheCallWithTheWayOut()
    {
        await using var silo = TestSilo.Start(services => services.AddActors());
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await silo.Grains.GetGrain<IProbeGrain>("a").Do("x"));
        Assert.Contains("Probe/a", failure.Message, StringComparison.Ordinal);
        Assert.Contains("AddGrain", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Actors:IdleAge", "00:00:00")]
    [InlineData("Actors:WaitingLowMax", "5000")]
    [InlineData("Actors:IdelAge", "00:05:00")]
    public void WrongOption_StopsTheStart(string key, string value)
    {
        var settings = new Dictionary<string, string?>(StringComparer.Ordinal) { [key] = value };
        var failure = Assert.ThrowsAny<Exception>(() => TestSilo.Start(services => services.AddActors(), settings));
        Assert.True(failure is OptionsValidationException or InvalidOperationException, failure.ToString());
    }
}
