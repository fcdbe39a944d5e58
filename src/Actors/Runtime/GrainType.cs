using System.Reflection;
using LiveCommerce.Actors.Storage;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Actors.Runtime;

/// <summary>A grain class and how to make one.</summary>
internal sealed class GrainType
{
    private readonly ObjectFactory _factory;
    private readonly (string Name, Func<IGrainStateStore, Activation, string, IGrainState> Create)[] _states;

    public GrainType(GrainInterface table, Type type)
    {
        Interface = table;
        Class = type;
        IsReentrant = type.IsDefined(typeof(ReentrantAttribute));

        var constructors = type.GetConstructors(BindingFlags.Public | BindingFlags.Instance);
        if (constructors.Length != 1) { throw new InvalidOperationException($"{type.Name} needs exactly one public constructor; it has {constructors.Length}."); }

        var states = constructors[0].GetParameters()
            .Where(parameter => parameter.ParameterType.IsGenericType && parameter.ParameterType.GetGenericTypeDefinition() == typeof(IPersistentState<>))
            .ToList();
        _states = [.. states.Select(parameter => (
            parameter.GetCustomAttribute<PersistentStateAttribute>()?.Name
                ?? throw new InvalidOperationException($"The parameter {parameter.Name} of {type.Name} needs [PersistentState(\"name\")]."),
            CreatorOf(parameter.ParameterType.GetGenericArguments()[0])))];
        if (_states.CountBy(state => state.Name).FirstOrDefault(count => count.Value > 1).Key is { } twice)
        {
            throw new InvalidOperationException($"{type.Name} has two states named {twice}.");
        }

        _factory = ActivatorUtilities.CreateFactory(type, [.. states.Select(parameter => parameter.ParameterType)]);
    }

    public GrainInterface Interface { get; }

    public Type Class { get; }

    public bool IsReentrant { get; }

    /// <summary>A new grain with states that are still to be claimed.</summary>
    public Grain Create(IServiceProvider services, Activation activation, out IGrainState[] states)
    {
        states = [];
        if (_states.Length > 0)
        {
            var store = services.GetService<IGrainStateStore>() ?? throw new InvalidOperationException(
                $"{Class.Name} keeps state, and there is no IGrainStateStore. Register one, or call UseMemoryState for state that ends with the process.");
            states = Array.ConvertAll(_states, state => state.Create(store, activation, state.Name));
        }

        return (Grain)_factory(services, states);
    }

    private static Func<IGrainStateStore, Activation, string, IGrainState> CreatorOf(Type state) =>
        typeof(PersistentState<>).MakeGenericType(state)
            .GetMethod(nameof(PersistentState<object>.Create), BindingFlags.Public | BindingFlags.Static)!
            .CreateDelegate<Func<IGrainStateStore, Activation, string, IGrainState>>();
}
