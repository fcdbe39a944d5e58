using System.Buffers;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Types of messages in the SignalR protocol.</summary>
internal enum HubMessageType
{
    /// <summary>The answer to the handshake, which has no type.</summary>
    Handshake = 0,
    Invocation = 1,
    Completion = 3,
    Ping = 6,
    Close = 7,
}

/// <summary>One message from the hub, read no further than needed.</summary>
/// <param name="type">What it is.</param>
/// <param name="target">The method of an invocation.</param>
/// <param name="id">The number of the call that a completion answers; 0 for none.</param>
/// <param name="error">What a completion, a close or the handshake complains about.</param>
/// <param name="payload">As the protocol writes it: the first argument of an invocation, or the result of a completion.</param>
internal readonly ref struct HubMessage(HubMessageType type, string? target, int id, string? error, ReadOnlySpan<byte> payload)
{
    /// <summary>What ends each message of the JSON protocol.</summary>
    public const byte Separator = 0x1e;

    public HubMessageType Type { get; } = type;

    public string? Target { get; } = target;

    public int Id { get; } = id;

    public string? Error { get; } = error;

    public ReadOnlySpan<byte> Payload { get; } = payload;

    /// <summary>Reads a message. A batch as the server writes it is known by its first bytes: of those there come thousands a second.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static HubMessage Read(ReadOnlySpan<byte> frame)
    {
        var batch = """{"type":1,"target":"batch","arguments":["""u8;
        if (frame.StartsWith(batch) && frame.EndsWith("]}"u8)) { return new HubMessage(HubMessageType.Invocation, "batch", 0, null, frame[batch.Length..^2]); }
        var reader = new Utf8JsonReader(frame, new JsonReaderOptions { MaxDepth = WireJson.DepthMax + 4 });
        var type = HubMessageType.Handshake;
        string? target = null;
        string? error = null;
        var id = 0;
        var payload = default(Range);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) { throw new JsonException("A hub message is an object."); }
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8)) { type = (HubMessageType)Next(ref reader).GetInt32(); }
            else if (reader.ValueTextEquals("target"u8)) { target = NameOf(ref reader); }
            else if (reader.ValueTextEquals("invocationId"u8)) { id = int.TryParse(Next(ref reader).GetString(), out var number) ? number : 0; }
            else if (reader.ValueTextEquals("error"u8)) { error = Next(ref reader).GetString(); }
            else if (reader.ValueTextEquals("result"u8)) { payload = Value(ref reader); }
            else if (reader.ValueTextEquals("arguments"u8)) { payload = First(ref reader); }
            else { reader.Skip(); }
        }

        return new HubMessage(type, target, id, error, frame[payload]);
    }

    /// <summary>The bytes of a call, separator included.</summary>
    /// <param name="output">Where they go.</param>
    /// <param name="id">Null: no answer is wanted.</param>
    /// <param name="target">The method.</param>
    /// <param name="argument">The one argument.</param>
    public static void WriteCall<T>(IBufferWriter<byte> output, int? id, string target, T argument)
    {
        using (var writer = new Utf8JsonWriter(output))
        {
            writer.WriteStartObject();
            writer.WriteNumber("type"u8, (int)HubMessageType.Invocation);
            if (id is { } number) { writer.WriteString("invocationId"u8, number.ToString()); }
            writer.WriteString("target"u8, target);
            writer.WriteStartArray("arguments"u8);
            JsonSerializer.Serialize(writer, argument, WireJson.Options);
            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        output.Write([Separator]);
    }

    private static Utf8JsonReader Next(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader;
    }

    // The feed's own names come thousands of times a second: no new string for them.
    private static string? NameOf(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.ValueTextEquals("batch"u8) ? "batch" : reader.ValueTextEquals("snapshot"u8) ? "snapshot" : reader.GetString();
    }

    /// <summary>A method's name, without a new string for those that come often.</summary>
    public static string NameOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("batch"u8) ? "batch" : name.SequenceEqual("snapshot"u8) ? "snapshot" : Encoding.UTF8.GetString(name);

    // Where the first of the arguments stands.
    private static Range First(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartArray) { throw new JsonException("Arguments are an array."); }
        Range? first = null;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var here = Here(ref reader);
            first ??= here;
        }

        return first ?? default;
    }

    private static Range Value(ref Utf8JsonReader reader)
    {
        reader.Read();
        return Here(ref reader);
    }

    private static Range Here(ref Utf8JsonReader reader)
    {
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return start..(int)reader.BytesConsumed;
    }
}
