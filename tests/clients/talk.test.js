// Two people on two gateways: everything said reaches both, once, in one order.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp, wholeHistory } from "./lib/rest.js";
import { gateways, kill, startAgain } from "./lib/system.js";

const [here, there] = gateways;

const range = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const seqs = (events) => events.map((event) => event.seq);

describe("two users on two gateways", () => {
  let ada, bob, room, adasClient, bobsClient;

  before(async () => {
    [ada, bob] = await Promise.all([signUp(here, "ada"), signUp(there, "bob")]);
    [adasClient, bobsClient] = await Promise.all([Client.open(here, ada.token), Client.open(there, bob.token)]);
    room = (await createRoom(here, ada, [bob])).gid;
  });
  after(() => {
    adasClient?.close();
    bobsClient?.close();
  });

  it("tells members who are connected already of a new room", async () => {
    for (const client of [adasClient, bobsClient]) {
      await client.until(() => client.all("room.added").some((added) => added.room === room), "room.added");
    }
  });

  it("delivers 200 messages sent both ways at once to both, in one order", async () => {
    const acks = await Promise.all(
      range(1, 100).flatMap((i) => [
        adasClient.send(room, `ada ${i}`, { client_msg_id: `ada-${i}` }),
        bobsClient.send(room, `bob ${i}`, { client_msg_id: `bob-${i}` }),
      ]),
    );
    assert.ok(acks.every((ack) => ack.ok), JSON.stringify(acks.find((ack) => !ack.ok)));
    assert.deepEqual(seqs(acks).sort((a, b) => a - b), range(1, 200));
    await Promise.all([adasClient.hears(room, 200), bobsClient.hears(room, 200)]);
    assert.deepEqual(seqs(adasClient.log(room)), range(1, 200));
    assert.deepEqual(bobsClient.log(room), adasClient.log(room));
    // Every ack names the place at which everybody saw that message.
    for (const ack of acks) {
      const seen = adasClient.log(room)[ack.seq - 1];
      const { room: gid, epoch, seq, msg_id, ts, client_msg_id } = seen;
      assert.deepEqual({ ok: true, room: gid, epoch, seq, msg_id, ts, client_msg_id }, ack);
    }
    // A sender's own order is kept.
    for (const who of ["ada", "bob"]) {
      const own = adasClient.log(room).filter((event) => event.client_msg_id.startsWith(who));
      assert.deepEqual(own.map((event) => event.text), range(1, 100).map((i) => `${who} ${i}`));
    }
  });

  it("gives the sender, text and attributes as they were sent", async () => {
    const attributes = { image: { url: "https://example.org/a.png", width: 640, height: 480 } };
    const text = 'quotes " \\ and \u{1F600} \u2028 €\n';
    const ack = await adasClient.send(room, text, { attributes });
    await bobsClient.hears(room, ack.seq);
    const seen = bobsClient.log(room).at(-1);
    assert.equal(seen.text, text);
    assert.deepEqual(seen.attributes, attributes);
    assert.deepEqual(seen.sender, ada.user);
    await adasClient.hears(room, ack.seq);
  });

  it("stores a message that is sent again with its id only once", async () => {
    const first = await adasClient.send(room, "once", { client_msg_id: "again" });
    const retry = await call(there, "POST", `/v1/rooms/${room}/messages`, {
      token: ada.token,
      body: { text: "once", client_msg_id: "again" },
    });
    const { ok, ...place } = first;
    assert.ok(ok);
    assert.deepEqual(retry.body, place);
    const next = await adasClient.send(room, "next");
    assert.equal(next.seq, first.seq + 1);
    await Promise.all([adasClient.hears(room, next.seq), bobsClient.hears(room, next.seq)]);
  });

  it("replays exactly what a client missed when it comes back to the other gateway", async () => {
    const last = bobsClient.log(room).at(-1);
    bobsClient.close();
    const missed = [];
    for (const i of range(1, 50)) missed.push((await adasClient.send(room, `missed ${i}`)).seq);
    await adasClient.hears(room, missed.at(-1));

    bobsClient = await Client.open(here, bob.token);
    const answer = await bobsClient.ask("subscribe", { room, position: { epoch: last.epoch, seq: last.seq } });
    assert.ok(answer.ok);
    assert.deepEqual(seqs(answer.events), missed);
    assert.deepEqual(answer.events, adasClient.log(room).slice(-50));
    assert.deepEqual(answer.head, { epoch: last.epoch, seq: missed.at(-1) });

    const live = await adasClient.send(room, "live again");
    await bobsClient.hears(room, live.seq);
    assert.deepEqual(seqs(bobsClient.log(room)), [live.seq]);
    await adasClient.hears(room, live.seq);
  });

  it("tells a client with a foreign or ancient position to load the room anew", async () => {
    for (const position of [{ epoch: 99, seq: 1 }, { epoch: 1, seq: 1_000_000 }]) {
      const answer = await bobsClient.ask("subscribe", { room, position });
      assert.deepEqual([answer.ok, answer.reset, answer.events], [true, true, []]);
    }
  });

  it("has the same history by REST and by Socket.IO as the clients saw", async () => {
    const seen = adasClient.log(room);
    assert.deepEqual(await wholeHistory(there, bob, room, 97), seen);
    const page = await bobsClient.ask("history", { room, before: 120, limit: 20 });
    assert.deepEqual(seqs(page.events), range(100, 119));
    assert.equal(page.more, true);
    const { body } = await call(here, "GET", `/v1/rooms/${room}/history?before=6&limit=20`, { token: bob.token });
    assert.deepEqual([seqs(body.events), body.more], [range(1, 5), false]);
  });

  it("lists the room for both, with its head", async () => {
    const head = { epoch: 1, seq: adasClient.log(room).at(-1).seq };
    const { rooms } = await bobsClient.ask("rooms");
    assert.deepEqual(rooms.find((one) => one.gid === room).head, head);
    const { body } = await call(there, "GET", `/v1/rooms/${room}`, { token: ada.token });
    assert.deepEqual(
      body.room.members.map((member) => [member.username, member.role]).sort(),
      [[ada.username, "owner"], [bob.username, "member"]].sort(),
    );
  });
});

