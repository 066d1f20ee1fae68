// What clients may do how often: gateways with tiny limits refuse more, on every door, with the limit's own code and the time
// to wait; a store with tiny limits counts what there is.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, metric, startAgain, startAgainWith } from "./lib/system.js";

const [here, there] = gateways; // Each counts for itself; what is tried here is prepared there.

const tinyRates = {
  CONFAB_GATEWAY_RATE_ROOM_SENDS: "3/1h",
  CONFAB_GATEWAY_RATE_SENDS: "5/1h",
  CONFAB_GATEWAY_RATE_CHANGES: "2/1h",
  CONFAB_GATEWAY_RATE_PAGES: "4/1h",
  CONFAB_GATEWAY_RATE_SEARCHES: "2/1h",
  CONFAB_GATEWAY_RATE_CREATES: "3/1h",
  CONFAB_GATEWAY_RATE_SETTINGS: "2/1h",
  CONFAB_GATEWAY_RATE_REFUSALS: "20/1h",
  CONFAB_GATEWAY_MAX_CONNECTIONS_PER_USER: "2",
  CONFAB_GATEWAY_TRUSTED_PROXIES: "127.0.0.0/8",
  CONFAB_GATEWAY_RATE_SIGN_UPS: "2/1h",
  CONFAB_GATEWAY_RATE_FAILED_LOGINS: "2/1h",
  CONFAB_GATEWAY_MAX_CONNECTIONS_PER_ADDRESS: "2",
  CONFAB_GATEWAY_MAX_BODY_BYTES: "4096",
  CONFAB_GATEWAY_MAX_FRAME_BYTES: "4096",
};

const tinyCounts = {
  CONFAB_MESSAGE_STORE_MAX_TEXT_BYTES: "100",
  CONFAB_MESSAGE_STORE_MAX_MENTIONS: "1",
  CONFAB_MESSAGE_STORE_MAX_MEMBERS: "3",
  CONFAB_MESSAGE_STORE_MAX_ROOMS: "4",
  CONFAB_MESSAGE_STORE_MAX_BLOCKS: "1",
  CONFAB_MESSAGE_STORE_MAX_PINS: "1",
  CONFAB_MESSAGE_STORE_MAX_REACTIONS: "1",
  CONFAB_MESSAGE_STORE_MAX_INVITES: "1",
};

const counted = (limit) => metric("confab_gateway_limited_total", { limit });

/** The three doors: each calls a command (REST by its route) and gives { ok } or the error. */
const doors = {
  async rest(account) {
    return {
      call: async (cmd, data, route) => {
        const [method, path] = route;
        const { status, body, headers } = await call(here, method, path, {
          token: account.token, body: method === "GET" ? undefined : data,
        });
        if (status < 300) return { ok: true };
        assert.equal(body.status, status);
        if (status === 429) {
          assert.equal(Number(headers.get("retry-after")), Math.ceil(body.retry_after_ms / 1000));
        }
        return body;
      },
      close() {},
    };
  },
  async "Socket.IO"(account) {
    return overClient(await Client.open(here, account.token));
  },
  async "plain WebSocket"(account) {
    return overClient(await PlainClient.open(here, account.token));
  },
};

function overClient(client) {
  return {
    call: async (cmd, data) => {
      const answer = await client.ask(cmd, data);
      return answer.ok ? answer : answer.error;
    },
    close: () => client.close(),
  };
}

/** The gateways begin anew, and so do the connections that fetch() has kept to them. */
async function restart(settings) {
  startAgainWith(settings);
  for (const gateway of gateways) await fetch(`${gateway}/v1/openapi.json`).then((answer) => answer.text(), () => {});
}

const range = (count) => [...Array(count).keys()];

