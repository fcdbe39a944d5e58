using System.Numerics;
using System.Text;
using LiveCommerce.Media.Boxes;

namespace LiveCommerce.Media.Matroska;

/// <summary>
/// Reads the tracks out of the first bytes of a Matroska or WebM recording (RFC 9559), so that we know what an encoder must do
/// with it before one is started, and bytes that are no recording never reach one.
/// </summary>
public static class RecorderHeaderReader
{
    /// <summary>The header must be complete within these bytes. Browsers need about 200.</summary>
    public const int BytesMax = 64 * 1024;

    /// <summary>Tracks of a recording.</summary>
    public const int TracksMax = 8;

    private const uint DocTypeId = 0x4282;
    private const uint SegmentId = 0x18538067;
    private const uint TracksId = 0x1654AE6B;
    private const uint ClusterId = 0x1F43B675;
    private const uint TrackId = 0xAE;
    private const uint TrackTypeId = 0x83;
    private const uint CodecId = 0x86;
    private const uint CodecPrivateId = 0x63A2;
    private const uint VideoId = 0xE0;
    private const uint WidthId = 0xB0;
    private const uint HeightId = 0xBA;

    private const byte BaselineProfile = 66;

    private static ReadOnlySpan<byte> Magic => [0x1A, 0x45, 0xDF, 0xA3];

    /// <summary>Reads from the recording's first byte on; asks for more until it knows.</summary>
    public static HeaderVerdict Read(ReadOnlySpan<byte> bytes, out RecorderHeader? header, out MediaProblem? problem)
    {
        header = null;
        problem = null;
        var whole = bytes.Length >= BytesMax;
        if (whole) { bytes = bytes[..BytesMax]; }

        var beginning = bytes[..Math.Min(bytes.Length, Magic.Length)];
        if (!Magic.StartsWith(beginning)) { return Refuse("This is not a Matroska or WebM recording.", out problem); }

        var reader = new ByteReader(bytes);
        if (!TryElement(ref reader, out var id, out var size)) { return More(whole, out problem); }
        if (size is null or > 1024) { return Refuse("This is not a Matroska or WebM recording.", out problem); }
        if (reader.Left < (int)size) { return More(whole, out problem); }
        if (!IsKnownType(reader.Take((int)size))) { return Refuse("This is neither Matroska nor WebM.", out problem); }

        if (!TryElement(ref reader, out id, out _)) { return More(whole, out problem); }
        if (id != SegmentId) { return Refuse("The recording has no segment.", out problem); }

        while (TryElement(ref reader, out id, out size))
        {
            if (id == ClusterId || size is null) { return Refuse("The recording names no tracks before its first picture.", out problem); }
            if (size > BytesMax) { return Refuse("The recording's header is too long.", out problem); }
            if (reader.Left < (int)size) { return More(whole, out problem); }

            var body = reader.Take((int)size);
            if (id != TracksId) { continue; }
            return Decide(body, bytes.Length - reader.Left, reader.Rest, whole, out header, out problem);
        }

        return More(whole, out problem);
    }

    private static HeaderVerdict Decide(
        ReadOnlySpan<byte> tracks, int restAt, ReadOnlySpan<byte> rest, bool whole, out RecorderHeader? header, out MediaProblem? problem)
    {
        header = null;
        problem = null;
        var found = new Tracks();
        var reader = new ByteReader(tracks);
        var count = 0;
        while (TryElement(ref reader, out var id, out var size))
        {
            if (size is null || size > (ulong)reader.Left || ++count > TracksMax) { return Refuse("The recording's tracks can't be read.", out problem); }
            var body = reader.Take((int)size);
            if (id == TrackId) { found.Add(body); }
        }

        if (found.Video is null && found.Audio is null) { return Refuse("The recording has neither picture nor sound.", out problem); }

        var profile = found.Profile;
        var pictureAt = 0;
        if (found.Video == RecorderHeader.H264 && profile is null)
        {
            // Chromium writes no decoder configuration: the first keyframe carries it.
            profile = ProfileInBand(rest, out var at);
            pictureAt = restAt + at;
            if (profile is null && !whole) { return HeaderVerdict.NeedsMore; }
        }

        header = new RecorderHeader(
            found.Video, found.Width, found.Height, found.Audio, found.Video == RecorderHeader.H264 && profile == BaselineProfile)
        {
            PictureAt = pictureAt,
        };
        return HeaderVerdict.Read;
    }

