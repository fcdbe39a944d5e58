using System.Security.Cryptography;
using System.Text;

namespace LiveCommerce.Contracts.Ledger;

/// <summary>Keys of entries that belong to another one.</summary>
public static class LedgerKeys
{
    private const int KeyBytes = 16;
    private const int TimeBytes = 6;

    /// <summary>
    /// A key of its own for a further entry of the same commit: a UUIDv7 with the same time as <paramref name="key"/>, the rest a hash of
    /// both. The same arguments give the same key, so that a retry repeats it.
    /// </summary>
    /// <param name="suffix">What the further entry is, such as <c>usd</c>.</param>
    public static Guid Derive(Guid key, string suffix) => Derive(key, suffix, version: 7);

    /// <summary>
    /// As <see cref="Derive(Guid, string)"/>, for entries that the ledger makes itself: a UUIDv8, which no request may carry, so nobody can
    /// have used it before.
    /// </summary>
    public static Guid DeriveOwn(Guid key, string suffix) => Derive(key, suffix, version: 8);

    /// <summary>The key of one entry of a reversal: the first has the request's own.</summary>
    public static Guid OfReversal(Guid key, int entry) => entry == 0 ? key : DeriveOwn(key, $"reversal:{entry}");

    private static Guid Derive(Guid key, string suffix, int version)
    {
        ArgumentException.ThrowIfNullOrEmpty(suffix);
        var input = new byte[KeyBytes + Encoding.UTF8.GetByteCount(suffix)];
        key.TryWriteBytes(input, bigEndian: true, out _);
        Encoding.UTF8.GetBytes(suffix, input.AsSpan(KeyBytes));
        var derived = SHA256.HashData(input).AsSpan(0, KeyBytes);
        input.AsSpan(0, TimeBytes).CopyTo(derived);
        derived[6] = (byte)((derived[6] & 0x0F) | (version << 4));
        derived[8] = (byte)((derived[8] & 0x3F) | 0x80);
        return new Guid(derived, bigEndian: true);
    }
}
