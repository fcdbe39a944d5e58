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

    private readonly MemoryStream _bytes = new();
    private readonly BinaryWriter _writer;

    public LedgerHash(byte[] previousHash, int shard, long epoch, long seq, DateTimeOffset at, int entries)
    {
        _writer = new BinaryWriter(_bytes, Encoding.UTF8);
        _writer.Write(Format);
        _writer.Write(previousHash);
        _writer.Write(shard);
        _writer.Write(epoch);
        _writer.Write(seq);
        _writer.Write(LedgerTime.ToMicroseconds(at));
        _writer.Write(entries);
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
        Span<byte> key = stackalloc byte[16];
        entry.Key.TryWriteBytes(key, bigEndian: true, out _);
        _writer.Write(key);
        var hasMore = entry.Original is not null || entry.ExpiresAt is not null || entry.Lot is not null;
        _writer.Write((int)entry.Kind | (hasMore ? HasMore : 0));
        _writer.Write(entry.Fingerprint);
        _writer.Write(entry.Rate);
        _writer.Write(debitAfter);
        Write(entry.Debit);
        _writer.Write(entry.Credits.Count);
        foreach (var leg in entry.Credits)
        {
            Write(leg.Account);
            _writer.Write(leg.Amount);
        }

        Write(entry.Reference);
        Write(entry.Gift?.RoomId);
        Write(entry.Gift?.Sender.Id);
        Write(entry.Gift?.Sender.Name);
        Write(entry.Gift?.GiftId);
        _writer.Write(entry.Gift?.Quantity ?? 0);
        if (!hasMore) { return; }
        Write(entry.Original);
        Write(entry.Lot);
        _writer.Write(entry.ExpiresAt is not null);
        if (entry.ExpiresAt is { } end) { _writer.Write(LedgerTime.ToMicroseconds(end)); }
    }

    /// <summary>The hash over what was added.</summary>
    public byte[] Finish()
    {
        _writer.Flush();
        return SHA256.HashData(_bytes.GetBuffer().AsSpan(0, (int)_bytes.Length));
    }

    public void Dispose() => _writer.Dispose();

    private void Write(LedgerAccount account)
    {
        _writer.Write((int)account.Kind);
        _writer.Write(account.Owner);
        _writer.Write((int)account.Unit);
    }

    private void Write(Guid? key)
    {
        _writer.Write(key is not null);
        if (key is not { } id) { return; }
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        _writer.Write(bytes);
    }

    private void Write(string? text)
    {
        _writer.Write(text is not null);
        if (text is not null) { _writer.Write(text); }
    }
}

/// <summary>Times as they are stored: whole microseconds since 1970 UTC.</summary>
internal static class LedgerTime
{
    public static long ToMicroseconds(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset FromMicroseconds(long microseconds) =>
        DateTimeOffset.UnixEpoch.AddTicks(microseconds * TimeSpan.TicksPerMicrosecond);
}
