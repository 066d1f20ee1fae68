// Users: found, renamed, with other passwords, blocked, deleted; and what becomes of their sessions.
import assert from "node:assert/strict";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

const login = (account, password = account.password) =>
  call(here, "POST", "/v1/login", { body: { username: account.username, password } });
const direct = (by, other) =>
  call(here, "POST", "/v1/direct", { token: by.token, body: { username: other.username } });

describe("people", () => {
  it("are found by username, id and uuid, and by the beginning of username or name", async () => {
    const ada = await signUp(here, "Ada");
    const find = (path) => call(there, "GET", path, { token: ada.token });
    for (const handle of [ada.username, ada.username.toUpperCase(), ada.user.id, ada.user.uuid]) {
      assert.deepEqual((await find(`/v1/users/${handle}`)).body, { user: ada.user }, String(handle));
    }
    assert.equal((await find("/v1/users/nobody-at-all")).body.code, "user_not_found");
    const prefix = ada.username.slice(0, -2).toLowerCase();
    assert.deepEqual((await find(`/v1/users?prefix=${prefix}`)).body.users, [ada.user]);
    const client = await Client.open(there, ada.token);
    assert.deepEqual((await client.ask("user", { username: ada.username })).user, ada.user);
    assert.deepEqual((await client.ask("users", { prefix, limit: 1 })).users, [ada.user]);
    assert.equal((await client.ask("users", { prefix, limit: 51 })).error.code, "invalid_argument");
    assert.equal((await client.ask("users", { prefix: "" })).error.code, "invalid_argument");
    client.close();
  });

  it("a new name is shown everywhere, also by what was sent before and with an old token", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, ada, [bob])).gid;
    const bobsClient = await Client.open(there, bob.token);
    const adasClient = await Client.open(here, ada.token);
    await adasClient.send(room, "before");
    const renamed = await call(here, "PATCH", "/v1/me", { token: ada.token, body: { name: "Countess" } });
    assert.deepEqual([renamed.status, renamed.body.user.name], [200, "Countess"]);
    assert.equal((await call(there, "GET", "/v1/me", { token: ada.token })).body.user.name, "Countess");
    const { seq } = await adasClient.send(room, "after");
    await bobsClient.hears(room, seq);
    assert.equal(bobsClient.log(room).at(-1).sender.name, "Countess");
    await createRoom(here, ada, [bob]); // The old token says the old name.
    // Where bob is not connected, so that it comes from the store.
    const events = await wholeHistory(here, bob, room);
    assert.deepEqual(events.map((event) => event.sender.name), ["Countess", "Countess"]);
    const bad = await call(here, "PATCH", "/v1/me", { token: ada.token, body: { name: " " } });
    assert.equal(bad.status, 400);
    adasClient.close();
    bobsClient.close();
  });

  it("a new password ends the other sessions and their connections, and only those", async () => {
    const ada = await signUp(here);
    const other = (await login(ada)).body;
    const otherClient = await Client.open(there, other.access_token, { reconnection: false });
    const client = await Client.open(there, ada.token, { reconnection: false });
    const change = (old_password, new_password) =>
      call(here, "POST", "/v1/me/password", { token: ada.token, body: { old_password, new_password } });
    assert.equal((await change("not the password", "battery staple")).body.code, "invalid_credentials");
    assert.equal((await change(ada.password, "short")).status, 400);
    assert.ok((await otherClient.ask("me")).ok);
    assert.equal((await change(ada.password, "battery staple")).status, 204);
    await otherClient.until(() => !otherClient.socket.connected, "the disconnect");
    assert.equal((await call(here, "GET", "/v1/me", { token: other.access_token })).status, 401);
    assert.ok((await client.ask("me")).ok);
    assert.equal((await login(ada)).body.code, "invalid_credentials");
    assert.equal((await login(ada, "battery staple")).status, 200);
    client.close();
  });

  it("see their sessions, and log out of all of them", async () => {
    const ada = await signUp(here);
    const other = (await login(ada)).body;
    const client = await Client.open(there, other.access_token, { reconnection: false });
    const { sessions } = (await call(there, "GET", "/v1/me/sessions", { token: ada.token })).body;
    assert.deepEqual(sessions.map((session) => session.current).sort(), [false, true]);
    assert.ok(sessions.every((session) => session.used_at >= session.created_at));
    const out = await call(here, "POST", "/v1/logout", { token: ada.token, body: { all: true } });
    assert.equal(out.status, 204);
    await client.until(() => !client.socket.connected, "the disconnect");
    for (const token of [ada.token, other.access_token]) {
      assert.equal((await call(here, "GET", "/v1/me", { token })).status, 401);
    }
    for (const refresh_token of [ada.refreshToken, other.refresh_token]) {
      assert.equal((await call(here, "POST", "/v1/token", { body: { refresh_token } })).status, 401);
    }
  });

  it("who is blocked neither opens the direct room nor sends there, and still reads it", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await direct(bob, ada)).body.room.gid;
    const bobsClient = await Client.open(there, bob.token);
    assert.ok((await bobsClient.send(room, "hello")).ok);
    const blocks = (method, who = "") => call(here, method, `/v1/me/blocks${who}`, { token: ada.token });
    assert.equal((await blocks("POST", `/${bob.username}`)).status, 204);
    assert.deepEqual((await blocks("GET")).body.users, [bob.user]);
    assert.equal((await bobsClient.send(room, "still there?")).error.code, "blocked");
    assert.equal((await direct(bob, ada)).body.code, "blocked");
    assert.equal((await direct(bob, ada)).status, 403);
    const sent = await call(here, "POST", `/v1/rooms/${room}/messages`, { token: ada.token, body: { text: "bye" } });
    assert.equal(sent.status, 201);
    await bobsClient.hears(room, sent.body.seq);
    assert.equal((await wholeHistory(there, bob, room)).length, 2);
    const group = (await createRoom(here, ada, [bob])).gid;
    assert.ok((await bobsClient.send(group, "here I may")).ok);
    assert.equal((await blocks("DELETE", `/${bob.username}`)).status, 204);
    assert.deepEqual((await blocks("GET")).body.users, []);
    assert.ok((await bobsClient.send(room, "hello again")).ok);
    assert.equal((await blocks("POST", `/${ada.username}`)).status, 400);
    assert.equal((await blocks("POST", "/nobody-at-all")).status, 404);
    bobsClient.close();
  });

  it("a deleted account is gone everywhere but for its messages", async () => {
    const [ada, bob] = await Promise.all([signUp(here, "Ada"), signUp(there)]);
    const room = (await createRoom(here, bob, [])).gid;
    const bobsClient = await Client.open(there, bob.token);
    assert.ok((await bobsClient.ask("member.add", { room, username: ada.username })).ok);
    const client = await Client.open(there, ada.token, { reconnection: false });
    await client.send(room, "remember me");
    const mention = await bobsClient.send(room, "as you like", { mentions: [ada.username] });
    await bobsClient.hears(room, mention.seq);
    const remove = (password) => call(here, "DELETE", "/v1/me", { token: ada.token, body: { password } });
    assert.equal((await remove("not the password")).body.code, "invalid_credentials");
    assert.ok((await client.ask("me")).ok);
    assert.equal((await remove(ada.password)).status, 204);
    await client.until(() => !client.socket.connected, "the disconnect");
    assert.equal((await login(ada)).body.code, "invalid_credentials");
    assert.equal((await call(here, "GET", "/v1/me", { token: ada.token })).status, 401);
    assert.equal((await call(here, "GET", `/v1/users/${ada.username}`, { token: bob.token })).status, 404);
    const again = await call(here, "POST", "/v1/users", { body: { username: ada.username, password: "password1" } });
    assert.equal(again.body.code, "username_taken");
    await bobsClient.until(() => bobsClient.all("member.left").length > 0, "the leaving");
    for (const gateway of [here, there]) { // Bob is not connected to the one, and to the other he is.
      const [joined, message, mentioning, left] = await wholeHistory(gateway, bob, room);
      assert.deepEqual([message.text, message.sender.name, message.sender.id],
        ["remember me", "Deleted user", ada.user.id]);
      for (const shown of [joined.member, ...mentioning.mentions, left.member]) {
        assert.deepEqual([shown.name, shown.id, shown.uuid], ["Deleted user", ada.user.id, ada.user.uuid]);
      }
      const folded = await call(gateway, "GET", `/v1/rooms/${room}/history`, { token: bob.token });
      for (const events of [[joined, message, mentioning, left], folded.body.events]) {
        assert.equal(events.length, 4);
        assert.ok(!JSON.stringify(events).includes(ada.username));
      }
    }
    const { body } = await call(there, "GET", `/v1/rooms/${room}`, { token: bob.token });
    assert.deepEqual(body.room.members.map((member) => member.username), [bob.username]);
    bobsClient.close();
  });

  it("a deleted account that asks for it takes along what it said, also where it has left", async () => {
    const [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    const room = (await createRoom(here, bob, [ada])).gid;
    const client = await Client.open(there, ada.token, { reconnection: false });
    const bobsClient = await Client.open(there, bob.token);
    await client.send(room, "a word of mine");
    const left = await call(here, "DELETE", `/v1/rooms/${room}/members/${ada.username}`, { token: ada.token });
    assert.equal(left.status, 204);
    const removed = await call(here, "DELETE", "/v1/me", { token: ada.token, body: { password: ada.password, redact: true } });
    assert.equal(removed.status, 204);
    await bobsClient.until(() => bobsClient.all("message.redacted").length > 0, "the redaction");
    const [message] = await wholeHistory(here, bob, room); // Where bob is not connected.
    assert.deepEqual([message.text, message.redacted.by.name], [undefined, "Deleted user"]);
    assert.ok(!JSON.stringify(message).includes("mine"));
    client.close();
    bobsClient.close();
  });
});
