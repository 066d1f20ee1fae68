-- Which of a user's names is the newest. The auth service, which owns them, numbers each rename; calls
-- that tell of them may come in any order. That of a deleted account is the last there can be.
ALTER TABLE chat.people ADD COLUMN version bigint NOT NULL DEFAULT 0;

-- Those deleted before. No username has a space.
UPDATE chat.people SET version = 9223372036854775807 WHERE username LIKE 'deleted %';
