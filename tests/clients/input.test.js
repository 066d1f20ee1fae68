// What no client should send, on all three doors: the same clear error on each, and nothing stored.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { WebSocket } from "ws";

import { Listener } from "./lib/listener.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

/** A WebSocket on which a test writes bytes itself; answers come by their id. */
class RawSocket extends Listener {
  static async open(url, hellos, read) {
    const raw = new RawSocket();
    raw.answers = new Map();
    raw.socket = new WebSocket(url);
    raw.socket.on("message", (data) => {
      const answer = read(String(data));
      if (answer) raw.answers.set(answer.id, answer.data);
      raw.check();
    });
    raw.socket.on("close", (code) => {
      raw.closed = code;
      raw.check();
    });
    raw.socket.on("open", () => hellos.forEach((hello) => raw.socket.send(hello)));
    await raw.until(() => raw.answers.has(1) || raw.closed, "hello");
    assert.ok(raw.answers.get(1)?.ok, JSON.stringify(raw.answers.get(1)));
    return raw;
  }

  /** The answer's { code } or "ok"; or "closed". */
  async outcome(id, frame, options) {
    this.socket.send(frame, options);
    await this.until(() => this.answers.has(id) || this.closed, `the answer to ${String(frame).slice(0, 100)}`);
    const answer = this.answers.get(id);
    if (!answer) return "closed";
    assert.ok(answer.ok || answer.error.message.length > 0);
    return answer.ok ? "ok" : answer.error.code;
  }
}

let nextId = 100;

/** Each door opens connections for a token, and sends a command's data as the JSON text it is. */
const doors = {
  "Socket.IO": {
    open: (token) => RawSocket.open(
      `${here.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`, [`40${JSON.stringify({ token })}`],
      (text) => {
        if (text.startsWith("40")) return { id: 1, data: { ok: true } };
        const [, id, json] = /^43(\d+)(.*)$/s.exec(text) ?? [];
        return id && { id: Number(id), data: JSON.parse(json)[0] };
      }),
    frame: (id, cmd, data) => `42${id}[${JSON.stringify(cmd)},${data}]`,
  },
  "plain WebSocket": {
    open: (token) => RawSocket.open(
      `${there.replace("http", "ws")}/v1/ws`, [JSON.stringify({ id: 1, cmd: "hello", data: { token } })],
      (text) => {
        const frame = JSON.parse(text);
        return frame.re && { id: frame.re, data: frame };
      }),
    frame: (id, cmd, data) => `{"id":${id},"cmd":${JSON.stringify(cmd)},"data":${data}}`,
  },
};

const deep = `${"[".repeat(20)}${"]".repeat(20)}`;
const long = (bytes) => "x".repeat(bytes);
const keys = (count) => [...Array(count).keys()].map((n) => `"k${n}":0`).join();
const items = (count) => Array(count).fill("\"x\"").join();

