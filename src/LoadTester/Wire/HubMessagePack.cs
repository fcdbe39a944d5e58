using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>The hub's messages in MessagePack: lists behind a length of 7 bits a byte.</summary>
internal static class HubMessagePack
{
    private const int LengthBytesMax = 5;
    private const int ErrorResult = 1;
    private const int VoidResult = 2;
    private const byte Nil = 0xc0;
    private const byte EmptyList = 0x90;

    /// <summary>A sign of life, length included.</summary>
    public static readonly byte[] Ping = [2, 0x91, (byte)HubMessageType.Ping];

    /// <summary>Cuts the next message off the front.</summary>
    /// <exception cref="JsonException">It is not whole.</exception>
    public static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> from)
    {
        long length = 0;
        for (var at = 0; at < Math.Min(from.Length, LengthBytesMax); at++)
        {
            length |= (long)(from[at] & 0x7f) << (7 * at);
            if ((from[at] & 0x80) != 0) { continue; }
            if (length > from.Length - at - 1) { break; }
            var message = from.Slice(at + 1, (int)length);
            from = from[(at + 1 + (int)length)..];
            return message;
        }

        throw new JsonException("A message is not whole.");
    }

    /// <summary>Reads a message; the payload is MessagePack.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static HubMessage Read(ReadOnlySpan<byte> message)
    {
        var reader = new MessagePackReader(message);
        var count = reader.ReadArray();
        var type = (HubMessageType)reader.ReadNumber();
        switch (type)
        {
            case HubMessageType.Invocation when count >= 5:
                reader.Skip();
                reader.Skip();
                var target = HubMessage.NameOf(reader.ReadText());
                var first = reader.ReadArray() == 0 ? default : FirstOf(reader, count);
                return new HubMessage(type, target, 0, null, first);
            case HubMessageType.Completion when count >= 4:
                reader.Skip();
                var id = int.TryParse(reader.ReadText(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
                return reader.ReadNumber() switch
                {
                    ErrorResult => new HubMessage(type, null, id, Encoding.UTF8.GetString(reader.ReadText()), default),
                    VoidResult => new HubMessage(type, null, id, null, default),
                    _ => new HubMessage(type, null, id, null, reader.Rest),
                };
            case HubMessageType.Close when count >= 2 && !reader.TryReadNil():
                return new HubMessage(type, null, 0, Encoding.UTF8.GetString(reader.ReadText()), default);
            default:
                return new HubMessage(type, null, 0, null, default);
        }
    }

    /// <summary>The bytes of a call, length included.</summary>
    public static void WriteCall<T>(IBufferWriter<byte> output, int? id, string target, T argument)
    {
        var body = new ArrayBufferWriter<byte>();
        body.Write<byte>([0x96, (byte)HubMessageType.Invocation, 0x80]);
        if (id is { } number) { MessagePackJson.WriteText(body, number.ToString(CultureInfo.InvariantCulture)); }
        else { body.Write<byte>([Nil]); }
        MessagePackJson.WriteText(body, target);
        body.Write<byte>([0x91]);
        MessagePackJson.Write(body, JsonSerializer.SerializeToElement(argument, WireJson.Options));
        body.Write<byte>([EmptyList]);
        for (var left = body.WrittenCount; ; left >>= 7)
        {
            output.Write<byte>([(byte)((left & 0x7f) | (left > 0x7f ? 0x80 : 0))]);
            if (left <= 0x7f) { break; }
        }

        output.Write(body.WrittenSpan);
    }

    // The argument is the last but for an empty list of streams: it need not be passed over to find its end.
    private static ReadOnlySpan<byte> FirstOf(MessagePackReader reader, int count) =>
        count == 6 && reader.Rest.Length > 0 && reader.Rest[^1] == EmptyList ? reader.Rest[..^1] : reader.Rest;
}
