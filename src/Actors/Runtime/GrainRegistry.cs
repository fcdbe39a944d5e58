namespace LiveCommerce.Actors.Runtime;

/// <summary>The grain classes of this process, by the type of their ids.</summary>
internal sealed class GrainRegistry
{
    private readonly Dictionary<string, GrainType> _types = new(StringComparer.Ordinal);

    public void Add(GrainInterface table, Type type)
    {
        if (_types.TryGetValue(table.GrainType, out var known))
        {
            if (known.Class == type) { return; }
            throw new InvalidOperationException($"{type.Name} and {known.Class.Name} are both registered as {table.GrainType}.");
        }

        _types.Add(table.GrainType, new GrainType(table, type));
    }

    /// <summary>Null when no class of this process decides for such grains.</summary>
    public GrainType? Find(string grainType) => _types.GetValueOrDefault(grainType);
}
