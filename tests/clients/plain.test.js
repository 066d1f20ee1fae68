// Clients of the plain WebSocket, beside Socket.IO clients in the same rooms.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { WebSocket as UndiciWebSocket } from "undici";
import { WebSocket } from "ws";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const [here, there] = gateways;

const seqs = (events) => events.map((event) => event.seq);
const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const flavours = [
  ["ws without a subprotocol", { WebSocket }],
  ["ws in JSON", { WebSocket, subprotocol: "confab.v1.json" }],
  ["ws in Protobuf", { WebSocket, subprotocol: "confab.v1.protobuf" }],
  ["Node's WebSocket in JSON", { WebSocket: UndiciWebSocket, subprotocol: "confab.v1.json" }],
  ["Node's WebSocket in Protobuf", { WebSocket: UndiciWebSocket, subprotocol: "confab.v1.protobuf" }],
];

describe("clients of every kind in one room", () => {
  let people, clients, room;

  before(async () => {
    people = await Promise.all(["sio", ...flavours.keys()].map((name, i) => signUp(gateways[i % 2], `p${name}`)));
    clients = await Promise.all([
      Client.open(here, people[0].token),
      ...flavours.map(([, options], i) => PlainClient.open(gateways[i % 2], people[i + 1].token, options)),
    ]);
    room = (await createRoom(here, people[0], people.slice(1))).gid;
  });
  after(() => clients?.forEach((client) => client.close()));

  it("speak the subprotocol they asked for", () => {
    const spoken = clients.slice(1).map((client) => client.socket.protocol);
    assert.deepEqual(spoken, flavours.map(([, { subprotocol }]) => subprotocol ?? ""));
  });

  it("are told of the room, and hear each other once, in one order, with every field", async () => {
    for (const client of clients) await client.until(() => client.all("room.added").length > 0, "room.added");
    const attributes = { image: { url: "https://example.org/a.png", width: 640 }, odd: [1.5, null, "\u2028"] };
    const said = await Promise.all(range(1, 60).map((i) =>
      clients[i % clients.length].send(room, `number ${i} \u{1F600} "`, {
        client_msg_id: `id-${i}`,
        ...(i % 2 === 0 ? { attributes } : {}),
      })));
    assert.ok(said.every((ack) => ack.ok), JSON.stringify(said.find((ack) => !ack.ok)));
    await Promise.all(clients.map((client) => client.hears(room, 60)));
    const stored = await wholeHistory(there, people[0], room);
    assert.deepEqual(seqs(stored), range(1, 60));
    for (const client of clients) assert.deepEqual(client.log(room), stored);
    for (const { seq, msg_id, ts, client_msg_id, epoch } of said) {
      const { type, sender, text, attributes: ignored, ...place } = stored[seq - 1];
      assert.deepEqual(place, { room, epoch, seq, msg_id, ts, client_msg_id });
    }
  });

  it("get the answer of a send typed in Protobuf", async () => {
    const client = clients[3];
    const frame = { id: 5000, cmd: "send", data: { room, text: "typed", client_msg_id: "t" } };
    const { typed, data } = await client.answerTo(frame);
    assert.equal(typed, true);
    await Promise.all(clients.map((one) => one.hears(room, data.seq)));
  });

  for (const [i, [name, options]] of flavours.entries()) {
    it(`come back to another gateway and get exactly what they missed: ${name}`, async () => {
      const mine = i + 1;
      const last = clients[mine].log(room).at(-1);
      clients[mine].close();
      await clients[mine].end();
      const missed = [];
      for (const n of range(1, 5)) missed.push((await clients[0].send(room, `missed ${n}`)).seq);
      await clients[0].hears(room, missed.at(-1));
      clients[mine] = await PlainClient.open(gateways[(i + 1) % 2], people[mine].token, options);
      const answer = await clients[mine].ask("subscribe", { room, position: { epoch: last.epoch, seq: last.seq } });
      assert.deepEqual(seqs(answer.events), missed);
      assert.deepEqual(answer.events, clients[0].log(room).slice(-5));
      const live = await clients[0].send(room, "live again");
      await Promise.all(clients.map((client) => client.hears(room, live.seq)));
      assert.deepEqual(seqs(clients[mine].log(room)), [live.seq]);
      // So that the next flavour finds whole logs in the others, it keeps its own as well.
      clients[mine].heard.unshift(...answer.events.map((data) => ({ name: "message", data })));
    });
  }
});

