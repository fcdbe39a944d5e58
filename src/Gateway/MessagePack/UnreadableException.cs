namespace LiveCommerce.Gateway.MessagePack;

/// <summary>What came is not MessagePack, or not what was asked for. The one exception of reading.</summary>
internal sealed class UnreadableException(string message) : Exception(message)
{
    /// <summary>Where in the value: <c>$.key</c>. Only names of ours stand in it.</summary>
    public string Path { get; private set; } = "$";

    /// <summary>Says on the way out which member it was in.</summary>
    public void Under(string step) => Path = $"${step}{Path[1..]}";
}
