// What is refused, and how: each refusal has its own code, on every door.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

describe("refusals", () => {
  let ada, eve, room, client, evesClient;

  before(async () => {
    [ada, eve] = await Promise.all([signUp(here, "ada"), signUp(there, "eve")]);
    room = (await createRoom(here, ada, [])).gid;
    client = await Client.open(here, ada.token);
    evesClient = await Client.open(there, eve.token);
  });
  after(() => {
    client?.close();
    evesClient?.close();
  });

  async function refused(answer, code) {
    const { ok, error } = await answer;
    assert.equal(ok, false);
    assert.equal(error.code, code);
    assert.ok(error.message.length > 0);
    assert.equal(typeof error.retryable, "boolean");
  }

  async function refusedByRest(request, status, code) {
    const { status: got, body, headers } = await request;
    assert.deepEqual([got, body.code, body.status], [status, code, status], JSON.stringify(body));
    assert.match(headers.get("content-type"), /^application\/problem\+json/);
  }

  it("a wrong, missing or malformed token: connect_error with its code", async () => {
    const [header, payload, signature] = ada.token.split(".");
    const forged = [header, payload, signature.replace(/^./, (c) => (c === "A" ? "B" : "A"))].join(".");
    for (const auth of [{ token: "nonsense" }, { token: forged }, {}, { token: 7 }]) {
      const error = await Client.refusal(here, auth);
      assert.ok(["unauthenticated", "invalid_argument"].includes(error.data.code), JSON.stringify(error));
    }
    await refusedByRest(call(here, "GET", "/v1/me", { token: forged }), 401, "unauthenticated");
    await refusedByRest(call(here, "GET", "/v1/me"), 401, "unauthenticated");
  });

  it("an unknown room", async () => {
    for (const gid of ["zzzzzzzz", "", "no such room", "'; drop table"]) {
      await refused(client.send(gid, "hello"), "room_not_found");
    }
    await refused(client.ask("history", { room: "zzzzzzzz" }), "room_not_found");
    await refused(client.ask("subscribe", { room: "zzzzzzzz" }), "room_not_found");
    await refusedByRest(call(here, "GET", "/v1/rooms/zzzzzzzz", { token: ada.token }), 404, "room_not_found");
  });

  it("somebody who is not a member", async () => {
    await refused(evesClient.send(room, "let me in"), "not_a_member");
    await refused(evesClient.ask("history", { room }), "not_a_member");
    await refused(evesClient.ask("subscribe", { room }), "not_a_member");
    const path = `/v1/rooms/${room}`;
    const as = { token: eve.token };
    await refusedByRest(call(there, "GET", path, as), 403, "not_a_member");
    await refusedByRest(call(there, "GET", `${path}/history`, as), 403, "not_a_member");
    // Also on a gateway that knows the room already.
    await refusedByRest(call(here, "POST", `${path}/messages`, { ...as, body: { text: "x" } }), 403, "not_a_member");
    await refusedByRest(
      call(here, "POST", `${path}/members`, { ...as, body: { username: eve.username } }), 403, "not_a_member");
  });

  it("an empty and an oversized text", async () => {
    for (const text of ["", " \n\t "]) await refused(client.send(room, text), "empty_text");
    await refused(client.send(room, "x".repeat(16 * 1024 + 1)), "text_too_long");
    await refused(client.send(room, "x".repeat(300_000)), "text_too_long");
    const ack = await client.send(room, "x".repeat(16 * 1024));
    assert.ok(ack.ok);
    const path = `/v1/rooms/${room}/messages`;
    await refusedByRest(call(here, "POST", path, { token: ada.token, body: { text: "" } }), 400, "empty_text");
    await refusedByRest(
      call(here, "POST", path, { token: ada.token, body: { text: "x".repeat(20_000) } }), 413, "text_too_long");
  });

  it("fields of a wrong type, unknown commands, malformed JSON", async () => {
    await refused(client.ask("send", { room, text: 7 }), "invalid_argument");
    await refused(client.ask("send", { text: "no room" }), "invalid_argument");
    await refused(client.ask("send", { room, text: "x", attributes: [] }), "invalid_argument");
    await refused(client.ask("send", { room, text: "nul \u0000" }), "invalid_argument");
    await refused(client.ask("send", { room, text: "x", client_msg_id: "y".repeat(65) }), "invalid_argument");
    await refused(client.ask("history", { room, limit: "ten" }), "invalid_argument");
    await refused(client.ask("history", { room, limit: 0 }), "invalid_argument");
    await refused(client.ask("history", { room, before: -1 }), "invalid_argument");
    await refused(client.ask("subscribe", { room, position: { seq: 1 } }), "invalid_argument");
    await refused(client.ask("send", "a string"), "invalid_argument");
    await refused(client.ask("no.such.command"), "unknown_command");
    const path = `/v1/rooms/${room}`;
    const as = { token: ada.token };
    await refusedByRest(call(here, "POST", `${path}/messages`, { ...as, body: "{" }), 400, "invalid_argument");
    await refusedByRest(call(here, "POST", `${path}/messages`, { ...as, body: "[]" }), 400, "invalid_argument");
    await refusedByRest(call(here, "GET", `${path}/history?limit=x`, as), 400, "invalid_argument");
    await refusedByRest(call(here, "GET", "/v1/nothing", as), 404, "unknown_command");
    await refusedByRest(call(here, "PUT", "/v1/rooms", as), 405, "unknown_command");
    assert.ok((await client.send(room, "the connection has survived all of it")).ok);
  });

  it("bad accounts: taken, weak, unknown, wrong password", async () => {
    const users = (body) => call(here, "POST", "/v1/users", { body });
    const username = ada.username.toUpperCase();
    await refusedByRest(users({ username, password: "correct horse" }), 409, "username_taken");
    await refusedByRest(users({ username: "short", password: "short" }), 400, "invalid_argument");
    await refusedByRest(users({ username: "with space", password: "correct horse" }), 400, "invalid_argument");
    await refusedByRest(users({ password: "correct horse" }), 400, "invalid_argument");
    const login = (body) => call(there, "POST", "/v1/login", { body });
    await refusedByRest(login({ username: ada.username, password: "wrong" }), 401, "invalid_credentials");
    await refusedByRest(login({ username: "nobody-at-all", password: "wrong" }), 401, "invalid_credentials");
  });

  it("rooms with unknown people or bad names", async () => {
    const create = (body) => call(here, "POST", "/v1/rooms", { token: ada.token, body });
    await refusedByRest(create({ name: "r", members: ["nobody-at-all"] }), 404, "user_not_found");
    await refusedByRest(create({ name: "  " }), 400, "invalid_argument");
    await refusedByRest(create({ name: "x".repeat(500) }), 400, "invalid_argument");
    await refusedByRest(create({ name: "r", kind: "secret" }), 400, "invalid_argument");
    await refusedByRest(create({ name: "r", members: "bob" }), 400, "invalid_argument");
    const direct = (username) => call(here, "POST", "/v1/direct", { token: ada.token, body: { username } });
    await refusedByRest(direct("nobody-at-all"), 404, "user_not_found");
    await refusedByRest(direct(ada.username), 400, "invalid_argument");
  });
});
