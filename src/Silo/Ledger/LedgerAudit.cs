using System.Buffers;
using System.Data;
using System.Data.Common;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Silo.Storage;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Proves the stored ledger against its own invariants.</summary>
public interface ILedgerAudit
{
    /// <summary>Every defect found, at most <see cref="LedgerDefect.ReportedMax"/>; none means that the books balance.</summary>
    /// <remarks>Reads the whole ledger in one snapshot, beside running commits. What was lost without a trace it cannot see.</remarks>
    Task<IReadOnlyList<LedgerDefect>> VerifyAsync(CancellationToken cancellationToken = default);

    /// <summary>The same, rule by rule.</summary>
    Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(CancellationToken cancellationToken = default);
}

/// <summary>What one rule found.</summary>
/// <param name="Rule">The invariant, in snake_case.</param>
/// <param name="Rows">How many rows it was held against: accounts, entries, postings or batches.</param>
/// <param name="Defects">Rows that break it; of all rules together at most <see cref="LedgerDefect.ReportedMax"/>.</param>
public sealed record LedgerRuleResult(string Rule, long Rows, IReadOnlyList<LedgerDefect> Defects);

/// <summary>Something in the stored ledger that cannot be.</summary>
/// <param name="Rule">The broken invariant, in snake_case: <c>trial_balance</c>, <c>posting_chain</c> ….</param>
/// <param name="Subject">Which row: an account's id, <c>shard/batch</c>, an entry's key.</param>
/// <param name="Detail">What was found.</param>
public sealed record LedgerDefect(string Rule, string Subject, string Detail)
{
    /// <summary>Defects that one audit reports at most.</summary>
    public const int ReportedMax = 1_000;
}

/// <summary>The rules as SQL that both databases read alike, and the hash chain computed anew from the stored rows.</summary>
internal sealed class LedgerAudit(Database database) : ILedgerAudit
{
    private static readonly SearchValues<char> TableCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz_");

    // Every row that one of these returns is a defect: rule, subject, detail.
    private static readonly string[] Rules =
    [
        "select 'trial_balance', cast(unit as text), cast(sum(credits - debits) as text) from ledger_account group by unit having sum(credits - debits) <> 0",

        "select 'below_zero', cast(id as text), cast(credits - debits as text) from ledger_account where kind not in (5, 6, 7, 9, 10, 11, 12, 13) and credits - debits - held < 0",

        """
        select 'balance_is_its_postings', cast(a.id as text), cast(a.credits - a.debits as text) || ' in ' || cast(a.postings as text) || ' postings'
        from ledger_account a left join (
            select account, sum(debit) as debits, sum(credit) as credits, count(*) as postings from ledger_posting group by account) p on p.account = a.id
        where a.debits <> coalesce(p.debits, 0) or a.credits <> coalesce(p.credits, 0) or a.postings <> coalesce(p.postings, 0)
        """,

        """
        select 'posting_chain', cast(account as text), 'batch ' || cast(batch as text) from (
            select account, batch, seq, balance_after, credit - debit as change,
                lag(balance_after, 1, 0) over (partition by account order by batch) as balance_before,
                lag(seq, 1, 0) over (partition by account order by batch) as seq_before
            from ledger_posting) p
        where balance_after <> balance_before + change or seq <> seq_before + 1
        """,

        """
        select 'posting_without_account_or_batch', cast(p.account as text), 'batch ' || cast(p.batch as text)
        from ledger_posting p left join ledger_account a on a.id = p.account and a.shard = p.shard
            left join ledger_batch b on b.shard = p.shard and b.seq = p.batch
        where a.id is null or b.seq is null
        """,

        """
        select 'batch_gap', cast(shard as text) || '/' || cast(seq as text), 'after ' || cast(seq_before as text) from (
            select shard, seq, epoch, lag(seq, 1, 0) over (partition by shard order by seq) as seq_before,
                lag(epoch, 1, 0) over (partition by shard order by seq) as epoch_before from ledger_batch) b
        where seq <> seq_before + 1 or epoch < epoch_before
        """,

        """
        select 'shard_head', cast(s.shard as text), cast(s.last_seq as text) from ledger_shard s
        left join ledger_batch b on b.shard = s.shard and b.seq = s.last_seq
        where s.last_seq <> coalesce((select max(seq) from ledger_batch m where m.shard = s.shard), 0)
            or (s.last_seq > 0 and (b.hash is null or b.hash <> s.last_hash))
        """,

        """
        select 'batch_is_its_entries', cast(b.shard as text) || '/' || cast(b.seq as text), cast(b.entries as text) || ' and ' || cast(coalesce(e.entries, 0) as text)
        from ledger_batch b left join (
            select shard, batch, count(*) as entries, max(ord) + 1 as places from ledger_entry group by shard, batch) e on e.shard = b.shard and e.batch = b.seq
        where b.entries <> coalesce(e.entries, 0) or b.entries <> coalesce(e.places, 0)
        """,

        """
        select 'entry_without_batch', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
        from ledger_entry e left join ledger_batch b on b.shard = e.shard and b.seq = e.batch where b.seq is null
        """,

        """
        select 'duplicate_key', cast(min(shard) as text) || '/' || cast(min(batch) as text), cast(count(*) as text) || ' entries'
        from ledger_entry group by id having count(*) > 1
        """,

        """
        select 'entry_balances', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
        from ledger_entry e
        left join ledger_account d on d.id = e.debit left join ledger_account c1 on c1.id = e.credit1
        left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
        where e.amount <> e.amount1 + e.amount2 + e.amount3 or e.amount <= 0 or e.amount1 < 0 or e.amount2 < 0 or e.amount3 < 0
            or d.unit is null or d.unit <> e.unit or c1.unit is null or c1.unit <> e.unit
            or (e.credit2 is not null and (c2.unit is null or c2.unit <> e.unit)) or (e.credit3 is not null and (c3.unit is null or c3.unit <> e.unit))
        """,

        """
        select 'batch_balances', cast(p.shard as text) || '/' || cast(p.batch as text), cast(sum(p.credit) - sum(p.debit) as text)
        from ledger_posting p join ledger_account a on a.id = p.account group by p.shard, p.batch, a.unit having sum(p.credit) <> sum(p.debit)
        """,

        """
        select 'posting_places', cast(p.account as text), 'batch ' || cast(p.batch as text)
        from ledger_posting p join (
            select account, batch, min(ord) as first_ord, max(ord) as last_ord from (
                select debit as account, batch, ord from ledger_entry where kind not in (4, 6, 7)
                union all select credit1, batch, ord from ledger_entry where kind not in (4, 6, 7)
                union all select credit2, batch, ord from ledger_entry where credit2 is not null and kind not in (4, 6, 7)
                union all select credit3, batch, ord from ledger_entry where credit3 is not null and kind not in (4, 6, 7)) legs
            group by account, batch) e on e.account = p.account and e.batch = p.batch
        where e.first_ord < p.first_ord or e.last_ord > p.last_ord
        """,

        """
        select 'postings_are_their_entries', cast(account as text), 'batch ' || cast(batch as text) from (
            select debit as account, batch, amount as debit, 0 as credit, 1 as entries from ledger_entry where kind not in (4, 6, 7)
            union all select credit1, batch, 0, amount1, 1 from ledger_entry where kind not in (4, 6, 7)
            union all select credit2, batch, 0, amount2, 1 from ledger_entry where credit2 is not null and kind not in (4, 6, 7)
            union all select credit3, batch, 0, amount3, 1 from ledger_entry where credit3 is not null and kind not in (4, 6, 7)
            union all select account, batch, -debit, -credit, -entries from ledger_posting) x
        group by account, batch having sum(debit) <> 0 or sum(credit) <> 0 or sum(entries) <> 0
        """,
    ];

