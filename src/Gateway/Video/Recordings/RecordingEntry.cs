using System.Buffers.Binary;
using System.Numerics;

namespace LiveCommerce.Gateway.Video.Recordings;

/// <summary>What an entry of the index tells.</summary>
internal enum EntryKind : byte
{
    /// <summary>A file of media begins; its header is written.</summary>
    Run = 1,

    /// <summary>A segment was appended to the run's file.</summary>
    Segment = 2,

    /// <summary>The broadcast ended in order.</summary>
    End = 3,
}

/// <summary>
/// One entry of a recording's index, as docs/adr/0017 has it: fixed length, numbered, with a checksum of its own and one of the
/// media it stands for. Whatever a crash left of the last ones is recognised and dropped.
/// </summary>
/// <param name="Run">Number of the media file.</param>
/// <param name="Number">Media sequence number of a segment.</param>
/// <param name="InitNumber">Number of the header among those of its broadcast.</param>
/// <param name="Offset">Where it begins in the run's file.</param>
/// <param name="Length">Bytes of the segment, or of a run's header.</param>
/// <param name="At">When its first picture was recorded.</param>
/// <param name="Discontinuities">As in <see cref="Media.Hls.Segment"/>.</param>
/// <param name="KeyframeLength">Bytes from the offset that hold the first picture.</param>
/// <param name="DataChecksum">CRC-32C of the media.</param>
internal readonly record struct RecordingEntry(
    EntryKind Kind, int Run, long Number, int InitNumber, long Offset, int Length, DateTimeOffset At, TimeSpan Duration, long Discontinuities,
    bool Discontinuity, int KeyframeLength, uint DataChecksum)
{
    /// <summary>Bytes of an entry.</summary>
    public const int Size = 80;

    private const ushort Magic = 0x4C52;
    private const byte Version = 1;
    private const int ChecksumAt = 76;

    /// <summary>Writes it as the entry of a place.</summary>
    public void Write(Span<byte> to, int place)
    {
        to[..Size].Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(to, Magic);
        to[2] = Version;
        to[3] = (byte)Kind;
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], Run);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], Number);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], InitNumber);
        BinaryPrimitives.WriteInt32LittleEndian(to[20..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], At.UtcTicks);
        BinaryPrimitives.WriteInt64LittleEndian(to[40..], Duration.Ticks);
        BinaryPrimitives.WriteInt64LittleEndian(to[48..], Discontinuities);
        BinaryPrimitives.WriteInt32LittleEndian(to[56..], KeyframeLength);
        to[60] = Discontinuity ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteUInt32LittleEndian(to[64..], DataChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(to[68..], place);
        BinaryPrimitives.WriteUInt32LittleEndian(to[ChecksumAt..], Checksum(to[..ChecksumAt]));
    }

    /// <summary>Reads the entry of a place; null: it is not one.</summary>
    public static RecordingEntry? Read(ReadOnlySpan<byte> from, int place)
    {
        if (from.Length < Size
            || BinaryPrimitives.ReadUInt16LittleEndian(from) != Magic
            || from[2] != Version
            || from[3] is < (byte)EntryKind.Run or > (byte)EntryKind.End
            || BinaryPrimitives.ReadInt32LittleEndian(from[68..]) != place
            || BinaryPrimitives.ReadUInt32LittleEndian(from[ChecksumAt..]) != Checksum(from[..ChecksumAt]))
        {
            return null;
        }

        return new RecordingEntry(
            (EntryKind)from[3],
            BinaryPrimitives.ReadInt32LittleEndian(from[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[8..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[20..]),
            new DateTimeOffset(BinaryPrimitives.ReadInt64LittleEndian(from[32..]), TimeSpan.Zero),
            new TimeSpan(BinaryPrimitives.ReadInt64LittleEndian(from[40..])),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            from[60] != 0,
            BinaryPrimitives.ReadInt32LittleEndian(from[56..]),
            BinaryPrimitives.ReadUInt32LittleEndian(from[64..]));
    }

    /// <summary>CRC-32C, continued from <paramref name="crc"/>.</summary>
    public static uint Checksum(ReadOnlySpan<byte> bytes, uint crc = 0)
    {
        crc = ~crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes) { crc = BitOperations.Crc32C(crc, one); }
        return ~crc;
    }
}
