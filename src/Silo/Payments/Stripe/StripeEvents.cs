using System.Text.Json;
using System.Text.Json.Serialization;

namespace LiveCommerce.Silo.Payments.Stripe;

/// <summary>
/// An event: what happened, and the object after it. A thin event (type <c>v2.…</c>) has no data, only what it is about.
/// </summary>
/// <param name="Created">Unix seconds.</param>
/// <param name="Account">The connected account that it happened in; null for the platform's own.</param>
/// <param name="Context">The same of a thin event.</param>
internal sealed record StripeEvent(
    string Id,
    string Type,
    StripeEventData? Data = null,
    [property: JsonConverter(typeof(StripeTimeConverter))] long Created = 0,
    string? Account = null,
    string? Context = null,
    StripeRelatedObject? RelatedObject = null);

/// <summary>The object of an event, read by its type.</summary>
internal sealed record StripeEventData(JsonElement Object);

/// <summary>What a thin event is about: to be fetched.</summary>
/// <param name="Type">Such as <c>v2.core.account</c>.</param>
internal sealed record StripeRelatedObject(string Id, string Type);

/// <summary>An event as the API lists it, with its text, so that it can be taken like one that was sent to us.</summary>
/// <param name="Created">Unix seconds.</param>
[JsonConverter(typeof(StripeListedEventConverter))]
internal sealed record StripeListedEvent(string Id, string Type, long Created, string Json) : IStripeObject;

/// <summary>Times are Unix seconds in the older part of the API and text in the newer one.</summary>
internal sealed class StripeTimeConverter : JsonConverter<long>
{
    public override long Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String ? reader.GetDateTimeOffset().ToUnixTimeSeconds() : reader.GetInt64();

    public override void Write(Utf8JsonWriter writer, long value, JsonSerializerOptions options) => writer.WriteNumberValue(value);
}

/// <summary>Keeps the text of an event.</summary>
internal sealed class StripeListedEventConverter : JsonConverter<StripeListedEvent>
{
    public override StripeListedEvent Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        using var document = JsonDocument.ParseValue(ref reader);
        var read = document.Deserialize(StripeJson.Default.StripeEvent) ?? throw new JsonException("An event is null.");
        return new StripeListedEvent(read.Id, read.Type, read.Created, document.RootElement.GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, StripeListedEvent value, JsonSerializerOptions options) => writer.WriteRawValue(value.Json);
}
