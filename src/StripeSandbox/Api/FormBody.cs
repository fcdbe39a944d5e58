using System.Globalization;
using System.Text.Json;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>A value of a form: text, or values by name. A list is values by index.</summary>
internal abstract record FormNode;

/// <summary>Text.</summary>
/// <param name="Value">As it was sent; a number and a truth value of JSON as they are written there, its null as an empty text.</param>
internal sealed record FormText(string Value) : FormNode
{
    /// <summary>What it was in JSON; null for a form, which only has texts.</summary>
    public JsonValueKind? Kind { get; init; }
}

internal sealed record FormMap(Dictionary<string, FormNode> Values) : FormNode
{
    public FormMap() : this(new Dictionary<string, FormNode>(StringComparer.Ordinal))
    {
    }
}

/// <summary>Reads <c>a[b]=c&amp;list[0]=x&amp;list[]=y</c> into a tree.</summary>
internal static class FormBody
{
    /// <summary>Pairs of one request.</summary>
    public const int PairsMax = 1000;

    /// <summary>Levels of brackets.</summary>
    public const int DepthMax = 8;

    /// <summary>Reads a body or a query (without its question mark).</summary>
    /// <returns>Null with a sentence when it cannot be read.</returns>
    public static FormMap? Read(string text, out string? problem)
    {
        var root = new FormMap();
        problem = null;
        if (text.Length == 0) { return root; }

        var pairs = 0;
        foreach (var range in text.AsSpan().Split('&'))
        {
            var pair = text[range];
            if (pair.Length == 0) { continue; }
            if (++pairs > PairsMax)
            {
                problem = $"A request may have at most {PairsMax} parameters.";
                return null;
            }

            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            var name = Decode(equals < 0 ? pair : pair[..equals]);
            var value = equals < 0 ? "" : Decode(pair[(equals + 1)..]);
            problem = Place(root, PathOf(name), name, value);
            if (problem is not null) { return null; }
        }

        return root;
    }

    private static string Decode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    /// <summary><c>a[b[c]][d]</c> is a, b[c], d: brackets inside brackets belong to a name. What does not balance is one plain name.</summary>
    internal static List<string> PathOf(string name)
    {
        var open = name.IndexOf('[', StringComparison.Ordinal);
        if (open <= 0) { return [name]; }

        List<string> path = [name[..open]];
        while (open < name.Length)
        {
            if (name[open] != '[') { return [name]; }
            var depth = 1;
            var end = open + 1;
            for (; end < name.Length; end++)
            {
                if (name[end] == '[') { depth++; }
                if (name[end] == ']' && --depth == 0) { break; }
            }

            if (depth != 0) { return [name]; }
            path.Add(name[(open + 1)..end]);
            open = end + 1;
        }

        return path;
    }

    private static string? Place(FormMap root, List<string> path, string name, string value)
    {
        if (path.Count > DepthMax) { return $"{name} is nested too deeply: at most {DepthMax} levels."; }
        var map = root;
        for (var i = 0; i < path.Count; i++)
        {
            var key = path[i].Length == 0 && i > 0 ? map.Values.Count.ToString(CultureInfo.InvariantCulture) : path[i];
            var known = map.Values.GetValueOrDefault(key);
            if (i == path.Count - 1)
            {
                if (known is FormMap) { return $"{name} is given both as text and as a list or object."; }
                map.Values[key] = new FormText(value);
                return null;
            }

            if (known is FormText) { return $"{name} is given both as text and as a list or object."; }
            if (known is not FormMap next) { map.Values[key] = next = new FormMap(); }
            map = next;
        }

        return null;
    }
}
