namespace LiveCommerce.Actors;

/// <summary>Names one grain across the cluster.</summary>
/// <param name="Type">The grain interface's name without the leading I and the trailing Grain, such as <c>Room</c>.</param>
/// <param name="Key">The key within the type.</param>
public readonly record struct GrainId(string Type, string Key)
{
    /// <summary>The longest key, in characters.</summary>
    public const int KeyLengthMax = 128;

    /// <inheritdoc/>
    public override string ToString() => $"{Type}/{Key}";
}
