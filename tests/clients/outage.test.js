// One process is killed at a time: what must go on goes on, and nothing acknowledged is lost.
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, kill, readiness, startAgain } from "./lib/system.js";

const [here, there] = gateways;
const allReady = gateways.map(() => 200);

describe("an outage", () => {
  let ada, bob, room, adasClient, bobsClient;

  before(async () => {
    [ada, bob] = await Promise.all([signUp(here), signUp(there)]);
    room = (await createRoom(here, ada, [bob])).gid;
    [adasClient, bobsClient] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
  });
  beforeEach(startAgain);
  after(async () => {
    adasClient?.close();
    bobsClient?.close();
    startAgain();
    // The suites that follow are to find everything there, from both gateways.
    for (const gateway of gateways) await answered("GET", "/v1/rooms", { token: ada.token }, gateway);
  });

  /** Sends until it is acknowledged, with one id, as a client should. */
  async function sendSurely(client, text) {
    const id = `${text}-${room}`;
    for (;;) {
      const ack = await client.send(room, text, { client_msg_id: id });
      if (ack.ok) return ack;
      assert.ok(ack.error.retryable, JSON.stringify(ack));
    }
  }

  /** Gateways find a process again within two seconds; until then a client is told to try again. */
  async function answered(method, path, options, gateway = here) {
    for (;;) {
      const answer = await call(gateway, method, path, options);
      if (answer.status !== 503 || !answer.body.retryable) return answer;
    }
  }

  async function bothSaw(ack) {
    await Promise.all([adasClient.hears(room, ack.seq), bobsClient.hears(room, ack.seq)]);
    // Each of the gateway's loops finds a store that is back by itself.
    const { body } = await answered("GET", `/v1/rooms/${room}/history?raw=true&limit=1000`, { token: ada.token });
    const stored = body.events.sort((one, other) => one.seq - other.seq);
    assert.deepEqual(stored.map((event) => event.seq), stored.map((_, i) => i + 1));
    assert.deepEqual(adasClient.log(room), stored);
    assert.deepEqual(bobsClient.log(room), stored);
  }

  it("of Redis: messages are stored and reach the other gateway all the same", async () => {
    kill("redis");
    await sendSurely(adasClient, "without Redis");
    await bothSaw(await sendSurely(bobsClient, "nor here"));
    const newcomer = await Client.open(there, ada.token);
    newcomer.close();
    assert.deepEqual(await readiness(), allReady);
    startAgain();
    await bothSaw(await sendSurely(adasClient, "with Redis again"));
  });

  it("of the message-store: clients stay, and what is sent meanwhile is stored once", async () => {
    kill("message-store-1");
    assert.deepEqual(await readiness(), allReady);
    const sends = [sendSurely(adasClient, "meanwhile"), sendSurely(bobsClient, "meanwhile too")];
    startAgain();
    const acks = await Promise.all(sends);
    await bothSaw(acks.sort((a, b) => a.seq - b.seq).at(-1));
    assert.ok(adasClient.socket.connected && bobsClient.socket.connected);
    assert.deepEqual([adasClient.all("reset"), bobsClient.all("reset")], [[], []]);
  });

  it("of PostgreSQL: the same", async () => {
    kill("postgres");
    assert.deepEqual(await readiness(), allReady);
    const send = sendSurely(adasClient, "without PostgreSQL");
    startAgain();
    await bothSaw(await send);
  });

  it("of auth: valid tokens connect and send, logins are answered with 503", async () => {
    kill("auth");
    const login = await call(here, "POST", "/v1/login", { body: ada });
    assert.deepEqual([login.status, login.body.retryable], [503, true]);
    assert.deepEqual(await readiness(), allReady);
    const client = await Client.open(there, ada.token);
    await bothSaw(await sendSurely(client, "without auth"));
    client.close();
    startAgain();
    assert.equal((await answered("POST", "/v1/login", { body: ada })).status, 200);
  });

  it("of all of them: clients connect, are told to try again, and go on when all is back", async () => {
    for (const name of ["redis", "auth", "message-store-1", "postgres"]) kill(name);
    const newcomer = await Client.open(there, bob.token);
    assert.deepEqual(await readiness(), allReady);
    const ack = await newcomer.send(room, "without anything");
    newcomer.close();
    assert.deepEqual([ack.ok, ack.error?.retryable], [false, true]);
    const sent = sendSurely(adasClient, "with everything again");
    startAgain();
    await bothSaw(await sent);
    assert.deepEqual([adasClient.all("reset"), bobsClient.all("reset")], [[], []]);
  });
});
