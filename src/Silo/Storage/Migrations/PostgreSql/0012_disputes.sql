-- The operator's lists: which refunds and disputes there are. Times are microseconds since 1970, UTC.
create table refund(
    refund_id text primary key,
    requested_at bigint not null
);
create index refund_by_time on refund(requested_at, refund_id);

create table dispute(
    dispute_id text primary key,
    created_at bigint not null,
    is_open integer not null
);
create index dispute_by_time on dispute(created_at, dispute_id);

-- How far a list of the payment provider has been read.
create table payment_cursor(
    name text primary key,
    newest_id text not null,
    read_at bigint not null
);

-- Whose saved card a payment method is.
create table saved_card(
    payment_method text primary key,
    account_id text not null,
    saved_at bigint not null
);

-- Which accounts have saved or used the same card: the provider's fingerprint of its number.
create table card_account(
    fingerprint text not null,
    account_id text not null,
    first_at bigint not null,
    primary key (fingerprint, account_id)
);
