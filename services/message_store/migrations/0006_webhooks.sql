-- Outgoing webhooks: who delivers to an endpoint, and how far each of its rooms was delivered. Only
-- the deliverer writes here; appending to a room does not.

CREATE TABLE chat.webhook_endpoints (
  name text COLLATE "C" PRIMARY KEY,
  -- Of the entries stored before it first appeared it gets none, unless it is from the start.
  appeared_at timestamptz NOT NULL,
  from_start boolean NOT NULL,
  -- The lease: a random token of the one store that may send, and until when.
  holder uuid,
  held_until timestamptz
);

CREATE TABLE chat.webhook_cursors (
  endpoint text COLLATE "C" NOT NULL,
  room_id bigint NOT NULL,
  seq bigint NOT NULL,
  PRIMARY KEY (endpoint, room_id)
) WITH (fillfactor = 70);
COMMENT ON COLUMN chat.webhook_cursors.seq IS 'All entries up to here were delivered, or are not for the endpoint';

-- Where delivering of a room to the endpoint begins: behind the last entry from before the endpoint
-- appeared. Goes through the log backwards, so it costs what the room got since.
CREATE FUNCTION chat.webhook_start(p_endpoint text, p_room bigint) RETURNS bigint
LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN w.from_start THEN 0 ELSE coalesce(
    (SELECT e.seq FROM chat.entries e WHERE e.room_id = p_room AND e.created_at < w.appeared_at
     ORDER BY e.seq DESC LIMIT 1), 0) END
  FROM chat.webhook_endpoints w WHERE w.name = p_endpoint
$$;
