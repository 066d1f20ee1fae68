// A server that is told by webhooks: it gets what clients get, once and in order, also after having
// been away.
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways, startAgainWith, stop } from "./lib/system.js";

const [here, there] = gateways;
const patience = 60_000;

/** As docs/webhooks.md says: drops repeats by msg_id, and believes signatures only. */
class Consumer {
  constructor(key) {
    this.key = key;
    this.rooms = new Map(); // gid to events, in the order they came.
    this.seen = new Set();
    this.faults = [];
    this.waiters = new Set();
  }

  async listen(port = 0) {
    this.server = createServer((request, response) => this.take(request, response));
    this.server.listen(port, "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
  }

  async close() {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, "close");
  }

  async take(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const id = request.headers["webhook-id"];
    const time = request.headers["webhook-timestamp"];
    const mac = createHmac("sha256", this.key).update(`${id}.${time}.`).update(body).digest("base64");
    if (request.headers["webhook-signature"] !== `v1,${mac}`) this.faults.push(`signature of ${id}`);
    if (Math.abs(Date.now() / 1000 - Number(time)) > 60) this.faults.push(`time of ${id}`);
    const delivery = JSON.parse(body);
    if (delivery.id !== id) this.faults.push(`id of ${id}`);
    const log = this.rooms.get(delivery.room) ?? [];
    this.rooms.set(delivery.room, log);
    for (const event of delivery.events) {
      if (event.room !== delivery.room) this.faults.push(`an event of ${event.room} in ${delivery.room}`);
      if (this.seen.has(event.msg_id)) continue;
      this.seen.add(event.msg_id);
      log.push(event);
    }
    response.writeHead(204).end();
    for (const check of this.waiters) check();
  }

  log(room) {
    return this.rooms.get(room) ?? [];
  }

  until(test, what) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(reject, new Error(`waited in vain for ${what()}`)), patience);
      const check = () => test() && finish(resolve);
      const finish = (settle, value) => {
        clearTimeout(timer);
        this.waiters.delete(check);
        settle(value);
      };
      this.waiters.add(check);
      check();
    });
  }
}

describe("a webhook", () => {
  const key = randomBytes(32);
  const consumer = new Consumer(key);
  let users, rooms, clients, variables;

  before(async () => {
    await consumer.listen();
    variables = {
      CONFAB_MESSAGE_STORE_WEBHOOKS: JSON.stringify([{
        name: `test-${randomBytes(4).toString("hex")}`,
        url: `http://127.0.0.1:${consumer.port}/hook`,
        secret: `whsec_${key.toString("base64")}`,
        timeout_ms: 2000,
      }]),
    };
    users = await Promise.all([signUp(here), signUp(there), signUp(here)]);
    await restart();
    rooms = [];
    for (let i = 0; i < 3; ++i) {
      rooms.push((await createRoom(here, users[i], users.filter((_, j) => j !== i))).gid);
    }
    clients = await Promise.all(users.map((user, i) => Client.open(gateways[i % 2], user.token)));
  });
  after(async () => {
    for (const client of clients ?? []) client.close();
    await consumer.close();
    await restart({});
  });

  async function restart(environment = variables) {
    await stop("message-store-1");
    startAgainWith(environment);
    // Gateways find it again in a moment; until then they say so.
    for (const gateway of gateways) {
      let answer;
      do answer = await call(gateway, "GET", "/v1/rooms", { token: users[0].token });
      while (answer.status === 503);
    }
  }

  /** Sends until it is acknowledged, with one id, as a client should. */
  async function sendSurely(client, room, text) {
    const id = randomBytes(8).toString("hex");
    for (;;) {
      const ack = await client.send(room, text, { client_msg_id: id });
      if (ack.ok) return;
      assert.ok(ack.error.retryable, JSON.stringify(ack));
    }
  }

  /** Everybody writes to every room, all at once. */
  async function talk(messages) {
    const sends = [];
    for (let i = 0; i < messages; ++i) {
      for (const client of clients) {
        for (const room of rooms) sends.push(sendSurely(client, room, `${i} 🍵 "\\"`));
      }
    }
    await Promise.all(sends);
  }

  /** The consumer has exactly what the rooms' histories have. */
  async function gotAll() {
    for (const room of rooms) {
      const history = await wholeHistory(here, users[0], room);
      await consumer.until(() => consumer.log(room).length >= history.length,
        () => `${history.length} events of ${room}, there are ${consumer.log(room).length}`);
      assert.deepEqual(consumer.log(room), history);
    }
    assert.deepEqual(consumer.faults, []);
  }

  it("gets every kind of entry, as clients see it", async () => {
    await talk(5);
    const removed = users[2].username;
    const path = `/v1/rooms/${rooms[0]}/members`;
    assert.equal((await call(here, "DELETE", `${path}/${removed}`, { token: users[0].token })).status, 204);
    const added = await call(here, "POST", path, { token: users[0].token, body: { username: removed } });
    assert.ok(added.status < 300, JSON.stringify(added));
    await gotAll();
    assert.deepEqual(consumer.log(rooms[0]).slice(-2).map((event) => event.type), ["member.left", "member.joined"]);
  });

  it("that was away while many wrote, and while the message-store was started again, gets it all in order", async () => {
    const { port } = consumer;
    await consumer.close();
    await talk(30);
    await restart();
    await talk(30);
    await consumer.listen(port);
    await gotAll();
  });
});
