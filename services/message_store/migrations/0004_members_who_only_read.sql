-- Stands in for the migration of roles, which comes with its own 0004: delete this one then.
ALTER TABLE chat.members DROP CONSTRAINT members_role_check;

-- As in 0002, and: messages of members whose role is 4 or more are not stored.
CREATE OR REPLACE FUNCTION chat.append(
  p_wait boolean, p_rooms bigint[], p_counts int[], p_last_msg_ids uuid[],
  p_places int[], p_actors bigint[], p_client_msg_ids text[], p_msg_ids uuid[], p_bodies text[],
  OUT heads bigint[], OUT epochs bigint[], OUT gids text[], OUT head_msg_ids uuid[],
  OUT created_at timestamptz, OUT odd_items int[], OUT odd_seqs bigint[], OUT odd_epochs bigint[],
  OUT odd_msg_ids uuid[], OUT odd_created_at timestamptz[])
LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
  v_expected bigint := cardinality(p_actors);
  v_added bigint;
  v_counts int[] := p_counts;
  v_last_msg_ids uuid[] := p_last_msg_ids;
BEGIN
  -- The rooms' locks: everything below is alone with these rooms. Each statement below sees what was
  -- committed before it, which one statement for all would not.
  IF p_wait THEN
    SELECT array_agg(coalesce(h.head_seq, -1) ORDER BY r.place),
           array_agg(h.epoch ORDER BY r.place), array_agg(h.gid ORDER BY r.place),
           array_agg(h.head_msg_id ORDER BY r.place)
    INTO heads, epochs, gids, head_msg_ids
    FROM unnest(p_rooms) WITH ORDINALITY AS r (room_id, place)
    LEFT JOIN LATERAL (SELECT * FROM chat.room_heads h WHERE h.room_id = r.room_id
                       FOR UPDATE) AS h ON true;
  ELSE
    SELECT array_agg(coalesce(h.head_seq, -1) ORDER BY r.place),
           array_agg(h.epoch ORDER BY r.place), array_agg(h.gid ORDER BY r.place),
           array_agg(h.head_msg_id ORDER BY r.place)
    INTO heads, epochs, gids, head_msg_ids
    FROM unnest(p_rooms) WITH ORDINALITY AS r (room_id, place)
    LEFT JOIN LATERAL (SELECT * FROM chat.room_heads h WHERE h.room_id = r.room_id
                       FOR UPDATE SKIP LOCKED) AS h ON true;
  END IF;
  IF -1 = ANY (heads) THEN
    SELECT array_agg(CASE WHEN heads[r.place] = -1 AND EXISTS (
                       SELECT FROM chat.room_heads h WHERE h.room_id = r.room_id)
                     THEN -2 ELSE heads[r.place] END ORDER BY r.place),
           sum(p_counts[r.place]) FILTER (WHERE heads[r.place] >= 0)
    INTO heads, v_expected
    FROM unnest(p_rooms) WITH ORDINALITY AS r (room_id, place);
  END IF;
  created_at := date_trunc('milliseconds', clock_timestamp());

  -- Repeats are looked up under the lock; before it, two retries would race into the unique index.
  -- Each by itself (scalar subqueries here, LATERAL with LIMIT below), which is one look into an
  -- index: a join lets the planner hash all of the room's log, and it does while statistics are old.
  INSERT INTO chat.entries (room_id, seq, epoch, msg_id, kind, actor_id, client_msg_id, body,
                            created_at)
  SELECT p_rooms[i.place], heads[i.place] + row_number() OVER (PARTITION BY i.place ORDER BY i.item),
         epochs[i.place], i.msg_id, 1, i.actor_id, i.client_msg_id, i.body::json, created_at
  FROM unnest(p_places, p_actors, p_client_msg_ids, p_msg_ids, p_bodies)
    WITH ORDINALITY AS i (place, actor_id, client_msg_id, msg_id, body, item)
  WHERE heads[i.place] >= 0
    AND (SELECT true FROM chat.members m
         WHERE m.room_id = p_rooms[i.place] AND m.user_id = i.actor_id AND m.left_seq IS NULL
           AND m.role < 4)
    AND (SELECT e.seq FROM chat.entries e
         WHERE e.room_id = p_rooms[i.place] AND e.actor_id = i.actor_id
           AND e.client_msg_id = i.client_msg_id) IS NULL;
  GET DIAGNOSTICS v_added = ROW_COUNT;

  IF v_added <> v_expected THEN
    SELECT array_agg(coalesce(e.added, 0)::int ORDER BY r.place), array_agg(e.last ORDER BY r.place)
    INTO v_counts, v_last_msg_ids
    FROM unnest(p_rooms) WITH ORDINALITY AS r (room_id, place)
    LEFT JOIN LATERAL (
      SELECT count(*) AS added, (array_agg(e.msg_id ORDER BY e.seq DESC))[1] AS last
      FROM chat.entries e WHERE e.room_id = r.room_id AND e.seq > heads[r.place]
    ) AS e ON heads[r.place] >= 0;
    -- A repeat of somebody who has left since stays acknowledged: it is stored.
    SELECT array_agg(i.item::int ORDER BY i.item), array_agg(e.seq ORDER BY i.item),
           array_agg(e.epoch ORDER BY i.item), array_agg(e.msg_id ORDER BY i.item),
           array_agg(e.created_at ORDER BY i.item)
    INTO odd_items, odd_seqs, odd_epochs, odd_msg_ids, odd_created_at
    FROM unnest(p_places, p_actors, p_client_msg_ids)
      WITH ORDINALITY AS i (place, actor_id, client_msg_id, item)
    LEFT JOIN LATERAL (
      SELECT e.seq, e.epoch, e.msg_id, e.created_at FROM chat.entries e
      WHERE e.room_id = p_rooms[i.place] AND e.actor_id = i.actor_id
        AND e.client_msg_id = i.client_msg_id
      LIMIT 1
    ) AS e ON true
    WHERE heads[i.place] >= 0 AND (e.seq IS NULL OR e.seq <= heads[i.place]);
  END IF;

  -- Always a write, also when all were repeats: an ack for a repeat must wait for a synchronous
  -- standby as the first ack did.
  UPDATE chat.room_heads h
  SET head_seq = h.head_seq + v_counts[r.place],
      head_msg_id = coalesce(v_last_msg_ids[r.place], h.head_msg_id)
  FROM unnest(p_rooms) WITH ORDINALITY AS r (room_id, place)
  WHERE h.room_id = r.room_id AND heads[r.place] >= 0;
END
$$;
