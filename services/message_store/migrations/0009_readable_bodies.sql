-- A body as PostgreSQL can look into it. `json` takes in an escaped NUL, but its operators fail on a document
-- with one anywhere in it, and with them all that the statement is about. Bodies with one may have been
-- stored before they were refused. Neither STRICT nor IMMUTABLE, so that it is inlined.
CREATE FUNCTION chat.readable(p_body json) RETURNS json LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN strpos(p_body::text, '\u0000') = 0 THEN p_body
    -- But for a backslash that is itself escaped, before what only looks like the escape.
    ELSE regexp_replace(p_body::text, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\ufffd', 'g')::json END
$$;
