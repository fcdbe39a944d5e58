namespace LiveCommerce.Silo.Ledger;

/// <summary>What holds of the newest commits (<c>@shard</c>, <c>@after</c>, <c>@until</c>), cheap enough for every minute.</summary>
internal static class LedgerRecentRules
{
    /// <summary>The hash chain of the same commits is checked beside them.</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> All =
    [
        new("entry_kind_known", LedgerAuditRules.Entries,
            $"""
            select 'entry_kind_known', cast(shard as text) || '/' || cast(batch as text), 'place ' || cast(ord as text) || ', kind ' || cast(kind as text)
            from ledger_entry where shard = @shard and batch > @after and batch <= @until and kind not in ({LedgerAuditRules.EntryKinds})
            """),

        new("batch_is_its_entries", LedgerAuditRules.Batches,
            """
            select 'batch_is_its_entries', cast(b.shard as text) || '/' || cast(b.seq as text), cast(b.entries as text) || ' and ' || cast(coalesce(e.entries, 0) as text)
            from ledger_batch b left join (
                select batch, count(*) as entries, max(ord) + 1 as places from ledger_entry
                where shard = @shard and batch > @after and batch <= @until group by batch) e on e.batch = b.seq
            where b.shard = @shard and b.seq > @after and b.seq <= @until
                and (b.entries <> coalesce(e.entries, 0) or b.entries <> coalesce(e.places, 0))
            """),

        new("entry_balances", LedgerAuditRules.Entries,
            """
            select 'entry_balances', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e where e.shard = @shard and e.batch > @after and e.batch <= @until
                and (e.amount <> e.amount1 + e.amount2 + e.amount3 or e.amount <= 0 or e.amount1 < 0 or e.amount2 < 0 or e.amount3 < 0)
            """),

        new("postings_are_their_entries", LedgerAuditRules.Postings,
            """
            with recent as (
                select debit, batch, amount, credit1, amount1, credit2, amount2, credit3, amount3 from ledger_entry
                where shard = @shard and batch > @after and batch <= @until and kind not in (4, 6, 7)),
            touched as (
                select debit as account, batch, amount as debit, 0 as credit, 1 as entries from recent
                union all select credit1, batch, 0, amount1, 1 from recent
                union all select credit2, batch, 0, amount2, 1 from recent where credit2 is not null
                union all select credit3, batch, 0, amount3, 1 from recent where credit3 is not null),
            sums as (select account, batch, sum(debit) as debit, sum(credit) as credit, sum(entries) as entries from touched group by account, batch)
            select 'postings_are_their_entries', cast(s.account as text), 'batch ' || cast(s.batch as text)
            from sums s left join ledger_posting p on p.account = s.account and p.batch = s.batch
            where p.account is null or p.debit <> s.debit or p.credit <> s.credit or p.entries <> s.entries
            """),

        new("balance_is_its_last_posting", LedgerAuditRules.Accounts,
            """
            with touched as (
                select debit as account, max(batch) as batch from ledger_entry
                where shard = @shard and batch > @after and batch <= @until and kind not in (4, 6, 7) group by debit
                union select credit1, max(batch) from ledger_entry
                where shard = @shard and batch > @after and batch <= @until and kind not in (4, 6, 7) group by credit1)
            select 'balance_is_its_last_posting', cast(a.id as text), cast(a.credits - a.debits as text)
            from touched t join ledger_account a on a.id = t.account join ledger_posting p on p.account = t.account and p.batch = t.batch
            where p.seq > a.postings or (p.seq = a.postings and p.balance_after <> a.credits - a.debits)
                or ((a.flags & 1) = 0 and a.credits - a.debits - a.held < 0)
            """),

        .. LedgerSideRules.Recent,
    ];
}
