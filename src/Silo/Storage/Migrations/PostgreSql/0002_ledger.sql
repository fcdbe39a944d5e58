-- The gift ledger. Amounts are whole coins or minor units; a balance is credits - debits; times are microseconds since 1970 UTC.

-- One row per owner: who may write (epoch, owner), how far the owner came (last_seq, without a hole) and the end of the hash chain.
create table ledger_shard(
    shard integer primary key,
    epoch bigint not null,
    owner text not null,
    last_seq bigint not null check (last_seq >= 0),
    last_hash bytea not null check (length(last_hash) = 32)
) with (fillfactor = 10);

-- flags: 1 may be negative (clearing and receivable accounts only), 2 frozen: nothing can be debited.
-- kind and unit are the numbers of LedgerAccountKind and LedgerUnit.
create table ledger_account(
    id bigint primary key,
    shard integer not null references ledger_shard,
    kind integer not null,
    owner text not null,
    unit integer not null,
    flags integer not null default 0,
    debits bigint not null default 0 check (debits >= 0),
    credits bigint not null default 0 check (credits >= 0),
    postings bigint not null default 0 check (postings >= 0),
    unique (shard, kind, owner, unit),
    constraint may_be_negative check ((flags & 1) = case when kind in (5, 6, 7) then 1 else 0 end),
    constraint never_negative check ((flags & 1) = 1 or credits - debits >= 0)
) with (fillfactor = 70);

-- One row per commit: the hash chain.
create table ledger_batch(
    shard integer not null references ledger_shard,
    seq bigint not null,
    epoch bigint not null,
    entries integer not null check (entries > 0),
    prev_hash bytea not null,
    hash bytea not null check (length(hash) = 32),
    at bigint not null,
    primary key (shard, seq)
);

-- The journal. id is the idempotency key (UUIDv7), fingerprint the request it was used for; debit_after is the first answer's balance.
create table ledger_entry(
    id uuid primary key,
    shard integer not null,
    batch bigint not null,
    ord integer not null check (ord >= 0),
    kind integer not null,
    unit integer not null,
    debit bigint not null references ledger_account,
    amount bigint not null check (amount > 0),
    credit1 bigint not null references ledger_account,
    amount1 bigint not null check (amount1 >= 0),
    credit2 bigint references ledger_account,
    amount2 bigint not null default 0 check (amount2 >= 0),
    credit3 bigint references ledger_account,
    amount3 bigint not null default 0 check (amount3 >= 0),
    debit_after bigint not null,
    rate integer not null,
    fingerprint bigint not null,
    reference text,
    room text,
    sender text,
    sender_name text,
    gift text,
    quantity integer not null default 0 check (quantity >= 0),
    foreign key (shard, batch) references ledger_batch deferrable initially deferred,
    constraint balanced check (amount = amount1 + amount2 + amount3),
    constraint legs_differ check (debit <> credit1 and debit is distinct from credit2 and debit is distinct from credit3
        and credit1 is distinct from credit2 and credit1 is distinct from credit3 and (credit2 is null or credit2 is distinct from credit3)),
    constraint no_leg_without_account check ((credit2 is not null or amount2 = 0) and (credit3 is not null or amount3 = 0)),
    constraint gift_is_whole check ((kind = 1) = (room is not null) and (room is null) = (gift is null)
        and (room is null) = (sender is null) and (room is null) = (sender_name is null) and (room is null) = (quantity = 0))
);
create unique index ledger_entry_place on ledger_entry(shard, batch, ord);
create index ledger_entry_room on ledger_entry(room, batch, ord) where room is not null;

-- One row per touched account and commit, so that the account of a hot streamer costs one row a commit, not one a gift.
create table ledger_posting(
    account bigint not null references ledger_account,
    batch bigint not null,
    shard integer not null,
    debit bigint not null check (debit >= 0),
    credit bigint not null check (credit >= 0),
    entries integer not null check (entries > 0),
    seq bigint not null,
    balance_after bigint not null,
    primary key (account, batch)
);

-- What is written stays written. The server's role should besides have no more than INSERT and SELECT on these three.
create function ledger_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'LG009';
end $$;
create trigger ledger_entry_append_only before update or delete or truncate on ledger_entry
    for each statement execute function ledger_refuse();
create trigger ledger_posting_append_only before update or delete or truncate on ledger_posting
    for each statement execute function ledger_refuse();
create trigger ledger_batch_append_only before update or delete or truncate on ledger_batch
    for each statement execute function ledger_refuse();

-- An account keeps its identity, and its turnover only grows.
create trigger ledger_account_stays before delete or truncate on ledger_account
    for each statement execute function ledger_refuse();
create function ledger_account_grows() returns trigger language plpgsql as $$
begin
    if (new.id, new.shard, new.kind, new.owner, new.unit) is distinct from (old.id, old.shard, old.kind, old.owner, old.unit)
        or new.debits < old.debits or new.credits < old.credits or new.postings < old.postings then
        raise exception 'an account keeps its identity and its turnover only grows' using errcode = 'LG009';
    end if;
    return new;
end $$;
create trigger ledger_account_grows before update on ledger_account for each row execute function ledger_account_grows();
