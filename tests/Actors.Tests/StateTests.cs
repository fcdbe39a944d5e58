using LiveCommerce.Actors.Storage;
using LiveCommerce.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Actors.Tests;

public sealed class StateTests : IAsyncDisposable
{
    private readonly InMemoryGrainStateStore _store = new();
    private readonly TestSilo _silo;

    public StateTests() => _silo = Start(_store);

    [Fact]
    public async Task WrittenState_IsThereAfterDeactivationWithAHigherEpoch()
    {
        var basket = _silo.Grains.GetGrain<IBasketGrain>("ana");
        var first = await basket.Put(new Apple(3) { From = Orchard.NorthSide });
        await basket.Leave();
        var (items, second) = await basket.Look();

        Assert.Equal([new Apple(3) { From = Orchard.NorthSide }], items);
        Assert.True(second > first, $"epoch {second} after {first}");
    }

    [Fact]
    public async Task ActivationThatWasTakenOver_CannotWriteAndGivesWay()
    {
        await using var other = Start(_store);
        var here = _silo.Grains.GetGrain<IBasketGrain>("ana");
        var there = other.Grains.GetGrain<IBasketGrain>("ana");
        await here.Put(new Apple(1));
        await there.Put(new Apple(2));

        await Assert.ThrowsAsync<InconsistentStateException>(async () => await here.Put(new Apple(99)));

        await here.Put(new Pear("green"));
        var (items, _) = await here.Look();
        Assert.Equal([new Apple(1), new Apple(2), new Pear("green")], items);
        await Assert.ThrowsAsync<InconsistentStateException>(async () => await there.Reload());
    }

    [Fact]
    public async Task InterleavedWrites_AllSucceed()
    {
        var basket = _silo.Grains.GetGrain<IBasketGrain>("ana");
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => basket.PutBesides(new Apple(i)).AsTask()));
        var (items, _) = await basket.Look();
        Assert.Equal(50, items.Count);
    }

    [Fact]
    public async Task ClearedState_IsEmptyAndKeepsTheFence()
    {
        var basket = _silo.Grains.GetGrain<IBasketGrain>("ana");
        var epoch = await basket.Put(new Apple(1));
        await basket.Clear();
        await basket.Leave();
        var (items, later) = await basket.Look();
        Assert.Empty(items);
        Assert.True(later > epoch);
    }

    [Fact]
    public async Task StateWithoutAStore_FailsTheCallWithTheWayOut()
    {
        await using var silo = TestSilo.Start(services => services.AddActors(actors => actors.AddGrain<IBasketGrain, BasketGrain>()));
        var failure = await Assert.ThrowsAsync<InvalidOperationException>(async () => await silo.Grains.GetGrain<IBasketGrain>("ana").Look());
        Assert.Contains("UseMemoryState", failure.Message, StringComparison.Ordinal);
    }

    public ValueTask DisposeAsync() => _silo.DisposeAsync();

    private static TestSilo Start(InMemoryGrainStateStore store) => TestSilo.Start(services => services
        .AddLogging()
        .AddSingleton<IGrainStateStore>(store)
        .AddActors(actors => actors.AddGrain<IBasketGrain, BasketGrain>()));
}
