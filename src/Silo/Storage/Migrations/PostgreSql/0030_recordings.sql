-- What was recorded. Its media are files in a place; the row decides what becomes of them. Times are microseconds since 1970 UTC.
-- state: 0 recording, 1 ready, 2 deleted (the files follow, then the row), 3 taken down.
create table recording(
    recording_id text primary key,
    room_id text not null,
    owner_id text not null,
    owner_name text not null,
    title text not null,
    place_id text not null,
    state integer not null,
    started_at bigint not null,
    ended_at bigint,
    duration_ms bigint not null,
    bytes bigint not null,
    keep_days integer,
    keep_until bigint,
    has_pictures integer not null,
    problem text,
    products text not null
);
create index recording_room on recording(room_id, started_at);
create index recording_place on recording(place_id, started_at);

-- What the owner of a room wants to be recorded.
create table recording_setting(
    room_id text primary key,
    is_recorded integer not null,
    keep_days integer,
    has_clips integer not null
);

-- What a replay shows beside the chat: product cards, gifts, goals, orders. body is the event as viewers got it.
create table replay_event(
    recording_id text not null,
    event_key text not null,
    at bigint not null,
    kind integer not null,
    account_id text,
    body text not null,
    primary key (recording_id, event_key)
);
create index replay_event_time on replay_event(recording_id, at);
create index replay_event_at on replay_event(at);

-- Short films that viewers made of broadcasts. state: 0 being made, 1 ready, 2 deleted (the file follows, then the row).
create table clip(
    clip_id text primary key,
    recording_id text not null,
    room_id text not null,
    place_id text not null,
    owner_id text not null,
    owner_name text not null,
    by_id text not null,
    by_name text not null,
    title text not null,
    fingerprint bigint not null,
    made_at bigint not null,
    state integer not null,
    duration_ms bigint not null,
    bytes bigint not null
);
create index clip_room on clip(room_id, made_at);
create index clip_recording on clip(recording_id);
create index clip_maker on clip(by_id, made_at);
create index clip_place on clip(place_id);

-- The chat of a replay is read by the time it was said at.
create index room_message_said on room_message(room_id, said_at);
