using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LiveCommerce.LoadTester.Checks;

/// <summary>What is sent.</summary>
internal enum SendKind
{
    Chat = 0,
    Gift = 1,
    Order = 2,
}

/// <summary>
/// Idempotency keys that say which sending of this run they are: UUIDv7s whose random part holds the run, the kind and the number.
/// A viewer that receives one finds its place in an array, without a dictionary of every key.
/// </summary>
internal sealed class SendKeys(TimeProvider time)
{
    private const int GuidBytes = 16;
    private const byte Version7 = 0x70;
    private const byte Variant = 0x80;

    // 6 bits beside the variant, and 24 bits after it.
    private readonly int _run = RandomNumberGenerator.GetInt32(1 << 30);

    public Guid Make(SendKind kind, int index)
    {
        Span<byte> bytes = stackalloc byte[GuidBytes];
        BinaryPrimitives.WriteInt64BigEndian(bytes, time.GetUtcNow().ToUnixTimeMilliseconds() << 16);
        bytes[6] = Version7;
        bytes[7] = (byte)kind;
        BinaryPrimitives.WriteInt32BigEndian(bytes[8..], _run);
        bytes[8] |= Variant;
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], index);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>Which sending it is; false for a key of somebody else.</summary>
    public bool TryRead(Guid key, out SendKind kind, out int index)
    {
        Span<byte> bytes = stackalloc byte[GuidBytes];
        key.TryWriteBytes(bytes, bigEndian: true, out _);
        kind = (SendKind)bytes[7];
        index = BinaryPrimitives.ReadInt32BigEndian(bytes[12..]);
        var run = BinaryPrimitives.ReadInt32BigEndian(bytes[8..]) & 0x3FFF_FFFF;
        return bytes[6] == Version7 && bytes[8] >> 6 == 2 && bytes[7] <= (byte)SendKind.Order && run == _run && index >= 0;
    }
}
