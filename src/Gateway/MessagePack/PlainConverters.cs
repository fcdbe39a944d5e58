using System.Buffers.Text;
using System.Numerics;

namespace LiveCommerce.Gateway.MessagePack;

internal sealed class BooleanConverter : WireConverter<bool>
{
    public override void Write(ref MessagePackWriter writer, bool value) => writer.WriteBoolean(value);

    public override bool Read(ref MessagePackReader reader) => reader.ReadBoolean();
}

internal sealed class TextConverter : WireConverter<string>
{
    public override void Write(ref MessagePackWriter writer, string value) => writer.WriteText(value);

    public override string Read(ref MessagePackReader reader) => reader.ReadText();
}

internal sealed class Int64Converter : WireConverter<long>
{
    public override void Write(ref MessagePackWriter writer, long value) => writer.WriteInteger(value);

    public override long Read(ref MessagePackReader reader) => reader.ReadInteger();
}

internal sealed class UInt64Converter : WireConverter<ulong>
{
    public override void Write(ref MessagePackWriter writer, ulong value) => writer.WriteInteger(value);

    public override ulong Read(ref MessagePackReader reader) => reader.ReadUnsigned();
}

/// <summary>Whole numbers smaller than 64 bits.</summary>
internal sealed class IntegerConverter<T> : WireConverter<T>
    where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
{
    private static readonly long Least = long.CreateChecked(T.MinValue);
    private static readonly long Most = long.CreateChecked(T.MaxValue);

    public override void Write(ref MessagePackWriter writer, T value) => writer.WriteInteger(long.CreateChecked(value));

    public override T Read(ref MessagePackReader reader)
    {
        var value = reader.ReadInteger();
        return value >= Least && value <= Most ? T.CreateTruncating(value) : throw new UnreadableException($"a number outside {Least} to {Most}");
    }
}

internal sealed class DoubleConverter : WireConverter<double>
{
    public override void Write(ref MessagePackWriter writer, double value)
    {
        if (!double.IsFinite(value)) { throw new InvalidOperationException("The wire has no infinite numbers."); }
        writer.WriteFloat(value);
    }

    public override double Read(ref MessagePackReader reader) => reader.ReadFloat();
}

/// <summary>As in JSON, a text of 36 characters.</summary>
internal sealed class GuidConverter : WireConverter<Guid>
{
    private const int Length = 36;

    public override void Write(ref MessagePackWriter writer, Guid value)
    {
        Span<byte> text = stackalloc byte[Length];
        value.TryFormat(text, out _, "D");
        writer.WriteText(text);
    }

    public override Guid Read(ref MessagePackReader reader)
    {
        var text = reader.ReadTextBytes();
        return text.Length == Length && Utf8Parser.TryParse(text, out Guid value, out var used, 'D') && used == Length
            ? value
            : throw new UnreadableException("no id");
    }
}

/// <summary>As in JSON, ISO 8601 without the fraction's last zeros. Read too: MessagePack's own timestamps, which are what a client makes of its dates.</summary>
internal sealed class TimeConverter : WireConverter<DateTimeOffset>
{
    private const int FractionAt = 19;
    private const int ZoneAt = 27;
    private const int Length = 33;

    private readonly JsonConverter<DateTimeOffset> _json = new();

    public override void Write(ref MessagePackWriter writer, DateTimeOffset value)
    {
        Span<byte> text = stackalloc byte[Length];
        value.TryFormat(text, out _, "O");
        var end = ZoneAt;
        while (text[end - 1] == '0') { end--; }
        if (end == FractionAt + 1) { end = FractionAt; }
        text[ZoneAt..].CopyTo(text[end..]);
        writer.WriteText(text[..(end + Length - ZoneAt)]);
    }

    public override DateTimeOffset Read(ref MessagePackReader reader) =>
        reader.Peek() == MessagePackType.Extension ? reader.ReadTimestamp() : _json.Read(ref reader);
}

internal sealed class NullableConverter<T> : WireConverter<T?>
    where T : struct
{
    private readonly WireConverter<T> _inner = WireMessagePack.Of<T>();

    public override void Write(ref MessagePackWriter writer, T? value) => _inner.Write(ref writer, value!.Value);

    public override T? Read(ref MessagePackReader reader) => _inner.Read(ref reader);
}

/// <summary>Enums as JSON has them: asked of JSON once a value.</summary>
internal sealed class EnumConverter<T> : WireConverter<T>
    where T : struct, Enum
{
    private readonly JsonConverter<T> _json = new();
    private readonly (T Value, byte[] Encoded)[] _known;

    public EnumConverter() => _known = [.. Enum.GetValues<T>().Distinct().Select(value => (value, Encode(value)))];

    public override void Write(ref MessagePackWriter writer, T value)
    {
        foreach (var (known, encoded) in _known)
        {
            if (EqualityComparer<T>.Default.Equals(known, value))
            {
                writer.WriteRaw(encoded);
                return;
            }
        }

        _json.Write(ref writer, value);
    }

    public override T Read(ref MessagePackReader reader)
    {
        var start = reader.Position;
        var ahead = reader;
        ahead.Skip();
        var encoded = reader.Between(start, ahead.Position);
        foreach (var (known, bytes) in _known)
        {
            if (encoded.SequenceEqual(bytes))
            {
                reader = ahead;
                return known;
            }
        }

        return _json.Read(ref reader);
    }

    private byte[] Encode(T value)
    {
        var writer = new MessagePackWriter(64);
        try
        {
            _json.Write(ref writer, value);
            return writer.Written.ToArray();
        }
        finally
        {
            writer.Dispose();
        }
    }
}
