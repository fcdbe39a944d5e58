using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using LiveCommerce.Actors.Links;

namespace LiveCommerce.Contracts;

/// <summary>
/// JSON between the processes of one cluster. As outside, but what is missing takes its default instead of being refused: while a new
/// version is rolled out, the older one sends what it knows. A test holds the contracts to changes that both sides can read.
/// </summary>
public static class LinkJson
{
    /// <summary>How deep what a grain is given or answers may nest.</summary>
    public const int DepthMax = 64;

    /// <summary>What the contracts look like: for <see cref="ContractBook"/>, not for talking.</summary>
    public static JsonSerializerOptions Plain { get; } = CreateOptions();

    /// <summary>The settings, read-only.</summary>
    public static JsonSerializerOptions Options { get; } = NeighbourJson.Of(Plain);

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions();
        WireJson.Apply(options);
        options.MaxDepth = DepthMax;
        options.RespectNullableAnnotations = false;
        options.IncludeFields = true;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver();
        options.MakeReadOnly();
        return options;
    }
}
