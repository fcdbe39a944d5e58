-- What was said, so that it survives a restart. Times are microseconds since 1970 UTC.
create table room_message(
    message_id text primary key,
    room_id text not null,
    epoch bigint not null,
    sequence bigint not null,
    key text not null,
    sender_id text not null,
    sender_name text not null,
    badge integer not null,
    body text not null,
    said_at bigint not null,
    deleted_at bigint,
    deleted_by text
);
create index room_message_newest on room_message(room_id, epoch, sequence);

-- The list of rooms; each room's grain keeps its own row up to date.
create table room_listing(
    room_id text primary key,
    owner_id text not null,
    owner_name text not null,
    title text not null,
    category text not null,
    cover_id text,
    phase integer not null,
    stream_id text,
    started_at bigint,
    created_at bigint not null,
    updated_at bigint not null
);
create index room_listing_owner on room_listing(owner_id, created_at);
create index room_listing_live on room_listing(phase) where phase <> 0;
