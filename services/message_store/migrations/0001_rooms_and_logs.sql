-- Room data carries room_id in every key, so that it can be spread by room; data by user carries
-- user_id; people and gids are small and global. No statement joins across these classes.

CREATE TABLE chat.people (
  user_id bigint PRIMARY KEY,
  uuid uuid NOT NULL,
  username text COLLATE "C" NOT NULL,
  name text NOT NULL
);
COMMENT ON TABLE chat.people IS 'How users are shown; a copy, the auth service owns the accounts';

CREATE TABLE chat.gids (
  gid text COLLATE "C" PRIMARY KEY,
  room_id bigint NOT NULL
);

CREATE TABLE chat.direct_rooms (
  low_user_id bigint NOT NULL,
  high_user_id bigint NOT NULL,
  room_id bigint NOT NULL,
  gid text COLLATE "C" NOT NULL,
  PRIMARY KEY (low_user_id, high_user_id),
  CHECK (low_user_id < high_user_id)
);

CREATE TABLE chat.rooms (
  room_id bigint PRIMARY KEY,
  bucket smallint NOT NULL,
  gid text COLLATE "C" NOT NULL,
  kind smallint NOT NULL CHECK (kind IN (1, 2, 3)),
  name text NOT NULL,
  created_by bigint NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);

-- One small row a room, rewritten by every commit of that room: apart from the wide rows, with free
-- space in the page, so that the update stays within it (HOT).
CREATE TABLE chat.room_heads (
  room_id bigint PRIMARY KEY,
  gid text COLLATE "C" NOT NULL,
  epoch bigint NOT NULL DEFAULT 1,
  head_seq bigint NOT NULL DEFAULT 0,
  min_seq bigint NOT NULL DEFAULT 1,
  head_msg_id uuid
) WITH (fillfactor = 50);

CREATE TABLE chat.entries (
  room_id bigint NOT NULL,
  seq bigint NOT NULL,
  epoch bigint NOT NULL,
  msg_id uuid NOT NULL,
  kind smallint NOT NULL,
  schema_version smallint NOT NULL DEFAULT 1,
  actor_id bigint NOT NULL,
  subject_id bigint NOT NULL DEFAULT 0,
  client_msg_id text COLLATE "C" NOT NULL,
  body json NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (room_id, seq),
  UNIQUE (room_id, actor_id, client_msg_id)
);
COMMENT ON TABLE chat.entries IS 'The rooms'' logs: append-only, seq 1, 2, 3 ... without holes';

CREATE TABLE chat.members (
  room_id bigint NOT NULL,
  user_id bigint NOT NULL,
  role smallint NOT NULL CHECK (role IN (1, 2, 3)),
  joined_seq bigint NOT NULL,
  left_seq bigint,
  added_by bigint NOT NULL,
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (room_id, user_id)
);

-- The same memberships by user: a projection, so that "my rooms" never scans rooms.
CREATE TABLE chat.user_rooms (
  user_id bigint NOT NULL,
  room_id bigint NOT NULL,
  joined_seq bigint NOT NULL,
  last_read_seq bigint NOT NULL DEFAULT 0,
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, room_id)
);

-- Appends a batch of messages to one room in one statement, which is one transaction and one round
-- trip. The arrays are of one length; their order is the order in the log.
--
-- Answers a row per message: its place, or seq NULL when the sender is no member; no row at all when
-- there is no such room. head_* are those before the call, so that the caller can link the entries.
CREATE FUNCTION chat.append(
  p_room bigint, p_actors bigint[], p_client_msg_ids text[], p_msg_ids uuid[], p_bodies text[])
RETURNS TABLE (item int, seq bigint, msg_id uuid, created_at timestamptz,
               gid text, epoch bigint, head_seq bigint, head_msg_id uuid)
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_head chat.room_heads%ROWTYPE;
  v_added bigint;
  v_now timestamptz;
BEGIN
  -- The room's lock: everything below is alone with this room.
  SELECT * INTO v_head FROM chat.room_heads h WHERE h.room_id = p_room FOR UPDATE;
  IF NOT FOUND THEN
    RETURN;
  END IF;
  v_now := clock_timestamp();

  -- Repeats are looked up under the lock; before it, two retries would race into the unique index.
  -- Each by itself (scalar subqueries here, LATERAL with LIMIT below), which is one look into an
  -- index: a join lets the planner hash all of the room's log, and it does while statistics are old.
  INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body,
                            created_at)
  SELECT p_room, v_head.head_seq + row_number() OVER (ORDER BY first.position), v_head.epoch,
         first.msg_id, 1, first.actor_id, first.client_msg_id, first.body::json, v_now
  FROM (
    SELECT DISTINCT ON (i.actor_id, i.client_msg_id) i.*
    FROM unnest(p_actors, p_client_msg_ids, p_msg_ids, p_bodies)
      WITH ORDINALITY AS i (actor_id, client_msg_id, msg_id, body, position)
    ORDER BY i.actor_id, i.client_msg_id, i.position
  ) AS first
  WHERE (SELECT true FROM chat.members m
         WHERE m.room_id = p_room AND m.user_id = first.actor_id AND m.left_seq IS NULL)
    AND (SELECT e.seq FROM chat.entries e
         WHERE e.room_id = p_room AND e.actor_id = first.actor_id
           AND e.client_msg_id = first.client_msg_id) IS NULL;
  GET DIAGNOSTICS v_added = ROW_COUNT;

  -- Always a write, also when all were repeats: an ack for a repeat must wait for a synchronous
  -- standby as the first ack did.
  UPDATE chat.room_heads h
  SET head_seq = v_head.head_seq + v_added,
      head_msg_id = CASE WHEN v_added = 0 THEN v_head.head_msg_id ELSE
        (SELECT e.msg_id FROM chat.entries e
         WHERE e.room_id = p_room AND e.seq = v_head.head_seq + v_added) END
  WHERE h.room_id = p_room;

  -- A repeat of somebody who has left since stays acknowledged: it is stored.
  RETURN QUERY
  SELECT i.position::int, e.seq, e.msg_id, e.created_at,
         v_head.gid, v_head.epoch, v_head.head_seq, v_head.head_msg_id
  FROM unnest(p_actors, p_client_msg_ids)
    WITH ORDINALITY AS i (actor_id, client_msg_id, position)
  LEFT JOIN LATERAL (
    SELECT e.seq, e.msg_id, e.created_at FROM chat.entries e
    WHERE e.room_id = p_room AND e.actor_id = i.actor_id AND e.client_msg_id = i.client_msg_id
    LIMIT 1
  ) AS e ON true
  ORDER BY i.position;
END
$$;
