-- Who did what to whom, and why. Lines are only ever added. Times are microseconds since 1970 UTC.
create table audit_log(
    number integer primary key autoincrement,
    done_at integer not null,
    by_id text not null,
    by_name text not null,
    act text not null,
    room_id text,
    target text not null,
    target_name text,
    detail text,
    reason text
) strict;
create index audit_log_room on audit_log(room_id, number) where room_id is not null;

create trigger audit_log_no_update before update on audit_log begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_log_no_delete before delete on audit_log begin select raise(abort, 'the audit log is append-only'); end;

-- Accounts that are banned from the whole platform.
create table platform_ban(
    account_id text primary key,
    account_name text not null,
    by_id text not null,
    by_name text not null,
    reason text,
    banned_at integer not null
) strict, without rowid;
