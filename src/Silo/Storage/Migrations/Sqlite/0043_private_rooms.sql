-- 0: everybody may enter; 1: guests only, and in no list.
alter table room_listing add column audience integer not null default 0;

-- Links into private rooms. What is secret about them is made from their ids.
create table room_invitation(
    invitation_id text not null primary key,
    room_id text not null,
    name text not null,
    made_at integer not null,
    expires_at integer not null,
    uses integer not null,
    uses_max integer not null
) strict;
create index room_invitation_room on room_invitation(room_id);

-- Who came in by them.
create table room_guest(
    room_id text not null,
    account_id text not null,
    account_name text not null,
    invitation_id text not null,
    admitted_at integer not null,
    primary key (room_id, account_id)
) strict;

-- What all gateways sign links and passes with.
create table signing_key(
    name text not null primary key,
    secret blob not null,
    made_at integer not null
) strict;
