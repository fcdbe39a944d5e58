using System.Buffers.Binary;
using System.Buffers.Text;

namespace LiveCommerce.Benchmarks.Fanout;

/// <summary>
/// Every message carries a UUID that says which one it is, as text in every protocol: a viewer finds them in what it received by one
/// search, whatever is round them. Gifts that were merged carry the UUIDs of all.
/// </summary>
internal static class Mark
{
    private const int NumberDigits = 8;
    private static ReadOnlySpan<byte> Text => "-8b1f-5eed"u8;
    private static ReadOnlySpan<byte> Bytes => [0x8b, 0x1f, 0x5e, 0xed];

    /// <summary>The key of a message.</summary>
    public static Guid Key(int number)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7().TryWriteBytes(bytes, bigEndian: true, out _);
        Bytes.CopyTo(bytes[8..]);
        BinaryPrimitives.WriteInt32BigEndian(bytes[12..], number);
        return new Guid(bytes, bigEndian: true);
    }

    /// <summary>The next message's number; moves behind it.</summary>
    /// <returns>False when there is no more.</returns>
    public static bool TryNext(ref ReadOnlySpan<byte> received, out int number)
    {
        number = 0;
        var at = received.IndexOf(Text);
        if (at < 0 || received.Length < at + Text.Length + NumberDigits) { return false; }
        received = received[(at + Text.Length)..];
        number = Utf8Parser.TryParse(received[..NumberDigits], out int parsed, out _, 'x') ? parsed : -1;
        received = received[NumberDigits..];
        return true;
    }
}
