-- Where in its batch an account is touched: a viewer's history reads the places it was part of, not whole batches of others' gifts.
-- Rows from before name the whole batch.
alter table ledger_posting add column first_ord integer not null default 0 check (first_ord >= 0);
alter table ledger_posting add column last_ord integer not null default 2147483647 check (last_ord >= first_ord);
