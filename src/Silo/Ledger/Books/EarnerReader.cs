using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger.Books;

/// <summary>Tells whose earnings the uses of a coin lot became: what a freeze holds and a lost dispute takes back.</summary>
internal sealed class EarnerReader(Database database, Journal journal)
{
    /// <summary>Entries that one query looks at.</summary>
    private const int AtOnce = 200;

    /// <summary>The same trace with the earners of its uses.</summary>
    public async Task<CoinLotTrace> FillAsync(CoinLotTrace trace)
    {
        var uses = new List<CoinLotUse>(trace.Uses.Count);
        foreach (var part in trace.Uses.Chunk(AtOnce))
        {
            var earners = await ReadAsync(part);
            uses.AddRange(part.Select(use => earners.TryGetValue(use.EntryId, out var earner)
                ? use with { Earner = earner.Owner, Earned = ((use.Amount * earner.Earned) + earner.Amount - 1) / earner.Amount }
                : use));
        }

        return trace with { Uses = uses };
    }

    private async Task<Dictionary<Guid, (string Owner, long Earned, long Amount)>> ReadAsync(CoinLotUse[] uses)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select e.id, a.owner, case a.id when e.credit1 then e.amount1 when e.credit2 then e.amount2 else e.amount3 end, e.amount
            from ledger_entry e join ledger_account a on a.id in (e.credit1, e.credit2, e.credit3) and a.kind = {(int)LedgerAccountKind.Streamer}
            where e.id in ({string.Join(", ", uses.Select((_, place) => $"@k{place}"))})
            """);
        for (var place = 0; place < uses.Length; place++)
        {
            var key = uses[place].EntryId;
            command.With($"k{place}", database.Dialect == SqlDialect.Sqlite ? key.ToByteArray(bigEndian: true) : key);
        }

        await using var reader = await command.ExecuteReaderAsync();
        var earners = new Dictionary<Guid, (string, long, long)>();
        while (await reader.ReadAsync()) { earners[journal.Key(reader, 0)] = (reader.GetString(1), reader.GetInt64(2), reader.GetInt64(3)); }
        return earners;
    }
}