    public async Task<IReadOnlyList<LedgerDefect>> VerifyAsync(CancellationToken cancellationToken = default) =>
        [.. (await CheckAsync(cancellationToken)).SelectMany(rule => rule.Defects)];

    public async Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var snapshot = await BeginSnapshotAsync(connection, cancellationToken);
        return await CheckAsync(connection, snapshot, cancellationToken);
    }

    /// <summary>Audits what this transaction sees.</summary>
    internal async Task<IReadOnlyList<LedgerDefect>> VerifyAsync(
        DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken = default) =>
        [.. (await CheckAsync(connection, snapshot, cancellationToken)).SelectMany(rule => rule.Defects)];

    private async Task<IReadOnlyList<LedgerRuleResult>> CheckAsync(DbConnection connection, DbTransaction snapshot, CancellationToken cancellationToken)
    {
        var results = new List<LedgerRuleResult>(Rules.Length + 1);
        var rows = new Dictionary<string, long>(StringComparer.Ordinal);
        var found = 0;
        foreach (var rule in Rules)
        {
            var defects = new List<LedgerDefect>();
            var checkedRows = await CountAsync(TableOf(rule));
            await using var command = connection.Command(snapshot, rule);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            while (found < LedgerDefect.ReportedMax && await reader.ReadAsync(cancellationToken))
            {
                defects.Add(new LedgerDefect(reader.GetString(0), reader.GetString(1), reader.GetString(2)));
                found++;
            }

            results.Add(new LedgerRuleResult(NameOf(rule), checkedRows, defects));
        }

        var chain = new List<LedgerDefect>();
        if (found < LedgerDefect.ReportedMax) { await VerifyChainAsync(connection, snapshot, chain, cancellationToken); }
        results.Add(new LedgerRuleResult("hash_chain", await CountAsync("ledger_batch"), chain));
        return results;

        async Task<long> CountAsync(string table)
        {
            if (rows.TryGetValue(table, out var count)) { return count; }
            await using var command = connection.Command(snapshot, $"select count(*) from {table}");
            command.CommandTimeout = 0;
            return rows[table] = Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken));
        }
    }

    // A rule selects its own name first, and reads first what it is about.
    private static string NameOf(string rule) => rule.Split('\'')[1];

    private static string TableOf(string rule)
    {
        const string From = "from ledger_";
        var start = rule.IndexOf(From, StringComparison.Ordinal) + "from ".Length;
        var length = rule.AsSpan(start).IndexOfAnyExcept(TableCharacters);
        return length < 0 ? rule[start..] : rule.Substring(start, length);
    }

    private async Task<DbTransaction> BeginSnapshotAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        if (database.Dialect == SqlDialect.Sqlite)
        {
            // Deferred: a reader's snapshot, which keeps no writer waiting.
            return ((Microsoft.Data.Sqlite.SqliteConnection)connection).BeginTransaction(deferred: true);
        }

        var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);

        // The whole ledger takes as long as it takes; the usual limit of a statement is for gifts.
        await using var patience = connection.Command(transaction, "set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
        patience.CommandTimeout = 0;
        await patience.ExecuteNonQueryAsync(cancellationToken);
        return transaction;
    }

    // One pass over the journal in the order of the chain; a batch whose entries are gone still has its row.
    private async Task VerifyChainAsync(
        DbConnection connection, DbTransaction snapshot, List<LedgerDefect> defects, CancellationToken cancellationToken)
    {
        await using var command = connection.Command(snapshot, """
            select b.shard, b.seq, b.epoch, b.at, b.entries, b.prev_hash, b.hash,
                e.id, e.kind, e.fingerprint, e.rate, e.debit_after, e.reference, e.room, e.sender, e.sender_name, e.gift, e.quantity,
                d.kind, d.owner, d.unit, c1.kind, c1.owner, c1.unit, e.amount1,
                c2.kind, c2.owner, c2.unit, e.amount2, c3.kind, c3.owner, c3.unit, e.amount3,
                e.original, e.expires_at, e.lot
            from ledger_batch b
            left join ledger_entry e on e.shard = b.shard and e.batch = b.seq
            left join ledger_account d on d.id = e.debit left join ledger_account c1 on c1.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
            order by b.shard, b.seq, e.ord
            """);
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        (int Shard, long Seq) place = (-1, 0);
        byte[] stored = [];
        LedgerHash? hash = null;
        try
        {
            while (defects.Count < LedgerDefect.ReportedMax && await reader.ReadAsync(cancellationToken))
            {
                var here = (reader.GetInt32(0), reader.GetInt64(1));
                if (here != place)
                {
                    Close();
                    var previous = reader.GetFieldValue<byte[]>(5);
                    var expected = here.Item1 == place.Shard ? stored : LedgerHash.Genesis;
                    if (!previous.AsSpan().SequenceEqual(expected)) { defects.Add(new LedgerDefect("hash_chain", Name(here), "does not continue the batch before it")); }

                    hash = new LedgerHash(
                        previous, here.Item1, reader.GetInt64(2), here.Item2, LedgerTime.FromMicroseconds(reader.GetInt64(3)), reader.GetInt32(4));
                    (place, stored) = (here, reader.GetFieldValue<byte[]>(6));
                }

                if (!reader.IsDBNull(7)) { hash!.Add(ReadEntry(reader), reader.GetInt64(11)); }
            }

            Close();
        }
        finally
        {
            hash?.Dispose();
        }

        void Close()
        {
            if (hash is null) { return; }
            if (!hash.Finish().AsSpan().SequenceEqual(stored)) { defects.Add(new LedgerDefect("hash_chain", Name(place), "is not the hash of its entries")); }

            hash.Dispose();
            hash = null;
        }

        static string Name((int Shard, long Seq) place) => $"{place.Shard}/{place.Seq}";
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
            ReadKey(reader, 7), reader.GetInt64(9), (LedgerEntryKind)reader.GetInt32(8), ReadAccount(reader, 18), credits, reader.GetInt32(10), memo,
            reader.TextOrNull(12), reader.IsDBNull(33) ? null : ReadKey(reader, 33),
            reader.IsDBNull(34) ? null : LedgerTime.FromMicroseconds(reader.GetInt64(34)), reader.IsDBNull(35) ? null : ReadKey(reader, 35));
    }

    private Guid ReadKey(DbDataReader reader, int ordinal) =>
        database.Dialect == SqlDialect.Sqlite ? new Guid(reader.GetFieldValue<byte[]>(ordinal), bigEndian: true) : reader.GetGuid(ordinal);

    // An account row that was taken away hashes as none.
    private static LedgerAccount ReadAccount(DbDataReader reader, int ordinal) => reader.IsDBNull(ordinal)
        ? default(LedgerAccount) with { Owner = "" }
        : new LedgerAccount((LedgerAccountKind)reader.GetInt32(ordinal), reader.GetString(ordinal + 1), (LedgerUnit)reader.GetInt32(ordinal + 2));
}
