-- Moderators read all that was said in a room, newest first, or only what a hot room left out. Ids begin with their time.
create index room_message_log on room_message(room_id, message_id);
create index room_message_left_out on room_message(room_id, message_id) where sequence = 0;