// What, command, its data (ROOM stands for the room's gid, ADA for the caller), the error's code. `closes`: doors that close
// instead, since malformed JSON breaks Socket.IO's own protocol. `rest`: the route, false for none.
const cases = [
  ["JSON that ends early", "send", '{"room":"ROOM","text":"x"', "invalid_argument", { closes: ["Socket.IO"] }],
  ["JSON with a tail", "send", '{"room":"ROOM","text":"x"}}', "invalid_argument", { closes: ["Socket.IO"] }],
  ["a bare word", "send", "text", "invalid_argument", { closes: ["Socket.IO"] }],
  ["a control character in a string", "send", '{"room":"ROOM","text":"a\u0001"}', "invalid_argument",
    { closes: ["Socket.IO"] }],
  ["20 levels", "send", `{"room":"ROOM","text":"x","attributes":{"a":${deep}}}`, "invalid_argument",
    { closes: ["Socket.IO"] }],
  ["an array", "send", "[]", "invalid_argument"],
  ["a string", "send", '"text"', "invalid_argument"],
  ["a number", "send", "7", "invalid_argument"],
  ["null", "send", "null", "invalid_argument"],
  ["neither text nor attributes", "send", '{"room":"ROOM"}', "empty_text"],
  ["a blank text", "send", '{"room":"ROOM","text":" \\n\\t "}', "empty_text"],
  ["a number as text", "send", '{"room":"ROOM","text":7}', "invalid_argument"],
  ["an object as text", "send", '{"room":"ROOM","text":{}}', "invalid_argument"],
  ["a number as client_msg_id", "send", '{"room":"ROOM","text":"x","client_msg_id":7}', "invalid_argument"],
  ["a long client_msg_id", "send", `{"room":"ROOM","text":"x","client_msg_id":"${long(65)}"}`, "invalid_argument"],
  ["an array as attributes", "send", '{"room":"ROOM","text":"x","attributes":[]}', "invalid_argument"],
  ["a string as attributes", "send", '{"room":"ROOM","text":"x","attributes":"{}"}', "invalid_argument"],
  ["NUL in a text", "send", '{"room":"ROOM","text":"a\\u0000b"}', "invalid_argument"],
  ["NUL in client_msg_id", "send", '{"room":"ROOM","text":"x","client_msg_id":"\\u0000"}', "invalid_argument"],
  ["NUL in an attribute", "send", '{"room":"ROOM","text":"x","attributes":{"a":["\\u0000"]}}', "invalid_argument"],
  ["NUL in the name of an attribute", "send", '{"room":"ROOM","text":"x","attributes":{"a\\u0000":1}}',
    "invalid_argument"],
  ["a high surrogate alone", "send", '{"room":"ROOM","text":"\\ud800"}', "invalid_argument"],
  ["a low surrogate alone", "send", '{"room":"ROOM","text":"\\udc00 x"}', "invalid_argument"],
  ["a surrogate alone in an attribute", "send", '{"room":"ROOM","text":"x","attributes":{"a":"\\ud83d"}}',
    "invalid_argument"],
  ["a text that is too long", "send", `{"room":"ROOM","text":"${long(16 * 1024 + 1)}"}`, "text_too_long"],
  ["attributes that are too long", "send", `{"room":"ROOM","text":"x","attributes":{"a":"${long(8 * 1024)}"}}`,
    "payload_too_large"],
  ["no room", "send", '{"text":"x"}', "invalid_argument", { rest: false }],
  ["a number as room", "send", '{"room":7,"text":"x"}', "invalid_argument", { rest: false }],
  ["NUL in a room", "send", '{"room":"ROOM\\u0000","text":"x"}', "invalid_argument", { rest: false }],
  ["an unknown command", "no.such.command", '{"room":"ROOM"}', "unknown_command", { rest: "/v1/no/such" }],
  ["a command in capitals", "SEND", '{"room":"ROOM","text":"x"}', "unknown_command", { rest: "/v1/ROOMS" }],
  ["no command", "", "{}", "unknown_command", { rest: "/v1/" }],
  ["a member without a name", "member.add", '{"room":"ROOM"}', "invalid_argument", { rest: "/v1/rooms/ROOM/members" }],
  ["a number as a username", "direct", '{"username":7}', "invalid_argument", { rest: "/v1/direct" }],
  ["a string as members", "room.create", '{"name":"r","members":"bob"}', "invalid_argument", { rest: "/v1/rooms" }],
  ["a number among members", "room.create", '{"name":"r","members":[7]}', "invalid_argument", { rest: "/v1/rooms" }],
  ["a cursor of a time that is none", "rooms", '{"after":"9223372036854775807-1"}', "invalid_argument",
    { rest: "GET /v1/rooms?after=9223372036854775807-1" }],
  ["a string as limit", "history", '{"room":"ROOM","limit":"10"}', "invalid_argument", { rest: false }],
  ["a fraction as limit", "history", '{"room":"ROOM","limit":1.5}', "invalid_argument",
    { rest: "GET /v1/rooms/ROOM/history?limit=1.5" }],
  ["a negative seq", "history", '{"room":"ROOM","before":-1}', "invalid_argument",
    { rest: "GET /v1/rooms/ROOM/history?before=-1" }],
  ["a seq that is too large", "history", '{"room":"ROOM","after":1e30}', "invalid_argument",
    { rest: "GET /v1/rooms/ROOM/history?after=99999999999999999999" }],
  ["a number as a name", "me.update", '{"name":7}', "invalid_argument", { rest: "PATCH /v1/me" }],
  ["NUL in a name", "me.update", '{"name":"a\\u0000"}', "invalid_argument", { rest: "PATCH /v1/me" }],
  ["a blank name", "me.update", '{"name":" "}', "invalid_argument", { rest: "PATCH /v1/me" }],
  ["a number as a handle", "user", '{"username":7}', "invalid_argument", { rest: false }],
  ["NUL in a prefix", "users", '{"prefix":"a\\u0000"}', "invalid_argument", { rest: "GET /v1/users?prefix=a%00" }],
  ["a string as a limit of users", "users", '{"prefix":"a","limit":"5"}', "invalid_argument",
    { rest: "GET /v1/users?prefix=a&limit=five" }],
  ["nobody to block", "block", "{}", "invalid_argument", { rest: false }],
  ["oneself to block", "block", '{"username":"ADA"}', "invalid_argument", { rest: "/v1/me/blocks/ADA" }],
  ["a search for nothing", "search", '{"q":" "}', "invalid_argument", { rest: "GET /v1/search?q=%20" }],
  ["NUL in a search", "search", '{"q":"a\\u0000"}', "invalid_argument", { rest: "GET /v1/search?q=a%00" }],
  ["a search that is too long", "search", `{"q":"${long(257)}"}`, "invalid_argument",
    { rest: `GET /v1/search?q=${long(257)}` }],
  ["a date as a time of a search", "search", '{"q":"a","before":"2024-01-01"}', "invalid_argument",
    { rest: "GET /v1/search?q=a&before=2024-01-01" }],
  ["too many keys", "send", `{"room":"ROOM","text":"x","attributes":{${keys(65)}}}`, "payload_too_large"],
  ["too many items", "room.create", `{"name":"r","members":[${items(1001)}]}`, "payload_too_large", { rest: "/v1/rooms" }],
  ["a string as reply_to", "send", '{"room":"ROOM","text":"x","reply_to":"1"}', "invalid_argument"],
  ["a string as mentions", "send", '{"room":"ROOM","text":"x","mentions":"bob"}', "invalid_argument"],
  ["a number among mentions", "send", '{"room":"ROOM","text":"x","mentions":[7]}', "invalid_argument"],
  ["a string as seq", "edit", '{"room":"ROOM","seq":"1","text":"x"}', "invalid_argument", { rest: false }],
  ["a word as seq", "edit", '{"room":"ROOM","seq":"one","text":"x"}', "invalid_argument",
    { rest: "PATCH /v1/rooms/ROOM/messages/one" }],
  ["a surrogate alone in an edit", "edit", '{"room":"ROOM","seq":1,"text":"\\ud800"}', "invalid_argument",
    { rest: "PATCH /v1/rooms/ROOM/messages/1" }],
  ["no seq to redact", "redact", '{"room":"ROOM"}', "invalid_argument", { rest: false }],
  ["a number as reaction", "react", '{"room":"ROOM","seq":1,"reaction":7}', "invalid_argument", { rest: false }],
  ["NUL in a reaction", "react", '{"room":"ROOM","seq":1,"reaction":"a\\u0000"}', "invalid_argument",
    { rest: "PUT /v1/rooms/ROOM/messages/1/reactions/a%00" }],
  ["a reaction that is too long", "react", `{"room":"ROOM","seq":1,"reaction":"${long(65)}"}`, "invalid_argument",
    { rest: `PUT /v1/rooms/ROOM/messages/1/reactions/${long(65)}` }],
  ["a string as pinned", "pin", '{"room":"ROOM","seq":1,"pinned":"true"}', "invalid_argument", { rest: false }],
  ["a number as topic", "room.update", '{"room":"ROOM","topic":7}', "invalid_argument", { rest: "PATCH /v1/rooms/ROOM" }],
  ["a surrogate alone in a room's name", "room.update", '{"room":"ROOM","name":"\\udc00"}', "invalid_argument",
    { rest: "PATCH /v1/rooms/ROOM" }],
  ["a string as archived", "room.archive", '{"room":"ROOM","archived":"true"}', "invalid_argument",
    { rest: "/v1/rooms/ROOM/archive" }],
  ["a string as uses", "room.invite", '{"room":"ROOM","uses":"1"}', "invalid_argument", { rest: "/v1/rooms/ROOM/invites" }],
  ["a number as code", "room.join", '{"code":7}', "invalid_argument", { rest: "/v1/join" }],
  ["a number as role", "member.add", '{"room":"ROOM","username":"ADA","role":7}', "invalid_argument",
    { rest: "/v1/rooms/ROOM/members" }],
  ["a string as a position read", "read", '{"room":"ROOM","seq":"1"}', "invalid_argument", { rest: "PUT /v1/rooms/ROOM/read" }],
  ["a fraction as a position read", "read", '{"room":"ROOM","seq":1.5}', "invalid_argument",
    { rest: "PUT /v1/rooms/ROOM/read" }],
  ["no seq for its readers", "readers", '{"room":"ROOM"}', "invalid_argument",
    { rest: "GET /v1/rooms/ROOM/messages/one/readers" }],
  ["no client_msg_id to look for", "send.status", '{"room":"ROOM"}', "invalid_argument", { rest: false }],
  ["a number as a prefix", "users", '{"prefix":7}', "invalid_argument", { rest: false }],
  ["a number as a search", "search", '{"q":7}', "invalid_argument", { rest: false }],
  ["a surrogate alone in a search", "search", '{"q":"\\ud800"}', "invalid_argument", { rest: "GET /v1/search?q=%ED%A0%80" }],
  ["a string as a limit of a search", "search", '{"q":"a","limit":"5"}', "invalid_argument",
    { rest: "GET /v1/search?q=a&limit=five" }],
  ["an array to block", "block", '{"username":["ADA"]}', "invalid_argument", { rest: false }],
  ["NUL in a name to block", "block", '{"username":"a\\u0000"}', "invalid_argument", { rest: "/v1/me/blocks/a%00" }],
  ["a number to unblock", "unblock", '{"username":7}', "invalid_argument", { rest: false }],
  ["a position of strings", "subscribe", '{"room":"ROOM","position":{"epoch":"1","seq":"1"}}', "invalid_argument",
    { rest: false }],
  ["a word for whether one types", "typing", '{"room":"ROOM","on":"yes"}', "invalid_argument", { rest: false }],
  ["typing in no room", "typing", "{}", "invalid_argument", { rest: "PUT /v1/rooms/%00/typing" }],
  ["a look at no member", "watch", '{"room":"ROOM","limit":0}', "invalid_argument", { rest: false }],
  ["NUL in a room to look at", "watch", '{"room":"ROOM\\u0000"}', "invalid_argument", { rest: false }],
  ["a number as a room to look away from", "unwatch", '{"room":7}', "invalid_argument", { rest: false }],
  ["a word as a page of presence", "presence", '{"room":"ROOM","after":"x"}', "invalid_argument",
    { rest: "GET /v1/rooms/ROOM/presence?after=x" }],
  ["half a position", "subscribe", '{"room":"ROOM","position":{"seq":1}}', "invalid_argument", { rest: false }],
];

