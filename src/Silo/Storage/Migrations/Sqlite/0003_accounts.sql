-- Accounts. ASP.NET Core Identity reads and writes these rows; name_key is the look-alike-safe form of the name.
-- Times are microseconds since 1970 UTC.
create table account(
    id text primary key,
    name text not null,
    name_key text not null unique,
    password_hash text not null,
    security_stamp text not null,
    concurrency_stamp text,
    role integer not null,
    failed_sign_ins integer not null,
    lockout_enabled integer not null,
    locked_until integer,
    created_at integer not null
) strict;

-- The keys that sign cookies and tokens, so that sign-in survives a restart and works on every gateway.
create table protection_key(
    id integer primary key autoincrement,
    name text not null,
    xml text not null
) strict;
