using System.Data.Common;
using System.Globalization;
using LiveCommerce.Actors;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Reads entries by their key, and what became of them.</summary>
[Reentrant]
internal sealed class LedgerEntriesGrain(Database database, IOptions<LedgerOptions> options) : Grain, ILedgerEntriesGrain
{
    private int Shard => int.Parse(GetPrimaryKeyString(), NumberStyles.None, CultureInfo.InvariantCulture);

    public async ValueTask<LedgerEntryView?> Find(Guid key)
    {
        await using var connection = await database.OpenAsync();
        if (await ReadAsync(connection, key) is not { } entry) { return null; }

        await using (var command = With(connection, key, """
            select coalesce(sum(amount), 0), coalesce(sum(amount1), 0), coalesce(sum(amount2), 0), coalesce(sum(amount3), 0)
            from ledger_reversal where original = @key
            """))
        await using (var reader = await command.ExecuteReaderAsync())
        {
            await reader.ReadAsync();
            entry = entry with
            {
                Reversed = Sum(reader, 0),
                Credits = [.. entry.Credits.Select((leg, index) => leg with { Reversed = Sum(reader, index + 1) })],
            };
        }

        await using (var command = With(connection, key, """
            select coalesce(sum(h.amount), 0) from ledger_entry e join ledger_hold h on h.id = e.id
            where e.original = @key and h.state = 0
            """))
        {
            entry = entry with { Held = Convert.ToInt64(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture) };
        }

        return entry with { Matured = await IsMaturedAsync(connection, entry) };
    }

    // Everything past the holding time moves together, so any such move of the streamer's since then has moved this one too. Where nothing
    // is pending but what is held for other entries, there is nothing to move: what went back of those has taken it, and they are available instead.
    private async Task<bool> IsMaturedAsync(DbConnection connection, LedgerEntryView entry)
    {
        var from = entry.At + TimeSpan.FromDays(options.Value.GiftHoldingDays);
        var earned = entry.Credits.Select(leg => leg.Account)
            .FirstOrDefault(account => account is { Kind: LedgerAccountKind.Streamer, Unit: LedgerUnit.Coins });
        if (earned.Owner is not { Length: > 0 } || Time.GetUtcNow() < from) { return false; }

        await using var command = connection.Command(null, """
            select 1 from ledger_account a where a.shard = @shard and a.kind = @kind and a.owner = @owner and a.unit = @unit
                and @own = 0 and a.credits - a.debits <= a.held
            union all
            select 1 from ledger_account a
            join ledger_posting p on p.account = a.id
            join ledger_entry m on m.shard = p.shard and m.batch = p.batch and m.ord between p.first_ord and p.last_ord
                and m.debit = a.id and m.kind = @maturity
            where a.shard = @shard and a.kind = @kind and a.owner = @owner and a.unit = @unit
                and p.batch > (select coalesce(max(seq), 0) from ledger_batch where shard = @shard and at < @from)
            limit 1
            """);
        command.With("own", entry.Held).With("shard", Shard).With("kind", (int)earned.Kind).With("owner", earned.Owner).With("unit", (int)earned.Unit)
            .With("maturity", (int)LedgerEntryKind.Maturity).With("from", LedgerTime.ToMicroseconds(from));
        return await command.ExecuteScalarAsync() is not null;
    }

    private async Task<LedgerEntryView?> ReadAsync(DbConnection connection, Guid key)
    {
        await using var command = With(connection, key, """
            select e.kind, e.amount, e.rate, b.at, e.reference, e.room, e.sender, e.sender_name, e.gift, e.quantity, o.id,
                d.kind, d.owner, d.unit, c1.kind, c1.owner, c1.unit, e.amount1, c2.kind, c2.owner, c2.unit, e.amount2,
                c3.kind, c3.owner, c3.unit, e.amount3
            from ledger_entry e
            join ledger_batch b on b.shard = e.shard and b.seq = e.batch
            join ledger_account d on d.id = e.debit
            join ledger_account c1 on c1.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2
            left join ledger_account c3 on c3.id = e.credit3
            left join ledger_entry o on o.id = e.original
            where e.id = @key and e.shard = @shard
            """);
        command.With("shard", Shard);
        await using var reader = await command.ExecuteReaderAsync();
        if (!await reader.ReadAsync()) { return null; }

        var credits = new List<LedgerLegView>(LedgerRules.LegsMax);
        for (var leg = 14; leg < 26 && !reader.IsDBNull(leg); leg += 4)
        {
            credits.Add(new LedgerLegView(Account(reader, leg), reader.GetInt64(leg + 3), Reversed: 0));
        }

        var memo = reader.IsDBNull(5)
            ? null
            : new GiftMemo(reader.GetString(5), new Person(reader.GetString(6), reader.GetString(7)), reader.GetString(8), reader.GetInt32(9));
        return new LedgerEntryView(
            key, (LedgerEntryKind)reader.GetInt32(0), Account(reader, 11), reader.GetInt64(1), credits, reader.GetInt32(2),
            LedgerTime.FromMicroseconds(reader.GetInt64(3)), memo, reader.TextOrNull(4), reader.IsDBNull(10) ? null : ReadKey(reader, 10),
            Reversed: 0, Held: 0, Matured: false);
    }

    private DbCommand With(DbConnection connection, Guid key, string sql) =>
        connection.Command(null, sql).With("key", database.Dialect == SqlDialect.Sqlite ? key.ToByteArray(bigEndian: true) : key);

    private Guid ReadKey(DbDataReader reader, int ordinal) =>
        database.Dialect == SqlDialect.Sqlite ? new Guid(reader.GetFieldValue<byte[]>(ordinal), bigEndian: true) : reader.GetGuid(ordinal);

    private static LedgerAccount Account(DbDataReader reader, int ordinal) => new(
        (LedgerAccountKind)reader.GetInt32(ordinal), reader.GetString(ordinal + 1), (LedgerUnit)reader.GetInt32(ordinal + 2));

    // PostgreSQL sums whole numbers into decimals.
    private static long Sum(DbDataReader reader, int ordinal) => Convert.ToInt64(reader.GetValue(ordinal), CultureInfo.InvariantCulture);
}
