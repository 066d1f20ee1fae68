// What the app "Chat Messaging Template" did, by /v1 and Socket.IO: two browsers side by side, each signed in as
// somebody else, who chat with each other by name, leave, and chat with another.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

/** One browser: a gateway, and who is signed in there. */
class Browser {
  constructor(gateway, name) {
    this.gateway = gateway;
    this.username = `${name}-${randomBytes(5).toString("hex")}`;
    this.password = "correct horse";
  }

  async #enter(path) {
    const { status, body } = await call(this.gateway, "POST", path, { body: { username: this.username, password: this.password } });
    if (status >= 300) return body.code;
    this.token = body.access_token;
    this.client = await Client.open(this.gateway, this.token);
    return "in";
  }

  signUp() {
    return this.#enter("/v1/users");
  }

  logIn() {
    return this.#enter("/v1/login");
  }

  /** Types the other's name and clicks Chat: the gid of their room, or the error's code. */
  async chatWith(other) {
    const found = await this.client.ask("user", { username: other.username });
    if (!found.ok) return found.error.code;
    const { room } = await this.client.ask("direct", { username: found.user.username });
    return room.gid;
  }

  async leave(room) {
    const left = await this.client.ask("room.leave", { room });
    assert.ok(left.ok, JSON.stringify(left));
    await this.client.until(() => this.client.all("room.removed").some((notice) => notice.room === room), "room.removed");
  }

  texts(room) {
    return this.client.log(room).filter((event) => event.type === "message").map((event) => event.text);
  }

  hears(room, text) {
    return this.client.until(() => this.texts(room).includes(text), `"${text}"`);
  }
}

describe("two browsers of Chat Messaging Template", () => {
  const ada = new Browser(gateways[0], "ada");
  const bob = new Browser(gateways[1], "bob");
  const eve = new Browser(gateways[1], "eve");
  let room;

  before(async () => {
    assert.deepEqual(await Promise.all([ada, bob, eve].map((browser) => browser.signUp())), ["in", "in", "in"]);
  });
  after(() => {
    for (const { client } of [ada, bob, eve]) client?.close();
  });

  it("sign up and log in, with their own password only", async () => {
    const again = new Browser(gateways[1], "x");
    again.username = ada.username;
    assert.equal(await again.signUp(), "username_taken");
    assert.equal(await again.logIn(), "in");
    again.client.close();
    again.password = "wrong horse";
    assert.equal(await again.logIn(), "invalid_credentials");
  });

  it("find each other by name, and come into one room whoever clicks first", async () => {
    room = await ada.chatWith(bob);
    assert.equal(await bob.chatWith(ada), room);
    assert.equal(await ada.chatWith({ username: "nobody-at-all" }), "user_not_found");
  });

  it("talk, each hearing the other at once", async () => {
    await ada.client.send(room, "hello bob");
    await bob.hears(room, "hello bob");
    await bob.client.send(room, "hello ada");
    for (const one of [ada, bob]) await one.hears(room, "hello ada");
    assert.deepEqual(ada.texts(room), bob.texts(room));
  });

  it("leave: what is said after is not heard, and nobody else's room is touched", async () => {
    await ada.leave(room);
    const alone = await bob.client.send(room, "are you there?");
    await bob.hears(room, "are you there?");
    assert.ok(alone.ok);
    assert.equal((await ada.client.send(room, "no")).error.code, "not_a_member");
    assert.equal((await ada.client.ask("history", { room })).error.code, "not_a_member");
    assert.deepEqual((await ada.client.ask("rooms")).rooms, []);
    assert.ok(!ada.texts(room).includes("are you there?"));
  });

  it("chat with another, whom the first does not hear", async () => {
    const other = await ada.chatWith(eve);
    assert.notEqual(other, room);
    await ada.client.send(other, "hello eve");
    await eve.hears(other, "hello eve");
    await eve.client.send(other, "hello ada, eve here");
    await ada.hears(other, "hello ada, eve here");
    assert.deepEqual(bob.texts(other), []);
    await ada.leave(other);
  });

  it("come back to the first by name, to what was said there, and go on", async () => {
    assert.equal(await ada.chatWith(bob), room);
    await ada.client.until(() => ada.client.all("room.added").filter((notice) => notice.room === room).length === 2, "room.added");
    await ada.client.send(room, "back again");
    await bob.hears(room, "back again");
    await bob.client.send(room, "welcome back");
    await ada.hears(room, "welcome back");
    const { events } = await ada.client.ask("history", { room });
    assert.deepEqual(events.filter((event) => event.type === "message").map((event) => event.text),
      ["hello bob", "hello ada", "are you there?", "back again", "welcome back"]);
  });

  it("both may leave, and the one who opens it again brings the other back", async () => {
    await ada.leave(room);
    const gone = bob.client.all("room.removed").length;
    assert.ok((await bob.client.ask("room.leave", { room })).ok);
    await bob.client.until(() => bob.client.all("room.removed").length > gone, "room.removed");
    assert.equal(await bob.chatWith(ada), room);
    await bob.client.send(room, "once more");
    await ada.hears(room, "once more");
  });
});
