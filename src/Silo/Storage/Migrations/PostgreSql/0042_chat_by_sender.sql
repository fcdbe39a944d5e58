-- A ban takes back what one account has said in a room.
create index room_message_sender on room_message(room_id, sender_id, message_id);
