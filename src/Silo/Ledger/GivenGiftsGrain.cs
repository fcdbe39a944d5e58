using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Sums the gifts of an account by reading its postings, not other people's entries.</summary>
[Reentrant]
internal sealed class GivenGiftsGrain(Database database) : Grain, IGivenGiftsGrain
{
    private const long DayMicroseconds = 86_400_000_000;

    public async ValueTask<IReadOnlyList<GivenGifts>> Get(string accountId, DateTimeOffset since)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, """
            select r.owner, b.at / @day as day, cast(sum(e.amount) as bigint)
            from ledger_account a
            join ledger_posting p on p.account = a.id
            join ledger_batch b on b.shard = p.shard and b.seq = p.batch
            join ledger_entry e on e.shard = p.shard and e.batch = p.batch and e.ord between p.first_ord and p.last_ord and e.debit = a.id
            join ledger_account r on r.id = e.credit1
            where a.shard = @shard and a.kind = @viewer and a.owner = @owner and a.unit = @coins and e.kind = @gift
                and p.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)
            group by r.owner, b.at / @day
            """);
        command.With("day", DayMicroseconds);
        command.With("shard", int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture));
        command.With("viewer", (int)LedgerAccountKind.Viewer);
        command.With("owner", accountId);
        command.With("coins", (int)LedgerUnit.Coins);
        command.With("gift", (int)LedgerEntryKind.Gift);
        command.With("since", LedgerTime.ToMicroseconds(since));
        await using var reader = await command.ExecuteReaderAsync();
        var given = new List<GivenGifts>();
        while (await reader.ReadAsync())
        {
            var day = DateOnly.FromDateTime(DateTimeOffset.UnixEpoch.AddDays(reader.GetInt64(1)).UtcDateTime);
            given.Add(new GivenGifts(reader.GetString(0), day, reader.GetInt64(2)));
        }

        return given;
    }
}
