// The replaced app "ChatBackend": the requests of its document as they stand there, the answers field by field, its raw TCP
// port and its Socket.IO event, on two gateways, with the uuid alone and with tokens.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";

import { io as io4 } from "socket.io-client";
import io2 from "socket.io-client-v2";

import { balance } from "./lib/balancer.js";
import { Client } from "./lib/client.js";
import { chatBackendTcp, chatBackends } from "./lib/compat.js";
import { Listener } from "./lib/listener.js";
import { call, signUp } from "./lib/rest.js";
import { gateways, metric, startAgainWith, stop } from "./lib/system.js";

const uuidForm = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

async function ask(base, method, path, { user, token, body } = {}) {
  const headers = { "content-type": "application/json" };
  if (user) headers.user = user;
  if (token) headers.authorization = `Bearer ${token}`;
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  assert.match(response.headers.get("content-type"), /^application\/json/);
  return { status: response.status, answer: await response.json() };
}

/** The answer of a route, whose status is always 200. */
async function route(...args) {
  const { status, answer } = await ask(...args);
  assert.equal(status, 200);
  return answer;
}

/** { login, uuid, username, token } of a fresh account, made as the document says. */
async function register(base, username = "Mikolaj") {
  const login = `aaa-${randomBytes(5).toString("hex")}`;
  const made = await route(base, "POST", "/register", { body: { login, password: "password", username } });
  assert.deepEqual(made, { ok: true });
  const { ok, data } = await route(base, "POST", "/login", { body: { login, password: "password" } });
  assert.equal(ok, true);
  return { login, ...data };
}

/** A client on the raw port, which parses one object a line. */
class RawClient extends Listener {
  constructor(address, first) {
    super();
    let rest = "";
    this.socket = connect(address, () => this.socket.write(first));
    this.socket.on("data", (bytes) => {
      const lines = (rest + bytes.toString("utf8")).split("\n");
      rest = lines.pop();
      for (const line of lines) this.hear("line", JSON.parse(line));
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
      this.check();
    });
  }

  close() {
    this.socket.destroy();
  }
}

/** A Socket.IO client of one of the generations. */
class OldClient extends Listener {
  constructor(io, base, options = {}) {
    super();
    this.socket = io(base, { forceNew: true, ...options });
    this.socket.on("message", (data) => this.hear("message", data));
    for (const name of ["connect", "disconnect", "connect_error"]) {
      this.socket.on(name, (reason) => {
        this.hear(name, reason);
      });
    }
  }

  auth(data) {
    return new Promise((resolve) => this.socket.emit("auth", data, resolve));
  }

  close() {
    this.socket.close();
  }
}

/** As its document prints it. */
const asPython = ({ uuid, room }) => `{\n    'uuid': "${uuid}",\n    'room_gid': '${room}'\n}`;

/** Waits until the listener has the text, which somebody goes on saying until it is subscribed. */
async function hearing(listener, say) {
  await listener.until(() => listener.closed === undefined, "an open connection");
  let heard = false;
  const timer = setInterval(() => heard || say().catch(() => {}), 50);
  try {
    await listener.until(() => listener.heard.some(({ name }) => name === "line" || name === "message"), "a first message");
  } finally {
    heard = true;
    clearInterval(timer);
  }
}

const open = [];
const opened = (client) => {
  open.push(client);
  return client;
};
const closeAll = () => open.splice(0).forEach((client) => client.close());

