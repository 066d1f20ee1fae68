// The REST door, as far as the laboratory uses it.

const patienceMs = 15_000;

/** { status, body }; status 0 where nobody answered. */
export async function call(gateway, method, path, { token, body } = {}) {
  const headers = {
    ...(token && { authorization: `Bearer ${token}` }),
    ...(body && { "content-type": "application/json" }),
  };
  try {
    const signal = AbortSignal.timeout(patienceMs);
    const response = await fetch(gateway + path, { method, headers, signal, body: body && JSON.stringify(body) });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : null };
  } catch (error) {
    return { status: 0, body: null, error };
  }
}

async function made(...request) {
  const { status, body, error } = await call(...request);
  if (status !== 201)
    throw new Error(`${request[1]} ${request[2]} was answered ${status} ${JSON.stringify(body)} ${error ?? ""}`);
  return body;
}

/** { username, user, token } */
export async function signUp(gateway, username) {
  const { user, access_token } = await made(gateway, "POST", "/v1/users", {
    body: { username, password: "correct horse" },
  });
  return { username, user, token: access_token };
}

export async function createRoom(gateway, owner, name, kind, others) {
  const body = { name, kind, members: others.map(({ username }) => username) };
  const { room } = await made(gateway, "POST", "/v1/rooms", { token: owner.token, body });
  return room.gid;
}

/** The whole raw log of the room as the gateway tells it, oldest first. */
export async function wholeHistory(gateway, token, gid) {
  const events = [];
  for (;;) {
    const path = `/v1/rooms/${gid}/history?after=${events.at(-1)?.seq ?? 0}&limit=500&raw=true`;
    const { status, body } = await call(gateway, "GET", path, { token });
    if (status !== 200) throw new Error(`history at ${gateway} was answered ${status} ${JSON.stringify(body)}`);
    events.push(...body.events);
    if (!body.more) return events;
  }
}
