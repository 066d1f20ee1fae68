// A gateway that is told to end sends its clients to the others, and nobody loses anything by it.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { PlainClient } from "./lib/plain.js";
import { page, startGateway } from "./lib/replica.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways } from "./lib/system.js";

const rooms = 12;
const windowMs = 5000;
const kinds = ["websocket", "polling", "confab.v1.json", "confab.v1.protobuf"];
const connections = 5; // Of each kind in each room.
const phases = { before: 2, told: 3, moved: 3 }; // What each says before it is sent away, then, and elsewhere.
const messages = Object.values(phases).reduce((all, some) => all + some);

/** One connection that talks and moves to another gateway when its own sends it away. */
class Traveller {
  stories = []; // What it heard of the room: by connection where there is a new session, else on and on.
  goaways = [];
  recovered = [];
  reasons = [];
  acks = [];

  constructor(user, room, from, to) {
    Object.assign(this, { user, room, from, to });
  }

  /** Says what it has to in that phase, each message until it is acknowledged, with one id. */
  async say(phase) {
    for (let i = 0; i < phases[phase]; i += 1) {
      const id = `${this.name}-${phase}-${i}`;
      for (;;) {
        await this.ready();
        const ack = await this.send(`text of ${id}`, id).catch(() => null);
        if (ack?.ok) {
          this.acks.push(ack);
          break;
        }
        if (ack) assert.fail(`refused: ${JSON.stringify(ack.error)}`);
      }
    }
  }

  async leave() {
    await this.told();
    await this.say("told");
    await this.left();
    await this.say("moved");
  }
}

class SocketIoTraveller extends Traveller {
  async start(transport) {
    this.client = await Client.open(this.from, this.user.token, { transports: [transport], reconnectionDelay: 50 });
    const { socket } = this.client;
    socket.on("goaway", (data) => this.goaways.push(data.reconnect_in_ms));
    socket.on("disconnect", (reason) => {
      this.reasons.push(reason);
      socket.io.uri = this.to;
    });
    socket.on("connect", () => this.recovered.push(socket.recovered));
  }

  ready() {
    return this.client.until(() => this.client.socket.connected, "the connection");
  }

  told() {
    return this.client.until(() => this.client.all("goaway").length + this.reasons.length > 0, "goaway");
  }

  left() {
    return this.client.until(() => this.reasons.length > 0, "the end of the connection");
  }

  /** The acks of commands under way when the connection ends never come. */
  send(text, id) {
    const { socket } = this.client;
    return new Promise((resolve, reject) => {
      const lost = () => reject(new Error("lost"));
      socket.once("disconnect", lost);
      socket.emit("send", { room: this.room, text, client_msg_id: id }, (ack) => {
        socket.off("disconnect", lost);
        resolve(ack);
      });
    });
  }

  /** What its application would have shown: each entry once, in the order heard. */
  heard() {
    const seqs = this.client.log(this.room).map(({ seq }) => seq);
    return seqs.filter((seq, i) => seqs.indexOf(seq) === i);
  }

  hears(seq) {
    return this.client.hears(this.room, seq);
  }

  close() {
    this.client.close();
  }
}

class PlainTraveller extends Traveller {
  log = [];

  async start(subprotocol) {
    this.subprotocol = subprotocol;
    await this.#open(this.from);
  }

  async #open(gateway) {
    this.client = await PlainClient.open(gateway, this.user.token, { subprotocol: this.subprotocol });
    const { client } = this;
    this.moved = client.end().then(async ({ code, reason }) => {
      if (this.isClosed) return;
      this.reasons.push(`${code} ${reason}`);
      this.goaways.push(...client.all("goaway").map((data) => data.reconnect_in_ms));
      this.log.push(...client.log(this.room));
      const last = this.log.at(-1);
      await this.#open(this.to);
      const position = { epoch: last?.epoch ?? 1, seq: last?.seq ?? 0 };
      const answer = await this.client.ask("subscribe", { room: this.room, position });
      assert.ok(answer.ok && !answer.reset, JSON.stringify(answer));
      this.log.push(...answer.events);
    });
  }

  async ready() {
    if (this.client.closed) await this.moved;
  }

  told() {
    const { client } = this;
    return client.until(() => client.all("goaway").length > 0 || client.closed, "goaway");
  }

  async left() {
    if (this.reasons.length === 0) await this.moved;
  }

  send(text, id) {
    return this.client.send(this.room, text, { client_msg_id: id });
  }

  heard() {
    const seqs = [...this.log, ...this.client.log(this.room)].map(({ seq }) => seq);
    return seqs.filter((seq, i) => seqs.indexOf(seq) === i);
  }

  async hears(seq) {
    if (this.heard().at(-1) !== seq) await this.client.hears(this.room, seq);
  }

  close() {
    this.isClosed = true;
    this.client.close();
  }
}

async function world(url) {
  const people = await Promise.all(Array.from({ length: rooms }, () => signUp(gateways[0])));
  const gids = await Promise.all(people.map(async (owner) => (await createRoom(gateways[0], owner, [])).gid));
  const travellers = [];
  for (const [i, gid] of gids.entries()) {
    for (const kind of kinds) {
      const Kind = kind.startsWith("confab") ? PlainTraveller : SocketIoTraveller;
      for (let n = 0; n < connections; n += 1) {
        const traveller = new Kind(people[i], gid, url, gateways[n % 2]);
        traveller.kind = kind;
        traveller.name = `${gid}-${travellers.length}`;
        travellers.push(traveller);
      }
    }
  }
  await Promise.all(travellers.map((traveller) => traveller.start(traveller.kind)));
  return { people, gids, travellers };
}

