-- The gift ledger. Amounts are whole coins or minor units; a balance is credits - debits; times are microseconds since 1970 UTC.

-- One row per owner: who may write (epoch, owner), how far the owner came (last_seq, without a hole) and the end of the hash chain.
create table ledger_shard(
    shard integer primary key,
    epoch integer not null,
    owner text not null,
    last_seq integer not null check (last_seq >= 0),
    last_hash blob not null check (length(last_hash) = 32)
) strict;

-- flags: 1 may be negative (clearing and receivable accounts only), 2 frozen: nothing can be debited.
-- kind and unit are the numbers of LedgerAccountKind and LedgerUnit.
create table ledger_account(
    id integer primary key,
    shard integer not null references ledger_shard,
    kind integer not null,
    owner text not null,
    unit integer not null,
    flags integer not null default 0,
    debits integer not null default 0 check (debits >= 0),
    credits integer not null default 0 check (credits >= 0),
    postings integer not null default 0 check (postings >= 0),
    unique (shard, kind, owner, unit),
    constraint may_be_negative check ((flags & 1) = case when kind in (5, 6, 7) then 1 else 0 end),
    constraint never_negative check ((flags & 1) = 1 or credits - debits >= 0)
) strict;

-- One row per commit: the hash chain.
create table ledger_batch(
    shard integer not null references ledger_shard,
    seq integer not null,
    epoch integer not null,
    entries integer not null check (entries > 0),
    prev_hash blob not null,
    hash blob not null check (length(hash) = 32),
    at integer not null,
    primary key (shard, seq)
) strict, without rowid;

-- The journal. id is the idempotency key (UUIDv7, big-endian), fingerprint the request it was used for; debit_after is the first
-- answer's balance. A rowid table: rows are appended in the order of the commits.
create table ledger_entry(
    id blob not null unique check (length(id) = 16),
    shard integer not null,
    batch integer not null,
    ord integer not null check (ord >= 0),
    kind integer not null,
    unit integer not null,
    debit integer not null references ledger_account,
    amount integer not null check (amount > 0),
    credit1 integer not null references ledger_account,
    amount1 integer not null check (amount1 >= 0),
    credit2 integer references ledger_account,
    amount2 integer not null default 0 check (amount2 >= 0),
    credit3 integer references ledger_account,
    amount3 integer not null default 0 check (amount3 >= 0),
    debit_after integer not null,
    rate integer not null,
    fingerprint integer not null,
    reference text,
    room text,
    sender text,
    sender_name text,
    gift text,
    quantity integer not null default 0 check (quantity >= 0),
    foreign key (shard, batch) references ledger_batch deferrable initially deferred,
    constraint balanced check (amount = amount1 + amount2 + amount3),
    constraint legs_differ check (debit is not credit1 and debit is not credit2 and debit is not credit3
        and credit1 is not credit2 and credit1 is not credit3 and (credit2 is null or credit2 is not credit3)),
    constraint no_leg_without_account check ((credit2 is not null or amount2 = 0) and (credit3 is not null or amount3 = 0)),
    constraint gift_is_whole check ((kind = 1) = (room is not null) and (room is null) = (gift is null)
        and (room is null) = (sender is null) and (room is null) = (sender_name is null) and (room is null) = (quantity = 0))
) strict;
create unique index ledger_entry_place on ledger_entry(shard, batch, ord);
create index ledger_entry_room on ledger_entry(room, batch, ord) where room is not null;

-- One row per touched account and commit, so that the account of a hot streamer costs one row a commit, not one a gift.
create table ledger_posting(
    account integer not null references ledger_account,
    batch integer not null,
    shard integer not null,
    debit integer not null check (debit >= 0),
    credit integer not null check (credit >= 0),
    entries integer not null check (entries > 0),
    seq integer not null,
    balance_after integer not null,
    primary key (account, batch)
) strict, without rowid;

-- What is written stays written.
create trigger ledger_entry_no_update before update on ledger_entry begin select raise(abort, 'ledger_entry is append-only'); end;
create trigger ledger_entry_no_delete before delete on ledger_entry begin select raise(abort, 'ledger_entry is append-only'); end;
create trigger ledger_posting_no_update before update on ledger_posting begin select raise(abort, 'ledger_posting is append-only'); end;
create trigger ledger_posting_no_delete before delete on ledger_posting begin select raise(abort, 'ledger_posting is append-only'); end;
create trigger ledger_batch_no_update before update on ledger_batch begin select raise(abort, 'ledger_batch is append-only'); end;
create trigger ledger_batch_no_delete before delete on ledger_batch begin select raise(abort, 'ledger_batch is append-only'); end;

-- An account keeps its identity, and its turnover only grows.
create trigger ledger_account_no_delete before delete on ledger_account begin select raise(abort, 'an account is never deleted'); end;
create trigger ledger_account_grows before update on ledger_account
when new.id <> old.id or new.shard <> old.shard or new.kind <> old.kind or new.owner <> old.owner or new.unit <> old.unit
    or new.debits < old.debits or new.credits < old.credits or new.postings < old.postings
begin select raise(abort, 'an account keeps its identity and its turnover only grows'); end;