describe("limits of gateways", () => {
  before(() => restart(tinyRates));
  after(startAgain);

  // What, how many are admitted, command, data and REST route by number; who is "other" in them.
  const rates = [
    ["room_send_rate_limited", 3, "send", (room, other, n) => ({ room: room.gid, text: `text ${n}` }),
      (room) => ["POST", `/v1/rooms/${room.gid}/messages`]],
    ["change_rate_limited", 2, "react", (room) => ({ room: room.gid, seq: 1, reaction: "+1" }),
      (room) => ["PUT", `/v1/rooms/${room.gid}/messages/1/reactions/%2B1`]],
    ["page_rate_limited", 4, "history", (room) => ({ room: room.gid }), (room) => ["GET", `/v1/rooms/${room.gid}/history`]],
    ["search_rate_limited", 2, "users", (room, other) => ({ prefix: other.username }),
      (room, other) => ["GET", `/v1/users?prefix=${other.username}`]],
    ["create_rate_limited", 3, "direct", (room, other) => ({ username: other.username }), () => ["POST", "/v1/direct"]],
    ["settings_rate_limited", 2, "me.update", () => ({ name: "Ann" }), () => ["PATCH", "/v1/me"]],
  ];
  for (const [code, admitted, cmd, data, route] of rates) {
    for (const [door, open] of Object.entries(doors)) {
      it(`${cmd} by ${door}: ${admitted} at once, then ${code}`, async () => {
        const [ann, bob] = await Promise.all([signUp(there, "ann"), signUp(there, "bob")]);
        const room = await createRoom(there, ann, []);
        await call(there, "POST", `/v1/rooms/${room.gid}/messages`, { token: ann.token, body: { text: "first" } });
        const connection = await open(ann);
        const before = await counted(code);
        for (const n of range(admitted)) {
          const answer = await connection.call(cmd, data(room, bob, n), route(room, bob));
          assert.ok(answer.ok, JSON.stringify(answer));
        }
        const refused = await connection.call(cmd, data(room, bob, admitted), route(room, bob));
        assert.equal(refused.code, code);
        assert.equal(refused.retryable, true);
        const hour = 3_600_000;
        assert.ok(refused.retry_after_ms > 0 && refused.retry_after_ms <= hour / admitted, refused.retry_after_ms);
        assert.equal(await counted(code), before + 1);
        connection.close();
      });
    }
  }

  it("one count for a user by all doors, another for each user and gateway", async () => {
    const [ann, bob] = await Promise.all([signUp(there, "ann"), signUp(there, "bob")]);
    const room = await createRoom(there, ann, [bob]);
    for (const open of Object.values(doors)) {
      const connection = await open(ann);
      const answer = await connection.call("send", { room: room.gid, text: "x" }, ["POST", `/v1/rooms/${room.gid}/messages`]);
      assert.ok(answer.ok, JSON.stringify(answer));
      connection.close();
    }
    const send = (gateway, { token }) =>
      call(gateway, "POST", `/v1/rooms/${room.gid}/messages`, { token, body: { text: "x" } });
    assert.equal((await send(here, ann)).body.code, "room_send_rate_limited");
    assert.equal((await send(here, bob)).status, 201);
    assert.equal((await send(there, ann)).status, 201);
  });

  it("messages to all rooms together: send_rate_limited", async () => {
    const ann = await signUp(there, "ann");
    const rooms = [await createRoom(there, ann, []), await createRoom(there, ann, [])];
    const codes = [];
    for (const n of range(6)) {
      const { body } = await call(here, "POST", `/v1/rooms/${rooms[n % 2].gid}/messages`, {
        token: ann.token, body: { text: "x" },
      });
      codes.push(body.code);
    }
    assert.deepEqual(codes, [undefined, undefined, undefined, undefined, undefined, "send_rate_limited"]);
  });

  it("a flood is closed with 4103", async () => {
    const ann = await signUp(there, "ann");
    const client = await PlainClient.open(here, ann.token);
    for (const n of range(40)) client.socket.send(JSON.stringify({ id: 1000 + n, cmd: "users", data: { prefix: "ann" } }));
    await client.until(() => client.closed, "the end");
    assert.equal(client.closed.code, 4103);
  });

  it("connections of a user: too_many_connections until one is closed", async () => {
    const ann = await signUp(there, "ann");
    const [first, second] = [await Client.open(here, ann.token), await PlainClient.open(here, ann.token)];
    const before = await counted("too_many_connections");
    const refusal = await Client.refusal(here, { token: ann.token });
    assert.equal(refusal.data.code, "too_many_connections");
    assert.ok(refusal.data.retry_after_ms > 0);
    assert.equal(await counted("too_many_connections"), before + 1);
    first.socket.close();
    for (let refused = true; refused;) {
      const third = new Client(here, ann.token, { reconnection: false });
      await third.until(() => third.socket.connected || !third.socket.active, "an answer");
      refused = !third.socket.connected;
      third.socket.close();
    }
    second.socket.close();
  });

  it("addresses that a trusted proxy tells: accounts, failed logins and connections", async () => {
    const post = (path, from, body) => fetch(here + path, {
      method: "POST", headers: { "x-forwarded-for": from, "content-type": "application/json" }, body: JSON.stringify(body),
    }).then((answer) => answer.json());
    const account = (n) => ({ username: `limits-${process.pid}-${Date.now()}-${n}`, password: "correct horse" });
    const [one, two] = [account(1), account(2)];
    for (const body of [one, two]) assert.ok((await post("/v1/users", "203.0.113.7", body)).user);
    const refused = await post("/v1/users", "198.51.100.1, 203.0.113.7", account(3));
    assert.equal(refused.code, "sign_up_rate_limited");
    assert.ok((await post("/v1/users", "203.0.113.7, 198.51.100.1", account(4))).user);

    const wrong = { ...one, password: "wrong horse" };
    for (const _ of range(2)) assert.equal((await post("/v1/login", "203.0.113.7", wrong)).code, "invalid_credentials");
    assert.equal((await post("/v1/login", "203.0.113.7", one)).code, "login_rate_limited");
    assert.ok((await post("/v1/login", "198.51.100.1", one)).user, "others log in from elsewhere");

    const poll = () => fetch(`${here}/socket.io/?EIO=4&transport=polling`, { headers: { "x-forwarded-for": "192.0.2.1" } });
    for (const _ of range(2)) assert.equal((await poll()).status, 200);
    const third = await poll();
    assert.equal(third.status, 429);
    assert.equal((await third.json()).code, "too_many_connections");
    assert.ok(Number(third.headers.get("retry-after")) > 0);
  });

  it("sizes: a REST body and a frame above what is set", async () => {
    const ann = await signUp(there, "ann");
    const large = "x".repeat(5000);
    const body = { name: "room", topic: large };
    assert.equal((await call(here, "POST", "/v1/rooms", { token: ann.token, body })).body.code, "payload_too_large");
    const client = await PlainClient.open(here, ann.token);
    client.socket.send(JSON.stringify({ id: 1, cmd: "me", data: { large } }));
    await client.until(() => client.closed, "the end");
    assert.equal(client.closed.code, 1009);
  });

});

