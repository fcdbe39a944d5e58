using System.Globalization;
using System.Reflection;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Makes arguments for a method of the client: all of them with a value of its own, or only what must be given.</summary>
/// <param name="turn">Which value of every enum.</param>
/// <param name="full">False: what may be left out is.</param>
internal sealed class StripeArguments(int turn, bool full)
{
    private static readonly NullabilityInfoContext Nullability = new();

    private int _count;

    /// <summary>What must be found in the request again.</summary>
    public List<string> Marks { get; } = [];

    /// <summary>The key that was given, if the method takes one.</summary>
    public string? IdempotencyKey { get; private set; }

    /// <summary>The connected account that was given.</summary>
    public string? Account { get; private set; }

    public object?[] For(MethodBase method) => [.. method.GetParameters().Select(Value)];

    private object? Value(ParameterInfo parameter)
    {
        var (type, name) = (Nullable.GetUnderlyingType(parameter.ParameterType) ?? parameter.ParameterType, parameter.Name!);
        var optional = parameter.HasDefaultValue || Nullability.Create(parameter).WriteState == NullabilityState.Nullable;
        if (optional && !full) { return parameter.HasDefaultValue && !type.IsValueType ? parameter.DefaultValue : Default(parameter); }
        if (type == typeof(string)) { return Text(name); }
        if (type == typeof(bool)) { return true; }
        if (type == typeof(int)) { return Marked(17 + _count); }
        if (type == typeof(long)) { return (long)Marked(9_000_000 + _count); }
        if (type == typeof(DateTimeOffset)) { return DateTimeOffset.FromUnixTimeSeconds(Marked(1_790_000_000 + _count)); }
        if (type.IsEnum) { return Enum.GetValues(type).GetValue(turn % Enum.GetValues(type).Length); }
        if (type == typeof(IReadOnlyDictionary<string, string>)) { return new Dictionary<string, string> { ["our_id"] = Text("value") }; }
        if (type == typeof(IReadOnlyList<string>)) { return new List<string> { Text("one"), Text("two") }; }

        var constructor = type.GetConstructors().Single();
        return constructor.Invoke([.. constructor.GetParameters().Select(Value)]);
    }

    private static object? Default(ParameterInfo parameter) =>
        parameter.HasDefaultValue && parameter.DefaultValue is { } value ? Typed(value, parameter.ParameterType)
        : parameter.ParameterType.IsValueType ? Activator.CreateInstance(parameter.ParameterType) : null;

    private static object Typed(object value, Type type) => type.IsEnum ? Enum.ToObject(type, value) : value;

    private string Text(string name)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{name.ToLowerInvariant()}_{++_count}");
        Marks.Add(text);
        if (name == "idempotencyKey") { IdempotencyKey = text; }
        if (name == "account") { Account = text; }
        return text;
    }

    private int Marked(int number)
    {
        _count++;
        Marks.Add(number.ToString(CultureInfo.InvariantCulture));
        return number;
    }
}
