using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Sums and lists what was given in a room, from the gifts (kinds 1 and 5, which name the room) and their reversals.</summary>
[Reentrant]
internal sealed class RoomGiftsGrain(Database database) : Grain, IRoomGiftsGrain
{
    /// <summary>Reversals of one reading: more than one commit can hold (<see cref="LedgerOptions.BatchMax"/>).</summary>
    private const int ReversedMax = 20_000;

    /// <summary>More than a commit has places: commit and place as one number that sorts alike.</summary>
    private const int PlacesPerBatch = 1 << 20;

    private const string Since = "e.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)";

    private int Shard => int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);

    public async ValueTask<long> Sum(string roomId, DateTimeOffset from, DateTimeOffset until)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select cast(coalesce(sum(e.amount - coalesce((select sum(r.amount) from ledger_reversal r where r.original = e.id), 0)), 0) as bigint)
            from ledger_entry e
            join ledger_batch b on b.shard = e.shard and b.seq = e.batch
            where e.room = @room and e.shard = @shard and {Since} and b.at >= @since and b.at < @until
            """);
        command.With("room", roomId).With("shard", Shard).With("since", LedgerTime.ToMicroseconds(from)).With("until", LedgerTime.ToMicroseconds(until));
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask<long> SumBetween(string roomId, DateTimeOffset since, GivenPlace after, GivenPlace upTo)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select cast(
                (select coalesce(sum(e.amount), 0) from ledger_entry e
                 join ledger_batch b on b.shard = e.shard and b.seq = e.batch
                 where e.room = @room and e.shard = @shard and (e.batch, e.ord) > (@afterBatch, @afterOrder) and (e.batch, e.ord) <= (@batch, @order)
                    and {Since} and b.at >= @since)
                - (select coalesce(sum(r.amount), 0) from ledger_reversal r
                   join ledger_entry e on e.id = r.original
                   join ledger_batch b on b.shard = e.shard and b.seq = e.batch
                   where r.shard = @shard and r.batch >= @afterBatch and r.batch < @batch
                      and r.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @since)
                      and e.room = @room and (e.batch, e.ord) <= (@batch, @order)
                      and b.at >= @since) as bigint)
            """);
        command.With("room", roomId).With("shard", Shard).With("since", LedgerTime.ToMicroseconds(since));
        command.With("afterBatch", after.Batch).With("afterOrder", after.Order).With("batch", upTo.Batch).With("order", upTo.Order);
        return Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture);
    }

    public async ValueTask<IReadOnlyList<GivenInRoom>> GetSenders(string roomId, DateTimeOffset since, long batch, int order)
    {
        await using var connection = await database.OpenAsync();
        await using var command = connection.Command(null, $"""
            select g.sender, g.name, g.coins, g.last
            from (
                select e.sender as sender, max(e.sender_name) as name, cast(max(e.batch * {PlacesPerBatch} + e.ord) as bigint) as last,
                    cast(sum(e.amount - coalesce((select sum(r.amount) from ledger_reversal r where r.original = e.id and r.batch < @batch), 0)) as bigint) as coins
                from ledger_entry e
                join ledger_batch b on b.shard = e.shard and b.seq = e.batch
                where e.room = @room and e.shard = @shard and (e.batch, e.ord) <= (@batch, @order) and {Since} and b.at >= @since
                group by e.sender) g
            where g.coins > 0
            order by g.coins desc, g.last limit {RoomGiftsLimits.SendersMax}
            """);
        command.With("room", roomId).With("shard", Shard).With("since", LedgerTime.ToMicroseconds(since)).With("batch", batch).With("order", order);
        await using var reader = await command.ExecuteReaderAsync();
        var senders = new List<GivenInRoom>();
        while (await reader.ReadAsync())
        {
            var last = reader.GetInt64(3);
            senders.Add(new GivenInRoom(
                new Person(reader.GetString(0), reader.GetString(1)), reader.GetInt64(2), last / PlacesPerBatch, (int)(last % PlacesPerBatch)));
        }

        return senders;
    }

    public async ValueTask<ReversedGifts> GetReversed(string roomId, long afterBatch)
    {
        await using var connection = await database.OpenAsync();

        // Asked first: what is committed from here on belongs to the next page.
        await using var head = connection.Command(null, "select last_seq from ledger_shard where shard = @shard");
        head.With("shard", Shard);
        var upTo = Math.Max(afterBatch, Convert.ToInt64(await head.ExecuteScalarAsync() ?? 0L, CultureInfo.InvariantCulture));

        await using var command = connection.Command(null, $"""
            select r.batch, e.sender, r.amount, b.at
            from ledger_reversal r
            join ledger_entry e on e.id = r.original
            join ledger_batch b on b.shard = e.shard and b.seq = e.batch
            where r.shard = @shard and r.batch > @after and r.batch <= @upto and e.room = @room
            order by r.batch limit {ReversedMax}
            """);
        command.With("shard", Shard).With("after", afterBatch).With("upto", upTo).With("room", roomId);
        await using var reader = await command.ExecuteReaderAsync();
        var found = new List<(long Batch, ReversedGift Gift)>();
        while (await reader.ReadAsync())
        {
            found.Add((reader.GetInt64(0), new ReversedGift(reader.GetString(1), reader.GetInt64(2), LedgerTime.FromMicroseconds(reader.GetInt64(3)))));
        }

        // A full page may end in the middle of a commit, which then belongs to the next one as a whole.
        var hasMore = found.Count == ReversedMax;
        if (hasMore) { upTo = found[^1].Batch - 1; }
        return new ReversedGifts(upTo, hasMore, [.. found.TakeWhile(reversed => reversed.Batch <= upTo).Select(reversed => reversed.Gift)]);
    }
}
