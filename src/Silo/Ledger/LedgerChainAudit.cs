using System.Data.Common;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Computes the hash chain anew from the stored rows, in one pass in the order of the chain.</summary>
internal sealed class LedgerChainAudit(SqlDialect dialect)
{
    /// <summary>The rule that it checks.</summary>
    public const string Rule = "hash_chain";

    private const int FirstEntryColumn = 7;

    /// <summary>Checks the commits of a shard, or of all; a batch whose entries are gone still has its row.</summary>
    /// <param name="shard">Null: all.</param>
    /// <param name="after">The commit before the first; 0 for the whole chain.</param>
    /// <param name="until">The last.</param>
    /// <param name="report">Gets each defect; whether to go on.</param>
    /// <returns>How many commits were checked.</returns>
    public async Task<long> VerifyAsync(
        DbConnection connection, DbTransaction snapshot, int? shard, long after, long until, Func<LedgerDefect, bool> report,
        CancellationToken cancellationToken)
    {
        await using var command = connection.Command(snapshot, $"""
            select b.shard, b.seq, b.epoch, b.at, b.entries, b.prev_hash, b.hash,
                e.id, e.kind, e.fingerprint, e.rate, e.debit_after, e.reference, e.room, e.sender, e.sender_name, e.gift, e.quantity,
                d.kind, d.owner, d.unit, c1.kind, c1.owner, c1.unit, e.amount1,
                c2.kind, c2.owner, c2.unit, e.amount2, c3.kind, c3.owner, c3.unit, e.amount3,
                e.original, e.expires_at, e.lot
            from ledger_batch b
            left join ledger_entry e on e.shard = b.shard and e.batch = b.seq
            left join ledger_account d on d.id = e.debit left join ledger_account c1 on c1.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
            where b.seq >= @after and b.seq <= @until{(shard is null ? "" : " and b.shard = @shard")}
            order by b.shard, b.seq, e.ord
            """);
        command.With("after", after).With("until", until);
        if (shard is { } only) { command.With("shard", only); }
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        (int Shard, long Seq) place = (-1, 0);
        byte[] stored = [];
        LedgerHash? hash = null;
        var goesOn = true;
        var batches = 0L;
        try
        {
            while (goesOn && await reader.ReadAsync(cancellationToken))
            {
                var here = (Shard: reader.GetInt32(0), Seq: reader.GetInt64(1));

                // The commit before the first is only what the first continues.
                if (here.Seq == after)
                {
                    (place, stored) = (here, reader.GetFieldValue<byte[]>(6));
                    continue;
                }

                if (here != place)
                {
                    Close();
                    batches++;
                    var previous = reader.GetFieldValue<byte[]>(5);
                    var expected = here.Shard == place.Shard ? stored : LedgerHash.Genesis;
                    if (!previous.AsSpan().SequenceEqual(expected)) { Report(here, "does not continue the batch before it"); }

                    hash = new LedgerHash(
                        previous, here.Shard, reader.GetInt64(2), here.Seq, LedgerTime.FromMicroseconds(reader.GetInt64(3)), reader.GetInt32(4));
                    (place, stored) = (here, reader.GetFieldValue<byte[]>(6));
                }

                if (!reader.IsDBNull(FirstEntryColumn)) { hash!.Add(ReadEntry(reader), reader.GetInt64(11)); }
            }

            Close();
        }
        finally
        {
            hash?.Dispose();
        }

        return batches;

        void Close()
        {
            if (hash is null) { return; }
            if (!hash.Finish().AsSpan().SequenceEqual(stored)) { Report(place, "is not the hash of its entries"); }

            hash.Dispose();
            hash = null;
        }

        void Report((int Shard, long Seq) at, string what) => goesOn = report(new LedgerDefect(Rule, $"{at.Shard}/{at.Seq}", what));
    }

    private LedgerEntry ReadEntry(DbDataReader reader)
    {
        var credits = new List<LedgerLeg>(LedgerRules.LegsMax);
        for (var leg = 21; leg <= 29; leg += 4)
        {
            if (!reader.IsDBNull(leg)) { credits.Add(new LedgerLeg(ReadAccount(reader, leg), reader.GetInt64(leg + 3))); }
        }

        var memo = reader.IsDBNull(13)
            ? null
            : new GiftMemo(
                reader.GetString(13), new Person(reader.TextOrNull(14) ?? "", reader.TextOrNull(15) ?? ""), reader.TextOrNull(16) ?? "", reader.GetInt32(17));
        return new LedgerEntry(
            ReadKey(reader, FirstEntryColumn), reader.GetInt64(9), (LedgerEntryKind)reader.GetInt32(8), ReadAccount(reader, 18), credits,
            reader.GetInt32(10), memo, reader.TextOrNull(12), reader.IsDBNull(33) ? null : ReadKey(reader, 33),
            reader.IsDBNull(34) ? null : LedgerTime.FromMicroseconds(reader.GetInt64(34)), reader.IsDBNull(35) ? null : ReadKey(reader, 35));
    }

    private Guid ReadKey(DbDataReader reader, int ordinal) =>
        dialect == SqlDialect.Sqlite ? new Guid(reader.GetFieldValue<byte[]>(ordinal), bigEndian: true) : reader.GetGuid(ordinal);

    // An account row that was taken away hashes as none.
    private static LedgerAccount ReadAccount(DbDataReader reader, int ordinal) => reader.IsDBNull(ordinal)
        ? default(LedgerAccount) with { Owner = "" }
        : new LedgerAccount((LedgerAccountKind)reader.GetInt32(ordinal), reader.GetString(ordinal + 1), (LedgerUnit)reader.GetInt32(ordinal + 2));
}