describe("a gateway that is killed", () => {
  after(startAgain);

  it("loses nothing that was acknowledged, and its clients go on elsewhere", async () => {
    const [ada, bob] = await Promise.all([signUp(here, "ada"), signUp(there, "bob")]);
    const room = (await createRoom(there, ada, [bob])).gid;
    let adasClient = await Client.open(here, ada.token, { reconnection: false });
    const bobsClient = await Client.open(there, bob.token);
    const acked = new Map(); // Client message id to place.
    const position = () => adasClient.log(room).at(-1) ?? { epoch: 1, seq: 0 };
    const seen = []; // What ada's application saw, over both connections.

    // Each message is sent until it is acknowledged, on whatever gateway is there, with one id.
    for (const i of range(1, 120)) {
      if (i === 60) kill("gateway-1");
      const id = `m-${i}`;
      while (!acked.has(id)) {
        if (!adasClient.socket.connected) {
          const from = position();
          seen.push(...adasClient.log(room));
          adasClient.close();
          adasClient = await Client.open(there, ada.token, { reconnection: false });
          const answer = await adasClient.ask("subscribe", { room, position: { epoch: from.epoch, seq: from.seq } });
          seen.push(...answer.events);
        }
        // A connection that breaks rejects the send: whether it was stored is unknown, so it is repeated.
        const ack = await adasClient.send(room, `message ${i}`, { client_msg_id: id }).catch(() => ({ ok: false }));
        if (ack.ok) acked.set(id, ack);
      }
    }

    const last = Math.max(...[...acked.values()].map((ack) => ack.seq));
    await Promise.all([bobsClient.hears(room, last), adasClient.hears(room, last)]);
    seen.push(...adasClient.log(room));
    const stored = await wholeHistory(there, bob, room);
    assert.deepEqual(bobsClient.log(room), stored);
    assert.deepEqual(seen, stored);
    assert.equal(stored.length, 120);
    for (const [id, ack] of acked) assert.equal(stored[ack.seq - 1].client_msg_id, id);
    adasClient.close();
    bobsClient.close();
  });
});