    /// <summary>The profile in the first sequence parameter set with a start code in front.</summary>
    private static byte? ProfileInBand(ReadOnlySpan<byte> bytes, out int at)
    {
        const int SequenceParameterSet = 7;
        ReadOnlySpan<byte> startCode = [0, 0, 0, 1];
        at = 0;
        while (bytes[at..].IndexOf(startCode) is >= 0 and var next)
        {
            at += next + startCode.Length;
            var unit = bytes[at..];
            if (unit.Length >= 2 && (unit[0] & 0x1f) == SequenceParameterSet) { return unit[1]; }
        }

        at = 0;
        return null;
    }

    private static bool IsKnownType(ReadOnlySpan<byte> ebml)
    {
        var reader = new ByteReader(ebml);
        while (TryElement(ref reader, out var id, out var size) && size <= (ulong)reader.Left)
        {
            var body = reader.Take((int)size);
            if (id == DocTypeId) { return body.SequenceEqual("matroska"u8) || body.SequenceEqual("webm"u8); }
        }

        return false;
    }

    /// <summary>Id and size in front of an element; a null size is "unknown", which live recordings use for segment and clusters.</summary>
    private static bool TryElement(ref ByteReader reader, out uint id, out ulong? size)
    {
        id = 0;
        size = null;
        var copy = reader;
        var idLength = LengthOf(copy.Rest);
        if (idLength is 0 or > 4) { return false; }
        foreach (var part in copy.Take(idLength)) { id = (id << 8) | part; }

        var sizeLength = LengthOf(copy.Rest);
        if (sizeLength == 0) { return false; }
        var digits = copy.Take(sizeLength);
        if (copy.Failed) { return false; }

        // The marker bit that tells the length is no part of the number; all other bits set means "unknown".
        var value = (ulong)(digits[0] & ((1 << (8 - sizeLength)) - 1));
        foreach (var part in digits[1..]) { value = (value << 8) | part; }
        size = value == (1UL << (7 * sizeLength)) - 1 ? null : value;
        reader = copy;
        return true;
    }

    private static int LengthOf(ReadOnlySpan<byte> bytes) =>
        bytes.IsEmpty || bytes[0] == 0 ? 0 : BitOperations.LeadingZeroCount((uint)bytes[0]) - 23;

    private static HeaderVerdict More(bool whole, out MediaProblem? problem)
    {
        problem = null;
        return whole ? Refuse("The recording's header is too long or damaged.", out problem) : HeaderVerdict.NeedsMore;
    }

    private static HeaderVerdict Refuse(string message, out MediaProblem? problem)
    {
        problem = new MediaProblem(MediaFault.Unsupported, message);
        return HeaderVerdict.Refused;
    }

    private ref struct Tracks
    {
        private const ulong VideoType = 1, AudioType = 2;

        public string? Video;
        public string? Audio;
        public int Width;
        public int Height;
        public byte? Profile;

        public void Add(ReadOnlySpan<byte> track)
        {
            ulong type = 0;
            var codec = "";
            byte? profile = null;
            var (width, height) = (0, 0);
            var reader = new ByteReader(track);
            while (TryElement(ref reader, out var id, out var size) && size <= (ulong)reader.Left)
            {
                var body = reader.Take((int)size);
                switch (id)
                {
                    case TrackTypeId: type = Number(body); break;
                    case CodecId when body.Length <= 64: codec = Encoding.ASCII.GetString(body); break;

                    // AVCDecoderConfigurationRecord: version, profile, …
                    case CodecPrivateId when body.Length > 1: profile = body[1]; break;
                    case VideoId: (width, height) = Size(body); break;
                }
            }

            // The first track of a kind is the one that FFmpeg is told to take.
            if (type == VideoType && Video is null) { (Video, Width, Height, Profile) = (codec, width, height, profile); }
            if (type == AudioType && Audio is null) { Audio = codec; }
        }

        private static (int Width, int Height) Size(ReadOnlySpan<byte> video)
        {
            var (width, height) = (0, 0);
            var reader = new ByteReader(video);
            while (TryElement(ref reader, out var id, out var size) && size <= (ulong)reader.Left)
            {
                var number = (int)Math.Min(Number(reader.Take((int)size)), int.MaxValue);
                if (id == WidthId) { width = number; }
                if (id == HeightId) { height = number; }
            }

            return (width, height);
        }

        private static ulong Number(ReadOnlySpan<byte> bytes)
        {
            ulong value = 0;
            foreach (var part in bytes[..Math.Min(bytes.Length, 8)]) { value = (value << 8) | part; }
            return value;
        }
    }
}
