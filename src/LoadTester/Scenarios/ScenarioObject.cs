using System.Globalization;
using System.Text.Json;

namespace LiveCommerce.LoadTester.Scenarios;

/// <summary>Takes typed values out of an object of a scenario. At the end, a name that nobody took is refused: misspelt names do nothing silently.</summary>
internal sealed class ScenarioObject
{
    private readonly string _file;
    private readonly ScenarioValue _value;
    private readonly List<string> _known = [];

    public ScenarioObject(string file, ScenarioValue value)
    {
        _file = file;
        _value = Expect(value, JsonTokenType.StartObject, "an object, in { }");
        ScenarioValue Expect(ScenarioValue one, JsonTokenType type, string words) => one.Type == type ? one : throw Wrong(one, words);
    }

    public int Line => _value.Line;

    public bool Has(string name) => _value.Fields.ContainsKey(name);

    public string Text(string name, string? fallback, int lengthMax)
    {
        if (Take(name) is not { } value) { return fallback ?? throw Missing(name, $"a text of 1 to {lengthMax} characters"); }
        if (value.Type != JsonTokenType.String) { throw Wrong(value, "a text, in quotation marks"); }
        return value.Text.Trim().Length >= 1 && value.Text.Length <= lengthMax
            ? value.Text
            : throw Refused(ScenarioProblem.OutOfRange, value, $"Write 1 to {lengthMax} characters.");
    }

    public string? TextOrNone(string name, int lengthMax) => Has(name) ? Text(name, null, lengthMax) : Forget(name);

    public double Number(string name, double? fallback, double min, double max)
    {
        if (Take(name) is not { } value) { return fallback ?? throw Missing(name, $"a number from {Write(min)} to {Write(max)}"); }
        return Number(value, min, max);
    }

    public double? NumberOrNone(string name, double min, double max) => Has(name) ? Number(name, null, min, max) : Forget<double>(name);

    public int Whole(string name, int? fallback, int min, int max)
    {
        if (Take(name) is not { } value) { return fallback ?? throw Missing(name, $"a whole number from {min} to {max}"); }
        return Whole(value, min, max);
    }

    public int? WholeOrNone(string name, int min, int max) => Has(name) ? Whole(name, null, min, max) : Forget<int>(name);

    public bool Truth(string name, bool fallback)
    {
        if (Take(name) is not { } value) { return fallback; }
        return value.Type is JsonTokenType.True or JsonTokenType.False ? value.Type == JsonTokenType.True : throw Wrong(value, "true or false");
    }

    /// <summary>A number, or a least and a most: <c>5</c> or <c>[3, 9]</c>.</summary>
    public Span? Span(string name, double min, double max, bool whole = false)
    {
        if (Take(name) is not { } value) { return null; }
        if (value.Type == JsonTokenType.Number)
        {
            var one = Part(value);
            return new Span(one, one);
        }

        if (value.Type != JsonTokenType.StartArray || value.Items.Count != 2) { throw Wrong(value, "a number, or a least and a most like [3, 9]"); }
        var (least, most) = (Part(value.Items[0]), Part(value.Items[1]));
        return least <= most ? new Span(least, most) : throw Refused(ScenarioProblem.OutOfRange, value, "The least comes first: [3, 9].");

        double Part(ScenarioValue part) => whole ? Whole(part, (int)min, (int)max) : Number(part, min, max);
    }

    public T Choice<T>(string name, T? fallback)
        where T : struct, Enum
    {
        var choices = string.Join(", ", Enum.GetNames<T>().Select(Camel));
        if (Take(name) is not { } value) { return fallback ?? throw Missing(name, $"one of {choices}"); }
        if (value.Type != JsonTokenType.String) { throw Wrong(value, $"one of {choices}"); }
        foreach (var choice in Enum.GetValues<T>())
        {
            if (Camel(choice.ToString()) == value.Text) { return choice; }
        }

        throw Refused(ScenarioProblem.UnknownChoice, value, $"\"{value.Text}\" is none of the choices: {choices}.");
    }

    /// <summary>A list; not there: empty.</summary>
    public IReadOnlyList<ScenarioValue> List(string name, int countMax)
    {
        if (Take(name) is not { } value) { return []; }
        if (value.Type != JsonTokenType.StartArray) { throw Wrong(value, "a list, in [ ]"); }
        return value.Items.Count <= countMax ? value.Items : throw Refused(ScenarioProblem.OutOfRange, value, $"At most {countMax} may stand here.");
    }

    /// <summary>Refuses what is none of the names that were asked for.</summary>
    public void Done()
    {
        foreach (var (name, value) in _value.Fields)
        {
            if (!_known.Contains(name, StringComparer.Ordinal))
            {
                throw Refused(ScenarioProblem.UnknownName, value, $"\"{name}\" means nothing here. These names do: {string.Join(", ", _known)}.");
            }
        }
    }

    /// <summary>A refusal about one of the fields, or the object itself when it is not there.</summary>
    public ScenarioRefusedException Refused(ScenarioProblem problem, string name, string message) =>
        Refused(problem, _value.Fields.GetValueOrDefault(name) ?? _value, message);

    private static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];

    private static string Write(double number) => number.ToString("0.####", CultureInfo.InvariantCulture);

    private double Number(ScenarioValue value, double min, double max)
    {
        if (value.Type != JsonTokenType.Number) { throw Wrong(value, "a number"); }
        return double.TryParse(value.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw Refused(ScenarioProblem.OutOfRange, value, $"{value.Text} is not within {Write(min)} and {Write(max)}.");
    }

    private int Whole(ScenarioValue value, int min, int max)
    {
        var number = Number(value, min, max);
        return Math.Abs(number - Math.Round(number)) < double.Epsilon ? (int)number : throw Refused(ScenarioProblem.WrongType, value, $"{value.Text} is not a whole number.");
    }

    private ScenarioValue? Take(string name)
    {
        _known.Add(name);
        return _value.Fields.GetValueOrDefault(name);
    }

    private string? Forget(string name)
    {
        _known.Add(name);
        return null;
    }

    private T? Forget<T>(string name)
        where T : struct
    {
        _known.Add(name);
        return null;
    }

    private ScenarioRefusedException Missing(string name, string words) => new(new ScenarioRefusal(
        ScenarioProblem.Missing, _file, _value.Line, _value.Path.Length == 0 ? name : $"{_value.Path}.{name}", $"\"{name}\" must be here: {words}."));

    private ScenarioRefusedException Wrong(ScenarioValue value, string words) =>
        Refused(ScenarioProblem.WrongType, value, $"This is {value.TypeName}; it must be {words}.");

    private ScenarioRefusedException Refused(ScenarioProblem problem, ScenarioValue value, string message) =>
        new(new ScenarioRefusal(problem, _file, value.Line, value.Path, message));
}
