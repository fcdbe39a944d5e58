using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text.Json;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>Reads MessagePack off the front of a span, no further than asked. Every length is checked against what is there.</summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> data)
{
    private const int DepthMax = 32;
    private ReadOnlySpan<byte> _rest = data;

    /// <summary>What has not been read.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>The next value's first byte.</summary>
    /// <exception cref="JsonException">There is none.</exception>
    public readonly byte Next => _rest.Length > 0 ? _rest[0] : throw Short();

    public bool TryReadNil()
    {
        if (Next != 0xc0) { return false; }
        _rest = _rest[1..];
        return true;
    }

    public int ReadArray() => Next is >= 0x90 and <= 0x9f ? Take(1)[0] & 0x0f : ReadHeader(0xdc, 0xdd);

    public int ReadMap() => Next is >= 0x80 and <= 0x8f ? Take(1)[0] & 0x0f : ReadHeader(0xde, 0xdf);

    public ReadOnlySpan<byte> ReadText()
    {
        var head = Take(1)[0];
        return Take(head switch
        {
            >= 0xa0 and <= 0xbf => head & 0x1f,
            0xd9 => Take(1)[0],
            0xda => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xdb => Length(BinaryPrimitives.ReadUInt32BigEndian(Take(4))),
            _ => throw new JsonException($"Text was expected, not 0x{head:x2}."),
        });
    }

    public long ReadNumber()
    {
        var head = Take(1)[0];
        return head switch
        {
            <= 0x7f => head,
            >= 0xe0 => unchecked((sbyte)head),
            0xcc => Take(1)[0],
            0xcd => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            0xce => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
            0xcf => (long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(Take(8)), long.MaxValue),
            0xd0 => unchecked((sbyte)Take(1)[0]),
            0xd1 => BinaryPrimitives.ReadInt16BigEndian(Take(2)),
            0xd2 => BinaryPrimitives.ReadInt32BigEndian(Take(4)),
            0xd3 => BinaryPrimitives.ReadInt64BigEndian(Take(8)),
            _ => throw new JsonException($"A number was expected, not 0x{head:x2}."),
        };
    }

    /// <summary>Passes over one value.</summary>
    public void Skip() => Copy(null, 0);

    /// <summary>Writes the next value as JSON.</summary>
    public void CopyTo(Utf8JsonWriter json) => Copy(json, 0);

    private void Copy(Utf8JsonWriter? json, int depth)
    {
        if (depth > DepthMax) { throw new JsonException("Nested too deeply."); }
        switch (Next)
        {
            case 0xc0:
                Take(1);
                json?.WriteNullValue();
                break;
            case 0xc2 or 0xc3:
                var truth = Take(1)[0] == 0xc3;
                json?.WriteBooleanValue(truth);
                break;
            case 0xca:
                Take(1);
                var single = BinaryPrimitives.ReadSingleBigEndian(Take(4));
                json?.WriteNumberValue(single);
                break;
            case 0xcb:
                Take(1);
                var real = BinaryPrimitives.ReadDoubleBigEndian(Take(8));
                json?.WriteNumberValue(real);
                break;
            case (>= 0xa0 and <= 0xbf) or (>= 0xd9 and <= 0xdb):
                var text = ReadText();
                json?.WriteStringValue(text);
                break;
            case (>= 0x90 and <= 0x9f) or 0xdc or 0xdd:
                json?.WriteStartArray();
                for (var left = ReadArray(); left > 0; left--) { Copy(json, depth + 1); }
                json?.WriteEndArray();
                break;
            case (>= 0x80 and <= 0x8f) or 0xde or 0xdf:
                json?.WriteStartObject();
                for (var left = ReadMap(); left > 0; left--)
                {
                    var name = ReadText();
                    json?.WritePropertyName(name);
                    Copy(json, depth + 1);
                }

                json?.WriteEndObject();
                break;
            case >= 0xc4 and <= 0xc6:
                var bytes = ReadBytes();
                if (bytes.Length == 16) { json?.WriteStringValue(new Guid(bytes, bigEndian: true)); }
                else { json?.WriteBase64StringValue(bytes); }
                break;
            case (>= 0xc7 and <= 0xc9) or (>= 0xd4 and <= 0xd8):
                CopyExtension(json);
                break;
            default:
                var number = ReadNumber();
                json?.WriteNumberValue(number);
                break;
        }
    }

    private ReadOnlySpan<byte> ReadBytes() => Take(Take(1)[0] switch
    {
        0xc4 => Take(1)[0],
        0xc5 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        _ => Length(BinaryPrimitives.ReadUInt32BigEndian(Take(4))),
    });

    // The only extension there is: the time.
    private void CopyExtension(Utf8JsonWriter? json)
    {
        var head = Take(1)[0];
        var length = head switch
        {
            >= 0xd4 => 1 << (head - 0xd4),
            0xc7 => Take(1)[0],
            0xc8 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
            _ => Length(BinaryPrimitives.ReadUInt32BigEndian(Take(4))),
        };
        var type = unchecked((sbyte)Take(1)[0]);
        var body = Take(length);
        if (json is null) { return; }
        if (type != -1) { throw new JsonException($"Extension {type} is not known."); }
        var (seconds, nanoseconds) = length switch
        {
            4 => (BinaryPrimitives.ReadUInt32BigEndian(body), 0L),
            8 => ((long)(BinaryPrimitives.ReadUInt64BigEndian(body) & 0x3_FFFF_FFFF), (long)(BinaryPrimitives.ReadUInt64BigEndian(body) >> 34)),
            12 => (BinaryPrimitives.ReadInt64BigEndian(body[4..]), (long)BinaryPrimitives.ReadUInt32BigEndian(body)),
            _ => throw new JsonException("Not a time."),
        };
        json.WriteStringValue(DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / 100).ToString("O", CultureInfo.InvariantCulture));
    }

    private int ReadHeader(byte small, byte large)
    {
        var head = Take(1)[0];
        var count = head == small ? BinaryPrimitives.ReadUInt16BigEndian(Take(2))
            : head == large ? Length(BinaryPrimitives.ReadUInt32BigEndian(Take(4)))
            : throw new JsonException($"A list or a map was expected, not 0x{head:x2}.");

        // Each value has a byte at least.
        return count <= _rest.Length ? count : throw Short();
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _rest.Length) { throw Short(); }
        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }

    private static int Length(uint length) => length <= int.MaxValue ? (int)length : throw Short();

    private static JsonException Short() => new("The message ends too early.");
}

