// Clients that lose their transport and come back to the session they had, as socket.io-client calls "recovered".
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { balance } from "./lib/balancer.js";
import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, kill, metric, startAgain, startAgainWith } from "./lib/system.js";

const [here, there] = gateways;
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const seqs = (events) => events.map((event) => event.seq);
const returns = (result) => metric("confab_gateway_recoveries_total", { result });

const opened = []; // All clients: closed in the end, however the tests went.
let balancer;

before(async () => {
  startAgainWith({ CONFAB_GATEWAY_PING_INTERVAL: "250ms" }); // A heartbeat is what confirms.
  balancer = await balance(gateways);
});
after(async () => {
  for (const client of opened) client.close();
  await balancer?.stop();
  startAgain();
});

async function open(url, account, options) {
  const client = await Client.open(url, account.token, options);
  opened.push(client);
  return client;
}

/** Two people in a room: one whom nothing disturbs, and one for the test. */
async function pair() {
  const [bob, ann] = await Promise.all([signUp(here, "bob"), signUp(here, "ann")]);
  const room = (await createRoom(here, bob, [ann])).gid;
  return { bob, ann, room, speaker: await open(here, bob) };
}

/** Says so many things, one after the other. */
async function say(speaker, room, count) {
  for (let i = 0; i < count; ++i) assert.ok((await speaker.send(room, `thing ${i}`)).ok);
}

/** The server knows that the client has everything it was told so far: it pings again once it has the answer. */
async function confirmed(client) {
  let pings = 0;
  const count = () => {
    pings += 1;
    client.check();
  };
  client.socket.io.on("ping", count);
  await client.until(() => pings >= 2, "two heartbeats");
  client.socket.io.off("ping", count);
}

/** Cuts the transport; the client stays away until it is told to come back. */
async function cut(client) {
  const { socket } = client;
  socket.io.reconnection(false);
  const { transport } = socket.io.engine;
  if (transport.ws) transport.ws.terminate();
  else socket.io.engine.close();
  await client.until(() => !socket.connected, "the disconnection");
}

async function comeBack(client, url) {
  const { socket } = client;
  if (url) socket.io.uri = url;
  socket.connect();
  await client.until(() => socket.connected, "the connection again");
}

for (const [name, transports] of [
  ["polling only", ["polling"]],
  ["WebSocket only", ["websocket"]],
  ["polling and then WebSocket", ["polling", "websocket"]],
]) {
  it(`a client by ${name} gets what it missed, once and in order, wherever it comes back`, async () => {
    const { ann, room, speaker } = await pair();
    const before = await returns("recovered");
    const client = await open(balancer.url, ann, { transports });
    const { id, _pid: pid } = client.socket;
    await say(speaker, room, 3);
    let last = 3;
    const ways = [there, here, balancer.url, balancer.url, there];
    for (const url of ways) {
      await client.hears(room, last);
      await confirmed(client);
      await cut(client);
      await say(speaker, room, 5);
      await comeBack(client, url);
      assert.equal(client.socket.recovered, true);
      assert.equal(client.socket.id, id);
      assert.equal(client.socket._pid, pid);
      last += 5;
      await client.hears(room, last);
      await say(speaker, room, 1);
      last += 1;
      await client.hears(room, last);
    }
    assert.deepEqual(seqs(client.log(room)), range(1, last));
    assert.equal(await returns("recovered"), before + ways.length);
    assert.ok((await client.send(room, "I am back")).ok);
  });
}

it("many clients behind a load balancer without affinity all go on where they were", async () => {
  const people = await Promise.all(range(1, 6).map(() => signUp(here, "many")));
  const rooms = await Promise.all(range(1, 3).map(() => createRoom(here, people[0], people.slice(1))));
  const clients = await Promise.all(people.map((person) => open(balancer.url, person)));
  const speaker = await open(here, people[0]);
  for (const { gid } of rooms) await say(speaker, gid, 4);
  await Promise.all(clients.map(async (client) => {
    for (const { gid } of rooms) await client.hears(gid, 4);
    await confirmed(client);
  }));
  await Promise.all(clients.map(cut));
  for (const { gid } of rooms) await say(speaker, gid, 4);
  await Promise.all(clients.map((client) => comeBack(client)));
  for (const client of clients) {
    assert.equal(client.socket.recovered, true);
    for (const { gid } of rooms) {
      await client.hears(gid, 8);
      assert.deepEqual(seqs(client.log(gid)), range(1, 8));
    }
  }
});

it("a client that was cut off before a heartbeat misses nothing, and knows by seq what it has already", async () => {
  const { ann, room, speaker } = await pair();
  const client = await open(here, ann);
  await say(speaker, room, 3);
  await client.hears(room, 3);
  await cut(client);
  await say(speaker, room, 3);
  await comeBack(client, there);
  assert.equal(client.socket.recovered, true);
  await client.until(() => client.log(room).some((event) => event.seq === 6), "what it missed");
  const again = seqs(client.log(room).slice(3));
  assert.deepEqual(again, range(again[0], 6));
  assert.ok(again[0] <= 4);
});

