using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>Parameters of a request in the provider's bracketed form encoding: <c>a[b]=c&amp;list[0]=x</c>.</summary>
internal static class StripeForm
{
    /// <summary>Deeper parameters are a mistake of ours.</summary>
    private const int DepthMax = 8;

    /// <summary>
    /// Encodes in the order given. Values: text, whole numbers, booleans, times, enums, lists and maps of these; null clears a field.
    /// </summary>
    public static string Encode(IEnumerable<KeyValuePair<string, object?>> parameters)
    {
        var form = new StringBuilder();
        foreach (var (name, value) in parameters) { Write(form, Escape(name), value, depth: 0); }
        return form.ToString();
    }

    private static void Write(StringBuilder form, string name, object? value, int depth)
    {
        if (depth > DepthMax) { throw new ArgumentException($"{name} is nested deeper than {DepthMax} levels.", nameof(value)); }

        switch (value)
        {
            case IEnumerable<KeyValuePair<string, object?>> map:
                foreach (var (key, inner) in map) { Write(form, $"{name}[{Escape(key)}]", inner, depth + 1); }
                break;
            case IEnumerable<KeyValuePair<string, string>> texts:
                foreach (var (key, inner) in texts) { Write(form, $"{name}[{Escape(key)}]", inner, depth + 1); }
                break;
            case IEnumerable list and not string:
                var index = 0;
                foreach (var inner in list) { Write(form, $"{name}[{index++}]", inner, depth + 1); }
                break;
            default:
                if (form.Length > 0) { form.Append('&'); }
                form.Append(name).Append('=').Append(Escape(Text(value)));
                break;
        }
    }

    private static string Text(object? value) => value switch
    {
        null => "",
        string text => text,
        true => "true",
        false => "false",
        int number => number.ToString(CultureInfo.InvariantCulture),
        long number => number.ToString(CultureInfo.InvariantCulture),
        Enum choice => JsonNamingPolicy.SnakeCaseLower.ConvertName(choice.ToString()),
        DateTimeOffset time => time.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),

        // A floating point amount would be a lie about money.
        _ => throw new ArgumentException($"A parameter cannot be a {value.GetType().Name}.", nameof(value)),
    };

    // The official libraries leave brackets as they are, in names and in values.
    private static string Escape(string text) => Uri.EscapeDataString(text).Replace("%5B", "[").Replace("%5D", "]");
}
