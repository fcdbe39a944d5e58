using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace LiveCommerce.Gateway.Tests.MessagePack;

/// <summary>MessagePack as a generic tree: a decoder of its own, which knows nothing of our reader or our records.</summary>
internal ref struct Tree(ReadOnlySpan<byte> input)
{
    private ReadOnlySpan<byte> _rest = input;

    /// <summary>The one value that the bytes are.</summary>
    public static JsonNode? Decode(ReadOnlySpan<byte> encoded)
    {
        var tree = new Tree(encoded);
        var node = tree.Value();
        Assert.True(tree._rest.IsEmpty, "There are bytes after the value.");
        return node;
    }

    private JsonNode? Value()
    {
        var code = Take(1)[0];
        return code switch
        {
            <= 0x7f => JsonValue.Create((long)code),
            <= 0x8f => Map(code & 0x0f),
            <= 0x9f => List(code & 0x0f),
            <= 0xbf => Text(code & 0x1f),
            0xc0 => null,
            0xc2 => JsonValue.Create(false),
            0xc3 => JsonValue.Create(true),
            0xcb => JsonValue.Create(BinaryPrimitives.ReadDoubleBigEndian(Take(8))),
            0xcc => JsonValue.Create((long)Take(1)[0]),
            0xcd => JsonValue.Create((long)BinaryPrimitives.ReadUInt16BigEndian(Take(2))),
            0xce => JsonValue.Create((long)BinaryPrimitives.ReadUInt32BigEndian(Take(4))),
            0xcf => JsonValue.Create(BinaryPrimitives.ReadUInt64BigEndian(Take(8))),
            0xd0 => JsonValue.Create((long)unchecked((sbyte)Take(1)[0])),
            0xd1 => JsonValue.Create((long)BinaryPrimitives.ReadInt16BigEndian(Take(2))),
            0xd2 => JsonValue.Create((long)BinaryPrimitives.ReadInt32BigEndian(Take(4))),
            0xd3 => JsonValue.Create(BinaryPrimitives.ReadInt64BigEndian(Take(8))),
            0xd9 => Text(Take(1)[0]),
            0xda => Text(BinaryPrimitives.ReadUInt16BigEndian(Take(2))),
            0xdb => Text(BinaryPrimitives.ReadInt32BigEndian(Take(4))),
            0xdc => List(BinaryPrimitives.ReadUInt16BigEndian(Take(2))),
            0xde => Map(BinaryPrimitives.ReadUInt16BigEndian(Take(2))),
            >= 0xe0 => JsonValue.Create((long)unchecked((sbyte)code)),
            _ => throw new InvalidOperationException($"We never write {code:x2}."),
        };
    }

    private JsonObject Map(int count)
    {
        var map = new JsonObject();
        for (; count > 0; count--)
        {
            var name = Value()!.GetValue<string>();
            map.Add(name, Value());
        }

        return map;
    }

    private JsonArray List(int count)
    {
        var list = new JsonArray();
        for (; count > 0; count--) { list.Add(Value()); }
        return list;
    }

    private JsonValue Text(int bytes) => JsonValue.Create(new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(Take(bytes)));

    private ReadOnlySpan<byte> Take(int bytes)
    {
        var taken = _rest[..bytes];
        _rest = _rest[bytes..];
        return taken;
    }
}
