// confabctl fake, as an operator runs it: the same people and conversations wherever it is run.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { promisify } from "node:util";

import { call, wholeHistory } from "./lib/rest.js";
import { startSecondSystem } from "./lib/second_system.js";
import { gateways } from "./lib/system.js";

const run = promisify(execFile);

const password = "correct horse";
const until = Date.UTC(2026, 2, 1);
const weeks = 3;
const users = 12;
const messages = 600;

async function fake(env, seed, ...more) {
  const { stderr } = await run("confabctl", ["fake", `--users=${users}`, `--messages=${messages}`, `--weeks=${weeks}`,
    `--seed=${seed}`, "--until=2026-03-01", "--password", password, ...more], { env });
  return stderr;
}

async function logIn(gateway, username) {
  const { status, body } = await call(gateway, "POST", "/v1/login", { body: { username, password } });
  assert.equal(status, 200, JSON.stringify(body));
  return { username, token: body.access_token, name: body.user.name };
}

/** All that somebody sees, without what numbers the system gave. */
async function seenBy(gateway, account) {
  const { body } = await call(gateway, "GET", "/v1/rooms?limit=1000", { token: account.token });
  const seen = [];
  for (const room of body.rooms) {
    const whole = (await call(gateway, "GET", `/v1/rooms/${room.gid}`, { token: account.token })).body.room;
    const events = await wholeHistory(gateway, account, room.gid);
    seen.push({
      ...Object.fromEntries(["gid", "name", "kind", "topic", "created_at", "created_by"].map((key) => [key, whole[key]])),
      members: whole.members.map(({ username, name, role }) => ({ username, name, role })),
      unread: room.unread,
      said: events.map(({ seq, ts, text, sender, client_msg_id }) => ({ seq, ts, text, sender: sender.username, client_msg_id })),
    });
  }
  return seen.sort((a, b) => (a.gid < b.gid ? -1 : 1));
}

describe("confabctl fake", () => {
  const seed = randomInt(1e9);
  let second, someone, people;

  before(async () => {
    second = await startSecondSystem();
    const [first, other] = await Promise.all([fake(process.env, seed), fake(second.env, seed)]);
    assert.match(first, /600 new messages; log in as /);
    assert.equal(other.match(/log in as .*/)[0], first.match(/log in as .*/)[0]);
    someone = first.match(/log in as (\S+)/)[1];
    const account = await logIn(gateways[0], someone);
    const rooms = (await call(gateways[0], "GET", "/v1/rooms", { token: account.token })).body.rooms;
    const group = rooms.find((room) => room.kind !== "direct") ?? rooms[0];
    const { members } = (await call(gateways[0], "GET", `/v1/rooms/${group.gid}`, { token: account.token })).body.room;
    people = [...new Set([someone, ...members.map((member) => member.username)])];
  });
  after(() => second?.stop());

  it("makes the same contents of the same seed on another system", async () => {
    for (const username of people.slice(0, 4)) {
      const [here, there] = await Promise.all([gateways[0], second.gateways[0]].map(async (gateway) =>
        seenBy(gateway, await logIn(gateway, username))));
      assert.ok(here.length > 0, "in no room");
      assert.deepEqual(here, there);
    }
  });

  it("makes people who have names and can log in, and who talked over weeks", async () => {
    const account = await logIn(second.gateways[0], someone);
    assert.match(account.name, /^[A-Z][a-z]+ [A-Z]/);
    const seen = await seenBy(second.gateways[0], account);
    const times = seen.flatMap((room) => room.said.map((message) => message.ts));
    assert.ok(Math.min(...times) >= until - weeks * 7 * 86_400_000);
    assert.ok(Math.max(...times) < until);
    for (const room of seen) {
      assert.deepEqual(room.said.map((message) => message.ts), room.said.map((message) => message.ts).sort((a, b) => a - b));
      assert.deepEqual(room.said.map((message) => message.seq), room.said.map((_, i) => i + 1));
      assert.equal(room.unread, 0);
    }
    const texts = seen.flatMap((room) => room.said.map((message) => message.text));
    assert.ok(new Set(texts).size > texts.length / 2, "they repeat themselves");
  });

  it("adds nothing the second time", async () => {
    assert.match(await fake(process.env, seed), /12 people \(0 new\), \d+ rooms \(0 new\), 0 new messages/);
  });

  it("makes others of another seed, and says what is missing", async () => {
    const other = await fake(second.env, seed + 1);
    assert.doesNotMatch(other, new RegExp(`log in as ${someone} `));
    await assert.rejects(fake(second.env, seed, "--password=short"), { stderr: /--password/ });
  });
});
