using System.Text.Json;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>What a parameter may look like.</summary>
internal abstract record Shape
{
    /// <summary>An empty string unsets it.</summary>
    public bool Clearable { get; init; }
}

internal sealed record TextShape : Shape;

internal sealed record IntegerShape : Shape;

internal sealed record BooleanShape : Shape;

internal sealed record EnumShape(IReadOnlyList<string> Values) : Shape;

internal sealed record ListShape(Shape Item) : Shape;

internal sealed record MapShape(Shape Item) : Shape
{
    /// <summary>What is given goes into the map that is there: an empty text takes a key out.</summary>
    public bool Merges { get; init; }
}

internal sealed record ObjectShape(IReadOnlyDictionary<string, Shape> Fields, IReadOnlyList<string> Required) : Shape;

internal sealed record EitherShape(IReadOnlyList<Shape> Options) : Shape;

/// <summary>The real service knows it; the sandbox has no behaviour for it and says so rather than ignore it.</summary>
internal sealed record NotSimulatedShape : Shape;

/// <summary>One call of the API.</summary>
/// <param name="Name">Such as <c>PaymentIntent.create</c>.</param>
/// <param name="Path">Segments; one in braces takes an id.</param>
internal sealed record ApiOperation(string Name, string Method, IReadOnlyList<string> Path, ObjectShape Parameters);

/// <summary>The calls that the sandbox speaks, from api.json: reduced from a description of the real API.</summary>
internal sealed class ApiDescription
{
    private ApiDescription(string version, IReadOnlyList<ApiOperation> operations)
    {
        Version = version;
        Operations = operations;
    }

    /// <summary>The one copy.</summary>
    public static ApiDescription Current { get; } = Load();

    /// <summary>The API version that it describes.</summary>
    public string Version { get; }

    public IReadOnlyList<ApiOperation> Operations { get; }

    /// <summary>The call at a method and a path, with the id in the path (empty when it has none).</summary>
    public (ApiOperation? Operation, string Id) Match(string method, string path)
    {
        var segments = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        foreach (var operation in Operations)
        {
            if (operation.Method != method || operation.Path.Count != segments.Length) { continue; }
            var id = "";
            var fits = true;
            for (var i = 0; fits && i < segments.Length; i++)
            {
                if (operation.Path[i][0] == '{') { id = segments[i]; } else { fits = operation.Path[i] == segments[i]; }
            }

            if (fits) { return (operation, id); }
        }

        return (null, "");
    }

    private static ApiDescription Load()
    {
        using var stream = typeof(ApiDescription).Assembly.GetManifestResourceStream("api.json")
            ?? throw new InvalidOperationException("api.json is not in the assembly.");
        using var document = JsonDocument.Parse(stream);
        var root = document.RootElement;
        return new ApiDescription(
            root.GetProperty("version").GetString()!,
            [.. root.GetProperty("operations").EnumerateArray().Select(operation => new ApiOperation(
                operation.GetProperty("operation").GetString()!,
                operation.GetProperty("method").GetString()!,
                operation.GetProperty("path").GetString()!.Split('/', StringSplitOptions.RemoveEmptyEntries),
                ReadObject(operation)))]);
    }

    private static ObjectShape ReadObject(JsonElement element) => new(
        element.GetProperty("fields").EnumerateObject().ToDictionary(field => field.Name, field => Read(field.Value), StringComparer.Ordinal),
        element.TryGetProperty("required", out var required) ? [.. required.EnumerateArray().Select(name => name.GetString()!)] : []);

    private static Shape Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String) { return Simple(element.GetString()!); }
        var clearable = element.TryGetProperty("clearable", out var flag) && flag.GetBoolean();
        Shape shape =
            element.TryGetProperty("type", out var type) ? Simple(type.GetString()!) :
            element.TryGetProperty("enum", out var values) ? new EnumShape([.. values.EnumerateArray().Select(value => value.GetString()!)]) :
            element.TryGetProperty("array", out var item) ? new ListShape(Read(item)) :
            element.TryGetProperty("map", out var entry) ? new MapShape(Read(entry)) { Merges = element.TryGetProperty("merges", out _) } :
            element.TryGetProperty("anyOf", out var options) ? new EitherShape([.. options.EnumerateArray().Select(Read)]) :
            ReadObject(element);
        return shape with { Clearable = clearable };
    }

    private static Shape Simple(string type) => type switch
    {
        "string" => new TextShape(),
        "integer" => new IntegerShape(),
        "boolean" => new BooleanShape(),
        "not simulated" => new NotSimulatedShape(),
        _ => throw new InvalidOperationException($"api.json has the unknown type {type}."),
    };
}
