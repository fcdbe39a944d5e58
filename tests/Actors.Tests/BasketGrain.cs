using System.Text.Json.Serialization;

namespace LiveCommerce.Actors.Tests;

/// <summary>A grain with state.</summary>
public interface IBasketGrain : IGrainWithStringKey
{
    ValueTask<long> Put(Fruit fruit);

    [AlwaysInterleave]
    ValueTask PutBesides(Fruit fruit);

    [ReadOnly]
    ValueTask<(IReadOnlyList<Fruit> Fruits, long Epoch)> Look();

    Task Reload();

    Task Clear();

    ValueTask Leave();
}

[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(Apple), "apple")]
[JsonDerivedType(typeof(Pear), "pear")]
public abstract record Fruit
{
    public Orchard From { get; init; }
}

public sealed record Apple(int Size) : Fruit;

public sealed record Pear(string Colour) : Fruit;

public enum Orchard
{
    SouthSide = 0,
    NorthSide = 1,
}

internal sealed class BasketGrain([PersistentState("basket")] IPersistentState<BasketGrain.Basket> basket) : Grain, IBasketGrain
{
    public async ValueTask<long> Put(Fruit fruit)
    {
        basket.State.Fruits.Add(fruit);
        await basket.WriteStateAsync();
        return basket.Epoch;
    }

    public async ValueTask PutBesides(Fruit fruit)
    {
        await Task.Yield();
        basket.State.Fruits.Add(fruit);
        await basket.WriteStateAsync();
    }

    public ValueTask<(IReadOnlyList<Fruit> Fruits, long Epoch)> Look() => new(([.. basket.State.Fruits], basket.Epoch));

    public Task Reload() => basket.ReadStateAsync();

    public Task Clear() => basket.ClearStateAsync();

    public ValueTask Leave()
    {
        DeactivateOnIdle();
        return ValueTask.CompletedTask;
    }

    internal sealed class Basket
    {
        public List<Fruit> Fruits { get; set; } = [];
    }
}
