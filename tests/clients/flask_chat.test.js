// The replaced app "Chat app backend" (Flask): the routes of its document and its Socket.IO, as its clients use them, on two
// gateways.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { io } from "socket.io-client";
import io2 from "socket.io-client-v2";

import { Client } from "./lib/client.js";
import { flaskChats } from "./lib/compat.js";
import { Listener } from "./lib/listener.js";
import { call, createRoom } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = flaskChats();
const password = "correct horse";

async function ask(base, method, path, { token, body, form } = {}) {
  const headers = {};
  if (token) headers.authorization = `Bearer ${token}`;
  if (body) headers["content-type"] = "application/json";
  const response = await fetch(base + path, { method, headers, body: form ? new URLSearchParams(form) : body && JSON.stringify(body) });
  assert.match(response.headers.get("content-type"), /^application\/json/);
  return { status: response.status, body: await response.json() };
}

async function person(base, prefix) {
  const username = `${prefix}-${randomBytes(5).toString("hex")}`;
  const made = await ask(base, "POST", "/user", { body: { username, password } });
  assert.equal(made.status, 201, JSON.stringify(made.body));
  const { status, body } = await ask(base, "POST", "/login", { body: { username, password } });
  assert.equal(status, 200);
  return { id: made.body.id, username, token: body.access_token };
}

/** The client of the document's "frontend". */
class Frontend extends Listener {
  constructor(base, token, make = io, options = { auth: JSON.stringify({ token }) }) {
    super();
    this.socket = make(base, { forceNew: true, ...options });
    for (const name of ["echo", "connect_error", "error", "disconnect"]) this.on(name);
  }

  on(name) {
    this.socket.on(name, (data) => this.hear(name, data));
  }

  static async open(...args) {
    const client = new Frontend(...args);
    await client.until(() => client.all("echo").length > 0, "echo");
    return client;
  }

  close() {
    this.socket.close();
  }
}

const isDate = (text) => assert.ok(Math.abs(new Date(text).getTime() - Date.now()) < 600_000, text);