/** Why a TCP port takes no connection; "taken" when it goes on taking them. */
async function refusal(port) {
  const dial = () => new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.on("error", ({ code }) => resolve(code));
    socket.on("connect", () => {
      socket.destroy();
      resolve("taken");
    });
  });
  // Its event loops share the port, and each stops by itself.
  let outcome = "taken";
  for (let i = 0; outcome === "taken" && i < 1000; i += 1) outcome = await dial();
  return outcome;
}

describe("a gateway that is told to end under load", () => {
  it("sends its clients to the others, spread in time, and nothing is lost, refused or stored twice", async () => {
    const gateway = await startGateway({
      CONFAB_GATEWAY_DRAIN_DELAY: "300ms", CONFAB_GATEWAY_DRAIN_WINDOW: `${windowMs}ms` });
    const { people, gids, travellers } = await world(gateway.url);
    await Promise.all(travellers.map((traveller) => traveller.say("before")));
    const leaving = travellers.map((traveller) => traveller.leave());
    gateway.child.kill("SIGTERM");
    await gateway.saying("stopping");
    assert.deepEqual(await page(`${gateway.admin}/readyz`), { status: 503, text: "draining\n" });
    assert.equal((await page(`${gateway.admin}/livez`)).status, 200);
    await Promise.all(leaving);
    const { code, errors, output } = await gateway.ended;
    assert.deepEqual([code, errors], [0, ""]);
    assert.match(output, /"event":"drained"[^\n]*"left":0/);

    for (const traveller of travellers) {
      // "io server disconnect" would mean a DISCONNECT packet, after which the client stays away. A post
      // that meets the end of its session is an error of the transport, and has the same consequence.
      const reason = traveller instanceof PlainTraveller ? "1012 restart" : "transport close";
      const reasons = traveller.reasons.map((told) => (told === "transport error" ? "transport close" : told));
      assert.deepEqual(traveller.kind === "polling" ? reasons : traveller.reasons, [reason], traveller.kind);
      // What waits for the next poll is lost with such an error.
      const isCut = traveller.reasons[0] === "transport error";
      assert.equal(traveller.goaways.length, isCut ? traveller.goaways.length : 1, traveller.kind);
      assert.equal(traveller.acks.length, messages);
      if (traveller instanceof SocketIoTraveller) assert.deepEqual(traveller.recovered, [true], traveller.kind);
    }
    const told = travellers.flatMap(({ goaways }) => goaways);
    assert.ok(Math.max(...told) <= windowMs && Math.min(...told) >= 0);
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const [from, to] = [quarter, quarter + 1].map((part) => (part * windowMs) / 4);
      const share = told.filter((ms) => ms >= from && ms < to).length / told.length;
      assert.ok(share > 0.15 && share < 0.35, `${share} of all were told to leave in quarter ${quarter}`);
    }
    for (const [i, gid] of gids.entries()) {
      const inside = travellers.filter(({ room }) => room === gid);
      const stored = await wholeHistory(gateways[0], people[i], gid);
      const acked = inside.flatMap(({ acks }) => acks.map(({ seq }) => seq)).sort((a, b) => a - b);
      assert.deepEqual(acked, stored.map(({ seq }) => seq));
      assert.equal(new Set(stored.map(({ client_msg_id: id }) => id)).size, inside.length * messages);
      for (const traveller of inside) {
        await traveller.hears(stored.length);
        assert.deepEqual(traveller.heard(), stored.map(({ seq }) => seq), traveller.kind);
      }
    }
    for (const traveller of travellers) traveller.close();
  });

  it("lets clients come while load balancers do not know yet, and ends at once when told twice", async () => {
    const gateway = await startGateway({ CONFAB_GATEWAY_DRAIN_DELAY: "1h", CONFAB_GATEWAY_DRAIN_WINDOW: "1h" });
    const user = await signUp(gateways[0]);
    const before = await Client.open(gateway.url, user.token, { reconnection: false });
    gateway.child.kill("SIGTERM");
    await gateway.saying("stopping");
    const late = await Client.open(gateway.url, user.token, { reconnection: false });
    assert.ok(before.socket.connected && late.socket.connected);
    const gone = [before, late].map(({ socket }) => once(socket, "disconnect"));
    gateway.child.kill("SIGTERM");
    assert.equal((await gateway.ended).code, 0);
    await Promise.all(gone);
  });

  it("refuses new clients once it leads away those it has", async () => {
    const gateway = await startGateway({ CONFAB_GATEWAY_DRAIN_DELAY: "0s", CONFAB_GATEWAY_DRAIN_WINDOW: "1h" });
    const user = await signUp(gateways[0]);
    const clients = await Promise.all(
      Array.from({ length: 60 }, () => PlainClient.open(gateway.url, user.token)));
    gateway.child.kill("SIGTERM");
    await clients[0].until(() => clients[0].all("goaway").length > 0, "goaway");
    const handshake = await fetch(`${gateway.url}/socket.io/?EIO=4&transport=polling`);
    assert.deepEqual([handshake.status, handshake.headers.get("retry-after")], [503, "1"]);
    assert.equal(await refusal(gateway.portOf("chat_backend", "tcp")), "ECONNREFUSED");
    const refused = await PlainClient.dial(gateway.url);
    assert.equal(refused.closed.code, 1006);
    assert.equal((await call(gateway.url, "GET", "/v1/me", { token: user.token })).status, 200);
    gateway.child.kill("SIGTERM");
    assert.equal((await gateway.ended).code, 0);
    for (const client of clients) await client.end();
  });
});
