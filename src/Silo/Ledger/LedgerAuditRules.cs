using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>An invariant of the stored ledger, as SQL that both databases read alike: each row it returns is a defect (rule, subject, detail).</summary>
/// <param name="Rows">The table whose rows it checks.</param>
internal sealed record LedgerAuditRule(string Name, string Rows, string Sql);

/// <summary>The invariants of accounts, postings, batches and entries.</summary>
internal static class LedgerAuditRules
{
    public const string Accounts = "ledger_account";
    public const string Postings = "ledger_posting";
    public const string Batches = "ledger_batch";
    public const string Entries = "ledger_entry";

    /// <summary>The kinds of entries that there are: any other was written by nobody who knew what it means.</summary>
    public static readonly string EntryKinds = string.Join(", ", Enum.GetValues<LedgerEntryKind>().Select(kind => (int)kind));

    private static readonly string AccountKinds = string.Join(", ", Enum.GetValues<LedgerAccountKind>().Select(kind => (int)kind));

    /// <summary>What holds of the whole ledger at any moment.</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> Journal =
    [
        new("account_kind_known", Accounts,
            $"select 'account_kind_known', cast(id as text), 'kind ' || cast(kind as text) from ledger_account where kind not in ({AccountKinds})"),

        new("entry_kind_known", Entries,
            $"""
            select 'entry_kind_known', cast(shard as text) || '/' || cast(batch as text), 'place ' || cast(ord as text) || ', kind ' || cast(kind as text)
            from ledger_entry where kind not in ({EntryKinds})
            """),

        new("trial_balance", Accounts,
            "select 'trial_balance', cast(unit as text), cast(sum(credits - debits) as text) from ledger_account group by unit having sum(credits - debits) <> 0"),

        new("below_zero", Accounts,
            "select 'below_zero', cast(id as text), cast(credits - debits as text) from ledger_account where kind not in (5, 6, 7, 9, 10, 11, 12) and credits - debits - held < 0"),

        new("balance_is_its_postings", Accounts,
            """
            select 'balance_is_its_postings', cast(a.id as text), cast(a.credits - a.debits as text) || ' in ' || cast(a.postings as text) || ' postings'
            from ledger_account a left join (
                select account, sum(debit) as debits, sum(credit) as credits, count(*) as postings from ledger_posting group by account) p on p.account = a.id
            where a.debits <> coalesce(p.debits, 0) or a.credits <> coalesce(p.credits, 0) or a.postings <> coalesce(p.postings, 0)
            """),

        new("posting_chain", Postings,
            """
            select 'posting_chain', cast(account as text), 'batch ' || cast(batch as text) from (
                select account, batch, seq, balance_after, credit - debit as change,
                    lag(balance_after, 1, 0) over (partition by account order by batch) as balance_before,
                    lag(seq, 1, 0) over (partition by account order by batch) as seq_before
                from ledger_posting) p
            where balance_after <> balance_before + change or seq <> seq_before + 1
            """),

        new("posting_without_account_or_batch", Postings,
            """
            select 'posting_without_account_or_batch', cast(p.account as text), 'batch ' || cast(p.batch as text)
            from ledger_posting p left join ledger_account a on a.id = p.account and a.shard = p.shard
                left join ledger_batch b on b.shard = p.shard and b.seq = p.batch
            where a.id is null or b.seq is null
            """),

        new("batch_gap", Batches,
            """
            select 'batch_gap', cast(shard as text) || '/' || cast(seq as text), 'after ' || cast(seq_before as text) from (
                select shard, seq, epoch, lag(seq, 1, 0) over (partition by shard order by seq) as seq_before,
                    lag(epoch, 1, 0) over (partition by shard order by seq) as epoch_before from ledger_batch) b
            where seq <> seq_before + 1 or epoch < epoch_before
            """),

        new("shard_head", Batches,
            """
            select 'shard_head', cast(s.shard as text), cast(s.last_seq as text) from ledger_shard s
            left join ledger_batch b on b.shard = s.shard and b.seq = s.last_seq
            where s.last_seq <> coalesce((select max(seq) from ledger_batch m where m.shard = s.shard), 0)
                or (s.last_seq > 0 and (b.hash is null or b.hash <> s.last_hash))
            """),

        new("batch_is_its_entries", Batches,
            """
            select 'batch_is_its_entries', cast(b.shard as text) || '/' || cast(b.seq as text), cast(b.entries as text) || ' and ' || cast(coalesce(e.entries, 0) as text)
            from ledger_batch b left join (
                select shard, batch, count(*) as entries, max(ord) + 1 as places from ledger_entry group by shard, batch) e on e.shard = b.shard and e.batch = b.seq
            where b.entries <> coalesce(e.entries, 0) or b.entries <> coalesce(e.places, 0)
            """),

        new("entry_without_batch", Entries,
            """
            select 'entry_without_batch', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e left join ledger_batch b on b.shard = e.shard and b.seq = e.batch where b.seq is null
            """),

        new("duplicate_key", Entries,
            """
            select 'duplicate_key', cast(min(shard) as text) || '/' || cast(min(batch) as text), cast(count(*) as text) || ' entries'
            from ledger_entry group by id having count(*) > 1
            """),

        new("entry_balances", Entries,
            """
            select 'entry_balances', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e
            left join ledger_account d on d.id = e.debit left join ledger_account c1 on c1.id = e.credit1
            left join ledger_account c2 on c2.id = e.credit2 left join ledger_account c3 on c3.id = e.credit3
            where e.amount <> e.amount1 + e.amount2 + e.amount3 or e.amount <= 0 or e.amount1 < 0 or e.amount2 < 0 or e.amount3 < 0
                or d.unit is null or d.unit <> e.unit or c1.unit is null or c1.unit <> e.unit
                or (e.credit2 is not null and (c2.unit is null or c2.unit <> e.unit)) or (e.credit3 is not null and (c3.unit is null or c3.unit <> e.unit))
            """),

        new("batch_balances", Postings,
            """
            select 'batch_balances', cast(p.shard as text) || '/' || cast(p.batch as text), cast(sum(p.credit) - sum(p.debit) as text)
            from ledger_posting p join ledger_account a on a.id = p.account group by p.shard, p.batch, a.unit having sum(p.credit) <> sum(p.debit)
            """),

        new("posting_places", Postings,
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
            """),

        new("postings_are_their_entries", Postings,
            """
            select 'postings_are_their_entries', cast(account as text), 'batch ' || cast(batch as text) from (
                select debit as account, batch, amount as debit, 0 as credit, 1 as entries from ledger_entry where kind not in (4, 6, 7)
                union all select credit1, batch, 0, amount1, 1 from ledger_entry where kind not in (4, 6, 7)
                union all select credit2, batch, 0, amount2, 1 from ledger_entry where credit2 is not null and kind not in (4, 6, 7)
                union all select credit3, batch, 0, amount3, 1 from ledger_entry where credit3 is not null and kind not in (4, 6, 7)
                union all select account, batch, -debit, -credit, -entries from ledger_posting) x
            group by account, batch having sum(debit) <> 0 or sum(credit) <> 0 or sum(entries) <> 0
            """),
    ];
}
