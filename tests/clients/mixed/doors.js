// The doors of a gateway as the users of the test go through them. Each gives ask(command, data),
// whose answer is { ok: true, … } or { ok: false, error: { code, … } }.
import { Client } from "../lib/client.js";
import { PlainClient } from "../lib/plain.js";
import { call } from "../lib/rest.js";

/** Commands as calls of REST: the method, the path, and what stands in the query. */
const routes = {
  send: ["POST", "/rooms/:room/messages"],
  edit: ["PATCH", "/rooms/:room/messages/:seq"],
  redact: ["DELETE", "/rooms/:room/messages/:seq"],
  react: [({ remove }) => (remove ? "DELETE" : "PUT"), "/rooms/:room/messages/:seq/reactions/:reaction"],
  pin: [({ pinned }) => (pinned ? "PUT" : "DELETE"), "/rooms/:room/messages/:seq/pin"],
  read: ["PUT", "/rooms/:room/read"],
  history: ["GET", "/rooms/:room/history"],
  rooms: ["GET", "/rooms"],
  room: ["GET", "/rooms/:room"],
  members: ["GET", "/rooms/:room/members"],
  pins: ["GET", "/rooms/:room/pins"],
  direct: ["POST", "/direct"],
  "room.create": ["POST", "/rooms"],
  "room.update": ["PATCH", "/rooms/:room"],
  "room.archive": ["POST", "/rooms/:room/archive"],
  "room.invite": ["POST", "/rooms/:room/invites"],
  "room.invite.revoke": ["DELETE", "/rooms/:room/invites/:code"],
  "room.join": ["POST", ({ code }) => (code ? "/join" : "/rooms/:room/join")],
  "room.leave": ["DELETE", "/rooms/:room/members/:me"],
  "member.add": ["POST", "/rooms/:room/members"],
  "member.role": ["PATCH", "/rooms/:room/members/:username"],
  "member.remove": ["DELETE", "/rooms/:room/members/:username"],
  "member.ban": ["PUT", "/rooms/:room/bans/:username"],
  "member.unban": ["DELETE", "/rooms/:room/bans/:username"],
};

const given = (part, data) => (typeof part === "function" ? part(data) : part);

/** REST, on one gateway. */
export class RestDoor {
  constructor(gateway, user) {
    Object.assign(this, { gateway, user });
  }

  async ask(command, data = {}) {
    const rest = { ...data };
    const [method, pattern] = routes[command].map((part) => given(part, data));
    const path = pattern.replace(/:(\w+)/g, (_, name) => {
      const value = name === "me" ? this.user.username : data[name];
      delete rest[name];
      return encodeURIComponent(value);
    });
    const query = method === "GET" ? new URLSearchParams(rest).toString() : "";
    const body = method === "GET" || Object.keys(rest).length === 0 ? undefined : rest;
    const answer = await call(this.gateway, method, `/v1${path}${query && `?${query}`}`, { token: this.user.token, body });
    return answer.status < 300 ? { ok: true, ...answer.body } : { ok: false, error: answer.body };
  }
}

/** A user's connections: { open(gateway, user, hear), cut(client), pause(client) }. */
const socketIo = (options) => ({
  async open(gateway, user, hear) {
    const client = new Client(gateway, user.token, { reconnection: false, ...options });
    client.hear = hear;
    await client.until(() => client.socket.connected, "the connection");
    return client;
  },
  cut: (client) => client.socket.io.engine.transport.ws?._socket?.destroy() ?? client.socket.io.engine.close(),
  raw: (client) => client.socket.io.engine.transport.ws?._socket,
});

const plain = (subprotocol) => ({
  async open(gateway, user, hear) {
    const client = new PlainClient(gateway, { subprotocol });
    client.hear = hear;
    await client.until(() => client.socket.readyState === 1 || client.closed, "the connection");
    const welcome = await client.ask("hello", { token: user.token });
    if (!welcome.ok) throw new Error(`hello was answered ${JSON.stringify(welcome)}`);
    return client;
  },
  cut: (client) => client.socket.terminate(),
  raw: (client) => client.socket._socket,
});

export const doors = {
  socketio: socketIo({ transports: ["websocket"] }),
  upgraded: socketIo({}),
  polling: socketIo({ transports: ["polling"] }),
  json: plain("confab.v1.json"),
  protobuf: plain("confab.v1.protobuf"),
};
