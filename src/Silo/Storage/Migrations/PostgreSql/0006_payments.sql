-- When a grain wants to be woken, whatever happens to the process until then. Times are microseconds since 1970, UTC.
create table due_time(
    grain_type text not null,
    grain_key text not null,
    due_at bigint not null,
    primary key (grain_type, grain_key)
) with (fillfactor = 70);
create index due_time_by_time on due_time(due_at);

-- Events of the payment provider: each is stored once, before it is processed.
create table payment_event(
    seq bigint generated always as identity primary key,
    event_id text not null unique,
    type text not null,
    body text not null,
    received_at bigint not null,
    attempts integer not null default 0,
    processed_at bigint
);
create index payment_event_waiting on payment_event(attempts, seq) where processed_at is null;
create index payment_event_processed on payment_event(processed_at) where processed_at is not null;

-- Uploaded pictures: never changed.
create table picture(
    id text primary key,
    owner text not null,
    content_type text not null,
    bytes bytea not null
);
