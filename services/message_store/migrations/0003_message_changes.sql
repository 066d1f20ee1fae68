-- Edits, redactions, reactions and pins are entries of the room's log like messages. These tables
-- hold what they come to, so that a page of messages need not look for the changes after it.

COMMENT ON TABLE chat.entries IS
  'The rooms'' logs: seq 1, 2, 3 ... without holes; append-only, but a redaction empties bodies';
COMMENT ON COLUMN chat.entries.subject_id IS
  'What the entry is about: the member of kinds 2 and 3, the seq of the message of kinds 4 to 7';

-- The last entry that changed a message; 0: pages of this room are as the log has them.
ALTER TABLE chat.room_heads ADD COLUMN changed_seq bigint NOT NULL DEFAULT 0;

-- A row for each message that was ever changed.
CREATE TABLE chat.message_states (
  room_id bigint NOT NULL,
  seq bigint NOT NULL,
  edit_seqs bigint[] NOT NULL DEFAULT '{}',
  redacted_seq bigint,
  pinned_seq bigint,
  PRIMARY KEY (room_id, seq)
);
CREATE INDEX message_states_pinned ON chat.message_states (room_id, pinned_seq)
  WHERE pinned_seq IS NOT NULL;

-- seq is that of the entry by which the user reacted.
CREATE TABLE chat.reactions (
  room_id bigint NOT NULL,
  target_seq bigint NOT NULL,
  reaction text COLLATE "C" NOT NULL,
  user_id bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (room_id, target_seq, reaction, user_id)
);
