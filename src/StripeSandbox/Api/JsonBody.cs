using System.Globalization;
using System.Text.Json;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>Reads a JSON body, which version 2 of the API takes, into the same tree as a form.</summary>
internal static class JsonBody
{
    /// <summary>Levels of objects and lists.</summary>
    private const int DepthMax = 16;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = DepthMax, AllowDuplicateProperties = false };

    /// <summary>Reads a body.</summary>
    /// <returns>Null with a sentence when it cannot be read.</returns>
    public static FormMap? Read(string text, out string? problem)
    {
        problem = null;
        if (text.Length == 0) { return new FormMap(); }
        try
        {
            using var document = JsonDocument.Parse(text, Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object) { return (FormMap)Node(document.RootElement); }
            problem = "The request body is not a JSON object.";
        }
        catch (JsonException wrong)
        {
            problem = $"The request body is not JSON: {wrong.Message}";
        }

        return null;
    }

    private static FormNode Node(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                return new FormMap(element.EnumerateObject().ToDictionary(member => member.Name, member => Node(member.Value), StringComparer.Ordinal));
            case JsonValueKind.Array:
                return new FormMap(element.EnumerateArray().Select((item, index) => (item, index)).ToDictionary(
                    entry => entry.index.ToString(CultureInfo.InvariantCulture), entry => Node(entry.item), StringComparer.Ordinal));
            case JsonValueKind.Null:
                return new FormText("") { Kind = JsonValueKind.Null };
            case JsonValueKind.String:
                return new FormText(element.GetString()!) { Kind = JsonValueKind.String };
            default:
                return new FormText(element.GetRawText()) { Kind = element.ValueKind };
        }
    }
}
