using System.Collections.Frozen;
using System.Reflection;

namespace LiveCommerce.Actors.Runtime;

/// <summary>The method table of one grain or observer interface. Built once, at first use.</summary>
internal sealed class GrainInterface
{
    private readonly FrozenDictionary<MethodInfo, GrainMethod> _methods;
    private readonly FrozenDictionary<string, GrainMethod> _byName;

    private GrainInterface(Type type)
    {
        if (!type.IsInterface) { throw new InvalidOperationException($"{type.Name} is no interface; references are to interfaces."); }

        Type = type;
        GrainType = TypeNameOf(type);
        var methods = type.GetInterfaces().Append(type)
            .SelectMany(inherited => inherited.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
            .Where(method => method.IsAbstract)
            .ToList();
        if (methods.CountBy(method => method.Name).FirstOrDefault(count => count.Value > 1).Key is { } overloaded)
        {
            throw new InvalidOperationException($"{type.Name}.{overloaded} has overloads; a method's name must name it on the wire.");
        }

        _methods = methods.ToFrozenDictionary(method => method, method => GrainMethod.Create(type, method));
        _byName = _methods.Values.ToFrozenDictionary(method => method.Name, StringComparer.Ordinal);
    }

    public Type Type { get; }

    /// <summary>The first part of the <see cref="GrainId"/>.</summary>
    public string GrainType { get; }

    public IEnumerable<GrainMethod> Methods => _methods.Values;

    public GrainMethod this[MethodInfo method] => _methods[method];

    /// <summary>The method that a request from another process names; null when there is none.</summary>
    public GrainMethod? Find(string name) => _byName.GetValueOrDefault(name);

    public static GrainInterface Of<TInterface>()
        where TInterface : class => Table<TInterface>.Instance;

    public static GrainInterface Of(Type type) => new(type);

    /// <summary>IRoomGrain gives Room, IGiftDesk gives GiftDesk.</summary>
    public static string TypeNameOf(Type type)
    {
        var name = type.Name.AsSpan();
        if (name.Length > 1 && name[0] == 'I' && char.IsUpper(name[1])) { name = name[1..]; }
        if (name.Length > "Grain".Length && name.EndsWith("Grain", StringComparison.Ordinal)) { name = name[..^"Grain".Length]; }
        return name.ToString();
    }

    private static class Table<TInterface>
    {
        public static readonly GrainInterface Instance = new(typeof(TInterface));
    }
}
