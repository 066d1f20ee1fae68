// One conversation of two people, and in it a client of every replaced app, a plain WebSocket and a Socket.IO client of /v1,
// on both gateways: what any of them says all others see, live and in history.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect } from "node:net";
import { after, before, describe, it } from "node:test";

import { io as io4 } from "socket.io-client";
import io2 from "socket.io-client-v2";

import { Client } from "./lib/client.js";
import { chatBackends, chatBackendTcp, chatSocketIos, flaskChats } from "./lib/compat.js";
import { Listener } from "./lib/listener.js";
import { PlainClient } from "./lib/plain.js";
import { call } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const password = "correct horse";

async function json(base, method, path, headers, body) {
  const response = await fetch(base + path, {
    method, headers: { "content-type": "application/json", ...headers }, body: body && JSON.stringify(body),
  });
  return response.json();
}

/** What a client of a replaced app has heard: texts, in their order. */
class Heard extends Listener {
  texts = [];

  take(text) {
    this.texts.push(text);
    this.check();
  }
}

/** Each has a name, say(text), texts of what it heard live, and history(): texts in rising order. */
const kinds = {
  async "chat_backend, raw TCP"({ me, room, i }) {
    const heard = new Heard();
    const base = chatBackends()[i % 2];
    const login = (await json(base, "POST", "/login", {}, { login: me.username, password })).data;
    const socket = connect(chatBackendTcp()[i % 2], () => socket.write(`{'uuid': "${login.uuid}", 'room_gid': '${room}'}`));
    let rest = "";
    socket.on("data", (bytes) => {
      const lines = (rest + bytes.toString("utf8")).split("\n");
      rest = lines.pop();
      for (const line of lines) heard.take(JSON.parse(line).msg.txt);
    });
    const headers = { user: login.uuid };
    return Object.assign(heard, {
      say: (text) => json(base, "POST", "/send-message", headers, { room_gid: room, msg: text }),
      history: async () => (await json(base, "GET", `/get-room-history?room_gid=${room}`, headers)).data.map(({ msg }) => msg.txt),
      close: () => socket.destroy(),
    });
  },

  async "chat_backend, Socket.IO"({ me, room, i }) {
    const heard = new Heard();
    const base = chatBackends()[i % 2];
    const login = (await json(base, "POST", "/login", {}, { login: me.username, password })).data;
    const socket = io2(base, { forceNew: true });
    socket.on("message", ({ msg }) => heard.take(msg.txt));
    await new Promise((resolve) => socket.on("connect", resolve));
    await new Promise((resolve) => socket.emit("auth", JSON.stringify({ uuid: login.uuid, room_gid: room }), resolve));
    const headers = { user: login.uuid };
    return Object.assign(heard, {
      say: (text) => json(base, "POST", "/send-message", headers, { room_gid: room, msg: text }),
      history: async () => (await json(base, "GET", `/get-room-history?room_gid=${room}`, headers)).data.map(({ msg }) => msg.txt),
      close: () => socket.close(),
    });
  },

  async flask_chat({ me, other, i }) {
    const heard = new Heard();
    const base = flaskChats()[i % 2];
    const { access_token: token } = await json(base, "POST", "/login", {}, { username: me.username, password });
    const socket = io4(base, { forceNew: true, auth: JSON.stringify({ token }) });
    for (const { username } of [me, other]) socket.on(username, ({ body }) => heard.take(body));
    await new Promise((resolve) => socket.on("echo", resolve));
    const headers = { authorization: `Bearer ${token}` };
    return Object.assign(heard, {
      say: (text) => json(base, "POST", `/add_message/${other.username}`, headers, { body: text }),
      history: async () => (await json(base, "GET", `/message/${other.id}`, headers)).reverse().map(({ body }) => body),
      close: () => socket.close(),
    });
  },

  async chat_socketio({ me, other, i }) {
    const heard = new Heard();
    const socket = io2(`${chatSocketIos()[i % 2]}/chat`, { forceNew: true });
    const emit = (name, payload) => new Promise((resolve) => socket.emit(name, payload, resolve));
    socket.on("messages", ({ data }) => heard.take(data.message.message_data));
    await new Promise((resolve) => socket.on("connect", resolve));
    await emit("login", { data: { type: "login", user_auth: { username: me.username, password } } });
    return Object.assign(heard, {
      say: (text) => emit("messages", { data: { type: "msg", message: { message_data: text, rid: other.username } } }),
      history: async () => (await emit("messages", { meta: { rows: 100, page: 1 }, data: { message: { rid: other.id } } }))
        .data.map(({ message }) => message.message_data),
      close: () => socket.close(),
    });
  },

  async "/v1, Socket.IO"(place) {
    return modern(place, await Client.open(gateways[place.i % 2], place.me.token));
  },

  async "/v1, plain WebSocket"(place) {
    return modern(place, await PlainClient.open(gateways[place.i % 2], place.me.token));
  },
};

function modern({ room }, client) {
  const texts = (events) => events.filter((event) => event.type === "message").map((event) => event.text);
  return {
    until: (...args) => client.until(...args),
    get texts() {
      return texts(client.log(room));
    },
    say: (text) => client.send(room, text),
    history: async () => texts((await client.ask("history", { room, limit: 100 })).events),
    close: () => client.close(),
  };
}

describe("clients of all dialects in one conversation", () => {
  const clients = [];

  before(async () => {
    const people = await Promise.all(["ann", "bob"].map(async (prefix) => {
      const username = `${prefix}-${randomBytes(5).toString("hex")}`;
      const { body } = await call(gateways[0], "POST", "/v1/users", { body: { username, password } });
      return { id: body.user.id, username, token: body.access_token };
    }));
    const { body } = await call(gateways[0], "POST", "/v1/direct", { token: people[0].token, body: { username: people[1].username } });
    // Each kind is there twice: as one of the two on one gateway, as the other on the other.
    for (const [i, [me, other]] of [people, [...people].reverse()].entries()) {
      for (const [name, open] of Object.entries(kinds)) {
        const client = await open({ me, other, room: body.room.gid, i });
        clients.push(Object.assign(client, { kind: `${name} of ${me.username}` }));
      }
    }
  });
  after(() => {
    for (const client of clients) client.close();
  });

  it("hear what every one of them says, once and in the same order, and find it in their history", async () => {
    const said = [];
    for (const [i, client] of clients.entries()) {
      const text = `${i}: ${client.kind} says é😀 "hello"`;
      await client.say(text);
      said.push(text);
    }
    for (const client of clients) {
      await client.until(() => client.texts.length >= said.length, `all messages: ${client.kind}`);
      assert.deepEqual(client.texts, said, client.kind);
    }
    for (const client of clients) assert.deepEqual(await client.history(), said, client.kind);
  });
});
