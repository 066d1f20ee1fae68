// Behind a load balancer that knows no sessions: each request of a client reaches another gateway than the last.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { setImmediate as immediate } from "node:timers/promises";

import { balance } from "./lib/balancer.js";
import { Client } from "./lib/client.js";
import { createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways, kill, metric, startAgain } from "./lib/system.js";

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const seqs = (events) => events.map((event) => event.seq);
const transportOf = (client) => client.socket.io.engine.transport.name;
const forwarded = () => metric("confab_gateway_forwarded_requests_total", { result: "answered" });

const people = 6; // Enough that by chance not all of them meet the gateway of their session.
const opened = []; // All clients: closed in the end, however the tests went.
let balancer;

before(async () => {
  balancer = await balance(gateways);
});
after(() => {
  for (const client of opened) client.close();
  return balancer?.stop();
});

/** Accounts in one room, each with a client through the load balancer. */
async function gathering(options) {
  const accounts = await Promise.all(range(1, people).map((i) => signUp(gateways[0], `guest${i}`)));
  const room = (await createRoom(gateways[0], accounts[0], accounts.slice(1))).gid;
  const clients = await Promise.all(accounts.map((account) => Client.open(balancer.url, account.token, options)));
  opened.push(...clients);
  return { accounts, room, clients };
}

for (const [name, transports] of [
  ["polling only", ["polling"]],
  ["WebSocket only", ["websocket"]],
  ["polling and then WebSocket", ["polling", "websocket"]],
]) {
  describe(`clients by ${name}, behind a load balancer without affinity`, () => {
    let accounts, room, clients;

    before(async () => {
      ({ accounts, room, clients } = await gathering({ transports }));
    });
    after(() => clients?.forEach((client) => client.close()));

    it("chat with acks: everybody sees everything once, in one order", async () => {
      const before = await forwarded();
      const each = 20;
      const acks = await Promise.all(clients.flatMap((client, who) =>
        range(1, each).map((i) => client.send(room, `${who}: ${i}`, { client_msg_id: `${who}-${i}` }))));
      assert.ok(acks.every((ack) => ack.ok), JSON.stringify(acks.find((ack) => !ack.ok)));
      const total = people * each;
      assert.deepEqual(seqs(acks).sort((a, b) => a - b), range(1, total));
      await Promise.all(clients.map((client) => client.hears(room, total)));
      for (const client of clients) assert.deepEqual(seqs(client.log(room)), range(1, total));
      for (const [who, client] of clients.entries()) {
        const own = client.log(room).filter((event) => event.text.startsWith(`${who}: `));
        assert.deepEqual(own.map((event) => event.text), range(1, each).map((i) => `${who}: ${i}`));
        assert.equal(client.all("reset").length + client.all("lag").length, 0);
      }
      if (!transports.includes("websocket")) assert.ok((await forwarded()) > before, "no request was forwarded");
    });

    it("stay with their transport, on one connection to Socket.IO", async () => {
      for (const client of clients) {
        await client.until(() => transportOf(client) === transports.at(-1), "the upgrade");
      }
      const ids = clients.map((client) => client.socket.id);
      // A large answer and a large message, then all again.
      const text = "x".repeat(15_000);
      const acks = await Promise.all(clients.map((client) => client.send(room, text)));
      const last = Math.max(...seqs(acks));
      await Promise.all(clients.map((client) => client.hears(room, last)));
      const pages = await Promise.all(clients.map((client) => client.ask("history", { room, limit: 100 })));
      for (const page of pages) assert.equal(page.events.at(-1).seq, last);
      assert.deepEqual(clients.map((client) => client.socket.id), ids, "a client had to connect again");
      const stored = await wholeHistory(gateways[0], accounts[0], room);
      for (const client of clients) assert.deepEqual(client.log(room), stored);
    });
  });
}

it("upgrades that land on another gateway than their session are relayed, and end with their client", async () => {
  const before = await metric("confab_gateway_relayed_sockets");
  const upgrades = () => metric("confab_gateway_forwarded_upgrades_total", { result: "answered" });
  const upgradesBefore = await upgrades();
  let room, clients;
  do { // Which gateway an upgrade reaches is chance.
    clients?.forEach((client) => client.close());
    ({ room, clients } = await gathering({ transports: ["polling", "websocket"] }));
    for (const client of clients) await client.until(() => transportOf(client) === "websocket", "the upgrade");
  } while ((await upgrades()) === upgradesBefore);
  const acks = await Promise.all(clients.map((client) => client.send(room, "over two gateways")));
  await Promise.all(clients.map((client) => client.hears(room, Math.max(...seqs(acks)))));
  for (const client of clients) client.close();
  while ((await metric("confab_gateway_relayed_sockets")) > before) await immediate();
});

it("a session id that nobody has is answered by the 400 that makes a client start over", async () => {
  for (const sid of ["x", "A".repeat(20), "A".repeat(51), "A".repeat(67), "é", "A".repeat(2000)]) {
    const query = `EIO=4&transport=polling&sid=${encodeURIComponent(sid)}`;
    const answer = await fetch(`${balancer.url}/socket.io/?${query}`);
    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), { code: 1, message: "Session ID unknown" });
  }
});

describe("a gateway that is killed behind the load balancer", () => {
  after(startAgain);

  for (const transports of [["polling"], ["polling", "websocket"]]) {
    it(`loses no message, and its clients by ${transports.join(" and ")} come back`, async () => {
      startAgain();
      const { accounts, room, clients } = await gathering({ transports });
      const [sender, ...others] = clients;
      const acked = new Map(); // Client message id to place.
      for (const i of range(1, 60)) {
        if (i === 20) kill("gateway-2");
        const id = `m-${i}`;
        while (!acked.has(id)) {
          await sender.until(() => sender.socket.connected, "the connection");
          const ack = await sender.socket.timeout(2000)
            .emitWithAck("send", { room, text: `message ${i}`, client_msg_id: id }).catch(() => ({ ok: false }));
          if (ack.ok) acked.set(id, ack);
        }
      }
      const stored = await wholeHistory(gateways[0], accounts[0], room);
      assert.equal(stored.length, 60);
      for (const [id, ack] of acked) assert.equal(stored[ack.seq - 1].client_msg_id, id);
      for (const client of others) {
        await client.until(() => client.socket.connected, "the connection again");
        // What is committed while it subscribes may be in the answer or come after it.
        const { events } = await client.ask("subscribe", { room, position: { epoch: 1, seq: 0 } });
        const seen = () => [...new Map([...events, ...client.log(room)].map((event) => [event.seq, event])).values()];
        await client.until(() => seen().length >= stored.length, "the rest of the room");
        assert.deepEqual(seen().sort((a, b) => a.seq - b.seq), stored);
      }
      for (const client of clients) client.close();
    });
  }
});
