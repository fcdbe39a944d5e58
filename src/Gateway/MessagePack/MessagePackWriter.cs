using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>Writes MessagePack into one pooled buffer, every value in its shortest form. Dispose it to give the buffer back.</summary>
internal ref struct MessagePackWriter
{
    private byte[] _buffer;
    private int _written;

    public MessagePackWriter(int capacity) => _buffer = ArrayPool<byte>.Shared.Rent(capacity);

    /// <summary>What was written; valid until more is.</summary>
    public readonly ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _written);

    public readonly void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>Leaves room for bytes that are known later.</summary>
    /// <returns>Where it is, for <see cref="Reserved"/>.</returns>
    public int Reserve(int bytes)
    {
        var at = _written;
        Next(bytes);
        return at;
    }

    /// <summary>The room that <see cref="Reserve"/> left.</summary>
    public readonly Span<byte> Reserved(int at, int bytes) => _buffer.AsSpan(at, bytes);

    /// <summary>What was encoded before.</summary>
    public void WriteRaw(scoped ReadOnlySpan<byte> encoded) => encoded.CopyTo(Next(encoded.Length));

    public void WriteNil() => Next(1)[0] = MessagePackCode.Nil;

    public void WriteBoolean(bool value) => Next(1)[0] = value ? MessagePackCode.True : MessagePackCode.False;

    public void WriteInteger(long value)
    {
        switch (value)
        {
            case >= 0:
                WriteInteger((ulong)value);
                break;
            case >= -32:
                Next(1)[0] = unchecked((byte)value);
                break;
            case >= sbyte.MinValue:
                Coded(MessagePackCode.Int8, 1)[0] = unchecked((byte)value);
                break;
            case >= short.MinValue:
                BinaryPrimitives.WriteInt16BigEndian(Coded(MessagePackCode.Int16, 2), (short)value);
                break;
            case >= int.MinValue:
                BinaryPrimitives.WriteInt32BigEndian(Coded(MessagePackCode.Int32, 4), (int)value);
                break;
            default:
                BinaryPrimitives.WriteInt64BigEndian(Coded(MessagePackCode.Int64, 8), value);
                break;
        }
    }

    public void WriteInteger(ulong value)
    {
        switch (value)
        {
            case <= MessagePackCode.PositiveFixIntMax:
                Next(1)[0] = (byte)value;
                break;
            case <= byte.MaxValue:
                Coded(MessagePackCode.UInt8, 1)[0] = (byte)value;
                break;
            case <= ushort.MaxValue:
                BinaryPrimitives.WriteUInt16BigEndian(Coded(MessagePackCode.UInt16, 2), (ushort)value);
                break;
            case <= uint.MaxValue:
                BinaryPrimitives.WriteUInt32BigEndian(Coded(MessagePackCode.UInt32, 4), (uint)value);
                break;
            default:
                BinaryPrimitives.WriteUInt64BigEndian(Coded(MessagePackCode.UInt64, 8), value);
                break;
        }
    }

    public void WriteFloat(double value) => BinaryPrimitives.WriteDoubleBigEndian(Coded(MessagePackCode.Float64, 8), value);

    /// <summary>A text; halves of surrogate pairs become U+FFFD, as in JSON.</summary>
    public void WriteText(scoped ReadOnlySpan<char> text)
    {
        // Most texts are ASCII: taken for such, and moved when the head turns out too small.
        var headGuess = HeadOfText(text.Length);
        var start = _written;
        var room = Next(checked(5 + (3 * text.Length)));
        var bytes = Encoding.UTF8.GetBytes(text, room[headGuess..]);
        var head = HeadOfText(bytes);
        if (head != headGuess) { room.Slice(headGuess, bytes).CopyTo(room[head..]); }
        WriteHeadOfText(room, bytes);
        _written = start + head + bytes;
    }

    /// <summary>A text that is UTF-8 already.</summary>
    public void WriteText(scoped ReadOnlySpan<byte> utf8)
    {
        var head = HeadOfText(utf8.Length);
        var room = Next(head + utf8.Length);
        WriteHeadOfText(room, utf8.Length);
        utf8.CopyTo(room[head..]);
    }

    public void WriteArrayHead(int count)
    {
        if (count <= 15) { Next(1)[0] = (byte)(MessagePackCode.FixArray | count); }
        else { WriteCount(MessagePackCode.Array16, MessagePackCode.Array32, count); }
    }

    public void WriteMapHead(int count)
    {
        if (count <= 15) { Next(1)[0] = (byte)(MessagePackCode.FixMap | count); }
        else { WriteCount(MessagePackCode.Map16, MessagePackCode.Map32, count); }
    }

    private void WriteCount(byte code16, byte code32, int count)
    {
        if (count <= ushort.MaxValue) { BinaryPrimitives.WriteUInt16BigEndian(Coded(code16, 2), (ushort)count); }
        else { BinaryPrimitives.WriteInt32BigEndian(Coded(code32, 4), count); }
    }

    private static int HeadOfText(int bytes) => bytes switch
    {
        <= 31 => 1,
        <= byte.MaxValue => 2,
        <= ushort.MaxValue => 3,
        _ => 5,
    };

    private static void WriteHeadOfText(Span<byte> room, int bytes)
    {
        switch (bytes)
        {
            case <= 31:
                room[0] = (byte)(MessagePackCode.FixStr | bytes);
                break;
            case <= byte.MaxValue:
                room[0] = MessagePackCode.Str8;
                room[1] = (byte)bytes;
                break;
            case <= ushort.MaxValue:
                room[0] = MessagePackCode.Str16;
                BinaryPrimitives.WriteUInt16BigEndian(room[1..], (ushort)bytes);
                break;
            default:
                room[0] = MessagePackCode.Str32;
                BinaryPrimitives.WriteInt32BigEndian(room[1..], bytes);
                break;
        }
    }

    private Span<byte> Coded(byte code, int bytes)
    {
        var room = Next(1 + bytes);
        room[0] = code;
        return room[1..];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Span<byte> Next(int bytes)
    {
        if (_buffer.Length - _written < bytes) { Grow(bytes); }
        var room = _buffer.AsSpan(_written, bytes);
        _written += bytes;
        return room;
    }

    private void Grow(int bytes)
    {
        var needed = checked(_written + bytes);
        if (needed > MessagePackLimits.WrittenBytesMax) { throw new InvalidOperationException($"A message of more than {MessagePackLimits.WrittenBytesMax} bytes."); }
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Min(2 * _buffer.Length, MessagePackLimits.WrittenBytesMax)));
        _buffer.AsSpan(0, _written).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
