using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>
/// The hash of one batch: SHA-256 over the hash before it and everything that is stored of its entries, so that no stored row
/// can be changed, dropped or moved unnoticed.
/// </summary>
internal sealed class LedgerHash : IDisposable
{
    /// <summary>The hash before the first batch.</summary>
    public static readonly byte[] Genesis = new byte[SHA256.HashSizeInBytes];

    private const byte Format = 1;

    /// <summary>Added to the kind of an entry that has what older entries could not have; it follows at the entry's end.</summary>
    private const int HasMore = 1 << 30;

    // About what a gift takes.
    private const int EntryBytes = 500;
    private const int KeyBytes = 16;

    private readonly ByteBuffer _bytes;

    public LedgerHash(byte[] previousHash, int shard, long epoch, long seq, DateTimeOffset at, int entries)
    {
        _bytes = new ByteBuffer((entries + 1) * EntryBytes);
        Write(Format);
        previousHash.CopyTo(_bytes.Take(previousHash.Length));
        Write(shard);
        Write(epoch);
        Write(seq);
        Write(LedgerTime.ToMicroseconds(at));
        Write(entries);
    }

    /// <summary>The hash of a batch that is about to be stored.</summary>
    public static byte[] Of(
        byte[] previousHash, int shard, long epoch, long seq, DateTimeOffset at, IReadOnlyList<DecidedEntry> entries)
    {
        using var hash = new LedgerHash(previousHash, shard, epoch, seq, at, entries.Count);
        foreach (var entry in entries)
        {
            hash.Add(entry.Request, entry.DebitAfter);
        }

        return hash.Finish();
    }

    /// <summary>Adds the next entry, in order.</summary>
    public void Add(LedgerEntry entry, long debitAfter)
    {
        entry.Key.TryWriteBytes(_bytes.Take(KeyBytes), bigEndian: true, out _);
        var hasMore = entry.Original is not null || entry.ExpiresAt is not null || entry.Lot is not null;
        Write((int)entry.Kind | (hasMore ? HasMore : 0));
        Write(entry.Fingerprint);
        Write(entry.Rate);
        Write(debitAfter);
        Write(entry.Debit);
        Write(entry.Credits.Count);
        foreach (var leg in entry.Credits)
        {
            Write(leg.Account);
            Write(leg.Amount);
        }

        WriteOptional(entry.Reference);
        WriteOptional(entry.Gift?.RoomId);
        WriteOptional(entry.Gift?.Sender.Id);
        WriteOptional(entry.Gift?.Sender.Name);
        WriteOptional(entry.Gift?.GiftId);
        Write(entry.Gift?.Quantity ?? 0);
        if (!hasMore) { return; }
        Write(entry.Original);
        Write(entry.Lot);
        Write(entry.ExpiresAt is not null);
        if (entry.ExpiresAt is { } end) { Write(LedgerTime.ToMicroseconds(end)); }
    }

    /// <summary>The hash over what was added.</summary>
    public byte[] Finish() => SHA256.HashData(_bytes.Written.Span);

    public void Dispose() => _bytes.Dispose();

    private void Write(LedgerAccount account)
    {
        Write((int)account.Kind);
        Write(account.Owner);
        Write((int)account.Unit);
    }

    private void Write(Guid? key)
    {
        Write(key is not null);
        if (key is { } id) { id.TryWriteBytes(_bytes.Take(KeyBytes), bigEndian: true, out _); }
    }

    private void WriteOptional(string? text)
    {
        Write(text is not null);
        if (text is not null) { Write(text); }
    }

    // Its length in bytes stands before a text, seven bits a byte, the lowest first.
    private void Write(string text)
    {
        var count = Encoding.UTF8.GetByteCount(text);
        var rest = (uint)count;
        for (; rest > 0x7F; rest >>= 7) { Write((byte)((rest & 0x7F) | 0x80)); }
        Write((byte)rest);
        Encoding.UTF8.GetBytes(text, _bytes.Take(count));
    }

    private void Write(bool value) => Write(value ? (byte)1 : (byte)0);

    private void Write(byte value) => _bytes.Take(1)[0] = value;

    private void Write(int value) => BinaryPrimitives.WriteInt32LittleEndian(_bytes.Take(sizeof(int)), value);

    private void Write(long value) => BinaryPrimitives.WriteInt64LittleEndian(_bytes.Take(sizeof(long)), value);
}

/// <summary>Times as they are stored: whole microseconds since 1970 UTC.</summary>
internal static class LedgerTime
{
    public static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