describe("what no client should send", () => {
  let ada, room;
  const open = {};

  before(async () => {
    ada = await signUp(here, "ada");
    room = (await createRoom(here, ada, [])).gid;
  });
  after(() => Object.values(open).forEach(({ socket }) => socket.close()));

  async function connection(name) {
    if (!open[name] || open[name].closed) open[name] = await doors[name].open(ada.token);
    return open[name];
  }

  for (const [what, cmd, data, code, { closes = [], rest = "/v1/rooms/ROOM/messages" } = {}] of cases) {
    it(`${what}: ${code}`, async () => {
      const text = data.replaceAll("ROOM", room).replaceAll("ADA", ada.username);
      for (const [name, { frame }] of Object.entries(doors)) {
        const raw = await connection(name);
        const expected = closes.includes(name) ? "closed" : code;
        assert.equal(await raw.outcome(++nextId, frame(nextId, cmd, text)), expected, name);
        if (expected !== "closed") assert.equal(await raw.outcome(++nextId, frame(nextId, "me", "{}")), "ok", name);
      }
      if (rest) {
        const [path, method = "POST"] = rest.replace("ROOM", room).replace("ADA", ada.username).split(" ").reverse();
        const answer = await call(here, method, path, { token: ada.token, body: method === "GET" ? undefined : text });
        assert.equal(answer.body.code, code, JSON.stringify(answer.body));
        assert.equal(answer.status, answer.body.status);
        assert.match(answer.headers.get("content-type"), /^application\/problem\+json/);
      }
    });
  }

  it("bytes that are no UTF-8: 1007 on WebSockets, 400 by REST", async () => {
    const bytes = Buffer.concat([Buffer.from(`{"room":"${room}","text":"`), Buffer.from([0xff]), Buffer.from('"}')]);
    for (const name of Object.keys(doors)) {
      const raw = await connection(name);
      assert.equal(await raw.outcome(++nextId, bytes, { binary: false }), "closed");
      assert.equal(raw.closed, 1007, name);
    }
    const answer = await fetch(`${here}/v1/rooms/${room}/messages`, {
      method: "POST", headers: { authorization: `Bearer ${ada.token}` }, body: bytes,
    });
    assert.equal(answer.status, 400);
  });

  it("frames of the plain WebSocket that nobody can be answered to: closed with 4102 and the reason", async () => {
    for (const frame of ["", "text", "[]", "{}", '{"id":"1","cmd":"me"}', '{"id":-1,"cmd":"me"}', '{"cmd":7}']) {
      const raw = await doors["plain WebSocket"].open(ada.token);
      const reason = new Promise((resolve) => raw.socket.on("close", (_, text) => resolve(String(text))));
      assert.equal(await raw.outcome(0, frame), "closed");
      assert.equal(raw.closed, 4102, frame);
      assert.match(await reason, /^invalid_argument: /);
    }
  });

  it("has stored nothing of it", async () => {
    const history = await call(there, "GET", `/v1/rooms/${room}/history`, { token: ada.token });
    assert.deepEqual([history.body.head.seq, history.body.events], [0, []]);
    const { body } = await call(there, "GET", "/v1/rooms", { token: ada.token });
    assert.deepEqual(body.rooms.map(({ gid }) => gid), [room]);
  });
});
