using System.Security.Cryptography;
using System.Text;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger;
using static LiveCommerce.Silo.Tests.Ledger.LedgerSamples;

namespace LiveCommerce.Silo.Tests.Ledger;

public sealed class LedgerHashTests
{
    /// <summary>Stored chains were hashed over exactly these bytes: another order or width would make every ledger look tampered with.</summary>
    [Fact]
    public void HashOfABatch_IsOverTheBytesThatItAlwaysWas()
    {
        var longName = new string('é', 100);
        var gift = Gift(Ana, 11) with { Gift = new GiftMemo("room1", new Person("ana", longName), "rose", 2) };
        var held = Hold(Ana, 20);
        var lot = TopUp(Ben, 5) with { Lot = Key(), Original = Key() };
        var previous = SHA256.HashData([1]);

        var hash = LedgerHash.Of(previous, 3, 4, 5, Noon, [new DecidedEntry(gift, 11, 89), new DecidedEntry(held, 20, 69), new DecidedEntry(lot, 5, -5)]);

        Assert.Equal(SHA256.HashData(Bytes(previous, (gift, 89), (held, 69), (lot, -5))), hash);
    }

    private static byte[] Bytes(byte[] previous, params (LedgerEntry Entry, long DebitAfter)[] entries)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write((byte)1);
        writer.Write(previous);
        writer.Write(3);
        writer.Write(4L);
        writer.Write(5L);
        writer.Write(LedgerTime.ToMicroseconds(Noon));
        writer.Write(entries.Length);
        foreach (var (entry, debitAfter) in entries)
        {
            var hasMore = entry.Original is not null || entry.ExpiresAt is not null || entry.Lot is not null;
            writer.Write(entry.Key.ToByteArray(bigEndian: true));
            writer.Write((int)entry.Kind | (hasMore ? 1 << 30 : 0));
            writer.Write(entry.Fingerprint);
            writer.Write(entry.Rate);
            writer.Write(debitAfter);
            WriteAccount(entry.Debit);
            writer.Write(entry.Credits.Count);
            foreach (var leg in entry.Credits)
            {
                WriteAccount(leg.Account);
                writer.Write(leg.Amount);
            }

            foreach (var text in (string?[])[entry.Reference, entry.Gift?.RoomId, entry.Gift?.Sender.Id, entry.Gift?.Sender.Name, entry.Gift?.GiftId])
            {
                writer.Write(text is not null);
                if (text is not null) { writer.Write(text); }
            }

            writer.Write(entry.Gift?.Quantity ?? 0);
            if (!hasMore) { continue; }
            foreach (var key in (Guid?[])[entry.Original, entry.Lot])
            {
                writer.Write(key is not null);
                if (key is { } some) { writer.Write(some.ToByteArray(bigEndian: true)); }
            }

            writer.Write(entry.ExpiresAt is not null);
            if (entry.ExpiresAt is { } end) { writer.Write(LedgerTime.ToMicroseconds(end)); }
        }

        writer.Flush();
        return bytes.ToArray();

        void WriteAccount(LedgerAccount account)
        {
            writer.Write((int)account.Kind);
            writer.Write(account.Owner);
            writer.Write((int)account.Unit);
        }
    }
}