describe("offsets", () => {
  it("make it exact for a client that asks for them", async () => {
    const { bob, ann, room, speaker } = await pair();
    const other = (await createRoom(here, bob, [ann])).gid;
    const client = await open(here, ann, { auth: { token: ann.token, offsets: true } });
    let last = 0;
    for (const url of [there, here, here]) {
      await say(speaker, room, 3);
      await say(speaker, other, 3);
      last += 3;
      await client.hears(room, last);
      await client.hears(other, last);
      await cut(client);
      await say(speaker, room, 3);
      await say(speaker, other, 3);
      await comeBack(client, url);
      assert.equal(client.socket.recovered, true);
      last += 3;
      await client.hears(room, last);
      await client.hears(other, last);
    }
    assert.deepEqual(seqs(client.log(room)), range(1, last));
    assert.deepEqual(seqs(client.log(other)), range(1, last));
  });

  it("are an argument of the log's events for those who ask, and for nobody else", async () => {
    const { ann, room, speaker } = await pair();
    const given = async (more, transports) => {
      const client = await open(here, ann, { auth: { token: ann.token, ...more }, transports });
      const heard = new Promise((resolve) => client.socket.once("message", (...args) => resolve(args)));
      return { heard };
    };
    const talkers = [];
    for (const transports of [["polling"], ["websocket"]]) {
      talkers.push(await given({ offsets: true }, transports), await given({}, transports));
    }
    await say(speaker, room, 1);
    for (const [i, { heard }] of talkers.entries()) {
      const [data, ...more] = await heard;
      assert.equal(data.seq, 1);
      assert.deepEqual(more.map((one) => typeof one), i % 2 === 0 ? ["string"] : []);
    }
  });
});

it("who was put out of a room meanwhile is told so, and nothing that was said there since", async () => {
  const { bob, ann, room, speaker } = await pair();
  const client = await open(here, ann);
  await say(speaker, room, 2);
  await client.hears(room, 2);
  await confirmed(client);
  await cut(client);
  const kicked = await call(here, "DELETE", `/v1/rooms/${room}/members/${ann.username}`, { token: bob.token });
  assert.equal(kicked.status, 204);
  await say(speaker, room, 2);
  await comeBack(client, there);
  assert.equal(client.socket.recovered, true);
  await client.until(() => client.all("room.removed").length > 0, "word of the removal");
  const [removed] = client.all("room.removed");
  assert.equal(removed.room, room);
  assert.ok(removed.name && removed.kind);
  await say(speaker, room, 1);
  await client.ask("ping");
  assert.deepEqual(seqs(client.log(room)), [1, 2]);
});

it("a room that one came into meanwhile is told of, and heard", async () => {
  const { bob, ann } = await pair();
  const client = await open(here, ann);
  await confirmed(client);
  await cut(client);
  const room = (await createRoom(there, bob, [ann])).gid;
  const speaker = await open(there, bob);
  await comeBack(client, there);
  assert.equal(client.socket.recovered, true);
  await client.until(() => client.all("room.added").some((added) => added.room === room), "word of the room");
  await say(speaker, room, 1);
  await client.hears(room, 1);
});

it("a client that left by itself, or whose session has ended, has nothing to come back to", async () => {
  const { ann } = await pair();
  const client = await open(here, ann);
  client.socket.disconnect();
  await comeBack(client);
  assert.equal(client.socket.recovered, false);
  await confirmed(client);
  await cut(client);
  assert.equal((await call(here, "POST", "/v1/logout", { token: ann.token })).status, 204);
  const refusal = new Promise((resolve) => client.socket.once("connect_error", resolve));
  client.socket.connect();
  assert.equal((await refusal).data.code, "unauthenticated");
});

it("one pid serves one connection: who comes with it first cuts the other off", async () => {
  const { ann, room, speaker } = await pair();
  const client = await open(here, ann);
  await confirmed(client);
  client.socket.io.reconnection(false);
  const { _pid: pid, id } = client.socket;
  const twin = await open(there, ann, { auth: { token: ann.token, pid } });
  assert.equal(twin.socket.id, id);
  await client.until(() => !client.socket.connected, "the end of the first");
  await say(speaker, room, 1);
  await twin.hears(room, 1);
  assert.deepEqual(client.log(room), []);
});

it("when the gateway that had the session is gone the client gets a new one, and catches up by subscribe", async () => {
  const { ann, room, speaker } = await pair();
  const client = await open(there, ann);
  await say(speaker, room, 2);
  await client.hears(room, 2);
  await confirmed(client);
  const { _pid: pid } = client.socket;
  client.socket.io.reconnection(false);
  kill("gateway-2");
  await client.until(() => !client.socket.connected, "the disconnection");
  await say(speaker, room, 2);
  await comeBack(client, here);
  assert.equal(client.socket.recovered, false);
  assert.notEqual(client.socket._pid, pid);
  const { events } = await client.ask("subscribe", { room, position: { epoch: 1, seq: 2 } });
  assert.deepEqual(seqs(events), [3, 4]);
  startAgainWith({ CONFAB_GATEWAY_PING_INTERVAL: "250ms" });
});
