-- Holds, reversals, freezes and debts; accounts for the provider's fees, disputes, losses, coins in circulation and transit.

-- held: what open holds have taken out of the spendable balance.
-- original: the entry that this one is about; expires_at: of a hold; lot: the top-up whose coins are meant.
alter table ledger_account add column held integer not null default 0 check (held >= 0);
alter table ledger_entry add column original blob check (length(original) = 16);
alter table ledger_entry add column expires_at integer;
alter table ledger_entry add column lot blob check (length(lot) = 16);

-- Checks that change without a change of what is stored: the second procedure of SQLite's ALTER TABLE page. The tables keep their
-- rows, their place, their triggers and what refers to them, however large they are. The schema's own number is raised by what follows.
pragma writable_schema = on;
update sqlite_schema set sql = replace(replace(sql, 'case when kind in (5, 6, 7) then', 'case when kind in (5, 6, 7, 9, 10, 11, 12, 13) then'),
    'constraint never_negative check ((flags & 1) = 1 or credits - debits >= 0)',
    'constraint never_negative check ((flags & 1) = 1 or credits - debits - held >= 0),
    constraint never_overpaid check (kind <> 7 or credits <= debits)')
where type = 'table' and name = 'ledger_account';
update sqlite_schema set sql = replace(sql, 'constraint gift_is_whole check ((kind = 1) = (room is not null) and',
    'constraint hold_ends check ((kind = 4) = (expires_at is not null)),
    constraint names_its_original check (kind not in (3, 5, 6, 7) or original is not null),
    constraint gift_is_whole check ((kind <> 1 or room is not null) and (room is null or kind in (1, 5)) and')
where type = 'table' and name = 'ledger_entry';
pragma writable_schema = reset;

create index ledger_entry_original on ledger_entry(original) where original is not null;
create index ledger_entry_lot on ledger_entry(lot) where lot is not null;

-- Where each hold is: state is the number of LedgerHoldState, resolved_by the entry that ended it. Its content is the entry with its id.
create table ledger_hold(
    id blob not null primary key references ledger_entry(id),
    shard integer not null,
    account integer not null references ledger_account,
    amount integer not null check (amount > 0),
    expires_at integer not null,
    state integer not null check (state between 0 and 3),
    posted integer not null default 0 check (posted between 0 and amount),
    resolved_by blob references ledger_entry(id),
    constraint resolved_once check ((state = 0) = (resolved_by is null) and (state = 1) = (posted > 0))
) strict;
create index ledger_hold_due on ledger_hold(shard, expires_at) where state = 0;
create index ledger_hold_account on ledger_hold(account) where state = 0;

-- What was given back of an entry, request by request: amount1 to 3 of its legs, total with those before. id is the first entry's.
create table ledger_reversal(
    id blob not null primary key references ledger_entry(id),
    shard integer not null,
    batch integer not null,
    original blob not null references ledger_entry(id),
    seq integer not null check (seq > 0),
    amount integer not null check (amount > 0),
    amount1 integer not null check (amount1 >= 0),
    amount2 integer not null check (amount2 >= 0),
    amount3 integer not null check (amount3 >= 0),
    total integer not null,
    original_amount integer not null,
    unique (original, seq),
    constraint reversal_balanced check (amount = amount1 + amount2 + amount3),
    constraint never_more_than_the_original check (total <= original_amount)
) strict;

-- Who froze or thawed an account, and why. after_seq: the last commit before it.
create table ledger_freeze(
    id blob not null primary key check (length(id) = 16),
    shard integer not null,
    account integer not null references ledger_account,
    seq integer not null check (seq > 0),
    frozen integer not null check (frozen in (0, 1)),
    decided_by text not null,
    reason text not null,
    after_seq integer not null,
    at integer not null,
    unique (account, seq)
) strict;

create trigger ledger_reversal_no_update before update on ledger_reversal begin select raise(abort, 'ledger_reversal is append-only'); end;
create trigger ledger_reversal_no_delete before delete on ledger_reversal begin select raise(abort, 'ledger_reversal is append-only'); end;
create trigger ledger_freeze_no_update before update on ledger_freeze begin select raise(abort, 'ledger_freeze is append-only'); end;
create trigger ledger_freeze_no_delete before delete on ledger_freeze begin select raise(abort, 'ledger_freeze is append-only'); end;

-- A hold ends once and is never deleted.
create trigger ledger_hold_no_delete before delete on ledger_hold begin select raise(abort, 'a hold is never deleted'); end;
create trigger ledger_hold_ends_once before update on ledger_hold
when old.state <> 0 or new.state = 0 or new.id <> old.id or new.shard <> old.shard or new.account <> old.account or new.amount <> old.amount
    or new.expires_at <> old.expires_at
begin select raise(abort, 'a hold ends once'); end;
