-- A deleted account keeps its row: its id stands in rooms' logs for ever, and its username_key stays
-- taken, so that nobody can pose as somebody whom others knew. What was personal is overwritten.
ALTER TABLE auth.users ADD COLUMN deleted_at timestamptz;

-- Searches by the beginning of the display name; username_key has an index that serves the same.
CREATE INDEX users_name_prefix ON auth.users ((lower(name) COLLATE "C"), username_key)
  WHERE deleted_at IS NULL;

-- The last rotation, for a client that lost the answer to it: presenting the token before it again
-- within a short grace gives the same successor, which is a digest of the seed and that token. So
-- neither the seed nor the digests here lead to a token.
ALTER TABLE auth.sessions
  ADD COLUMN previous_digest bytea,
  ADD COLUMN seed bytea,
  ADD COLUMN rotated_at timestamptz;
