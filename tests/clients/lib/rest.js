// The REST door, thinly.
import { randomBytes } from "node:crypto";

/** Calls and returns { status, body, headers }; `body` is parsed JSON or null. */
export async function call(gateway, method, path, { token, body } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body !== undefined) headers["content-type"] = "application/json";
  const response = await fetch(gateway + path, {
    method,
    headers,
    body: typeof body === "string" || body === undefined ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : null };
}

/** A fresh account: { username, password, user, token, refresh_token }. */
export async function signUp(gateway, prefix = "user") {
  const username = `${prefix}-${randomBytes(5).toString("hex")}`;
  const password = "correct horse";
  const { status, body } = await call(gateway, "POST", "/v1/users", { body: { username, password } });
  if (status !== 201) throw new Error(`sign-up answered ${status}: ${JSON.stringify(body)}`);
  return { username, password, user: body.user, token: body.access_token, refreshToken: body.refresh_token };
}

/** A room of `owner` with the others in it; returns the room. Asks again while it is told to. */
export async function createRoom(gateway, owner, others, name = "a room") {
  const room = { name, members: others.map((other) => other.username) };
  const ask = () => call(gateway, "POST", "/v1/rooms", { token: owner.token, body: room });
  let { status, body } = await ask();
  while (status === 503 && body.retryable) ({ status, body } = await ask());
  if (status !== 201) throw new Error(`creating a room answered ${status}: ${JSON.stringify(body)}`);
  return body.room;
}

/** The whole raw log of the room, oldest first, by paging upward through the history. */
export async function wholeHistory(gateway, account, gid, limit = 100) {
  const events = [];
  for (;;) {
    const after = events.at(-1)?.seq ?? 0;
    const { body } = await call(gateway, "GET", `/v1/rooms/${gid}/history?after=${after}&limit=${limit}&raw=true`, {
      token: account.token,
    });
    events.push(...body.events);
    if (!body.more) return events;
  }
}