describe("chat_backend, with the uuid alone", () => {
  let [here, there] = [];
  let ann;
  let bob;
  let room;

  before(async () => {
    [here, there] = chatBackends();
    ann = await register(here, "sendaimono");
    bob = await register(there);
    ({ data: { room_gid: room } } = await route(here, "POST", "/create-room", { user: ann.uuid, body: {} }));
  });
  after(closeAll);

  it("registers and logs in", async () => {
    const login = `aaa-${randomBytes(5).toString("hex")}`;
    const account = { login, password: "password", username: "Mikolaj" };
    assert.deepEqual(await route(here, "POST", "/register", { body: account }), { ok: true });
    assert.equal((await route(there, "POST", "/register", { body: account })).ok, false, "it is taken");
    const { ok, data } = await route(there, "POST", "/login", { body: { login, password: "password" } });
    assert.equal(ok, true);
    assert.equal(data.username, "Mikolaj");
    assert.match(data.uuid, uuidForm);
    const again = await route(here, "POST", "/login", { body: { login, password: "password" } });
    assert.equal(again.data.uuid, data.uuid, "it is the same each time");
    const wrong = await route(here, "POST", "/login", { body: { login, password: "another" } });
    assert.equal(wrong.ok, false);
    assert.equal(wrong.data, undefined);
  });

  it("creates a room", async () => {
    const answer = await route(there, "POST", "/create-room", { user: bob.uuid, body: {} });
    assert.deepEqual(Object.keys(answer), ["ok", "data"]);
    assert.deepEqual(Object.keys(answer.data), ["room_gid"]);
    assert.match(answer.data.room_gid, /^[A-Za-z0-9]{8}$/);
  });

  it("sends to a room and retrieves its history", async () => {
    const began = Date.now() / 1000;
    const said = { room_gid: room, msg: "asdfasdfjkll asdf asdf asdf2!" };
    assert.deepEqual(await route(here, "POST", "/send-message", { user: ann.uuid, body: said }), { ok: true });
    const { ok, data } = await route(there, "GET", `/get-room-history?room_gid=${room}`, { user: ann.uuid });
    assert.equal(ok, true);
    const last = data.at(-1);
    assert.deepEqual(last.sender, { uuid: ann.uuid, username: "sendaimono" });
    assert.deepEqual(Object.keys(last.msg), ["msgId", "txt", "timestamp"]);
    assert.ok(Number.isInteger(last.msg.msgId));
    assert.equal(last.msg.txt, said.msg);
    assert.ok(Math.abs(last.msg.timestamp - began) < 3600, "seconds, with a fraction");
  });

  it("takes whoever knows the gid into the room", async () => {
    const said = { room_gid: room, msg: "hello from another gateway" };
    assert.deepEqual(await route(there, "POST", "/send-message", { user: bob.uuid, body: said }), { ok: true });
    const { data } = await route(here, "GET", `/get-room-history?room_gid=${room}`, { user: ann.uuid });
    assert.deepEqual(data.at(-1).sender, { uuid: bob.uuid, username: "Mikolaj" });
    const newest = await route(here, "GET", `/get-room-history?room_gid=${room}&limit=1`, { user: ann.uuid });
    assert.deepEqual(newest.data, [data.at(-1)]);
    const before = await route(
      here, "GET", `/get-room-history?room_gid=${room}&before=${data.at(-1).msg.msgId}`, { user: ann.uuid });
    assert.deepEqual(before.data, data.slice(0, -1));
    const stranger = await register(here, "Eve");
    const read = await route(there, "GET", `/get-room-history?room_gid=${room}`, { user: stranger.uuid });
    assert.deepEqual(read.data.map(({ msg }) => msg.msgId), data.map(({ msg }) => msg.msgId));
  });

  it("refuses in the old shape what it cannot do", async () => {
    for (const [method, path, options] of [
      ["POST", "/send-message", { user: ann.uuid, body: { room_gid: "nowhere1", msg: "x" } }],
      ["POST", "/send-message", { user: ann.uuid, body: { room_gid: room, msg: 5 } }],
      ["POST", "/send-message", { user: ann.uuid, body: { room_gid: room } }],
      ["POST", "/send-message", { user: "not-a-uuid", body: { room_gid: room, msg: "x" } }],
      ["POST", "/send-message", { body: { room_gid: room, msg: "x" } }],
      ["POST", "/create-room", { user: "00000000-1360-11e9-ab6c-00e04c681690", body: {} }],
      ["GET", "/get-room-history", { user: ann.uuid }],
      ["GET", "/get-room-history?room_gid=nowhere1", { user: ann.uuid }],
      ["POST", "/register", { body: { login: "x" } }],
      ["POST", "/login", { body: [] }],
    ]) {
      const answer = await route(here, method, path, options);
      assert.equal(answer.ok, false, `${method} ${path}`);
      assert.equal(answer.data, undefined);
      assert.equal(typeof answer.error.code, "string");
    }
  });

  it("streams a room to raw TCP clients, whose first message stands in either quotes", async () => {
    const firsts = [asPython({ uuid: bob.uuid, room }), JSON.stringify({ uuid: bob.uuid, room_gid: room })];
    for (const [i, first] of firsts.entries()) {
      const client = opened(new RawClient(chatBackendTcp()[i], first));
      await hearing(client, () => route(here, "POST", "/send-message", { user: ann.uuid, body: { room_gid: room, msg: "?" } }));
      const msg = "asdfasdfjkll asdf asdf asdf2! ünïcödé";
      await route(here, "POST", "/send-message", { user: ann.uuid, body: { room_gid: room, msg } });
      await client.until(() => client.all("line").some((line) => line.msg.txt === msg), msg);
      const event = client.all("line").find((line) => line.msg.txt === msg);
      assert.deepEqual(Object.keys(event), ["sender", "msg"]);
      assert.deepEqual(event.sender, { uuid: ann.uuid, username: "sendaimono" });
      assert.deepEqual(Object.keys(event.msg), ["msgId", "txt", "timestamp"]);
      const { data } = await route(there, "GET", `/get-room-history?room_gid=${room}`, { user: bob.uuid });
      assert.deepEqual(event, data.at(-1), "live and in the history it is the same");
      const ids = client.all("line").map((line) => line.msg.msgId);
      assert.deepEqual(ids, ids.toSorted?.((a, b) => a - b) ?? [...ids].sort((a, b) => a - b));
    }
  });

  it("closes a raw TCP client whose check fails", async () => {
    for (const first of [
      asPython({ uuid: bob.uuid, room: "nowhere1" }), asPython({ uuid: "00000000-1360-11e9-ab6c-00e04c681690", room }),
      "GET / HTTP/1.1\r\n\r\n", "{}", `${"{".padEnd(10_000)}`,
    ]) {
      const client = opened(new RawClient(chatBackendTcp()[0], first));
      await client.until(() => client.closed, "the end");
      assert.deepEqual(client.heard, []);
    }
  });

  for (const [name, io, options] of [["2", io2, {}], ["2 on WebSocket alone", io2, { transports: ["websocket"] }], ["4", io4, {}]]) {
    it(`streams a room to socket.io-client ${name} after the event "auth"`, async () => {
      for (const data of [asPython({ uuid: bob.uuid, room }), { uuid: bob.uuid, room_gid: room }]) {
        const client = opened(new OldClient(io, there, options));
        assert.deepEqual(await client.auth(data), { ok: true });
        await route(here, "POST", "/send-message", { user: ann.uuid, body: { room_gid: room, msg: `to ${name}` } });
        await client.until(() => client.all("message").length > 0, "the message");
        const event = client.all("message").at(-1);
        assert.equal(event.msg.txt, `to ${name}`);
        assert.deepEqual(event.sender, { uuid: ann.uuid, username: "sendaimono" });
      }
    });
  }

  it("needs no affinity: each poll may reach another gateway", async () => {
    const balancer = await balance(chatBackends());
    try {
      for (const io of [io2, io4]) {
        const client = opened(new OldClient(io, balancer.url, { transports: ["polling"] }));
        assert.deepEqual(await client.auth({ uuid: bob.uuid, room_gid: room }), { ok: true });
        for (const msg of ["one", "two", "three"]) {
          await route(balancer.url, "POST", "/send-message", { user: ann.uuid, body: { room_gid: room, msg } });
        }
        await client.until(() => client.all("message").length >= 3, "the messages");
        assert.deepEqual(client.all("message").map(({ msg }) => msg.txt), ["one", "two", "three"]);
        client.close();
      }
    } finally {
      await balancer.stop();
    }
  });

  it("is served below /compat on the gateways' own ports as well", async () => {
    const base = `${gateways[1]}/compat/chat_backend`;
    const { data } = await route(base, "GET", `/get-room-history?room_gid=${room}`, { user: ann.uuid });
    assert.ok(data.length > 0);
    const client = opened(new OldClient(io2, gateways[0], { path: "/compat/chat_backend/socket.io" }));
    assert.deepEqual(await client.auth({ uuid: bob.uuid, room_gid: room }), { ok: true });
    const main = opened(new OldClient(io4, gateways[0]));
    await main.until(() => main.all("connect_error").length > 0, "a refusal");
    assert.match(main.all("connect_error")[0].message, /token/, "the namespace of that path is another");
  });

  it("puts a Socket.IO client out whose check fails", async () => {
    const client = opened(new OldClient(io2, here));
    const answer = await client.auth({ uuid: bob.uuid, room_gid: "nowhere1" });
    assert.equal(answer.ok, false);
    await client.until(() => client.all("disconnect").length > 0, "the end");
    assert.equal(client.all("disconnect")[0], "io server disconnect");
  });

  it("talks with clients of /v1 in one room, live and in history", async () => {
    const { body } = await call(gateways[1], "POST", "/v1/login", { body: { username: ann.login, password: "password" } });
    const newer = opened(await Client.open(gateways[1], body.access_token));
    const raw = opened(new RawClient(chatBackendTcp()[0], asPython({ uuid: bob.uuid, room })));
    await hearing(raw, () => newer.send(room, "?"));
    assert.equal((await newer.send(room, "from v1")).ok, true);
    await raw.until(() => raw.all("line").some((line) => line.msg.txt === "from v1"), "a message of v1");
    await route(there, "POST", "/send-message", { user: bob.uuid, body: { room_gid: room, msg: "from the old app" } });
    await newer.until(() => newer.all("message").some(({ text }) => text === "from the old app"), "a message of the old app");
    const { data } = await route(here, "GET", `/get-room-history?room_gid=${room}`, { user: bob.uuid });
    assert.deepEqual(data.slice(-2).map(({ msg }) => msg.txt), ["from v1", "from the old app"]);
  });

  it("counts what it serves", async () => {
    assert.ok((await metric("confab_gateway_dialect_requests_total", { dialect: "chat_backend" })) > 10);
  });

  it("closes who was removed from the room", async () => {
    const owner = await signUp(gateways[0], "owner");
    const guest = await register(there, "Guest");
    const { body } = await call(gateways[0], "POST", "/v1/rooms", {
      token: owner.token, body: { name: "private", members: [guest.login] },
    });
    const { gid } = body.room;
    const first = asPython({ uuid: guest.uuid, room: gid });
    const client = opened(new RawClient(chatBackendTcp()[1], first));
    await hearing(client, () => call(gateways[0], "POST", `/v1/rooms/${gid}/messages`, { token: owner.token, body: { text: "?" } }));
    await call(gateways[0], "DELETE", `/v1/rooms/${gid}/members/${guest.login}`, { token: owner.token });
    await client.until(() => client.closed, "the end");
    const again = opened(new RawClient(chatBackendTcp()[1], first));
    await again.until(() => again.closed, "the end: it is private");
    assert.deepEqual(again.heard, []);
  });
});