describe("a plain WebSocket", () => {
  let ada, bob;

  before(async () => {
    [ada, bob] = await Promise.all([signUp(here, "ada"), signUp(there, "bob")]);
  });

  it("learns from hello what it needs to know", async () => {
    const client = await PlainClient.open(here, ada.token);
    const { server, user, limits, heartbeat_ms, ticket, expires_at } = client.welcome;
    assert.equal(server.name, "confab");
    assert.match(server.version, /^\d+\.\d+\.\d+/);
    assert.deepEqual(user, ada.user);
    assert.equal(limits.frame_bytes, 65536);
    assert.ok(heartbeat_ms > 0 && expires_at > Date.now());
    assert.deepEqual(await client.ask("ping"), { ok: true });
    client.close();
    const again = await PlainClient.open(there, undefined, {}, { ticket });
    assert.deepEqual(again.welcome.user, ada.user);
    again.close();
  });

  it("hears the rooms it asks for only", async () => {
    const [one, two] = await Promise.all([createRoom(here, ada, [bob]), createRoom(here, ada, [bob])]);
    const client = await PlainClient.open(there, bob.token, {}, { token: bob.token, rooms: [one.gid] });
    await call(here, "POST", `/v1/rooms/${two.gid}/messages`, { token: ada.token, body: { text: "unheard" } });
    await call(here, "POST", `/v1/rooms/${one.gid}/messages`, { token: ada.token, body: { text: "heard" } });
    await client.hears(one.gid, 1);
    await client.ask("ping");
    assert.deepEqual(client.log(two.gid), []);
    client.close();
  });

  it("is turned away with a code when its hello is no good", async () => {
    for (const [data, code] of [
      [{ token: "nonsense" }, "unauthenticated"],
      [{}, "unauthenticated"],
      [{ token: 7 }, "invalid_argument"],
      [{ token: ada.token, rooms: 7 }, "invalid_argument"],
    ]) {
      const client = await PlainClient.dial(here);
      const { ok, error } = await client.ask("hello", data);
      assert.deepEqual([ok, error.code], [false, code]);
      assert.deepEqual(await client.end(), { code: 4100, reason: code });
    }
  });

  it("is closed when it does not say hello", async () => {
    const client = await PlainClient.dial(here);
    const { error } = await client.ask("me");
    assert.equal(error.code, "unauthenticated");
    assert.deepEqual(await client.end(), { code: 4101, reason: "no hello came in time" });
  });

  it("lives on with a new token, and not with somebody else's", async () => {
    const client = await PlainClient.open(there, ada.token);
    const { body } = await call(here, "POST", "/v1/token", { body: { refresh_token: ada.refreshToken } });
    ada.token = body.access_token;
    assert.deepEqual(await client.ask("auth.refresh", { token: body.access_token }), { ok: true });
    assert.equal((await client.ask("auth.refresh", { token: bob.token })).error.code, "permission_denied");
    assert.equal((await client.ask("me")).user.username, ada.username);
    client.close();
  });

  it("is closed on the other gateway when its session ends, and its ticket with it", async () => {
    const eve = await signUp(here, "eve");
    const client = await PlainClient.open(there, eve.token);
    const { ticket } = client.welcome;
    await call(here, "POST", "/v1/logout", { token: eve.token });
    assert.deepEqual(await client.end(), { code: 4000, reason: "session revoked" });
    const again = await PlainClient.dial(there);
    assert.equal((await again.ask("hello", { ticket })).error.code, "unauthenticated");
  });

  it("is told what it missed when it reads too slowly, in either form", async () => {
    const gid = (await createRoom(here, ada, [bob])).gid;
    const slow = await Promise.all(["confab.v1.json", "confab.v1.protobuf"].map((subprotocol) =>
      PlainClient.open(here, bob.token, { subprotocol })));
    const sender = await PlainClient.open(here, ada.token);
    for (const client of slow) client.socket._socket.pause();
    const messages = 1600; // 24 MB: more than the kernel keeps for a socket.
    for (let sent = 0; sent < messages; sent += 40) {
      const acks = await Promise.all(range(1, 40).map(() => sender.send(gid, "x".repeat(15_000))));
      assert.ok(acks.every((ack) => ack.ok));
    }
    await sender.hears(gid, messages);
    for (const client of slow) {
      client.socket._socket.resume();
      await client.until(() => client.all("lag").length > 0, "the lag");
      const [{ room, at, head }] = client.all("lag");
      assert.equal(room, gid);
      assert.deepEqual(head, { epoch: at.epoch, seq: messages });
      assert.ok(at.seq < messages);
      assert.deepEqual(seqs(client.log(gid)), range(1, at.seq));
      const page = await client.ask("history", { room: gid, after: at.seq, limit: 2 });
      assert.deepEqual(seqs(page.events), [at.seq + 1, at.seq + 2].filter((seq) => seq <= messages));
    }
    const { seq } = await sender.send(gid, "after");
    await Promise.all(slow.map((client) => client.hears(gid, seq)));
    for (const client of slow) assert.equal(client.log(gid).at(-1).seq, messages + 1);
    for (const client of [sender, ...slow]) client.close();
  });

  it("is refused where it offers no subprotocol of ours, as is what is no upgrade", async () => {
    const refused = new WebSocket(`${here.replace("http", "ws")}/v1/ws`, ["confab.v9"]);
    const status = await new Promise((resolve) => {
      refused.on("unexpected-response", (_, response) => resolve(response.statusCode));
      refused.on("open", () => resolve(101));
    });
    assert.equal(status, 400);
    const { status: asked, headers, body } = await call(here, "GET", "/v1/ws");
    assert.deepEqual([asked, headers.get("upgrade"), body.code], [426, "websocket", "invalid_argument"]);
  });
});
