-- What the provider (side 0) and the ledger (side 1) say has changed what the provider holds for us, and whether each says the same.
-- amount_minor: positive when it is more. fee_of: of a fee, the provider's transaction; fee_key: of the fee's entry, kept before it is posted.
create table reconciliation_item(
    side integer not null,
    id text not null,
    reference text not null,
    amount_minor bigint not null,
    currency text not null,
    at bigint not null,
    fee_of text,
    fee_key text,
    is_matched integer not null,
    primary key (side, id)
);
create index reconciliation_item_reference on reconciliation_item(reference);
create index reconciliation_item_open on reconciliation_item(reference, side) where is_matched = 0;

-- What does not agree, as of the last run. kind: the numbers of ReconciliationBreakKind.
create table reconciliation_break(
    kind integer not null,
    subject text not null,
    reference text not null,
    provider_minor bigint,
    ledger_minor bigint,
    currency text not null,
    since bigint not null,
    found_at bigint not null,
    primary key (kind, subject)
);

-- How far both were read, and what the last run found.
create table reconciliation_state(
    name text primary key,
    value text not null
);

-- Since when a grain is due again and again: what is never finished is found.
alter table due_time add column first_due_at bigint not null default 0;
update due_time set first_due_at = due_at;
create index due_time_by_first on due_time(first_due_at);
