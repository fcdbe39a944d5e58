-- Holds, reversals, freezes and debts; accounts for the provider's fees, disputes, losses, coins in circulation and transit.

-- What open holds have taken out of the spendable balance. A debt is never overpaid.
alter table ledger_account add column held bigint not null default 0 check (held >= 0);
alter table ledger_account drop constraint may_be_negative, drop constraint never_negative;
alter table ledger_account
    add constraint may_be_negative check ((flags & 1) = case when kind in (5, 6, 7, 9, 10, 11, 12, 13) then 1 else 0 end),
    add constraint never_negative check ((flags & 1) = 1 or credits - debits - held >= 0),
    add constraint never_overpaid check (kind <> 7 or credits <= debits);

-- original: the entry that this one is about; expires_at: of a hold; lot: the top-up whose coins are meant.
alter table ledger_entry add column original uuid, add column expires_at bigint, add column lot uuid;
alter table ledger_entry drop constraint gift_is_whole;
alter table ledger_entry
    add constraint hold_ends check ((kind = 4) = (expires_at is not null)),
    add constraint names_its_original check (kind not in (3, 5, 6, 7) or original is not null),
    add constraint gift_is_whole check ((kind <> 1 or room is not null) and (room is null or kind in (1, 5)) and (room is null) = (gift is null)
        and (room is null) = (sender is null) and (room is null) = (sender_name is null) and (room is null) = (quantity = 0));
create index ledger_entry_original on ledger_entry(original) where original is not null;
create index ledger_entry_lot on ledger_entry(lot) where lot is not null;

-- Where each hold is: state is the number of LedgerHoldState, resolved_by the entry that ended it. Its content is the entry with its id.
create table ledger_hold(
    id uuid primary key references ledger_entry,
    shard integer not null,
    account bigint not null references ledger_account,
    amount bigint not null check (amount > 0),
    expires_at bigint not null,
    state integer not null check (state between 0 and 3),
    posted bigint not null default 0 check (posted between 0 and amount),
    resolved_by uuid references ledger_entry,
    constraint resolved_once check ((state = 0) = (resolved_by is null) and (state = 1) = (posted > 0))
) with (fillfactor = 80);
create index ledger_hold_due on ledger_hold(shard, expires_at) where state = 0;
create index ledger_hold_account on ledger_hold(account) where state = 0;

-- What was given back of an entry, request by request: amount1 to 3 of its legs, total with those before. id is the first entry's.
create table ledger_reversal(
    id uuid primary key references ledger_entry,
    shard integer not null,
    batch bigint not null,
    original uuid not null references ledger_entry,
    seq integer not null check (seq > 0),
    amount bigint not null check (amount > 0),
    amount1 bigint not null check (amount1 >= 0),
    amount2 bigint not null check (amount2 >= 0),
    amount3 bigint not null check (amount3 >= 0),
    total bigint not null,
    original_amount bigint not null,
    unique (original, seq),
    constraint reversal_balanced check (amount = amount1 + amount2 + amount3),
    constraint never_more_than_the_original check (total <= original_amount)
);

-- Who froze or thawed an account, and why. after_seq: the last commit before it.
create table ledger_freeze(
    id uuid primary key,
    shard integer not null,
    account bigint not null references ledger_account,
    seq integer not null check (seq > 0),
    frozen integer not null check (frozen in (0, 1)),
    decided_by text not null,
    reason text not null,
    after_seq bigint not null,
    at bigint not null,
    unique (account, seq)
);

create trigger ledger_reversal_append_only before update or delete or truncate on ledger_reversal
    for each statement execute function ledger_refuse();
create trigger ledger_freeze_append_only before update or delete or truncate on ledger_freeze
    for each statement execute function ledger_refuse();

-- A hold ends once and is never deleted.
create trigger ledger_hold_stays before delete or truncate on ledger_hold
    for each statement execute function ledger_refuse();
create function ledger_hold_ends_once() returns trigger language plpgsql as $$
begin
    if old.state <> 0 or new.state = 0
        or (new.id, new.shard, new.account, new.amount, new.expires_at) is distinct from (old.id, old.shard, old.account, old.amount, old.expires_at) then
        raise exception 'a hold ends once' using errcode = 'LG009';
    end if;
    return new;
end $$;
create trigger ledger_hold_ends_once before update on ledger_hold for each row execute function ledger_hold_ends_once();
