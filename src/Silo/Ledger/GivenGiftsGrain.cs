using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Ledger.Books;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Sums the gifts of an account, from its wallet (kind 1), by card (kind 5) and in red packets (19 to 21), without reading other people's entries.</summary>
[Reentrant]
internal sealed partial class GivenGiftsGrain(Database database) : Grain, IGivenGiftsGrain
{
    private const long DayMicroseconds = 86_400_000_000;

    public async ValueTask<IReadOnlyList<GivenGifts>> Get(string accountId, DateTimeOffset since)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            with sent as (
                select e.id, e.batch, e.amount
                from ledger_account a cross join ledger_posting p cross join ledger_entry e
                where a.shard = @shard and a.kind = @viewer and a.owner = @owner and a.unit = @coins and p.account = a.id
                    and {Journal.InPosting} and e.debit = a.id and e.kind = 19
                    and p.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)),
            given as (
                select e.credit1 as receiver, e.batch, e.amount
                from ledger_account a cross join ledger_posting p cross join ledger_entry e
                where a.shard = @shard and a.kind = @viewer and a.owner = @owner and a.unit = @coins and p.account = a.id
                    and {Journal.InPosting} and e.debit = a.id and e.kind = 1
                    and p.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)
                union all
                select e.credit1, e.batch, e.amount from ledger_entry e
                where e.shard = @shard and e.sender = @owner and e.kind = 5 and e.sender is not null
                    and e.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)
                union all
                select null, s.batch, s.amount from sent s
                union all
                select null, s.batch, -e.amount from sent s join ledger_entry e on e.original = s.id and e.kind in (20, 21)
                union all
                select e.credit1, s.batch, e.amount from sent s join ledger_entry e on e.original = s.id and e.kind = 20)
            select coalesce(r.owner, ''), b.at / @day as day, cast(sum(g.amount) as bigint)
            from given g
            join ledger_batch b on b.shard = @shard and b.seq = g.batch
            left join ledger_account r on r.id = g.receiver
            group by r.owner, b.at / @day
            """);
        command.With("day", DayMicroseconds);
        command.With("shard", int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture));
        command.With("viewer", (int)LedgerAccountKind.Viewer);
        command.With("owner", accountId);
        command.With("coins", (int)LedgerUnit.Coins);
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
