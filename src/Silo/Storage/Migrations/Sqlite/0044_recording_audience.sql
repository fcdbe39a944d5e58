-- Whom a recording, and the clips cut from it, is for: 0 whoever may enter its room, 1 guests of the room. What a program that does not know
-- of it adds is for guests: its owner can open it. Those of rooms that are private now become so too.
alter table recording add column audience integer not null default 1;
alter table clip add column audience integer not null default 1;
update recording set audience = 0 where room_id not in (select room_id from room_listing where audience = 1);
update clip set audience = 0 where room_id not in (select room_id from room_listing where audience = 1);

-- 1: it was said while the room was private.
alter table room_message add column is_private integer not null default 0;
