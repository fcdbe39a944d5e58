using System.Globalization;
using LiveCommerce.Media.Boxes;

namespace LiveCommerce.Media.Fragments;

/// <summary>Reads a moov box.</summary>
internal static class InitParser
{
    /// <summary>Tracks of a moov's body; H.264 and AAC only.</summary>
    /// <param name="moov">The body of the moov.</param>
    /// <param name="bytes">ftyp and moov, for the answer.</param>
    public static InitSegment? Parse(ReadOnlySpan<byte> moov, ReadOnlyMemory<byte> bytes, out MediaProblem? problem)
    {
        var tracks = new List<MediaTrack>(2);
        var walker = new BoxWalker(moov);
        problem = null;
        while (walker.MoveNext())
        {
            if (walker.Type != BoxType.Trak) { continue; }
            if (tracks.Count == InitSegment.TracksMax)
            {
                problem = new MediaProblem(MediaFault.TooLarge, $"More than {InitSegment.TracksMax} tracks.");
                return null;
            }

            if (ParseTrack(walker.Body, out problem) is not { } track) { return null; }
            if (tracks.Exists(other => other.Id == track.Id))
            {
                problem = new MediaProblem(MediaFault.Malformed, "Two tracks with one id.");
                return null;
            }

            tracks.Add(track);
        }

        if (walker.Failed || tracks.Count == 0)
        {
            problem = new MediaProblem(MediaFault.Malformed, "The moov box has no readable track.");
            return null;
        }

        ReadDefaults(BoxWalker.Find(moov, BoxType.Mvex), tracks);
        return new InitSegment(bytes, tracks);
    }

    private static MediaTrack? ParseTrack(ReadOnlySpan<byte> trak, out MediaProblem? problem)
    {
        var media = BoxWalker.Find(trak, BoxType.Mdia);
        var tkhd = new ByteReader(BoxWalker.Find(trak, BoxType.Tkhd));
        var mdhd = new ByteReader(BoxWalker.Find(media, BoxType.Mdhd));
        var hdlr = new ByteReader(BoxWalker.Find(media, BoxType.Hdlr));

        // Both have version and flags in front, then two times of 4 or 8 bytes.
        var wideTrack = tkhd.U32() >> 24 == 1;
        tkhd.Skip(wideTrack ? 16 : 8);
        var id = tkhd.U32();
        var wideMedia = mdhd.U32() >> 24 == 1;
        mdhd.Skip(wideMedia ? 16 : 8);
        var timescale = mdhd.U32();
        hdlr.Skip(8);
        var handler = hdlr.U32();

        if (tkhd.Failed || mdhd.Failed || hdlr.Failed || id == 0 || timescale == 0)
        {
            problem = new MediaProblem(MediaFault.Malformed, "A track's header is incomplete.");
            return null;
        }

        var table = BoxWalker.Find(BoxWalker.Find(media, BoxType.Minf), BoxType.Stbl);
        var description = BoxWalker.Find(table, BoxType.Stsd);
        if (description.Length < 8)
        {
            problem = new MediaProblem(MediaFault.Malformed, "A track has no sample description.");
            return null;
        }

        var entry = new BoxWalker(description[8..]);
        if (!entry.MoveNext())
        {
            problem = new MediaProblem(MediaFault.Malformed, "A track has no sample description.");
            return null;
        }

        var track = (handler, entry.Type) switch
        {
            (BoxType.Vide, BoxType.Avc1) => ReadVideo(id, timescale, entry.Body),
            (BoxType.Soun, BoxType.Mp4a) => ReadAudio(id, timescale, entry.Body),
            _ => null,
        };
        problem = track is null
            ? new MediaProblem(MediaFault.Unsupported, $"A track of {BoxType.Name(handler)} with codec {BoxType.Name(entry.Type)} can't be played everywhere.")
            : null;
        return track;
    }

