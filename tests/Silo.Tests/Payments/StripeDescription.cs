using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>The operations that we use with every parameter that they know, and nothing else.</summary>
internal static partial class StripeDescription
{
    private static readonly JsonElement Described = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", "stripe-api-used.json"))).RootElement;

    /// <summary>Such as <c>PaymentIntent.create</c>.</summary>
    public static IEnumerable<string> Operations => Described.GetProperty("operations").EnumerateArray().Select(NameOf);

    public static string Version => Described.GetProperty("version").GetString()!;

    /// <summary>Which operation a request is, and what is wrong with it (null: nothing).</summary>
    public static (string? Operation, string? Problem) Check(SeenRequest request)
    {
        var operation = Described.GetProperty("operations").EnumerateArray().FirstOrDefault(
            one => one.GetProperty("method").GetString() == request.Method && IsAt(one.GetProperty("path").GetString()!, request.Path));
        if (operation.ValueKind == JsonValueKind.Undefined) { return (null, $"{request.Method} {request.Path} is not known."); }

        var name = NameOf(operation);
        var type = operation.GetProperty("body").GetString();
        if (type != request.ContentType) { return (name, $"The body is {request.ContentType} and not {type}."); }
        if (type is not null && request.Query.Length > 0) { return (name, "There is a query beside the body."); }

        var json = type == "application/json";
        var given = json ? JsonNode.Parse(request.Body)!.AsObject() : ReadForm(type is null ? request.Query : request.Body);
        return (name, CheckObject(operation, given, "", json));
    }

    private static string NameOf(JsonElement operation) => operation.GetProperty("operation").GetString()!;

    private static bool IsAt(string template, string path)
    {
        var (expected, given) = (template.Split('/'), path.Split('/'));
        return expected.Length == given.Length && expected.Zip(given).All(pair => pair.First.StartsWith('{') ? pair.Second.Length > 0 : pair.First == pair.Second);
    }

    private static string? CheckObject(JsonElement shape, JsonObject given, string name, bool json)
    {
        var fields = shape.GetProperty("fields");
        foreach (var (key, value) in given)
        {
            if (!fields.TryGetProperty(key, out var field)) { return $"{name}[{key}] is not known."; }
            if (CheckValue(field, value, $"{name}[{key}]", json) is { } problem) { return problem; }
        }

        return shape.TryGetProperty("required", out var required) && required.EnumerateArray().FirstOrDefault(one => !given.ContainsKey(one.GetString()!)) is
        { ValueKind: JsonValueKind.String } missing
            ? $"{name}[{missing.GetString()}] is missing."
            : null;
    }

    private static string? CheckValue(JsonElement shape, JsonNode? given, string name, bool json)
    {
        if (shape.ValueKind == JsonValueKind.String) { return CheckSimple(shape.GetString()!, given, name, json); }
        if (shape.TryGetProperty("anyOf", out var options))
        {
            var problems = options.EnumerateArray().Select(option => CheckValue(option, given, name, json)).ToList();
            return problems.Contains(null) ? null : problems[^1];
        }

        if (shape.TryGetProperty("enum", out var values))
        {
            return given is JsonValue && values.EnumerateArray().Any(value => value.GetString() == given.ToString()) ? null : $"{name} is {given}, which is none of the values.";
        }

        if (shape.TryGetProperty("array", out var item))
        {
            var items = json ? given as JsonArray : ArrayOf(given);
            return items is null ? $"{name} is no list." : items.Select((one, i) => CheckValue(item, one, $"{name}[{i}]", json)).FirstOrDefault(problem => problem is not null);
        }

        if (given is not JsonObject inner) { return $"{name} is no object."; }
        return shape.TryGetProperty("map", out var entry)
            ? inner.Select(one => CheckValue(entry, one.Value, $"{name}[{one.Key}]", json)).FirstOrDefault(problem => problem is not null)
            : CheckObject(shape, inner, name, json);
    }

    private static string? CheckSimple(string type, JsonNode? given, string name, bool json)
    {
        var kind = given?.GetValueKind() ?? JsonValueKind.Null;
        var text = given is JsonValue ? given.ToString() : "";
        var fits = type switch
        {
            "string" => kind == JsonValueKind.String,
            "integer" => kind == (json ? JsonValueKind.Number : JsonValueKind.String) && Whole().IsMatch(text),
            "boolean" => json ? kind is JsonValueKind.True or JsonValueKind.False : text is "true" or "false",
            _ => false,
        };
        return fits ? null : $"{name} is {given?.ToJsonString() ?? "null"} and not of type {type}.";
    }

    /// <summary>A list in a form has the indexes from 0 as names.</summary>
    private static JsonArray? ArrayOf(JsonNode? given) =>
        given is JsonObject map && map.Select(one => one.Key).SequenceEqual(Enumerable.Range(0, map.Count).Select(i => $"{i}"))
            ? [.. map.Select(one => one.Value!.DeepClone())]
            : null;

    private static JsonObject ReadForm(string form)
    {
        var root = new JsonObject();
        foreach (var pair in form.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var halves = pair.Split('=', 2);
            List<string> path = [.. Names().Matches(Uri.UnescapeDataString(halves[0])).Select(match => match.Groups[1].Value)];
            var holder = root;
            foreach (var name in path.SkipLast(1)) { holder = (JsonObject)(holder[name] ??= new JsonObject()); }
            holder.Add(path[^1], Uri.UnescapeDataString(halves[1]));
        }

        return root;
    }

    [GeneratedRegex(@"([^\[\]]+)")]
    private static partial Regex Names();

    [GeneratedRegex(@"^-?\d+$")]
    private static partial Regex Whole();
}
