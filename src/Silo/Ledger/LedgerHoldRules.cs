namespace LiveCommerce.Silo.Ledger;

/// <summary>The invariants of holds, reversals, debts and freezes.</summary>
internal static class LedgerHoldRules
{
    private const string Holds = "ledger_hold";
    private const string Reversals = "ledger_reversal";
    private const string Freezes = "ledger_freeze";

    /// <summary>What holds of the whole ledger at any moment.</summary>
    public static readonly IReadOnlyList<LedgerAuditRule> All =
    [
        new("held_is_open_holds", LedgerAuditRules.Accounts,
            """
            select 'held_is_open_holds', cast(a.id as text), cast(a.held as text) || ' and ' || cast(coalesce(h.amount, 0) as text)
            from ledger_account a left join (
                select account, sum(amount) as amount from ledger_hold where state = 0 group by account) h on h.account = a.id
            where a.held <> coalesce(h.amount, 0)
            """),

        new("hold_is_its_entry", Holds,
            """
            select 'hold_is_its_entry', cast(coalesce(h.account, e.debit) as text), cast(coalesce(h.amount, e.amount) as text)
            from (select * from ledger_entry where kind = 4) e full join ledger_hold h on h.id = e.id
            where h.id is null or e.id is null or h.account <> e.debit or h.amount <> e.amount or h.expires_at <> e.expires_at or h.shard <> e.shard
            """),

        // The end that is stored is the one entry about the hold, not before it, and not more than it.
        new("hold_ends_once", Holds,
            """
            select 'hold_ends_once', cast(h.account as text), 'state ' || cast(h.state as text) || ', ' || cast(count(e.id) as text) || ' ends'
            from ledger_hold h
            join ledger_entry o on o.id = h.id
            left join ledger_entry e on e.original = h.id and e.kind in (5, 6, 7)
            left join ledger_batch b on b.shard = e.shard and b.seq = e.batch
            group by h.id, h.account, h.state
            having count(e.id) <> case when h.state = 0 then 0 else 1 end
                or max(case when e.id is not null and (h.resolved_by is null or e.id <> h.resolved_by or e.kind <> h.state + 4 or e.debit <> h.account
                    or (e.kind = 5 and e.amount <> h.posted) or (e.kind <> 5 and e.amount <> h.amount) or e.amount > h.amount
                    or (e.kind = 7 and b.at < h.expires_at) or e.batch < o.batch or (e.batch = o.batch and e.ord <= o.ord)) then 1 else 0 end) = 1
            """),

        new("end_without_hold", LedgerAuditRules.Entries,
            """
            select 'end_without_hold', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e left join ledger_hold h on h.id = e.original where e.kind in (5, 6, 7) and h.id is null
            """),

        new("reversal_is_its_entries", Reversals,
            """
            select 'reversal_is_its_entries', cast(coalesce(e.place, r.place) as text), cast(coalesce(e.amount, 0) as text) || ' and ' || cast(coalesce(r.amount, 0) as text)
            from (select original, sum(amount) as amount, min(batch) as place from ledger_entry where kind = 3 group by original) e
            full join (select original, sum(amount) as amount, min(batch) as place from ledger_reversal group by original) r on r.original = e.original
            where coalesce(e.amount, 0) <> coalesce(r.amount, 0)
            """),

        new("reversal_within_original", Reversals,
            """
            select 'reversal_within_original', cast(r.shard as text) || '/' || cast(min(r.batch) as text), cast(sum(r.amount) as text)
            from ledger_reversal r left join ledger_entry o on o.id = r.original
            group by r.shard, r.original, o.amount, o.amount1, o.amount2, o.amount3
            having o.amount is null or sum(r.amount) > o.amount or sum(r.amount1) > o.amount1 or sum(r.amount2) > o.amount2 or sum(r.amount3) > o.amount3
                or max(r.total) <> sum(r.amount) or max(r.seq) <> count(*) or min(r.original_amount) <> o.amount or max(r.original_amount) <> o.amount
                or sum(case when r.amount <> r.amount1 + r.amount2 + r.amount3 then 1 else 0 end) > 0
            """),

        // What is given back goes where it came from.
        new("reversal_pays_back", LedgerAuditRules.Entries,
            """
            select 'reversal_pays_back', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e left join ledger_entry o on o.id = e.original
            where e.kind = 3 and (o.id is null or e.credit1 <> o.debit or e.credit2 is not null or e.credit3 is not null or o.kind in (3, 4, 6, 7, 18))
            """),

        new("debt_overpaid", LedgerAuditRules.Accounts,
            "select 'debt_overpaid', cast(id as text), cast(credits - debits as text) from ledger_account where kind = 7 and credits > debits"),

        // A debtor keeps nothing that was earned since: it went to the debt first.
        new("repayment_is_owed", LedgerAuditRules.Entries,
            """
            select 'repayment_is_owed', cast(e.shard as text) || '/' || cast(e.batch as text), 'place ' || cast(e.ord as text)
            from ledger_entry e join ledger_account d on d.id = e.debit join ledger_account c on c.id = e.credit1
            left join ledger_entry o on o.id = e.original
            where e.kind = 18 and (c.kind <> 7 or d.kind not in (2, 4) or d.owner <> c.owner or o.id is null or o.batch <> e.batch or o.ord >= e.ord
                or e.amount > case when o.credit1 = e.debit then o.amount1 when o.credit2 = e.debit then o.amount2
                    when o.credit3 = e.debit then o.amount3 else 0 end)
            """),

        new("freeze_is_flag", Freezes,
            """
            select 'freeze_is_flag', cast(a.id as text), 'flags ' || cast(a.flags as text)
            from ledger_account a left join ledger_freeze f on f.account = a.id
                and f.seq = (select max(l.seq) from ledger_freeze l where l.account = a.id)
            where ((a.flags & 2) = 2 and coalesce(f.frozen, 0) = 0) or ((a.flags & 2) = 0 and coalesce(f.frozen, 0) = 1)
            """),

        new("freeze_gap", Freezes,
            """
            select 'freeze_gap', cast(account as text), cast(count(*) as text) || ' freezes' from ledger_freeze
            group by account having max(seq) <> count(*)
            """),
    ];
}
