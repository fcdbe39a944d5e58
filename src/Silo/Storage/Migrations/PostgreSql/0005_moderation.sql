-- Who did what to whom, and why. Lines are only ever added. Times are microseconds since 1970 UTC.
create table audit_log(
    number bigint generated always as identity primary key,
    done_at bigint not null,
    by_id text not null,
    by_name text not null,
    act text not null,
    room_id text,
    target text not null,
    target_name text,
    detail text,
    reason text
);
create index audit_log_room on audit_log(room_id, number) where room_id is not null;

create function audit_log_is_append_only() returns trigger language plpgsql as
$$ begin raise exception 'the audit log is append-only'; end $$;
create trigger audit_log_no_change before update or delete or truncate on audit_log
    for each statement execute function audit_log_is_append_only();

-- Accounts that are banned from the whole platform.
create table platform_ban(
    account_id text primary key,
    account_name text not null,
    by_id text not null,
    by_name text not null,
    reason text,
    banned_at bigint not null
);
