-- Which payouts there are, for lists. Times are microseconds since 1970, UTC.
-- phase: 0 not sent yet, 1 waits for an operator, 2 on its way to the bank, 3 over.
create table payout(
    payout_id text primary key,
    account_id text not null,
    requested_at integer not null,
    phase integer not null
) strict, without rowid;
create index payout_by_account on payout(account_id, requested_at, payout_id);
create index payout_by_phase on payout(phase, requested_at, payout_id);

-- Whose account at the payment provider one is.
create table payout_account(
    provider_id text primary key,
    account_id text not null
) strict, without rowid;
