namespace LiveCommerce.Actors;

/// <summary>Marks an interface of virtual actors. Every method returns <see cref="ValueTask"/>, <see cref="Task"/> or their generic forms.</summary>
/// <remarks>The names follow Microsoft Orleans, so that moving to it stays a contained change.</remarks>
public interface IGrain;

/// <summary>A grain that is found by a string key: at most one activation of (interface, key) decides at any time.</summary>
public interface IGrainWithStringKey : IGrain;

/// <summary>Something outside the grains (a gateway) that grains may call back. Its methods are one-way: nobody waits for them.</summary>
public interface IGrainObserver;

/// <summary>Gives references to grains. A reference is cheap, never null, and activates nothing until it is called.</summary>
public interface IGrainFactory
{
    /// <summary>The grain of this type and key. Calls through the reference are queued in the grain's mailbox.</summary>
    /// <param name="key">1 to <see cref="GrainId.KeyLengthMax"/> characters.</param>
    TGrain GetGrain<TGrain>(string key)
        where TGrain : class, IGrainWithStringKey;

    /// <summary>A reference to <paramref name="observer"/> that can be handed to a grain. The caller keeps the observer alive.</summary>
    TObserver CreateObjectReference<TObserver>(TObserver observer)
        where TObserver : class, IGrainObserver;
}
