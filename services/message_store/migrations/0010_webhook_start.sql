-- As before, where delivering of a room to the endpoint begins: behind the last entry from before the
-- endpoint appeared. It was found by going through the log backwards; halving it takes a look at some
-- twenty entries however much the room got since. Times rise with seq, but for a moment where writers
-- wait for each other: then it is behind an entry from before whose successor is from after.
CREATE OR REPLACE FUNCTION chat.webhook_start(p_endpoint text, p_room bigint) RETURNS bigint
LANGUAGE plpgsql STABLE AS $$
DECLARE
  v_endpoint chat.webhook_endpoints%ROWTYPE;
  v_before bigint := 0;  -- An entry from before, or 0; all after v_last are from after.
  v_last bigint;
  v_seq bigint;
BEGIN
  SELECT * INTO v_endpoint FROM chat.webhook_endpoints w WHERE w.name = p_endpoint;
  IF NOT FOUND THEN
    RETURN NULL;
  ELSIF v_endpoint.from_start THEN
    RETURN 0;
  END IF;
  SELECT h.head_seq INTO v_last FROM chat.room_heads h WHERE h.room_id = p_room;
  v_seq := v_last;  -- Mostly nothing has come since.
  WHILE v_before < v_last LOOP
    IF (SELECT e.created_at < v_endpoint.appeared_at FROM chat.entries e
        WHERE e.room_id = p_room AND e.seq = v_seq) IS NOT FALSE THEN
      v_before := v_seq;
    ELSE
      v_last := v_seq - 1;
    END IF;
    v_seq := (v_before + v_last + 1) / 2;
  END LOOP;
  RETURN v_before;
END
$$;
