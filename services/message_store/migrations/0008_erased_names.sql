-- How far the names of a deleted account have been taken out of the room after last_room_id.
ALTER TABLE chat.erasures ADD COLUMN cleared_seq bigint NOT NULL DEFAULT 0;

-- Those deleted before left theirs: once more. No username has a space.
INSERT INTO chat.erasures (user_id, redact)
SELECT user_id, false FROM chat.people WHERE username LIKE 'deleted %'
ON CONFLICT (user_id) DO UPDATE SET last_room_id = 0, last_seq = 0;
