using System.Globalization;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger.Books;

namespace LiveCommerce.Silo.Ledger;

/// <summary>The red packets of an account.</summary>
internal sealed partial class GivenGiftsGrain
{
    public async ValueTask<IReadOnlyList<PacketPart>> GetPackets(string accountId, DateTimeOffset since)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select k.owner, e.kind, b.at, k.credits - k.debits
            from ledger_account a cross join ledger_posting p cross join ledger_entry e cross join ledger_batch b cross join ledger_account k
            where a.shard = @shard and a.kind = @viewer and a.owner = @owner and a.unit = @coins and p.account = a.id
                and p.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)
                and {Journal.InPosting} and e.kind in (19, 20) and (e.debit = a.id or e.credit1 = a.id)
                and b.shard = @shard and b.seq = p.batch and k.id = case when e.kind = 19 then e.credit1 else e.debit end
            order by e.batch, e.ord
            """);
        command.With("shard", int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture));
        command.With("viewer", (int)LedgerAccountKind.Viewer).With("owner", accountId).With("coins", (int)LedgerUnit.Coins);
        command.With("since", LedgerTime.ToMicroseconds(since));
        await using var reader = await command.ExecuteReaderAsync();
        var parts = new List<PacketPart>();
        while (await reader.ReadAsync())
        {
            parts.Add(new PacketPart(
                reader.GetString(0), reader.GetInt32(1) == (int)LedgerEntryKind.PacketFunded, LedgerTime.FromMicroseconds(reader.GetInt64(2)),
                reader.GetInt64(3)));
        }

        return parts;
    }
}
