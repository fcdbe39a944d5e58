using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LiveCommerce.StripeSandbox.Api;

/// <summary>Turns a form into typed parameters, or says what is wrong with it. Cleared parameters become null.</summary>
internal static class ParameterCheck
{
    private const int MetadataEntriesMax = 50;
    private const int MetadataKeyMax = 40;
    private const int MetadataValueMax = 500;
    private const int TextMax = 5000;

    /// <summary>Names an empty text makes no sense for: it is a mistake of the caller, not a wish to unset.</summary>
    private static readonly HashSet<string> NeverEmpty =
        ["customer", "payment_method", "payment_intent", "charge", "currency", "return_url", "starting_after", "ending_before", "type"];

    public static JsonObject? Check(ApiOperation operation, FormMap form, out ApiAnswer? refusal)
    {
        // Gone in this API version, and so common in old examples that it has an error code of its own.
        if (form.Values.ContainsKey("payment_method_types") && operation.Method == "POST")
        {
            refusal = ApiAnswer.Rejected(
                "payment_method_types cannot be set in this API version. Leave it out, or use allowed_payment_method_types.",
                "payment_method_types", "payment_method_types_no_longer_supported");
            return null;
        }

        refusal = null;
        return Object(operation.Parameters, form, "", ref refusal);
    }

    private static JsonObject? Object(ObjectShape shape, FormMap form, string name, ref ApiAnswer? refusal)
    {
        foreach (var given in form.Values.Keys)
        {
            if (!shape.Fields.ContainsKey(given))
            {
                refusal = ApiAnswer.Rejected($"Received unknown parameter: {Inside(name, given)}", Inside(name, given), "parameter_unknown");
                return null;
            }
        }

        foreach (var required in shape.Required)
        {
            if (!form.Values.ContainsKey(required))
            {
                refusal = ApiAnswer.Rejected($"Missing required param: {Inside(name, required)}.", Inside(name, required), "parameter_missing");
                return null;
            }
        }

        var result = new JsonObject();
        foreach (var (key, value) in form.Values)
        {
            result[key] = Value(shape.Fields[key], value, Inside(name, key), ref refusal);
            if (refusal is not null) { return null; }
        }

        return result;
    }

    private static JsonNode? Value(Shape shape, FormNode node, string name, ref ApiAnswer? refusal)
    {
        if (shape is NotSimulatedShape)
        {
            refusal = ApiAnswer.Rejected(
                $"The sandbox does not simulate {name} yet. Leave it out here.", name, "sandbox_not_simulated");
            return null;
        }

        if (node is FormText { Value: "" })
        {
            if (shape.Clearable || (shape is TextShape && !NeverEmpty.Contains(name))) { return null; }
            refusal = ApiAnswer.Rejected($"{name} is an empty text and cannot be unset. Leave it out, or give it a value.", name, "parameter_invalid_empty");
            return null;
        }

        if (node is FormText { Kind: { } kind } && !Fits(shape, kind))
        {
            refusal = ApiAnswer.Rejected($"Invalid {name}: a JSON {kind.ToString().ToLowerInvariant()} does not fit here.", name);
            return null;
        }

        switch (shape, node)
        {
            case (TextShape, FormText text):
                if (text.Value.Length <= TextMax) { return text.Value; }
                refusal = ApiAnswer.Rejected($"{name} is longer than {TextMax} characters.", name, "parameter_invalid_string_length");
                return null;
            case (IntegerShape, FormText text):
                if (long.TryParse(text.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)) { return number; }
                refusal = ApiAnswer.Rejected($"Invalid integer: {text.Value}", name, "parameter_invalid_integer");
                return null;
            case (BooleanShape, FormText text):
                if (text.Value is "true" or "false") { return text.Value == "true"; }
                refusal = ApiAnswer.Rejected($"Invalid boolean: {text.Value}", name);
                return null;
            case (EnumShape options, FormText text):
                if (options.Values.Contains(text.Value, StringComparer.Ordinal)) { return text.Value; }
                refusal = ApiAnswer.Rejected($"Invalid {name}: must be one of {string.Join(", ", options.Values)}", name);
                return null;
            case (ListShape list, FormMap map):
                return List(list, map, name, ref refusal);
            case (MapShape entries, FormMap map):
                return Map(entries, map, name, ref refusal);
            case (ObjectShape fields, FormMap map):
                return Object(fields, map, name, ref refusal);
            case (EitherShape either, _):
                foreach (var option in either.Options)
                {
                    refusal = null;
                    var value = Value(option, node, name, ref refusal);
                    if (refusal is null) { return value; }
                }

                return null;
            case (ListShape, _):
                refusal = ApiAnswer.Rejected($"Invalid array: {name}", name);
                return null;
            case (MapShape or ObjectShape, _):
                refusal = ApiAnswer.Rejected($"Invalid object: {name}", name);
                return null;
            default:
                refusal = ApiAnswer.Rejected($"Invalid value: {name} takes a text, not a list or object.", name);
                return null;
        }
    }

    /// <summary>JSON tells a number from a text; the others are left to the shape itself.</summary>
    private static bool Fits(Shape shape, JsonValueKind kind) => shape switch
    {
        TextShape or EnumShape => kind == JsonValueKind.String,
        IntegerShape => kind == JsonValueKind.Number,
        BooleanShape => kind is JsonValueKind.True or JsonValueKind.False,
        _ => true,
    };

    private static JsonArray? List(ListShape shape, FormMap map, string name, ref ApiAnswer? refusal)
    {
        var items = new SortedDictionary<int, FormNode>();
        foreach (var (key, value) in map.Values)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out var index))
            {
                refusal = ApiAnswer.Rejected($"Invalid array: {name}", name);
                return null;
            }

            items[index] = value;
        }

        var result = new JsonArray();
        foreach (var (index, value) in items)
        {
            result.Add(Value(shape.Item, value, $"{name}[{index}]", ref refusal));
            if (refusal is not null) { return null; }
        }

        return result;
    }

    private static JsonObject? Map(MapShape shape, FormMap map, string name, ref ApiAnswer? refusal)
    {
        if (map.Values.Count > MetadataEntriesMax)
        {
            refusal = ApiAnswer.Rejected($"{name} may have at most {MetadataEntriesMax} keys.", name);
            return null;
        }

        var result = new JsonObject();
        foreach (var (key, value) in map.Values)
        {
            if (key.Length is 0 or > MetadataKeyMax || value is FormText { Value.Length: > MetadataValueMax })
            {
                refusal = ApiAnswer.Rejected(
                    $"Keys of {name} have 1 to {MetadataKeyMax} characters and values at most {MetadataValueMax}.", Inside(name, key));
                return null;
            }

            var entry = Value(shape.Item, value, Inside(name, key), ref refusal);
            if (refusal is not null) { return null; }

            // An empty value removes the key; a map that was not there before has none to remove.
            if (entry is not null || shape.Merges) { result[key] = entry; }
        }

        return result;
    }

    private static string Inside(string name, string key) => name.Length == 0 ? key : $"{name}[{key}]";
}
