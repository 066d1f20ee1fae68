// confab-message-store bump-epoch, as an operator runs it who has cut a room's log.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, describe, it } from "node:test";

import { Client } from "./lib/client.js";
import { call, createRoom, signUp } from "./lib/rest.js";
import { gateways, query } from "./lib/system.js";

const [here, there] = gateways;

/** { code, stdout, stderr } */
const bump = (...words) =>
  new Promise((resolve) => {
    const url = `--database-url=${process.env.CONFAB_DATABASE_URL}`;
    execFile("confab-message-store", ["bump-epoch", url, ...words], (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }));
  });

describe("confab-message-store bump-epoch", () => {
  let ann, bob, room, other, clients, first;

  before(async () => {
    [ann, bob] = [await signUp(here, "ann"), await signUp(there, "bob")];
    [room, other] = [await createRoom(here, ann, [bob]), await createRoom(here, ann, [bob])];
    clients = await Promise.all([Client.open(here, ann.token), Client.open(there, bob.token)]);
    first = await clients[0].send(room.gid, "before");
    for (const client of clients) await client.hears(room.gid, 1);
  });
  after(() => clients.forEach((client) => client.close()));

  it("changes nothing until it is confirmed, and tells what it would do", async () => {
    const { code, stderr } = await bump();
    assert.equal(code, 1);
    assert.match(stderr, /nothing was changed\. This makes every client load \d+ rooms? anew.*--confirm/);
    assert.equal((await bump("--room", "nosuchxx", "--confirm")).code, 1);
    const { body } = await call(here, "GET", `/v1/rooms/${room.gid}`, { token: ann.token });
    assert.equal(body.room.head.epoch, first.epoch);
  });

  it("has every client of the room reset, those who come back later as well", async () => {
    const { code, stdout } = await bump("--room", room.gid, "--confirm");
    assert.equal(code, 0);
    const epoch = Number(/at epoch (\d+)/.exec(stdout)[1]);
    assert.ok(epoch > first.epoch);
    for (const client of clients) {
      await client.until(() => client.all("reset").some(({ room: gid }) => gid === room.gid), "the reset");
      const [{ head }] = client.all("reset");
      assert.deepEqual(head, { epoch, seq: 1 });
      assert.ok(client.all("reset").every(({ room: gid }) => gid !== other.gid), "another room was reset");
    }
    const next = await clients[0].send(room.gid, "after");
    assert.deepEqual([next.epoch, next.seq], [epoch, 2]);
    const back = await clients[1].ask("subscribe", { room: room.gid, position: { epoch: first.epoch, seq: 1 } });
    assert.equal(back.reset, true);
    const kept = await clients[1].ask("subscribe", { room: room.gid, position: { epoch, seq: 1 } });
    assert.deepEqual(kept.events.map(({ text }) => text), ["after"]);
  });

  it("has gateways ask who is in which room now, so that none is to be restarted after a restore", async () => {
    const [hers, his] = clients;
    // As if the backup were of before he came in.
    for (const table of ["members", "user_rooms"]) {
      await query(`DELETE FROM chat.${table} USING chat.gids
        WHERE ${table}.room_id = gids.room_id AND gids.gid = '${other.gid}' AND ${table}.user_id = ${bob.user.id}`);
    }
    assert.equal((await bump("--room", other.gid, "--confirm")).code, 0);
    const isOther = ({ room: gid }) => gid === other.gid;
    await his.until(() => his.all("room.removed").some(isOther), "his removal");
    await hers.send(other.gid, "to those who are in");
    await hers.send(room.gid, "to both");
    await his.until(() => his.all("message").some(({ text }) => text === "to both"), "the message to both");
    assert.deepEqual(his.all("message").filter(isOther), []);
    assert.deepEqual(hers.all("room.removed"), []);
  });
});
