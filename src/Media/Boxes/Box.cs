using System.Buffers.Binary;
using System.Text;

namespace LiveCommerce.Media.Boxes;

/// <summary>The four letters of a box.</summary>
internal static class BoxType
{
    public const uint Ftyp = 0x66747970;
    public const uint Moov = 0x6d6f6f76;
    public const uint Moof = 0x6d6f6f66;
    public const uint Mdat = 0x6d646174;
    public const uint Trak = 0x7472616b;
    public const uint Tkhd = 0x746b6864;
    public const uint Mdia = 0x6d646961;
    public const uint Mdhd = 0x6d646864;
    public const uint Hdlr = 0x68646c72;
    public const uint Minf = 0x6d696e66;
    public const uint Stbl = 0x7374626c;
    public const uint Stsd = 0x73747364;
    public const uint Avc1 = 0x61766331;
    public const uint AvcC = 0x61766343;
    public const uint Mp4a = 0x6d703461;
    public const uint Esds = 0x65736473;
    public const uint Mvex = 0x6d766578;
    public const uint Trex = 0x74726578;
    public const uint Traf = 0x74726166;
    public const uint Tfhd = 0x74666864;
    public const uint Tfdt = 0x74666474;
    public const uint Trun = 0x7472756e;
    public const uint Vide = 0x76696465;
    public const uint Soun = 0x736f756e;

    /// <summary>For messages; bytes that are no letters become dots.</summary>
    public static string Name(uint type)
    {
        Span<byte> letters = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(letters, type);
        foreach (ref var letter in letters)
        {
            if (letter is < 0x20 or > 0x7e) { letter = (byte)'.'; }
        }

        return Encoding.ASCII.GetString(letters);
    }
}

/// <summary>Length and type in front of a box.</summary>
/// <param name="Size">Of the whole box with this header; 0 means up to the end of what contains it.</param>
/// <param name="Length">Bytes of the header itself: 8 or 16.</param>
internal readonly record struct BoxHeader(uint Type, ulong Size, int Length)
{
    /// <summary>False while there are too few bytes. A size smaller than the header is answered as it is: the caller refuses it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out BoxHeader header)
    {
        header = default;
        if (bytes.Length < 8) { return false; }

        var size = BinaryPrimitives.ReadUInt32BigEndian(bytes);
        var type = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]);
        if (size != 1)
        {
            header = new BoxHeader(type, size, 8);
            return true;
        }

        // Size 1 says that the real size follows the type in 64 bits.
        if (bytes.Length < 16) { return false; }
        header = new BoxHeader(type, BinaryPrimitives.ReadUInt64BigEndian(bytes[8..]), 16);
        return true;
    }
}

/// <summary>Walks the boxes inside a box.</summary>
internal ref struct BoxWalker(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    /// <summary>Type of the current box.</summary>
    public uint Type { get; private set; }

    /// <summary>What is inside the current box.</summary>
    public ReadOnlySpan<byte> Body { get; private set; }

    /// <summary>Whether a box did not fit into what contains it.</summary>
    public bool Failed { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty || Failed) { return false; }

        if (!BoxHeader.TryRead(_rest, out var header)) { return Fail(); }
        var size = header.Size == 0 ? (ulong)_rest.Length : header.Size;
        if (size < (ulong)header.Length || size > (ulong)_rest.Length) { return Fail(); }

        Type = header.Type;
        Body = _rest[header.Length..(int)size];
        _rest = _rest[(int)size..];
        return true;
    }

    /// <summary>The body of the first box of a type, or an empty span.</summary>
    public static ReadOnlySpan<byte> Find(ReadOnlySpan<byte> bytes, uint type)
    {
        var walker = new BoxWalker(bytes);
        while (walker.MoveNext())
        {
            if (walker.Type == type) { return walker.Body; }
        }

        return default;
    }

    private bool Fail()
    {
        Failed = true;
        return false;
    }
}