/// <summary>The same shape in both protocols: what the load tester does not read itself is turned into JSON, and its calls from it.</summary>
internal static class MessagePackJson
{
    /// <summary>One value as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static byte[] ToJson(ReadOnlySpan<byte> value)
    {
        var output = new ArrayBufferWriter<byte>(value.Length * 2);
        using (var json = new Utf8JsonWriter(output))
        {
            var reader = new MessagePackReader(value);
            reader.CopyTo(json);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Writes one JSON value.</summary>
    public static void Write(IBufferWriter<byte> output, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteHeader(output, 0x80, 0x0f, 0xde, value.EnumerateObject().Count());
                foreach (var property in value.EnumerateObject())
                {
                    WriteText(output, property.Name);
                    Write(output, property.Value);
                }

                break;
            case JsonValueKind.Array:
                WriteHeader(output, 0x90, 0x0f, 0xdc, value.GetArrayLength());
                foreach (var one in value.EnumerateArray()) { Write(output, one); }
                break;
            case JsonValueKind.String:
                WriteText(output, value.GetString()!);
                break;
            case JsonValueKind.Number when value.TryGetInt64(out var number):
                WriteNumber(output, number);
                break;
            case JsonValueKind.Number:
                output.Write<byte>([0xcb]);
                BinaryPrimitives.WriteDoubleBigEndian(output.GetSpan(8), value.GetDouble());
                output.Advance(8);
                break;
            case JsonValueKind.True or JsonValueKind.False:
                output.Write<byte>([value.ValueKind == JsonValueKind.True ? (byte)0xc3 : (byte)0xc2]);
                break;
            default:
                output.Write<byte>([0xc0]);
                break;
        }
    }

    public static void WriteText(IBufferWriter<byte> output, string text)
    {
        var bytes = System.Text.Encoding.UTF8.GetBytes(text);
        if (bytes.Length < 32) { output.Write<byte>([(byte)(0xa0 | bytes.Length)]); }
        else if (bytes.Length <= byte.MaxValue) { output.Write<byte>([0xd9, (byte)bytes.Length]); }
        else { output.Write<byte>([0xda, (byte)(bytes.Length >> 8), (byte)(bytes.Length & 0xff)]); }
        output.Write(bytes);
    }

    /// <summary>The header of a list or a map.</summary>
    public static void WriteHeader(IBufferWriter<byte> output, byte small, int smallMax, byte large, int count)
    {
        if (count <= smallMax) { output.Write<byte>([(byte)(small | count)]); }
        else { output.Write<byte>([large, (byte)(count >> 8), (byte)(count & 0xff)]); }
    }

    private static void WriteNumber(IBufferWriter<byte> output, long number)
    {
        if (number is >= 0 and <= 0x7f)
        {
            output.Write<byte>([(byte)number]);
            return;
        }

        output.Write<byte>([0xd3]);
        BinaryPrimitives.WriteInt64BigEndian(output.GetSpan(8), number);
        output.Advance(8);
    }
}