    private static MediaTrack? ReadVideo(uint id, uint timescale, ReadOnlySpan<byte> entry)
    {
        // VisualSampleEntry: 24 bytes to the width, 78 in all, then boxes.
        const int EntryLength = 78;
        if (entry.Length < EntryLength) { return null; }

        var size = new ByteReader(entry[24..]);
        var width = size.U16();
        var height = size.U16();
        var avcC = BoxWalker.Find(entry[EntryLength..], BoxType.AvcC);
        if (avcC.Length < 7 || width == 0 || height == 0) { return null; }

        // Profile, constraints and level as RFC 6381 writes them.
        var codec = string.Create(CultureInfo.InvariantCulture, $"avc1.{avcC[1]:x2}{avcC[2]:x2}{avcC[3]:x2}");
        return new MediaTrack(id, TrackKind.Video, timescale, codec, width, height);
    }

    private static MediaTrack? ReadAudio(uint id, uint timescale, ReadOnlySpan<byte> entry)
    {
        // AudioSampleEntry: 28 bytes, then boxes.
        const int EntryLength = 28;
        if (entry.Length < EntryLength) { return null; }
        var esds = BoxWalker.Find(entry[EntryLength..], BoxType.Esds);
        if (esds.Length < 4) { return null; }

        var audioType = AudioObjectType(esds[4..]);
        return audioType == 0
            ? null
            : new MediaTrack(id, TrackKind.Audio, timescale, string.Create(CultureInfo.InvariantCulture, $"mp4a.40.{audioType}"), 0, 0);
    }

    /// <summary>ES descriptor → decoder configuration → AudioSpecificConfig's first five bits; 0 when it is not MPEG-4 audio.</summary>
    private static int AudioObjectType(ReadOnlySpan<byte> descriptor)
    {
        const byte EsTag = 3, DecoderTag = 4, SpecificTag = 5, Mpeg4Audio = 0x40;
        var es = new ByteReader(Descriptor(descriptor, EsTag));
        es.Skip(2);
        var flags = es.U8();
        if ((flags & 0x80) != 0) { es.Skip(2); }
        if ((flags & 0x40) != 0) { es.Skip(es.U8()); }
        if ((flags & 0x20) != 0) { es.Skip(2); }

        var decoder = new ByteReader(Descriptor(es.Rest, DecoderTag));
        if (decoder.U8() != Mpeg4Audio) { return 0; }
        decoder.Skip(12);

        var specific = new ByteReader(Descriptor(decoder.Rest, SpecificTag));
        var first = specific.U16();
        if (es.Failed || decoder.Failed || specific.Failed) { return 0; }

        const int Escape = 31;
        var type = first >> 11;
        return type == Escape ? 32 + ((first >> 5) & 0x3f) : type;
    }

    /// <summary>The body of an MPEG-4 descriptor whose tag is the one expected; its length comes seven bits a byte.</summary>
    private static ReadOnlySpan<byte> Descriptor(ReadOnlySpan<byte> bytes, byte tag)
    {
        var reader = new ByteReader(bytes);
        if (reader.U8() != tag) { return default; }

        var length = 0;
        for (var i = 0; i < 4; i++)
        {
            var part = reader.U8();
            length = (length << 7) | (part & 0x7f);
            if ((part & 0x80) == 0) { break; }
        }

        return reader.Take(length);
    }

    private static void ReadDefaults(ReadOnlySpan<byte> mvex, List<MediaTrack> tracks)
    {
        var walker = new BoxWalker(mvex);
        while (walker.MoveNext())
        {
            if (walker.Type != BoxType.Trex) { continue; }
            var trex = new ByteReader(walker.Body);
            trex.Skip(4);
            var id = trex.U32();
            trex.Skip(4);
            var defaults = new SampleDefaults(trex.U32(), trex.U32(), trex.U32());
            var index = tracks.FindIndex(track => track.Id == id);
            if (!trex.Failed && index >= 0) { tracks[index] = tracks[index] with { Defaults = defaults }; }
        }
    }
}
