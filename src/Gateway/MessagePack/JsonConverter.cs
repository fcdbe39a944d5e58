using System.Buffers;
using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>Goes through JSON and back: for the rare types of which only JSON knows how they are written, such as dates.</summary>
internal sealed class JsonConverter<T> : WireConverter<T>
{
    public override void Write(ref MessagePackWriter writer, T value) =>
        Write(ref writer, JsonSerializer.SerializeToElement(value, WireJson.Options));

    public override T Read(ref MessagePackReader reader)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer)) { Copy(ref reader, json); }
        try
        {
            return JsonSerializer.Deserialize<T>(buffer.WrittenSpan, WireJson.Options) ?? throw new UnreadableException("null");
        }
        catch (JsonException)
        {
            throw new UnreadableException($"no {typeof(T).Name}");
        }
    }

    private static void Write(ref MessagePackWriter writer, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHead(element.GetPropertyCount());
                foreach (var property in element.EnumerateObject())
                {
                    writer.WriteText(property.Name);
                    Write(ref writer, property.Value);
                }

                break;
            case JsonValueKind.Array:
                writer.WriteArrayHead(element.GetArrayLength());
                foreach (var item in element.EnumerateArray()) { Write(ref writer, item); }
                break;
            case JsonValueKind.String:
                writer.WriteText(element.GetString());
                break;
            case JsonValueKind.Number when element.TryGetInt64(out var whole):
                writer.WriteInteger(whole);
                break;
            case JsonValueKind.Number when element.TryGetUInt64(out var large):
                writer.WriteInteger(large);
                break;
            case JsonValueKind.Number:
                writer.WriteFloat(element.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.WriteBoolean(element.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void Copy(ref MessagePackReader reader, Utf8JsonWriter json)
    {
        switch (reader.Peek())
        {
            case MessagePackType.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Integer:
                json.WriteNumberValue(reader.ReadInteger());
                break;
            case MessagePackType.Float:
                json.WriteNumberValue(reader.ReadFloat());
                break;
            case MessagePackType.Text:
                json.WriteStringValue(reader.ReadText());
                break;
            case MessagePackType.Binary:
                json.WriteBase64StringValue(reader.ReadBinary());
                break;
            case MessagePackType.Array:
                json.WriteStartArray();
                for (var left = reader.BeginArray(); left > 0; left--) { Copy(ref reader, json); }
                reader.End();
                json.WriteEndArray();
                break;
            case MessagePackType.Map:
                json.WriteStartObject();
                for (var left = reader.BeginMap(); left > 0; left--)
                {
                    json.WritePropertyName(reader.ReadText());
                    Copy(ref reader, json);
                }

                reader.End();
                json.WriteEndObject();
                break;
            default:
                reader.Skip();
                json.WriteNullValue();
                break;
        }
    }
}