describe("chat_backend, with tokens", () => {
  let here;
  let ann;
  let room;

  before(async () => {
    await stop("gateway-1");
    startAgainWith({ CONFAB_GATEWAY_CHAT_BACKEND_INSECURE: "false", CONFAB_GATEWAY_PRODUCTION: "true" });
    [here] = chatBackends();
    ann = await register(here, "sendaimono");
    const made = await route(here, "POST", "/create-room", { user: ann.uuid, token: ann.token, body: {} });
    room = made.data.room_gid;
  });
  after(() => {
    closeAll();
    startAgainWith({});
  });

  it("gives one at login, without which nothing is done", async () => {
    const said = { room_gid: room, msg: "hi" };
    assert.equal(typeof ann.token, "string");
    const bare = await route(here, "POST", "/send-message", { user: ann.uuid, body: said });
    assert.equal(bare.error.code, "unauthenticated");
    const other = await register(here);
    const foreign = await route(here, "POST", "/send-message", { user: ann.uuid, token: other.token, body: said });
    assert.equal(foreign.error.code, "permission_denied");
    assert.deepEqual(await route(here, "POST", "/send-message", { user: ann.uuid, token: ann.token, body: said }), { ok: true });
    const history = await route(here, "GET", `/get-room-history?room_gid=${room}`, { user: ann.uuid, token: ann.token });
    assert.deepEqual(history.data.map(({ msg }) => msg.txt), ["hi"]);
  });

  it("takes it in the first message and in the event \"auth\"", async () => {
    const bare = opened(new RawClient(chatBackendTcp()[0], asPython({ uuid: ann.uuid, room })));
    await bare.until(() => bare.closed, "the end");
    const first = { uuid: ann.uuid, room_gid: room, token: ann.token };
    const raw = opened(new RawClient(chatBackendTcp()[0], JSON.stringify(first)));
    const say = () => route(here, "POST", "/send-message", { user: ann.uuid, token: ann.token, body: { room_gid: room, msg: "?" } });
    await hearing(raw, say);
    const client = opened(new OldClient(io2, here));
    assert.deepEqual(await client.auth(first), { ok: true });
    const denied = opened(new OldClient(io2, here));
    assert.equal((await denied.auth({ uuid: ann.uuid, room_gid: room })).error.code, "unauthenticated");
  });

  it("closes raw clients when the gateway stops, which can come back elsewhere", async () => {
    const raw = opened(new RawClient(chatBackendTcp()[0], JSON.stringify({ uuid: ann.uuid, room_gid: room, token: ann.token })));
    const silent = opened(new RawClient(chatBackendTcp()[0], ""));
    await hearing(raw, () =>
      route(here, "POST", "/send-message", { user: ann.uuid, token: ann.token, body: { room_gid: room, msg: "?" } }));
    await stop("gateway-1");
    await raw.until(() => raw.closed, "the end");
    await silent.until(() => silent.closed, "the end");
  });
});