describe("limits of the store", () => {
  before(() => restart(tinyCounts));
  after(startAgain);

  it("counts and sizes: each its code, no retry", async () => {
    const [ann, bob, carol, dora] = await Promise.all(["ann", "bob", "carol", "dora"].map((name) => signUp(there, name)));
    const at = async (method, path, body, account = ann) =>
      (await call(there, method, path, { token: account.token, body })).body;
    const room = await createRoom(there, ann, [bob]);
    const path = `/v1/rooms/${room.gid}`;
    const before = await counted("too_many_members");

    assert.equal((await at("POST", `${path}/messages`, { text: "x".repeat(101) })).code, "text_too_long");
    const mentions = [ann.username, bob.username];
    assert.equal((await at("POST", `${path}/messages`, { text: "x", mentions })).code, "too_many_mentions");
    for (const _ of range(2)) await at("POST", `${path}/messages`, { text: "x" });
    await at("PUT", `${path}/messages/1/pin`);
    assert.equal((await at("PUT", `${path}/messages/2/pin`)).code, "too_many_pins");
    await at("PUT", `${path}/messages/1/reactions/a`);
    assert.equal((await at("PUT", `${path}/messages/1/reactions/b`)).code, "too_many_reactions");
    await at("POST", `${path}/invites`, {});
    assert.equal((await at("POST", `${path}/invites`, {})).code, "too_many_invites");
    await at("POST", `/v1/me/blocks/${carol.username}`);
    assert.equal((await at("POST", `/v1/me/blocks/${dora.username}`)).code, "too_many_blocks");
    assert.equal((await at("POST", `${path}/members`, { username: carol.username })).username, carol.username);
    const full = await at("POST", `${path}/members`, { username: dora.username });
    assert.equal(full.code, "too_many_members");
    assert.equal(full.retryable, false);
    assert.equal(full.status, 409);
    assert.equal(await counted("too_many_members"), before + 1);
    const many = { name: "many", members: [bob, carol, dora].map(({ username }) => username) };
    assert.equal((await at("POST", "/v1/rooms", many)).code, "too_many_members");
  });

  it("a user enters no more rooms than the limit, however many ask at once", async () => {
    const [ann, bob] = await Promise.all([signUp(there, "ann"), signUp(there, "bob")]);
    const made = await Promise.all(range(8).map((n) =>
      call(there, "POST", "/v1/rooms", { token: ann.token, body: { name: `room ${n}`, members: [bob.username] } })));
    const codes = made.map(({ status, body }) => body.code ?? status).sort();
    assert.deepEqual(codes, [201, 201, 201, 201, ...range(4).map(() => "too_many_rooms")]);
    const { body } = await call(there, "GET", "/v1/rooms", { token: bob.token });
    assert.equal(body.rooms.length, 4);
  });
});
