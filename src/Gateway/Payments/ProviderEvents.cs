using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.Gateway.Payments;

/// <summary>
/// Reads as much of an event as is needed to store it: those with the object in them, and thin ones, which only say what they are about.
/// </summary>
internal static class ProviderEvents
{
    /// <summary>Characters of an event's id, its type or an account.</summary>
    private const int NameLengthMax = 255;

    /// <summary>The thing that a thin event about an account is about.</summary>
    private const string AccountObject = "v2.core.account";

    /// <summary>Null when the body is not an event.</summary>
    public static ProviderEvent? Read(byte[] body)
    {
        // The parser looks into texts only when they are read, and bytes that are no text would be stored as others.
        if (!Utf8.IsValid(body)) { return null; }
        try
        {
            using var document = JsonDocument.Parse(body);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && Name(root, "id") is { } id && Name(root, "type") is { } type
                    ? new ProviderEvent(id, type, Encoding.UTF8.GetString(body), AccountOf(root))
                    : null;
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // The latter: a member's name with half a character in an escape.
            return null;
        }
    }

    private static string? AccountOf(JsonElement root)
    {
        if ((Name(root, "account") ?? Name(root, "context")) is { } account) { return account; }
        return root.TryGetProperty("related_object", out var about) && about.ValueKind == JsonValueKind.Object && Name(about, "type") == AccountObject
            ? Name(about, "id")
            : null;
    }

    /// <summary>A name as the provider makes them: printable ASCII. Anything else is none.</summary>
    private static string? Name(JsonElement holder, string name)
    {
        if (!holder.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String) { return null; }

        // As it is written, so that half a character in an escape cannot end in an exception.
        var raw = value.GetRawText().AsSpan(1..^1);
        return raw.Length is > 0 and <= NameLengthMax && !raw.ContainsAnyExceptInRange('!', '~') && !raw.Contains('\\') ? raw.ToString() : null;
    }
}
