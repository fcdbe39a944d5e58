using System.Reflection;
using LiveCommerce.Actors.Runtime;
using LiveCommerce.Actors.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace LiveCommerce.Actors.Hosting;

/// <summary>Says which grains this process decides for. A process without classes (a gateway) only calls.</summary>
public sealed class ActorsBuilder
{
    private readonly GrainRegistry _registry;

    internal ActorsBuilder(IServiceCollection services, GrainRegistry registry)
    {
        Services = services;
        _registry = registry;
    }

    /// <summary>The services of the process.</summary>
    public IServiceCollection Services { get; }

    /// <summary>Grains of <typeparamref name="TInterface"/> are <typeparamref name="TGrain"/>s.</summary>
    public ActorsBuilder AddGrain<TInterface, TGrain>()
        where TInterface : class, IGrainWithStringKey
        where TGrain : Grain, TInterface
    {
        _registry.Add(GrainInterface.Of<TInterface>(), typeof(TGrain));
        return this;
    }

    /// <summary>Every grain class of the assembly, each for the one grain interface it implements.</summary>
    /// <param name="assembly">Where to look; internal classes are found too.</param>
    /// <param name="filter">Classes to take; all by default.</param>
    public ActorsBuilder AddGrainsFrom(Assembly assembly, Predicate<Type>? filter = null)
    {
        foreach (var type in assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(Grain)) && !type.IsAbstract && filter?.Invoke(type) != false))
        {
            var interfaces = type.GetInterfaces()
                .Where(candidate => candidate != typeof(IGrainWithStringKey) && candidate.IsAssignableTo(typeof(IGrainWithStringKey)))
                .ToList();
            if (interfaces.Count != 1)
            {
                throw new InvalidOperationException($"{type.Name} implements {interfaces.Count} grain interfaces; a grain class implements exactly one.");
            }

            _registry.Add(GrainInterface.Of(interfaces[0]), type);
        }

        return this;
    }

    /// <summary>Keeps states in memory, unless a store is registered: they end with the process. For tests and trials.</summary>
    public ActorsBuilder UseMemoryState()
    {
        Services.TryAddSingleton<IGrainStateStore, InMemoryGrainStateStore>();
        return this;
    }
}
