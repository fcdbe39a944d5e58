using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace LiveCommerce.Gateway.MessagePack;

/// <summary>
/// Reads MessagePack strictly: no byte beyond its input, nothing deeper, longer or more than <see cref="MessagePackLimits"/>, no memory
/// for what is only declared. Whatever does not fit is an <see cref="UnreadableException"/>. A copy of it looks ahead.
/// </summary>
internal ref struct MessagePackReader(ReadOnlySpan<byte> input)
{
    /// <summary>The extension type of timestamps (spec.md, section Timestamp extension type).</summary>
    private const sbyte TimestampType = -1;

    private readonly ReadOnlySpan<byte> _input = input;
    private int _at;
    private int _depth;

    /// <summary>How far it has read.</summary>
    public readonly int Position => _at;

    public readonly bool IsAtEnd => _at == _input.Length;

    /// <summary>What was read between two positions.</summary>
    public readonly ReadOnlySpan<byte> Between(int from, int to) => _input[from..to];

    public readonly MessagePackType Peek() => PeekCode() switch
    {
        <= MessagePackCode.PositiveFixIntMax or >= MessagePackCode.NegativeFixIntMin or (>= MessagePackCode.UInt8 and <= MessagePackCode.Int64) => MessagePackType.Integer,
        <= MessagePackCode.FixMapMax or MessagePackCode.Map16 or MessagePackCode.Map32 => MessagePackType.Map,
        <= MessagePackCode.FixArrayMax or MessagePackCode.Array16 or MessagePackCode.Array32 => MessagePackType.Array,
        <= MessagePackCode.FixStrMax or MessagePackCode.Str8 or MessagePackCode.Str16 or MessagePackCode.Str32 => MessagePackType.Text,
        MessagePackCode.Nil => MessagePackType.Nil,
        MessagePackCode.False or MessagePackCode.True => MessagePackType.Boolean,
        MessagePackCode.Bin8 or MessagePackCode.Bin16 or MessagePackCode.Bin32 => MessagePackType.Binary,
        MessagePackCode.Float32 or MessagePackCode.Float64 => MessagePackType.Float,
        MessagePackCode.Ext8 or MessagePackCode.Ext16 or MessagePackCode.Ext32 or (>= MessagePackCode.FixExt1 and <= MessagePackCode.FixExt16) => MessagePackType.Extension,

        // 0xc1 is never used.
        _ => throw new UnreadableException("a byte that begins nothing"),
    };

    public bool TryReadNil()
    {
        if (PeekCode() != MessagePackCode.Nil) { return false; }
        _at++;
        return true;
    }

    public bool ReadBoolean() => PeekCode() switch
    {
        MessagePackCode.True => Take(1)[0] == MessagePackCode.True,
        MessagePackCode.False => Take(1)[0] == MessagePackCode.True,
        _ => throw Expected("true or false"),
    };

    /// <summary>A whole number in any of its encodings.</summary>
    public long ReadInteger()
    {
        if (PeekCode() != MessagePackCode.UInt64) { return ReadSigned(); }
        var value = ReadUnsigned();
        return value <= long.MaxValue ? (long)value : throw Expected("a smaller number");
    }

    /// <summary>A whole number that is not negative, in any of its encodings.</summary>
    public ulong ReadUnsigned()
    {
        if (PeekCode() == MessagePackCode.UInt64) { return BinaryPrimitives.ReadUInt64BigEndian(Take(9)[1..]); }
        var value = ReadSigned();
        return value >= 0 ? (ulong)value : throw Expected("a number that is not negative");
    }

    /// <summary>A number; whole ones too.</summary>
    public double ReadFloat()
    {
        var value = PeekCode() switch
        {
            MessagePackCode.Float32 => BinaryPrimitives.ReadSingleBigEndian(Take(5)[1..]),
            MessagePackCode.Float64 => BinaryPrimitives.ReadDoubleBigEndian(Take(9)[1..]),
            MessagePackCode.UInt64 => ReadUnsigned(),
            _ => ReadSigned(),
        };
        return double.IsFinite(value) ? value : throw Expected("a finite number");
    }

    /// <summary>A text as it stands there; it may be no UTF-8.</summary>
    public ReadOnlySpan<byte> ReadTextBytes()
    {
        var length = PeekCode() switch
        {
            >= MessagePackCode.FixStr and <= MessagePackCode.FixStrMax and var code => SkipCode(code & 0x1f),
            MessagePackCode.Str8 => Length8(),
            MessagePackCode.Str16 => Length16(),
            MessagePackCode.Str32 => Length32(),
            _ => throw Expected("a text"),
        };
        return length <= MessagePackLimits.TextBytesMax ? Take(length) : throw Expected("a shorter text");
    }

    public string ReadText()
    {
        var utf8 = ReadTextBytes();
        return Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : throw Expected("a text in UTF-8");
    }

    public ReadOnlySpan<byte> ReadBinary() => Take(PeekCode() switch
    {
        MessagePackCode.Bin8 => Length8(),
        MessagePackCode.Bin16 => Length16(),
        MessagePackCode.Bin32 => Length32(),
        _ => throw Expected("bytes"),
    });

    /// <summary>A moment, in any of the three timestamp formats.</summary>
    public DateTimeOffset ReadTimestamp()
    {
        var body = ReadExtension(out var type);
        if (type != TimestampType) { throw Expected("a timestamp"); }
        var (seconds, nanoseconds) = body.Length switch
        {
            4 => (BinaryPrimitives.ReadUInt32BigEndian(body), 0u),
            8 => Split(BinaryPrimitives.ReadUInt64BigEndian(body)),
            12 => (BinaryPrimitives.ReadInt64BigEndian(body[4..]), BinaryPrimitives.ReadUInt32BigEndian(body)),
            _ => throw Expected("a timestamp"),
        };
        return nanoseconds <= 999_999_999 && seconds >= DateTimeOffset.MinValue.ToUnixTimeSeconds() && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(nanoseconds / TimeSpan.NanosecondsPerTick)
            : throw Expected("a timestamp of our calendar");

        static (long Seconds, uint Nanoseconds) Split(ulong both) => ((long)(both & 0x3_ffff_ffff), (uint)(both >> 34));
    }

    /// <summary>Goes into an array; <see cref="End"/> leaves it.</summary>
    /// <returns>How many items follow: no more than there are bytes left.</returns>
    public int BeginArray() => Begin(1, PeekCode() switch
    {
        >= MessagePackCode.FixArray and <= MessagePackCode.FixArrayMax and var code => SkipCode(code & 0x0f),
        MessagePackCode.Array16 => Length16(),
        MessagePackCode.Array32 => Length32(),
        _ => throw Expected("a list"),
    });

    /// <summary>Goes into a map; <see cref="End"/> leaves it.</summary>
    /// <returns>How many pairs of key and value follow.</returns>
    public int BeginMap() => Begin(2, PeekCode() switch
    {
        >= MessagePackCode.FixMap and <= MessagePackCode.FixMapMax and var code => SkipCode(code & 0x0f),
        MessagePackCode.Map16 => Length16(),
        MessagePackCode.Map32 => Length32(),
        _ => throw Expected("an object"),
    });

    public void End() => _depth--;

    /// <summary>Passes over one value of any kind.</summary>
    public void Skip()
    {
        switch (Peek())
        {
            case MessagePackType.Nil or MessagePackType.Boolean:
                _at++;
                break;
            case MessagePackType.Integer when PeekCode() == MessagePackCode.UInt64:
                Take(9);
                break;
            case MessagePackType.Integer:
                ReadSigned();
                break;
            case MessagePackType.Float:
                Take(PeekCode() == MessagePackCode.Float32 ? 5 : 9);
                break;
            case MessagePackType.Text:
                ReadTextBytes();
                break;
            case MessagePackType.Binary:
                ReadBinary();
                break;
            case MessagePackType.Extension:
                ReadExtension(out _);
                break;
            case MessagePackType.Array:
                for (var left = BeginArray(); left > 0; left--) { Skip(); }
                End();
                break;
            case MessagePackType.Map:
                for (var left = BeginMap(); left > 0; left--)
                {
                    Skip();
                    Skip();
                }

                End();
                break;
        }
    }

    private ReadOnlySpan<byte> ReadExtension(out sbyte type)
    {
        var length = PeekCode() switch
        {
            >= MessagePackCode.FixExt1 and <= MessagePackCode.FixExt16 and var code => SkipCode(1 << (code - MessagePackCode.FixExt1)),
            MessagePackCode.Ext8 => Length8(),
            MessagePackCode.Ext16 => Length16(),
            MessagePackCode.Ext32 => Length32(),
            _ => throw Expected("an extension"),
        };
        type = unchecked((sbyte)Take(1)[0]);
        return Take(length);
    }

    private long ReadSigned() => PeekCode() switch
    {
        <= MessagePackCode.PositiveFixIntMax => Take(1)[0],
        >= MessagePackCode.NegativeFixIntMin => unchecked((sbyte)Take(1)[0]),
        MessagePackCode.UInt8 => Take(2)[1],
        MessagePackCode.UInt16 => BinaryPrimitives.ReadUInt16BigEndian(Take(3)[1..]),
        MessagePackCode.UInt32 => BinaryPrimitives.ReadUInt32BigEndian(Take(5)[1..]),
        MessagePackCode.Int8 => unchecked((sbyte)Take(2)[1]),
        MessagePackCode.Int16 => BinaryPrimitives.ReadInt16BigEndian(Take(3)[1..]),
        MessagePackCode.Int32 => BinaryPrimitives.ReadInt32BigEndian(Take(5)[1..]),
        MessagePackCode.Int64 => BinaryPrimitives.ReadInt64BigEndian(Take(9)[1..]),
        _ => throw Expected("a whole number"),
    };

    private int Begin(int bytesEach, int count)
    {
        if (count > MessagePackLimits.CountMax || count > (_input.Length - _at) / bytesEach) { throw Expected("fewer items"); }
        return ++_depth <= MessagePackLimits.DepthMax ? count : throw Expected("less nesting");
    }

    private readonly byte PeekCode() => _at < _input.Length ? _input[_at] : throw Expected("more bytes");

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > _input.Length - _at) { throw Expected("more bytes"); }
        var taken = _input.Slice(_at, bytes);
        _at += bytes;
        return taken;
    }

    private int SkipCode(int length)
    {
        _at++;
        return length;
    }

    private int Length8() => Take(2)[1];

    private int Length16() => BinaryPrimitives.ReadUInt16BigEndian(Take(3)[1..]);

    private int Length32()
    {
        var length = BinaryPrimitives.ReadUInt32BigEndian(Take(5)[1..]);
        return length <= int.MaxValue ? (int)length : throw Expected("a smaller length");
    }

    private readonly UnreadableException Expected(string what) => new($"expected {what} at byte {_at}");
}
