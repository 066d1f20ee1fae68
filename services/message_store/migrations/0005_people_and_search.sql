-- Role 5: one of the two of a direct room who has been blocked by the other. Reads, as role 4 does,
-- so that sends need no look at chat.blocks.
ALTER TABLE chat.members DROP CONSTRAINT members_role_check;
ALTER TABLE chat.members ADD CONSTRAINT members_role_check CHECK (role BETWEEN 1 AND 5);
COMMENT ON COLUMN chat.members.role IS
  '1 owner, 2 admin, 3 member, 4 reads only, 5 blocked by the other of a direct room';

-- Also the rooms that the user has left: what a deleted account leaves behind is in them.
CREATE INDEX members_user ON chat.members (user_id, room_id);

-- By user.
CREATE TABLE chat.blocks (
  user_id bigint NOT NULL,
  blocked_id bigint NOT NULL,
  blocked_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, blocked_id),
  CHECK (user_id <> blocked_id)
);

-- When the user's name was last set on purpose. From then on a name that comes along with some other
-- call, which may be as old as an access token, does not overwrite it.
ALTER TABLE chat.people ADD COLUMN changed_at timestamptz;
CREATE INDEX people_changed ON chat.people (changed_at) WHERE changed_at IS NOT NULL;

-- Accounts that were deleted, until nothing is left to do in their rooms: which are worked off by
-- rising room_id.
CREATE TABLE chat.erasures (
  user_id bigint PRIMARY KEY,
  redact boolean NOT NULL,
  last_room_id bigint NOT NULL DEFAULT 0,
  last_seq bigint NOT NULL DEFAULT 0,
  asked_at timestamptz NOT NULL DEFAULT now(),
  tried_at timestamptz
);
COMMENT ON COLUMN chat.erasures.last_seq IS 'Of the room after last_room_id: redacted up to here';

-- Words without accents where PostgreSQL has the dictionary for it; as they are where not.
CREATE TEXT SEARCH CONFIGURATION chat.words (COPY = pg_catalog.simple);
DO $$
BEGIN
  CREATE EXTENSION IF NOT EXISTS unaccent;
  EXECUTE (
    SELECT format('ALTER TEXT SEARCH CONFIGURATION chat.words ALTER MAPPING FOR word, hword, '
                  'hword_part WITH %I.unaccent, simple', n.nspname)
    FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
    WHERE d.dictname = 'unaccent' LIMIT 1);
EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported THEN
  RAISE NOTICE 'without unaccent: searches tell accented letters from plain ones';
END
$$;

-- The words of each message as it reads now. Beside the words of the text, `words` has one for the
-- room, '#' and the room's id: no word of a text begins so, and it lets the one index find words
-- within rooms.
CREATE TABLE chat.search (
  room_id bigint NOT NULL,
  seq bigint NOT NULL,
  actor_id bigint NOT NULL,
  created_at timestamptz NOT NULL,
  words tsvector NOT NULL,
  PRIMARY KEY (room_id, seq)
);
CREATE INDEX search_words ON chat.search USING gin (words) WITH (fastupdate = on);

-- How far each room's log has been indexed.
CREATE TABLE chat.search_cursors (
  room_id bigint PRIMARY KEY,
  indexed_seq bigint NOT NULL
) WITH (fillfactor = 70);

-- What `words` must match: all of the words, something that begins with each prefix, and the words
-- of each phrase side by side. Empty when none of it has a letter or digit.
CREATE FUNCTION chat.search_query(p_words text[], p_prefixes text[], p_phrases text[])
RETURNS tsquery LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_query tsquery := '';
  v_part text;
BEGIN
  FOREACH v_part IN ARRAY p_words LOOP
    v_query := v_query && plainto_tsquery('chat.words', v_part);
  END LOOP;
  FOREACH v_part IN ARRAY p_prefixes LOOP
    v_query := v_query && to_tsquery('chat.words',
      '''' || replace(replace(v_part, '\', '\\'), '''', '''''') || ''':*');
  END LOOP;
  FOREACH v_part IN ARRAY p_phrases LOOP
    v_query := v_query && phraseto_tsquery('chat.words', v_part);
  END LOOP;
  RETURN v_query;
END
$$;
