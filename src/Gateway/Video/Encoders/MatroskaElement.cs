using System.Numerics;

namespace LiveCommerce.Gateway.Video.Encoders;

/// <summary>The head of one element of Matroska.</summary>
/// <param name="Size">Bytes of its body; null: unknown, as live recordings say of segment and clusters.</param>
/// <param name="Length">Bytes of the head.</param>
internal readonly record struct MatroskaElement(uint Id, long? Size, int Length)
{
    public const uint Segment = 0x18538067;
    public const uint Cluster = 0x1F43B675;
    public const uint Timestamp = 0xE7;
    public const uint SimpleBlock = 0xA3;
    public const uint Checksum = 0xBF;

    private const uint Tracks = 0x1654AE6B;
    private const uint TrackEntry = 0xAE;
    private const uint TrackNumber = 0xD7;
    private const uint TrackType = 0x83;
    private const long VideoType = 1;
    private const int IdLengthMax = 4;

    /// <summary>Bytes that the longest head and the longest small body have.</summary>
    private const int HeadBytesMax = 2 * (IdLengthMax + 8) + 8;

    /// <summary>False: more bytes are needed, or this is no element.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out MatroskaElement element)
    {
        element = default;
        var idLength = LengthOf(bytes);
        if (idLength is 0 or > IdLengthMax || bytes.Length <= idLength) { return false; }
        uint id = 0;
        foreach (var part in bytes[..idLength]) { id = (id << 8) | part; }

        var sizeLength = LengthOf(bytes[idLength..]);
        var length = idLength + sizeLength;
        if (sizeLength == 0 || bytes.Length < length) { return false; }

        long value = bytes[idLength] & ((1 << (8 - sizeLength)) - 1);
        foreach (var part in bytes[(idLength + 1)..length]) { value = (value << 8) | part; }
        element = new MatroskaElement(id, value == (1L << (7 * sizeLength)) - 1 ? null : value, length);
        return true;
    }

    /// <summary>Whether bytes that are no whole head yet can become one.</summary>
    public static bool MayFollow(ReadOnlySpan<byte> bytes) =>
        bytes.Length < HeadBytesMax && LengthOf(bytes) is > 0 and <= IdLengthMax and var idLength && (bytes.Length <= idLength || bytes[idLength] != 0);

    /// <summary>A number as elements carry it; -1 when it is negative or too large to be a time.</summary>
    public static long Number(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 8) { return -1; }
        ulong value = 0;
        foreach (var part in bytes) { value = (value << 8) | part; }
        return value <= (ulong)Publishing.SliceHeader.MsMax ? (long)value : -1;
    }

    /// <summary>The track that a block belongs to.</summary>
    public static bool TryTrack(ReadOnlySpan<byte> block, out ulong track, out int length)
    {
        track = 0;
        length = LengthOf(block);
        if (length == 0 || block.Length < length) { return false; }
        track = (ulong)(block[0] & ((1 << (8 - length)) - 1));
        foreach (var part in block[1..length]) { track = (track << 8) | part; }
        return true;
    }

    /// <summary>The number of the first picture track in a recording's header; null: it has none.</summary>
    public static ulong? PictureTrackOf(ReadOnlySpan<byte> header)
    {
        while (TryRead(header, out var element))
        {
            header = header[element.Length..];
            if (element.Id is Segment or Tracks) { continue; }
            if (element.Size is not { } size || size > header.Length) { return null; }
            if (element.Id == TrackEntry && PictureNumberOf(header[..(int)size]) is { } number) { return number; }
            header = header[(int)size..];
        }

        return null;
    }

    private static ulong? PictureNumberOf(ReadOnlySpan<byte> track)
    {
        long number = -1, type = -1;
        while (TryRead(track, out var element) && element.Size is { } size && size <= track.Length - element.Length)
        {
            var body = track.Slice(element.Length, (int)size);
            if (element.Id == TrackNumber) { number = Number(body); }
            if (element.Id == TrackType) { type = Number(body); }
            track = track[(element.Length + (int)size)..];
        }

        return type == VideoType && number > 0 ? (ulong)number : null;
    }

    private static int LengthOf(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty || bytes[0] == 0 ? 0 : BitOperations.LeadingZeroCount((uint)bytes[0]) - 23;
}
