using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace LiveCommerce.Contracts;

/// <summary>
/// JSON as everyone outside speaks it (docs/wire-protocol.md): camelCase names, enums as camelCase strings, refusal codes as numbers.
/// Reading is strict: what is not nullable must be there, and a number is not a string.
/// </summary>
public static class WireJson
{
    /// <summary>How deep a document from outside may nest.</summary>
    public const int DepthMax = 16;

    /// <summary>The settings, read-only.</summary>
    public static JsonSerializerOptions Options { get; } = CreateOptions();

    /// <summary>Sets what the wire prescribes on options that a framework made.</summary>
    public static void Apply(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.AllowOutOfOrderMetadataProperties = true;
        options.RespectNullableAnnotations = true;
        options.MaxDepth = DepthMax;

        // Only ever sent as JSON, never pasted into a page: chat in any script stays as short as it was written.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.TypeInfoResolver = new DefaultJsonTypeInfoResolver().WithAddedModifier(RequireWhatIsNotNullable);

        // In this order: the first that can convert does.
        options.Converters.Add(new JsonNumberEnumConverter<RefusalCode>());
        options.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false));
    }

    private static JsonSerializerOptions CreateOptions()
    {
        var options = new JsonSerializerOptions();
        Apply(options);
        options.MakeReadOnly();
        return options;
    }

    // A missing quantity must not become 0, nor a missing text null: records say by their types what has to be there.
    private static void RequireWhatIsNotNullable(JsonTypeInfo type)
    {
        foreach (var property in type.Properties)
        {
            if (property.Set is not null
                && property.AssociatedParameter is { HasDefaultValue: false, IsNullable: false } parameter
                && Nullable.GetUnderlyingType(parameter.ParameterType) is null)
            {
                property.IsRequired = true;
            }
        }
    }
}
