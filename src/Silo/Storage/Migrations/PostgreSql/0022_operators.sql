-- A new operator approves nothing of others before this time; null: no time to wait.
alter table account add column approves_from bigint;

-- Who was proposed or named as an operator, by whom, and what became of it. state: 0 proposed, 1 approved, 2 withdrawn, 3 named alone.
create table operator_grant(
    id text primary key,
    account_id text not null,
    account_name text not null,
    proposed_by text not null,
    proposed_by_name text not null,
    proposed_at bigint not null,
    state integer not null,
    decided_by text,
    decided_by_name text,
    decided_at bigint,
    approves_from bigint
);

create unique index operator_grant_open on operator_grant(account_id) where state = 0;
create index operator_grant_newest on operator_grant(proposed_at);
