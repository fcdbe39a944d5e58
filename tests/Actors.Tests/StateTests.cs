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
    public async Task WriteOfUnknownOutcome_DropsTheActivationSoThatMemoryIsNeverAheadOfTheStore()
    {
        var store = new BreakableStore(_store);
        await using var silo = Start(store);
        var basket = silo.Grains.GetGrain<IBasketGrain>("ana");
        await basket.Put(new Apple(1));

        store.Broken = true;
        await Assert.ThrowsAsync<IOException>(async () => await basket.Put(new Apple(2)));
        store.Broken = false;

        var (items, _) = await basket.Look();
        Assert.Equal([new Apple(1)], items);
        await basket.Put(new Apple(3));
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

    private static TestSilo Start(IGrainStateStore store) => TestSilo.Start(services => services
        .AddLogging()
        .AddSingleton(store)
        .AddActors(actors => actors.AddGrain<IBasketGrain, BasketGrain>()));

    /// <summary>A store whose database can be taken away.</summary>
    private sealed class BreakableStore(IGrainStateStore store) : IGrainStateStore
    {
        public bool Broken { get; set; }

        public ValueTask<GrainRecord> ClaimAsync(GrainId grain, string name, CancellationToken cancellationToken) =>
            store.ClaimAsync(grain, name, cancellationToken);

        public ValueTask<GrainRecord> ReadAsync(GrainId grain, string name, CancellationToken cancellationToken) =>
            store.ReadAsync(grain, name, cancellationToken);

        public ValueTask<string> WriteAsync(GrainId grain, string name, long epoch, string? etag, ReadOnlyMemory<byte> payload) =>
            Broken ? ValueTask.FromException<string>(new IOException("The database is gone.")) : store.WriteAsync(grain, name, epoch, etag, payload);

        public ValueTask ClearAsync(GrainId grain, string name, long epoch, string? etag) => store.ClearAsync(grain, name, epoch, etag);
    }
}
