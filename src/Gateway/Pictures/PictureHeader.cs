using System.Buffers.Binary;

namespace LiveCommerce.Gateway.Pictures;

/// <summary>What an uploaded picture claims to be.</summary>
internal enum PictureKind
{
    Png = 0,
    Jpeg = 1,
    WebP = 2,
    Gif = 3,
}

/// <summary>The header of a picture, read before any decoder touches it.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Orientation">As Exif says: 1 (upright) to 8.</param>
/// <param name="Complete">Whether the end of the picture is there.</param>
internal sealed record PictureHeader(PictureKind Kind, int Width, int Height, int Orientation, bool Complete)
{
    /// <summary>Null: none of the four kinds, or a damaged header.</summary>
    public static PictureHeader? Read(ReadOnlySpan<byte> bytes) =>
        bytes.StartsWith<byte>([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) ? ReadPng(bytes)
        : bytes.StartsWith<byte>([0xff, 0xd8, 0xff]) ? ReadJpeg(bytes)
        : bytes.StartsWith("GIF87a"u8) || bytes.StartsWith("GIF89a"u8) ? ReadGif(bytes)
        : bytes.StartsWith("RIFF"u8) && bytes.Length > 30 && bytes[8..12].SequenceEqual("WEBP"u8) ? ReadWebP(bytes)
        : null;

    private static PictureHeader? ReadPng(ReadOnlySpan<byte> bytes)
    {
        // Signature, length, IHDR, width, height.
        if (bytes.Length < 33 || !bytes[12..16].SequenceEqual("IHDR"u8)) { return null; }
        var width = BinaryPrimitives.ReadUInt32BigEndian(bytes[16..]);
        var height = BinaryPrimitives.ReadUInt32BigEndian(bytes[20..]);

        var complete = false;
        var rest = bytes[8..];
        while (rest.Length >= 12 && !complete)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(rest);
            if (length > (uint)(rest.Length - 12)) { break; }
            complete = rest[4..8].SequenceEqual("IEND"u8);
            rest = rest[(12 + (int)length)..];
        }

        return Make(PictureKind.Png, width, height, 1, complete);
    }

    private static PictureHeader? ReadGif(ReadOnlySpan<byte> bytes)
    {
        const byte Trailer = 0x3b;
        if (bytes.Length < 13) { return null; }
        var width = BinaryPrimitives.ReadUInt16LittleEndian(bytes[6..]);
        var height = BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]);
        return Make(PictureKind.Gif, width, height, 1, bytes.TrimEnd((byte)0).EndsWith([Trailer]));
    }

    private static PictureHeader? ReadWebP(ReadOnlySpan<byte> bytes)
    {
        var complete = BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) <= (uint)(bytes.Length - 8);
        var chunk = bytes[20..];
        if (bytes[12..16].SequenceEqual("VP8 "u8))
        {
            // Frame tag of 3 bytes, start code of 3, then two sizes of 14 bits.
            return Make(
                PictureKind.WebP,
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[6..]) & 0x3fffu,
                BinaryPrimitives.ReadUInt16LittleEndian(chunk[8..]) & 0x3fffu,
                1,
                complete);
        }

        if (bytes[12..16].SequenceEqual("VP8L"u8))
        {
            var sizes = BinaryPrimitives.ReadUInt32LittleEndian(chunk[1..]);
            return Make(PictureKind.WebP, (sizes & 0x3fff) + 1, ((sizes >> 14) & 0x3fff) + 1, 1, complete);
        }

        // The extended form; the animated one has no still picture that FFmpeg could take.
        const byte Animated = 0x02;
        if (!bytes[12..16].SequenceEqual("VP8X"u8) || (chunk[0] & Animated) != 0) { return null; }
        var width = (uint)(chunk[4] | (chunk[5] << 8) | (chunk[6] << 16)) + 1;
        var height = (uint)(chunk[7] | (chunk[8] << 8) | (chunk[9] << 16)) + 1;
        return Make(PictureKind.WebP, width, height, 1, complete);
    }

    private static PictureHeader? ReadJpeg(ReadOnlySpan<byte> bytes)
    {
        var orientation = 1;
        var at = 2;
        while (at + 9 < bytes.Length && bytes[at] == 0xff)
        {
            var marker = bytes[at + 1];
            if (marker == 0xff) { at++; continue; }

            var length = BinaryPrimitives.ReadUInt16BigEndian(bytes[(at + 2)..]);
            if (length < 2 || at + 2 + length > bytes.Length) { return null; }
            var body = bytes.Slice(at + 4, length - 2);
            if (marker == 0xe1) { orientation = ReadOrientation(body) ?? orientation; }

            // Start of frame, of whatever coding: C4, C8 and CC in its range mean something else.
            if (marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc))
            {
                if (body.Length < 5) { return null; }
                var height = BinaryPrimitives.ReadUInt16BigEndian(body[1..]);
                var width = BinaryPrimitives.ReadUInt16BigEndian(body[3..]);
                var complete = bytes[(at + 2 + length)..].LastIndexOf((ReadOnlySpan<byte>)[0xff, 0xd9]) >= 0;
                return Make(PictureKind.Jpeg, width, height, orientation, complete);
            }

            at += 2 + length;
        }

        return null;
    }

    /// <summary>Tag 0x0112 of the first directory: phones write which way up the camera was.</summary>
    private static int? ReadOrientation(ReadOnlySpan<byte> app1)
    {
        const ushort OrientationTag = 0x0112;
        if (!app1.StartsWith("Exif\0\0"u8) || app1.Length < 14) { return null; }
        var tiff = app1[6..];
        var little = tiff[0] == (byte)'I';
        var offset = Number32(tiff[4..], little);
        if (offset > (uint)(tiff.Length - 2)) { return null; }

        var directory = tiff[(int)offset..];
        var count = Number16(directory, little);
        for (var i = 0; i < count && 2 + (12 * (i + 1)) <= directory.Length; i++)
        {
            var entry = directory.Slice(2 + (12 * i), 12);
            if (Number16(entry, little) == OrientationTag) { return Number16(entry[8..], little) is >= 1 and <= 8 and var value ? value : null; }
        }

        return null;

        static ushort Number16(ReadOnlySpan<byte> from, bool little) =>
            little ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadUInt16BigEndian(from);

        static uint Number32(ReadOnlySpan<byte> from, bool little) =>
            little ? BinaryPrimitives.ReadUInt32LittleEndian(from) : BinaryPrimitives.ReadUInt32BigEndian(from);
    }

    private static PictureHeader? Make(PictureKind kind, uint width, uint height, int orientation, bool complete) =>
        width is 0 or > int.MaxValue || height is 0 or > int.MaxValue
            ? null
            : new PictureHeader(kind, (int)width, (int)height, orientation, complete);
}
