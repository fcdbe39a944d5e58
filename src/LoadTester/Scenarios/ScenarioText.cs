using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>One value of a scenario file, and where it stands.</summary>
internal sealed class ScenarioValue(JsonTokenType type, string text, int line, string path)
{
    /// <summary>What it is; objects and arrays by their first token.</summary>
    public JsonTokenType Type => type;

    /// <summary>Of a text or a number.</summary>
    public string Text => text;

    public int Line => line;

    /// <summary>From the root.</summary>
    public string Path => path;

    /// <summary>Of an object.</summary>
    public Dictionary<string, ScenarioValue> Fields { get; } = new(StringComparer.Ordinal);

    /// <summary>Of an array.</summary>
    public List<ScenarioValue> Items { get; } = [];

    /// <summary>What a person calls it.</summary>
    public string TypeName => Type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "a list",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "true or false",
        _ => "null",
    };
}

/// <summary>Reads JSON (comments and trailing commas are fine) into values that know their lines.</summary>
internal static class ScenarioText
{
    public const int BytesMax = 256 * 1024;
    public const int ValuesMax = 20_000;
    public const int DepthMax = 8;

    /// <summary>The root object.</summary>
    /// <exception cref="ScenarioRefusedException">It is none.</exception>
    public static ScenarioValue Read(string file, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length > BytesMax) { throw Refused(ScenarioProblem.TooLarge, null, $"A scenario has at most {BytesMax / 1024} KB."); }
        var reader = new Utf8JsonReader(bytes, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true, MaxDepth = DepthMax });
        var values = 0;
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Refused(ScenarioProblem.NotJson, 1, "A scenario is a JSON object: it begins with {. See docs/loadtest.md.");
            }

            var root = ReadValue(ref reader, "");
            return reader.Read() ? throw Refused(ScenarioProblem.NotJson, LineAt(reader.TokenStartIndex), "Nothing may follow the closing }.") : root;
        }
        catch (JsonException broken)
        {
            var line = (int)(broken.LineNumber ?? 0) + 1;
            throw Refused(
                broken.Message.Contains("maximum configured depth", StringComparison.Ordinal) ? ScenarioProblem.TooLarge : ScenarioProblem.NotJson,
                line, $"This is not JSON: {Plain(broken.Message)} Comments (// and /* */) and trailing commas are fine.");
        }

        ScenarioValue ReadValue(ref Utf8JsonReader at, string path)
        {
            if (++values > ValuesMax) { throw Refused(ScenarioProblem.TooLarge, LineAt(at.TokenStartIndex), $"A scenario has at most {ValuesMax} values."); }
            var text = at.TokenType switch
            {
                JsonTokenType.String => at.GetString()!,
                JsonTokenType.Number or JsonTokenType.True or JsonTokenType.False => Encoding.UTF8.GetString(at.ValueSpan),
                _ => "",
            };
            var value = new ScenarioValue(at.TokenType, text, LineAt(at.TokenStartIndex), path);
            if (at.TokenType == JsonTokenType.StartArray)
            {
                while (at.Read() && at.TokenType != JsonTokenType.EndArray)
                {
                    value.Items.Add(ReadValue(ref at, string.Create(CultureInfo.InvariantCulture, $"{path}[{value.Items.Count}]")));
                }
            }
            else if (at.TokenType == JsonTokenType.StartObject)
            {
                while (at.Read() && at.TokenType != JsonTokenType.EndObject)
                {
                    var (name, line) = (at.GetString()!, LineAt(at.TokenStartIndex));
                    var inner = path.Length == 0 ? name : $"{path}.{name}";
                    at.Read();
                    if (!value.Fields.TryAdd(name, ReadValue(ref at, inner)))
                    {
                        throw new ScenarioRefusedException(new ScenarioRefusal(ScenarioProblem.Repeated, file, line, inner, "This name stands here twice. Keep one of them."));
                    }
                }
            }

            return value;
        }

        int LineAt(long index) => bytes.AsSpan(0, (int)index).Count((byte)'\n') + 1;

        ScenarioRefusedException Refused(ScenarioProblem problem, int? line, string message) => new(new ScenarioRefusal(problem, file, line, "", message));
    }

    // The framework adds where it is in its own words; the line is told before.
    private static string Plain(string message)
    {
        var end = message.IndexOf(" Path:", StringComparison.Ordinal) is >= 0 and var path ? path : message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return end >= 0 ? message[..end] : message;
    }
}