describe("flask_chat", () => {
  let ann, bob;
  before(async () => {
    [ann, bob] = await Promise.all([person(here, "ann"), person(there, "bob")]);
  });

  it("GET /: greets without a token, to show that the server is running", async () => {
    for (const path of ["/", ""]) {
      const { status, body } = await ask(here, "GET", path);
      assert.deepEqual([status, typeof body.msg], [200, "string"]);
    }
  });

  it("POST and GET user: makes a user, and tells who one is", async () => {
    assert.ok(Number.isInteger(ann.id));
    for (const path of ["/user", "/user/"]) {
      const { status, body } = await ask(there, "GET", path, { token: ann.token });
      assert.deepEqual([status, body], [200, { id: ann.id, username: ann.username, name: ann.username }]);
    }
    const taken = await ask(there, "POST", "/user", { body: { username: ann.username, password } });
    assert.deepEqual([taken.status, taken.body.code], [409, "username_taken"]);
  });

  it("POST login: an access token, by JSON or a form; not with a wrong password", async () => {
    const { status, body } = await ask(there, "POST", "/login", { form: { username: ann.username, password } });
    assert.equal(status, 200);
    assert.equal((await ask(here, "GET", "/user", { token: body.access_token })).body.id, ann.id);
    const wrong = await ask(here, "POST", "/login", { body: { username: ann.username, password: "wrong horse" } });
    assert.deepEqual([wrong.status, Object.keys(wrong.body)], [401, ["msg", "code"]]);
  });

  it("GET login and GET logout: revoke the token, also on the other gateway", async () => {
    for (const path of ["/login", "/logout"]) {
      const { access_token: token } = (await ask(here, "POST", "/login", { body: { username: ann.username, password } })).body;
      const frontend = await Frontend.open(there, token, io, { auth: JSON.stringify({ token }), reconnection: false });
      assert.equal((await ask(here, "GET", path, { token })).status, 200);
      await frontend.until(() => frontend.all("disconnect").length > 0, "the disconnect");
      assert.equal((await ask(here, "GET", "/user", { token })).status, 401);
      assert.equal((await ask(there, "GET", "/user", { token })).status, 401);
      frontend.close();
    }
  });

  it("POST and GET message/<id>: stores, and returns all between the two in descending order of time", async () => {
    const empty = await ask(here, "GET", `/message/${bob.id}`, { token: ann.token });
    assert.deepEqual([empty.status, empty.body], [200, []]);
    const sent = [];
    for (const [from, to, body] of [[ann, bob, "one"], [bob, ann, "two"], [ann, bob, "three"]]) {
      const { status, body: answer } = await ask(here, "POST", `/message/${to.id}`, { token: from.token, body: { body } });
      assert.equal(status, 201);
      assert.deepEqual(answer, { id: answer.id, to: to.id, from: from.id, date_created: answer.date_created, body });
      assert.ok(Number.isSafeInteger(answer.id));
      isDate(answer.date_created);
      sent.unshift(answer);
    }
    assert.deepEqual(sent.map((message) => message.id).sort((a, b) => b - a), sent.map((message) => message.id));
    for (const [base, who, other] of [[here, ann, bob], [there, bob, ann]]) {
      assert.deepEqual((await ask(base, "GET", `/message/${other.id}`, { token: who.token })).body, sent);
    }
  });

  it("POST add_message/<username>: sends to the user of that name", async () => {
    const { status, body } = await ask(there, "POST", `/add_message/${ann.username}`, { token: bob.token, body: { body: "by name" } });
    assert.equal(status, 201);
    assert.deepEqual([body.from, body.to, body.body], [bob.id, ann.id, "by name"]);
    assert.deepEqual((await ask(here, "GET", `/message/${bob.id}`, { token: ann.token })).body[0], body);
  });

  it("GET chats: the users who have sent or received messages, and no others", async () => {
    const [eve, dora] = await Promise.all([person(here, "eve"), person(here, "dora")]);
    assert.deepEqual((await ask(here, "GET", "/chats", { token: eve.token })).body, []);
    await ask(here, "POST", `/message/${ann.id}`, { token: eve.token, body: { body: "hi" } });
    await call(gateways[0], "POST", "/v1/direct", { token: dora.token, body: { username: eve.username } }); // Nothing said.
    assert.deepEqual((await ask(there, "GET", "/chats", { token: eve.token })).body,
      [{ id: ann.id, username: ann.username, name: ann.username }]);
    assert.deepEqual((await ask(there, "GET", "/chats", { token: ann.token })).body.map((user) => user.id).sort(),
      [bob.id, eve.id].sort());
  });

  it("refuses without a token, what is nobody's, and what is no message, and stores nothing of it", async () => {
    const before = (await ask(here, "GET", `/message/${bob.id}`, { token: ann.token })).body;
    const code = async (...args) => {
      const { status, body } = await ask(here, ...args);
      assert.equal(typeof body.msg, "string");
      return [status, body.code];
    };
    for (const path of ["/user", "/login", "/logout", "/chats", `/message/${bob.id}`]) {
      assert.deepEqual(await code("GET", path), [401, "unauthenticated"], path);
    }
    const { token } = ann;
    assert.deepEqual(await code("POST", "/message/999999999", { token, body: { body: "x" } }), [404, "user_not_found"]);
    assert.deepEqual(await code("POST", "/message/99999999999999999999", { token, body: { body: "x" } }), [404, "not_found"]);
    assert.deepEqual(await code("GET", "/message/bob", { token }), [404, "not_found"]);
    assert.deepEqual(await code("POST", "/add_message/nobody-at-all", { token, body: { body: "x" } }), [404, "user_not_found"]);
    assert.deepEqual(await code("POST", `/message/${ann.id}`, { token, body: { body: "to myself" } }), [400, "invalid_argument"]);
    for (const body of [{}, { body: 7 }, { body: " " }, { body: null }]) {
      assert.equal((await code("POST", `/message/${bob.id}`, { token, body }))[0], 400, JSON.stringify(body));
    }
    assert.equal((await code("DELETE", "/user", { token }))[0], 405);
    assert.equal((await code("GET", "/message/1/2", { token }))[0], 404);
    assert.deepEqual((await ask(here, "GET", `/message/${bob.id}`, { token })).body, before);
  });

  describe("its Socket.IO", () => {
    const open = [];
    after(() => {
      for (const client of open) client.close();
    });
    const connect = async (...args) => {
      const client = await Frontend.open(...args);
      open.push(client);
      return client;
    };

    it("says `you have been connected` to `echo`, for a token as JSON text, as an object, and in the URL of old clients", async () => {
      const ways = [
        [here, ann.token],
        [there, ann.token, io, { auth: { token: ann.token } }],
        [there, ann.token, io2, { query: { token: ann.token } }],
      ];
      for (const way of ways) {
        const client = await connect(...way);
        assert.deepEqual(client.all("echo"), ["you have been connected"]);
      }
    });

    it("turns a client away whose token is not good", async () => {
      for (const auth of [JSON.stringify({ token: "no" }), "no JSON", JSON.stringify({}), {}]) {
        const client = new Frontend(here, "", io, { auth });
        open.push(client);
        await client.until(() => client.all("connect_error").length > 0, "connect_error");
        assert.deepEqual(client.all("echo"), []);
      }
    });

    it("delivers each message as an event named after the recipient, whoever sends it by whatever means", async () => {
      const [anns, bobs] = [await connect(here, ann.token), await connect(there, bob.token)];
      for (const client of [anns, bobs]) {
        client.on(ann.username);
        client.on(bob.username);
      }
      const sent = (await ask(here, "POST", `/message/${bob.id}`, { token: ann.token, body: { body: "live" } })).body;
      await bobs.until(() => bobs.all(bob.username).length === 1, "the message");
      assert.deepEqual(bobs.all(bob.username), [sent]);
      // The sender's devices hear it as well, by the same name.
      await anns.until(() => anns.all(bob.username).length === 1, "the message");
      assert.deepEqual(anns.all(bob.username), [sent]);

      const { room } = (await call(gateways[0], "POST", "/v1/direct", { token: bob.token, body: { username: ann.username } })).body;
      const modern = await Client.open(gateways[1], bob.token);
      const ack = await modern.send(room.gid, "from a new client");
      await anns.until(() => anns.all(ann.username).length === 1, "the message");
      const [heard] = anns.all(ann.username);
      assert.deepEqual([heard.from, heard.to, heard.body, new Date(heard.date_created).getTime()],
        [bob.id, ann.id, "from a new client", ack.ts]);
      assert.deepEqual((await ask(there, "GET", `/message/${bob.id}`, { token: ann.token })).body[0], heard);
      modern.close();
    });

    it("delivers a first message of somebody new, and nothing of groups", async () => {
      const eve = await person(there, "eve");
      const bobs = await connect(here, bob.token);
      bobs.on(bob.username);
      const group = await createRoom(gateways[0], eve, [bob]);
      const modern = await Client.open(gateways[0], eve.token);
      await modern.send(group.gid, "to all");
      await ask(there, "POST", `/add_message/${bob.username}`, { token: eve.token, body: { body: "to you" } });
      await bobs.until(() => bobs.all(bob.username).length > 0, "the message");
      await ask(there, "POST", `/add_message/${bob.username}`, { token: eve.token, body: { body: "again" } });
      await bobs.until(() => bobs.all(bob.username).length > 1, "the message");
      assert.deepEqual(bobs.all(bob.username).map((message) => message.body), ["to you", "again"]);
      modern.close();
    });
  });
});
