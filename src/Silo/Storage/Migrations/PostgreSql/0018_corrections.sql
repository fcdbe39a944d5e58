-- What two operators have posted to level a break: it is matched with what it levels, whatever the amounts of the parts.
alter table reconciliation_item add column is_correction integer not null default 0;

-- When the whole ledger was last audited, and what was found: a server that is often restarted goes on from there.
create table ledger_audited(
    what text primary key,
    at bigint not null,
    defects integer not null
);
